"""What counts as a complaint of its own, where its source merged complaints into others."""

# Stands above the table of docs/indicators.md.
MERGED = (
    "A complaint that its source merged into another is no complaint of its own: it is not counted as "
    "received, resolved, re-opened or repeated, nor in problems, and from its merging on it is not open; its "
    "parent stands for it. What a person did stays counted: its customer is one of those who complained, in "
    "problems and in surges, and an answer about it is an answer, so that nobody can hide a bad score by "
    "merging. A breach that happened before it was merged stays a breach, and past backlogs have it until "
    "then."
)

OWN_COMPLAINT = "c.parent_id IS NULL"  # of facts.complaint c
OWN_MILESTONE = "NOT merged"  # of derived.milestone

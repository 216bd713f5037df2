"""Complaints whose text proposes tier 1 (N3), and a person's decision about them."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.intake import door

# Of facts.complaint c: open, not urgent yet, and no person has decided on its tier.
STILL_PROPOSED = """
    c.tier IS DISTINCT FROM 1
    AND c.status IN ('received', 'in_progress', 'waiting_customer', 'waiting_co_owner')
    AND NOT EXISTS (SELECT FROM facts.complaint_event e WHERE e.complaint_id = c.complaint_id
                    AND e.party_id = 0 AND e.field = 'tier' AND e.origin = 'person'
                    AND e.retracted_at IS NULL)
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """groups[i] is the trigger group of words[i]."""

    complaint_id: int
    tier: int | None
    groups: tuple[str, ...]
    words: tuple[str, ...]


_PROPOSAL = f"""
SELECT c.complaint_id, c.tier, s.triggers, s.words
FROM facts.complaint c JOIN derived.text_signal s USING (complaint_id)
WHERE c.complaint_id = :complaint_id AND cardinality(s.triggers) > 0 AND {STILL_PROPOSED}
"""


def proposal(conn: Connection, complaint_id: int) -> tuple[Proposal, ...]:
    """One, or none."""
    rows = conn.execute(text(_PROPOSAL), {"complaint_id": complaint_id})
    return tuple(Proposal(row.complaint_id, row.tier, tuple(row.triggers), tuple(row.words)) for row in rows)


def decide(
    conn: Connection, complaint_id: int, tier: int, person: str, agent_id: int | None, now: datetime
) -> bool:
    """Tier 1, or the present tier; the reason goes to journal.audit. False: somebody has decided before."""
    conn.execute(
        text("SELECT FROM facts.complaint WHERE complaint_id = :id FOR NO KEY UPDATE"), {"id": complaint_id}
    )
    found = proposal(conn, complaint_id)
    if not found:
        return False
    door.correct(conn, complaint_id, "tier", str(tier), agent_id, now)
    reason = {"tier": tier, "groups": found[0].groups, "words": found[0].words}
    conn.execute(
        text(
            "INSERT INTO journal.audit (happened_at, person, action, subject, detail) "
            "VALUES (:now, :person, 'decide_tier', :subject, CAST(:reason AS jsonb))"
        ),
        {
            "now": now,
            "person": person,
            "subject": f"complaint:{complaint_id}",
            "reason": json.dumps(reason, ensure_ascii=False),
        },
    )
    return True

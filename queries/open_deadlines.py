"""Which open deadlines each number counts and each list shows."""

from typing import Literal

Which = Literal["open", "coming", "breached", "hour", "four_hours", "at_risk", "paused", "due_in", "excused"]

# A deadline is still on time exactly at its due time.
WHICH: dict[Which, str] = {
    "open": "true",
    "coming": "due_at >= :now",
    "breached": "due_at < :now",
    "excused": "due_at < :now AND excused_at IS NOT NULL",
    "hour": "due_at >= :now AND due_at <= CAST(:now AS timestamptz) + interval '1 h'",
    "four_hours": "due_at >= :now AND due_at <= CAST(:now AS timestamptz) + interval '4 h'",
    "at_risk": "due_at >= :now AND warn_at <= :now",
    "paused": "due_at IS NULL",
    "due_in": "due_at >= greatest(:now, CAST(:hour AS timestamptz)) "
    "AND due_at < CAST(:hour AS timestamptz) + interval '1 h'",
}

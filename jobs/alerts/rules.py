"""What alerts exist: what finds them, at which level, who is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from queries.alerts.sweep import Alert, failing_jobs, silent_feeds, surges, text_triggers


@dataclass(frozen=True, slots=True)
class Rule:
    """`find` None: the timers of deadlines and callbacks find it; what is likely, the job risk. Levels stand
    in queries/alerts/sweep.py and queries/alerts/likely_breach.py."""

    name: str
    find: Callable[[Connection, datetime], list[Alert]] | None
    told: tuple[str, ...]  # levels that leave the board through the outlets; the others stay on its pages


RULES = (
    Rule("breached", None, ("critical", "warning")),
    Rule("likely_breach", None, ("warning",)),
    Rule("at_risk", None, ("warning",)),
    Rule("callback_overdue", None, ()),
    Rule("text_trigger", text_triggers, ("warning",)),
    Rule("surge", surges, ("warning",)),
    Rule("feed_silent", silent_feeds, ("critical",)),
    Rule("job_failing", failing_jobs, ("critical",)),
)

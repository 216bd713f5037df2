"""The alert rules: what finds an alert, and at which levels somebody is notified."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from queries.alerts.sweep import Alert, failing_jobs, silent_feeds, surges, text_triggers


@dataclass(frozen=True, slots=True)
class Rule:
    """`find` None: the timers of deadlines and callbacks find the alert, or the job `risk` does. Levels are
    decided in queries/alerts/sweep.py and queries/alerts/likely_breach.py."""

    name: str
    find: Callable[[Connection, datetime], list[Alert]] | None
    notify_levels: tuple[str, ...]  # sent through the outlets; other levels only show on the pages


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

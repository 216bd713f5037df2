"""Every alert rule that there is: a file here and a line below."""

from queries.alerts.rule import Rule, Texts
from queries.alerts.rules import (
    at_risk,
    breached,
    callback_overdue,
    feed_silent,
    job_failing,
    likely_breach,
    source_failing,
    surge,
    text_trigger,
)

RULES: tuple[Rule, ...] = (
    breached.RULE,
    likely_breach.RULE,
    at_risk.RULE,
    callback_overdue.RULE,
    text_trigger.RULE,
    surge.RULE,
    feed_silent.RULE,
    job_failing.RULE,
    source_failing.RULE,
)


def named(name: str) -> Rule:
    """Raises KeyError where no such rule is in RULES."""
    return {one.name: one for one in RULES}[name]


def label(name: str) -> Texts:
    """Alerts of a rule that is gone are still listed, under its bare name."""
    labels = {one.name: one.label for one in RULES}
    return labels.get(name) or Texts(name.replace("_", " "), name)

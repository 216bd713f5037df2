"""Changes of the policy, and complaints that they move."""

import random
from datetime import datetime, timedelta

from config.policy import DEFAULT
from config.vocabulary import MILESTONE_FIELDS
from queries.intake.facts import Batch
from tests.build import at, complaint

TEXT = DEFAULT.read_text("utf-8")
NOW = at(days=2, hours=3)
CHANGES = {
    "shorter": [('budget = "24h"', 'budget = "4h"'), ('budget = "4h"', 'budget = "3h"')],
    "longer": [('budget = "24h"', 'budget = "96h"'), ("confirm_solved_days = 3", "confirm_solved_days = 5")],
    "without": [('met_by = "feedback"', 'met_by = "feedback"\non = false')],
    "pausing": [('budget = "24h"', 'budget = "24h"\npauses_on = ["waiting_customer", "in_progress"]')],
    "in hours": [('budget = "24h"\nhours = "always"', 'budget = "16h"\nhours = "office"')],
    "other days": [('budget = "3 working days"', 'budget = "1 working day"')],
    "warning later": [("warn_share = 0.8", "warn_share = 0.95")],
}


def changed(name: str) -> str:
    made = TEXT
    for old, new in CHANGES[name]:
        assert old in made
        made = made.replace(old, new, 1)
    return made


def story(number: int) -> Batch:
    """A complaint of the past two days, up to now."""
    draw = random.Random(number)
    received = NOW - timedelta(minutes=draw.randint(1, 60 * 48))

    def some() -> datetime:
        return received + (NOW - received) * draw.random()

    steps: list[tuple[str, datetime, str | None]] = []
    for name in draw.sample(MILESTONE_FIELDS, draw.randint(0, 2)):
        steps.append((name, some(), None))
    for _ in range(draw.randint(0, 3)):
        statuses = ("in_progress", "waiting_customer", "waiting_co_owner", "resolved")
        steps.append(("status", some(), draw.choice(statuses)))
    if draw.random() < 0.5:
        steps.append(("1.requested", some(), "BILL"))
    tier, region = draw.randint(1, 3), draw.choice(["GD-01", "BJ-01"])
    return complaint(f"C{number}", received, *sorted(steps, key=lambda s: s[1]), tier=tier, region=region)

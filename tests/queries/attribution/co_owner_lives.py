"""Complaints with co-owners over two weeks, drawn at random."""

import random
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from config.policy import DEFAULT
from queries.filters import Filters
from queries.intake.facts import Batch
from queries.organisation import DepartmentRow, OrganisationRows, RegionRow, put_organisation
from queries.policies.history import apply_policy
from tests.build import MONDAY, complaint, organisation, together

ALL = Filters(date(2026, 3, 1), date(2026, 3, 31))
PAUSES = 'pauses_on = ["waiting_customer", "waiting_co_owner"]'
DEPARTMENTS = ("NET", "BILL", "LAW", "IT")
REGIONS = ("GD-01", "BJ-01", "NY", None)
AMID = MONDAY + timedelta(days=4, hours=5, minutes=7, seconds=9)
NOW = MONDAY + timedelta(days=25)  # all these lives have told what they will


def some_life(draw: random.Random, number: int) -> Batch:
    """Two weeks of ups and downs, with up to four co-owners; every state is known from reception on."""
    received = MONDAY + timedelta(seconds=draw.randrange(4 * 86_400))
    seen: list[tuple[str, datetime, str | None]] = []

    def add(field: str, hours: float, value: str | None = None) -> None:
        seen.append((field, received + timedelta(seconds=int(hours * 3600)), value))

    moment = 0.0
    for _ in range(draw.randrange(1, 9)):
        moment += draw.choice((0, 0.2, draw.expovariate(1 / 12)))
        usual = (
            "in_progress",
            "waiting_co_owner",
            "waiting_co_owner",
            "waiting_customer",
            "resolved",
            "closed",
        )
        add("status", moment, draw.choice(usual))
    for name in ("first_contact", "plan", "verification_started", "feedback", "answered"):
        if draw.random() < 0.7:
            add(name, draw.expovariate(1 / 20))
    lead = draw.choice((*DEPARTMENTS, None))
    for field, values in (("tier", "123"), ("department", DEPARTMENTS)):
        if draw.random() < 0.4 and (lead or field == "tier"):  # a first one would reach back to reception
            add(field, draw.expovariate(1 / 10), draw.choice(values))
    for party in range(1, draw.randrange(0, 5)):
        asked = draw.uniform(0, 20)
        add(f"{party}.requested", asked, draw.choice(DEPARTMENTS))
        for step, mean in (("responded", 2), ("opinion", 7), ("cancelled", 60)):
            asked += draw.expovariate(1 / mean)
            if draw.random() < 0.8:
                add(f"{party}.{step}", asked)
    return complaint(
        f"C{number}",
        received,
        *seen,
        tier=draw.choice((1, 2, 3)),
        department=lead,
        region=draw.choice(REGIONS),
    )


def some_lives(seed: int, number: int = 160) -> Batch:
    draw = random.Random(seed)
    return together(some_life(draw, n) for n in range(number))


def until(batch: Batch, instant: datetime) -> Batch:
    """What was known then."""
    there = {one.external_id: one for one in batch.complaints if one.received_at <= instant}
    seen = [one for one in batch.observations if one.external_id in there and one.happened_at <= instant]
    return Batch(complaints=list(there.values()), observations=seen)


def four_departments(conn: Connection) -> Connection:
    """Four departments, a region far away, and since Wednesday a policy whose feedback pauses."""
    organisation(conn)
    far = RegionRow("NY", None, "province", "New York", "纽约", "America/New_York")
    departments = [DepartmentRow(code, code, code) for code in ("LAW", "IT")]
    put_organisation(conn, OrganisationRows([far], departments, [], []))
    usual = DEFAULT.read_text("utf-8")
    paused = usual.replace('budget = "24h"', f'budget = "24h"\n{PAUSES}')
    apply_policy(conn, usual, MONDAY - timedelta(days=9), "test", move_open=False)
    apply_policy(conn, paused, MONDAY + timedelta(days=2), "test", move_open=False)
    return conn

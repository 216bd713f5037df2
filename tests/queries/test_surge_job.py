"""Surges on a PostgreSQL: looked for once, kept up, ended; what is usual is learned from the complaints."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Connection, Engine

from config.settings import Settings
from jobs.scheduler import Work
from queries import surge_learning, surge_now
from queries.intake import Batch, NewComplaint, Observation, take
from tests.build import MONDAY, SOURCE, organisation, rows

NOON = MONDAY + timedelta(hours=4)  # in Shanghai
PAST_WEEKS = 6
BURST = timedelta(minutes=40)
FOUND = "SELECT category, region_id, until_at IS NULL, people FROM journal.surge ORDER BY surge_id"


def many(
    name: str, times: list[datetime], region: str | None = "GD-01", category: str = "no_signal"
) -> Batch:
    complaints, seen = [], []
    for place, instant in enumerate(times):
        number = f"{name}-{place}"
        complaints.append(NewComplaint(number, instant))
        seen += [
            Observation(number, field, instant, value)
            for field, value in (
                ("category", category),
                ("region", region),
                ("status", "received"),
                ("tier", "2"),
            )
            if value is not None
        ]
    return Batch(complaints=complaints, observations=seen)


def usual_weeks(conn: Connection, until: datetime, weeks: int = PAST_WEEKS) -> None:
    """Two complaints an hour about each of three things, in two provinces."""
    draw = np.random.default_rng(3)
    hours = weeks * 168
    for category in ("no_signal", "billing_dispute", "app_failure"):
        for region in ("GD-01", "BJ-01"):
            ago = draw.uniform(0, hours * 3600, draw.poisson(hours))
            times = [until - timedelta(seconds=float(one)) for one in ago]
            take(conn, SOURCE, many(f"{category}{region}", times, region, category), until)


def burst(start: datetime, count: int = 40) -> list[datetime]:
    return [start + BURST * n / count for n in range(count)]


def work(engine: Engine, now: datetime) -> Work:
    return Work(engine, Settings(), "t", now, lambda: None, dict)


@pytest.fixture
def usual(engine: Engine) -> Engine:
    with engine.begin() as conn:
        organisation(conn)
        usual_weeks(conn, NOON)
        assert surge_learning.learn_again(conn, NOON) > 900
    return engine


def found(engine: Engine, sql: str = FOUND) -> list[tuple[object, ...]]:
    with engine.begin() as conn:
        return rows(conn, sql)


def looked(engine: Engine, *minutes: int) -> None:
    for one in minutes:
        with engine.begin() as conn:
            surge_now.look_again(conn, NOON + timedelta(minutes=one))


def region(engine: Engine, code: str) -> object:
    return found(engine, f"SELECT region_id FROM facts.region WHERE code = '{code}'")[0][0]


def test_a_burst_is_one_surge_of_its_city_from_its_start_to_its_end(usual: Engine) -> None:
    with usual.begin() as conn:
        take(conn, SOURCE, many("B", burst(NOON)), NOON)
    looked(usual, *range(5, 60, 5))
    city = region(usual, "GD-01")
    ((category, place, runs, people),) = found(usual)
    assert (category, runs) == ("no_signal", True)
    assert place in (city, region(usual, "GD"))
    assert 38 <= int(str(people)) <= 48
    looked(usual, *range(60, 240, 5))
    (ended,) = found(usual, "SELECT from_at, until_at, merged_into FROM journal.surge")
    assert abs(ended[0] - NOON) <= timedelta(minutes=10)  # type: ignore[operator]
    assert NOON + BURST <= ended[1] <= NOON + timedelta(hours=2)  # type: ignore[operator]

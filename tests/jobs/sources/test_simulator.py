"""The simulated operator: the same day twice is the same; fill and feed leave no gap and no double."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from config.vocabulary import CHANNELS, MILESTONE_FIELDS, REQUEST_FIELDS, STATUSES
from jobs.sources.simulated.organisation import CATEGORIES, operator
from jobs.sources.simulator import Feed, Simulation, batch, fill, last_heard, source, tick
from queries import db
from queries.intake import door
from queries.intake.facts import STATE_FIELDS, NewComplaint, Observation
from tests.build import derive, rows

DAY = date(2026, 3, 2)
SMALL = Simulation(seed=7, per_hour=4)


def test_a_day_is_a_pure_function_of_seed_and_date() -> None:
    of = operator()
    again = list(SMALL.facts(DAY, operator()))
    assert list(SMALL.facts(DAY, of)) == again
    assert list(Simulation(seed=8, per_hour=4).facts(DAY, of)) != again


def test_the_operator_is_a_whole_country() -> None:
    of = operator()
    provinces = [region for region in of.rows.regions if region.parent is None]
    assert len(provinces) == 31
    assert len(of.cities) >= 300
    assert len({region.code for region in of.rows.regions}) == len(of.rows.regions)
    assert len(of.rows.departments) == 12
    assert all(region.name_zh and region.name_en for region in of.rows.regions)
    assert {agent.login for agent in of.rows.agents if agent.signs_in} == {
        "supervisor",
        "manager",
        "scheduler",
        "administrator",
        "agent",
    }


def test_facts_keep_to_the_words_of_the_door() -> None:
    facts = [timed.fact for timed in Simulation(per_hour=30).facts(DAY, operator())]
    seen = [fact for fact in facts if isinstance(fact, Observation)]
    known = {*STATE_FIELDS, *MILESTONE_FIELDS, *REQUEST_FIELDS}
    assert {fact.field for fact in seen} <= known
    assert {fact.value for fact in seen if fact.field == "status"} <= set(STATUSES)
    assert {fact.value for fact in seen if fact.field == "category"} <= {row[0] for row in CATEGORIES}
    assert {fact.value for fact in seen if fact.field == "channel"} <= set(CHANNELS)


def test_nothing_happens_before_its_complaint_is_received() -> None:
    received: dict[str, datetime] = {}
    facts = list(SMALL.facts(DAY, operator()))
    for timed in facts:
        if isinstance(timed.fact, NewComplaint):
            received[timed.fact.external_id] = timed.at
    early = [
        timed for timed in facts if timed.at < received.get(getattr(timed.fact, "external_id", ""), timed.at)
    ]
    assert early == []


def test_arrivals_follow_the_rate_and_the_day() -> None:
    of = operator()
    hours: Counter[int] = Counter()
    for back in range(14):
        for timed in Simulation(per_hour=20).facts(DAY - timedelta(days=back), of):
            if isinstance(timed.fact, NewComplaint):
                hours[(timed.at + timedelta(hours=8)).hour] += 1
    total = sum(hours.values())
    # 14 days at 20 an hour are 6,720, and an outage now and then adds some; ten standard deviations are 820.
    assert 5_900 < total < 7_900
    assert hours[10] > 5 * hours[3]


@pytest.fixture
def filled(engine: Engine) -> Engine:
    assert list(fill(engine, SMALL, 3))[-1][0] == 3
    return engine


def test_a_fill_that_is_run_again_adds_nothing(filled: Engine) -> None:
    with filled.begin() as conn:
        before = rows(conn, "SELECT count(*) FROM facts.complaint_event")
    assert list(fill(filled, SMALL, 3))[-1] == (3, 0)
    with filled.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM facts.complaint_event") == before


def test_nothing_of_the_future_is_filled_and_history_alerts_nobody(filled: Engine) -> None:
    with filled.begin() as conn:
        assert rows(conn, "SELECT FROM facts.complaint_event WHERE happened_at > now()") == []
        assert rows(conn, "SELECT DISTINCT is_history FROM facts.complaint") == [(True,)]


def test_the_feed_goes_on_where_the_fill_ended(filled: Engine) -> None:
    since = last_heard(filled)
    later = since + timedelta(hours=6)
    due = Feed.start(SMALL, since).due(later)
    assert due
    assert all(since < timed.at <= later for timed in due)
    with filled.begin() as conn:
        door.take(conn, source(is_history=False), batch(due), later)
        derive(conn)
    # Taken in one go, six hours later, all lives are as if they had been filled at once.
    of = operator()
    days = {since.astimezone(UTC).date() + timedelta(days=shift) for shift in (-3, -2, -1, 0, 1)}
    told = {timed.fact.external_id for timed in due if isinstance(timed.fact, NewComplaint)}
    there = {
        timed.fact.external_id
        for day in days
        for timed in SMALL.facts(day, of)
        if isinstance(timed.fact, NewComplaint) and since < timed.at <= later
    }
    assert told == there


def test_a_quiet_tick_still_tells_that_the_feed_lives(filled: Engine) -> None:
    nothing = Feed(SMALL, operator(), date(2200, 1, 1), [])
    before = last_heard(filled)
    tick(filled, nothing)
    assert last_heard(filled) > before
    with filled.begin() as conn:
        assert rows(conn, "SELECT expected_every FROM journal.feed") == [(5,)]
        assert db.board_now(conn) > before

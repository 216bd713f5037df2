"""Sums and lists over a scope are those of the pure rules, complaint by complaint; also of a past moment."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args

import pytest
from sqlalchemy import Connection, Engine

from queries.attribution.lists import breaches, held_by, late_requests
from queries.attribution.parts import Holder, Outcome
from queries.attribution.rows import Attribution
from queries.attribution.scope import Totals, totals
from queries.db import Scope, reading
from tests.build import MONDAY, complaint, rows, settle
from tests.queries.attribution.co_owner_lives import ALL, AMID, NOW, some_lives, until
from tests.queries.attribution.totals import assert_same, one_by_one


@pytest.mark.parametrize("seed", range(2, 7))
def test_the_sums_over_a_scope_are_those_of_its_complaints(board: Connection, seed: int) -> None:
    settle(board, some_lives(seed))
    for now, past in ((NOW, False), (NOW, True), (AMID, True)):
        lives = one_by_one(board, now)
        assert len(lives) > 100
        assert_same(totals(board, ALL, now, past), lives)


def test_all_three_verdicts_and_late_parts_occur_in_these_lives(board: Connection) -> None:
    settle(board, some_lives(4))
    (costs,) = [totals(board, ALL, NOW).costs]
    for name in ("late_seconds", "late_requests", "avoidable", "own", "no_telling"):
        assert sum(getattr(cost, name) for cost in costs) > 0, name


@pytest.mark.parametrize("seed", range(3, 6))
@pytest.mark.parametrize("now", [MONDAY + timedelta(days=1, hours=3), AMID, AMID + timedelta(days=2)])
def test_a_past_moment_is_what_was_live_then(board: Connection, seed: int, now: datetime) -> None:
    lives = some_lives(seed)
    settle(board, until(lives, now))
    live = totals(board, ALL, now), one_by_one(board, now), lists(board, now, past=False)
    settle(board, lives)
    assert (totals(board, ALL, now, past=True), one_by_one(board, now)) == live[:2]
    assert lists(board, now, past=True) == live[2]


def lists(conn: Connection, now: datetime, past: bool) -> list[object]:
    found: list[object] = [held_by(conn, ALL, one, None, 999, now, past) for one in get_args(Holder)]
    found += [breaches(conn, ALL, one, None, 999, now) for one in get_args(Outcome)]
    return [*found, late_requests(conn, ALL, None, 999, now)]


def test_filters_choose_complaints_by_region_tier_then_and_who_was_asked(board: Connection) -> None:
    settle(board, some_lives(7))
    ids = {code: int(str(key)) for code, key in rows(board, "SELECT code, region_id FROM facts.region")}
    ((law,),) = rows(board, "SELECT department_id FROM facts.department WHERE code = 'LAW'")
    assert isinstance(law, int)
    told = {life.complaint_id: life for life in one_by_one(board, NOW)}

    def chosen(sql: str) -> tuple[Attribution, ...]:
        found = [int(str(key)) for (key,) in rows(board, sql, asked=law)]
        assert 0 < len(found) < len(told)
        return tuple(told[key] for key in sorted(found) if key in told)

    assert_same(
        totals(board, replace(ALL, regions=(ids["BJ"], ids["BJ-01"])), NOW),
        chosen(f"SELECT complaint_id FROM facts.complaint WHERE region_id = {ids['BJ-01']}"),
    )
    assert_same(
        totals(board, replace(ALL, tiers=(1, 3)), NOW),
        chosen(
            "SELECT complaint_id FROM derived.stint s WHERE tier IN (1, 3) AND NOT EXISTS ("
            "SELECT FROM derived.stint n WHERE n.complaint_id = s.complaint_id AND n.seq > s.seq)"
        ),
    )
    assert_same(
        totals(board, replace(ALL, departments=(law,)), NOW),
        chosen("SELECT DISTINCT complaint_id FROM derived.co_owner_request WHERE department_id = :asked"),
    )


def test_a_period_takes_the_days_of_the_complaints_own_zone(board: Connection) -> None:
    """An hour into Tuesday in Shanghai is still Monday in New York."""
    received = datetime(2026, 3, 2, 17, tzinfo=UTC)
    settle(board, complaint("CN", received, region="GD-01"), complaint("US", received, region="NY"))
    monday, tuesday = (replace(ALL, since=date(2026, 3, day), until=date(2026, 3, day)) for day in (2, 3))
    later = received + timedelta(hours=1)
    assert [totals(board, day, later).complaints for day in (monday, tuesday)] == [1, 1]
    (american,) = held_by(board, monday, "lead", None, 9, later)
    assert american.external_id == "US"


def test_each_number_has_its_list(board: Connection) -> None:
    settle(board, some_lives(3))
    found = totals(board, ALL, NOW)
    for share in found.shares:
        of = None if share.holder in ("customer", "follow_up") else share.department_id or 0
        held = held_by(board, ALL, share.holder, of, 999, NOW)
        assert sum(one.seconds for one in held) == share.seconds
        assert [one.seconds for one in held] == sorted((one.seconds for one in held), reverse=True)
    for cost in found.costs:
        of = cost.department_id or 0
        late = late_requests(board, ALL, of, 999, NOW)
        assert (len(late), sum(one.late_seconds for one in late)) == (cost.late_requests, cost.late_seconds)
        for outcome in get_args(Outcome):
            assert len(breaches(board, ALL, outcome, of, 999, NOW)) == getattr(cost, outcome)


def test_both_clocks_of_a_listed_complaint_are_its_own(board: Connection) -> None:
    settle(board, some_lives(4))
    told = {life.complaint_id: life for life in one_by_one(board, NOW)}
    listed = held_by(board, ALL, "co_owner", None, 999, NOW)
    assert listed
    for one in listed:
        life = told[one.complaint_id]
        assert (one.life, one.waited, one.worked) == (life.life, life.waited, life.worked)


def test_a_manager_sums_the_complaints_of_the_own_province(board: Connection, engine: Engine) -> None:
    settle(board, some_lives(5))
    ids = {code: int(str(key)) for code, key in rows(board, "SELECT code, region_id FROM facts.region")}
    mine = (ids["GD"], ids["GD-01"])
    wanted = totals(board, replace(ALL, regions=mine), NOW)
    board.commit()
    with reading(engine, Scope("manager", "manager", mine)) as conn:
        assert totals(conn, ALL, NOW) == wanted
        assert {one.region_id for one in held_by(conn, ALL, "lead", None, 999, NOW)} == {ids["GD-01"]}


def test_nothing_received_is_nothing_held(board: Connection) -> None:
    assert totals(board, ALL, NOW) == Totals(0, 0, 0, 0, (), ())

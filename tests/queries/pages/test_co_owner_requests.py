"""The requests behind each number; also as they were at a past moment."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args

import pytest
from sqlalchemy import Connection, Engine

from queries.attribution.blocking import blocked, blockers
from queries.db import Scope, reading
from queries.pages.co_owner_requests import Slice, Which, requests, standing
from queries.pages.co_owners import Kept, answers
from tests.build import MONDAY, at, complaint, organisation, rows, settle
from tests.queries.attribution.co_owner_lives import ALL, AMID, NOW, some_lives, until

EVERY = Slice()


def numbers(conn: Connection, which: Which, part: Slice = EVERY, hours: float = 6) -> list[tuple[str, int]]:
    return [(one.external_id, one.request_id) for one in requests(conn, ALL, which, part, 99, at(hours))]


def test_lists_by_what_is_missing(asked: Connection) -> None:
    assert sorted(numbers(asked, "all")) == [("A", 1), ("A", 2), ("A", 3), ("B", 1)]
    assert numbers(asked, "open_now") == [("A", 2), ("A", 3)]
    assert numbers(asked, "respond_late") == [("A", 2), ("A", 3)]  # five hours, two hours
    assert sorted(numbers(asked, "opinion_late")) == [("A", 2), ("A", 3)]
    # After four hours: A2 has not responded, A3 has, and its opinion is due exactly now.
    assert numbers(asked, "overdue", hours=5) == [("A", 2)]
    assert numbers(asked, "overdue") == [("A", 2), ("A", 3)]


def test_a_request_tells_how_it_stands(asked: Connection) -> None:
    found = {(one.external_id, one.request_id): one for one in requests(asked, ALL, "all", EVERY, 9, at(6))}
    first, over = found["A", 1], found["B", 1]
    assert (first.responded_at, first.opinion_at, first.respond_late, first.opinion_late) == (
        at(1.5),
        at(3),
        False,
        False,
    )
    assert (over.over_at, over.respond_late, over.opinion_late) == (at(1.25), None, None)


def test_requests_of_any_period_are_open_now(asked: Connection) -> None:
    later = replace(ALL, since=ALL.until)
    assert len(requests(asked, later, "overdue", EVERY, 9, at(6))) == 2
    assert requests(asked, later, "open", EVERY, 9, at(6)) == ()
    counted = standing(asked, later, at(6))
    assert (counted.open, counted.overdue) == (2, 2)


@pytest.mark.parametrize(("now", "past"), [(NOW, False), (AMID, True)])
def test_each_number_is_as_long_as_its_list(board: Connection, now: datetime, past: bool) -> None:
    settle(board, some_lives(11))
    found = answers(board, ALL, now)
    assert found is not None
    groups: list[tuple[Kept, Slice]] = [(found.all, EVERY)]
    groups += [(one, Slice(department_id=one.department_id)) for one in found.departments]
    groups += [(one, Slice(day=one.day)) for one in found.days]
    regions = rows(
        board, "SELECT coalesce(parent_id, region_id), array_agg(region_id) FROM facts.region GROUP BY 1"
    )
    cities = {0: (0,)} | {int(str(key)): tuple(of) for key, of in regions}  # type: ignore[call-overload]
    groups += [(one, Slice(regions=cities[one.region_id])) for one in found.regions]
    for counted, part in groups:
        for which, wanted in (
            ("all", counted.requests),
            ("open", counted.open),
            ("respond_late", counted.respond_late),
            ("opinion_late", counted.opinion_late),
        ):
            assert len(requests(board, ALL, which, part, 9999, now, past)) == wanted  # type: ignore[arg-type]


def everything(conn: Connection, now: datetime, past: bool) -> list[object]:
    found: list[object] = [requests(conn, ALL, which, EVERY, 999, now, past) for which in get_args(Which)]
    found += [answers(conn, ALL, now), standing(conn, ALL, now, past)]
    return [*found, blocked(conn, ALL, None, 999, now, past), blockers(conn, ALL, now, past)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("now", [MONDAY + timedelta(days=1, hours=3), AMID])
def test_a_past_moment_is_what_was_live_then(board: Connection, seed: int, now: datetime) -> None:
    lives = some_lives(seed)
    settle(board, until(lives, now))
    live = everything(board, now, past=False)
    settle(board, lives)
    assert everything(board, now, past=True) == live
    assert all(live)


def test_a_limit_that_a_later_policy_moved_is_not_known_before(conn: Connection) -> None:
    """Of a past moment the due time then counts, not the one that the request ended with."""
    organisation(conn)
    settle(conn, complaint("A", at(0), ("1.requested", at(0), "BILL"), ("1.opinion", at(9), None)))
    before = requests(conn, ALL, "open_now", EVERY, 9, at(0.9), past=True)
    # As a move of open deadlines writes it: the span that was in force ends, another begins.
    rows_of = "complaint_id = 1 AND target = 'respond'"
    conn.exec_driver_sql(f"UPDATE derived.deadline_span SET until_at = '{at(1)}' WHERE {rows_of}")
    conn.exec_driver_sql(
        "INSERT INTO derived.deadline_span SELECT complaint_id, target, party_id, episode, "
        f"'{at(1)}', NULL, '{at(0.5)}', NULL, false, 2 FROM derived.deadline_span WHERE {rows_of}"
    )
    conn.exec_driver_sql(f"UPDATE derived.deadline SET due_at = '{at(0.5)}' WHERE {rows_of}")
    assert requests(conn, ALL, "open_now", EVERY, 9, at(0.9), past=True) == before
    (moved,) = requests(conn, ALL, "open_now", EVERY, 9, at(1.1), past=True)
    assert (before[0].respond_late, moved.respond_late) == (None, True)


def test_a_manager_sees_the_requests_of_the_own_province(board: Connection, engine: Engine) -> None:
    settle(board, some_lives(5))
    ids = {str(code): int(str(key)) for code, key in rows(board, "SELECT code, region_id FROM facts.region")}
    mine = (ids["GD"], ids["GD-01"])
    narrowed = replace(ALL, regions=mine)
    wanted = requests(board, narrowed, "all", EVERY, 999, NOW), blocked(board, narrowed, None, 99, NOW)
    board.commit()
    with reading(engine, Scope("manager", "manager", mine)) as conn:
        assert (requests(conn, ALL, "all", EVERY, 999, NOW), blocked(conn, ALL, None, 99, NOW)) == wanted
    assert wanted[0]

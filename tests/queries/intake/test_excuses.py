"""Excusing breaches: who may, what is refused, and that it is counted apart, now and as of any instant."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from queries import db
from queries.alerts.settled import settle as settle_alerts
from queries.clocks.derive import read_facts
from queries.clocks.rebuild import build_next, compare
from queries.db import Scope
from queries.filters import Filters
from queries.intake import excuses
from queries.intake.excuses import BreachKey
from queries.organisation import scope_of
from queries.pages import breaches, risk, shift, wall
from tests.build import MONDAY, at, complaint, cross_timers, derive, id_of, organisation, rows, settle

DAY = Filters(MONDAY.date(), MONDAY.date())


@pytest.fixture
def late(conn: Connection) -> Connection:
    """First contact after 10 minutes: late and done, late and open, in time; in two provinces."""
    organisation(conn)
    settle(
        conn,
        complaint("done", MONDAY, ("first_contact", at(1), None)),
        complaint("open", MONDAY),
        complaint("in_time", MONDAY, ("first_contact", at(minutes=5), None)),
        complaint("far", MONDAY, region="BJ-01"),
    )
    return conn


def contact(conn: Connection, *numbers: str) -> list[BreachKey]:
    return [BreachKey(id_of(conn, number), "first_contact", 0, 1) for number in numbers]


@pytest.fixture
def recorded_then(late: Connection) -> Connection:
    """As if the board had learned of all this when it happened."""
    for table in ("complaint", "complaint_event"):
        late.execute(text(f"UPDATE facts.{table} SET recorded_at = :then"), {"then": MONDAY})
    return late


def excuse(conn: Connection, *numbers: str, hours: float = 1.5, key: str = "k") -> int:
    found = contact(conn, *numbers)
    done = excuses.excuse(conn, found, "weather", "typhoon", "supervisor", key, at(hours))
    derive(conn)
    return done


def undo(conn: Connection, *numbers: str, hours: float = 2, key: str = "u") -> int:
    done = excuses.undo(conn, contact(conn, *numbers), "supervisor", key, at(hours))
    derive(conn)
    return done


def test_an_excused_breach_stays_a_breach_and_is_counted_apart(late: Connection) -> None:
    assert excuse(late, "done", "open") == 2
    now = at(1.75)
    found = breaches.counts(late, DAY, now)
    assert (found.breaches, found.excused, found.still_open) == (3, 2, 2)
    live = risk.summary(late, DAY, now)
    assert (live.breached, live.excused) == (2, 1)
    figures = wall.figures(late, DAY, now)
    assert (figures.breached, figures.excused) == (2, 1)
    since = shift.changes(late, DAY, MONDAY, now)
    assert (since.breached, since.excused) == (3, 2)
    groups = breaches.groups(late, DAY, now)
    assert sum(one.breaches for one in groups if one.target) == 3
    assert [(one.target, one.breaches, one.excused) for one in groups if one.target] == [
        ("first_contact", 3, 2)
    ]
    assert sum(one.excused for one in groups if one.department_id is not None) == 2


@pytest.mark.parametrize(
    ("hours", "excused"), [(1.4, 0), (1.5, 1), (1.9, 1), (2, 0), (2.9, 0), (3, 1), (5, 1)]
)
def test_as_of_an_instant_it_is_excused_if_it_was_then(late: Connection, hours: float, excused: int) -> None:
    excuse(late, "open")
    undo(late, "open")
    excuse(late, "open", hours=3, key="again")
    now = at(hours)
    assert risk.summary(late, DAY, now, past=True).excused == excused
    assert breaches.counts(late, DAY, now, past=True).excused == excused
    assert wall.figures(late, DAY, now, past=True).excused == excused
    assert shift.changes(late, DAY, MONDAY, now, past=True).excused == excused
    listed = breaches.breaches(late, DAY, "excused", 9, now)
    assert [(one.external_id, one.reason, one.note) for one in listed] == [
        ("open", "weather", "typhoon")
    ] * excused


def test_what_is_no_breach_or_is_excused_already_is_left_as_it_is(late: Connection) -> None:
    assert excuse(late, "in_time") == 0
    assert excuse(late, "done", hours=0.1) == 1  # it was met an hour late: a breach for good
    assert excuse(late, "open", hours=0.1) == 0  # its due time is still to come
    assert excuse(late, "done", "open", key="other") == 1
    assert undo(late, "in_time", "far") == 0
    assert rows(late, "SELECT count(*) FROM facts.excuse") == [(2,)]


def test_the_same_press_twice_is_one(late: Connection) -> None:
    assert excuse(late, "done", "open") == 2
    version = db.board_version(late).version
    assert excuse(late, "done", "open") == 2
    assert rows(late, "SELECT count(*) FROM facts.excuse") == [(2,)]
    assert db.board_version(late).version == version


def test_its_alert_is_over_and_undoing_opens_it_again_without_a_second_one(late: Connection) -> None:
    raised = [one.rule for one in cross_timers(late, at(0.5))]
    assert raised.count("breached") == 2
    excuse(late, "open")
    settle_alerts(late, at(1.6))
    of_open = "SELECT ended_at FROM journal.alert WHERE rule = 'breached' AND complaint_id = :id"
    number = id_of(late, "open")
    assert rows(late, of_open, id=number) == [(at(1.5),)]
    undo(late, "open")
    settle_alerts(late, at(2.1))
    assert rows(late, of_open, id=number) == [(None,)]
    number_of = "SELECT count(*) FROM journal.alert WHERE rule = 'breached' AND target = 'first_contact'"
    cross_timers(late, at(2.2))
    assert rows(late, number_of) == [(3,)]  # with that of the one that was over before a sweep saw it


def test_a_rebuild_derives_the_same_and_what_was_known_then_leaves_later_excuses_out(
    recorded_then: Connection, engine: Engine
) -> None:
    late = recorded_then
    excuse(late, "open")
    number = id_of(late, "open")
    for known_at, excused in ((at(1.4), 0), (at(1.6), 1), (None, 1)):
        found = [one for facts in read_facts(late, [number], known_at) for one in facts.excuses]
        assert len(found) == excused
    late.commit()
    assert list(build_next(engine))
    with engine.begin() as conn:
        assert compare(conn) == []


@pytest.fixture
def people(late: Connection, engine: Engine) -> Iterator[dict[str, Scope]]:
    late.commit()
    with engine.begin() as conn:
        found = {login: scope_of(conn, login) for login in ("supervisor", "manager", "scheduler")}
    yield {login: one for login, one in found.items() if one is not None}


def test_a_manager_excuses_in_their_province_only(engine: Engine, people: dict[str, Scope]) -> None:
    with engine.begin() as conn:
        keys = contact(conn, "open", "far")
    with db.writing(engine, people["manager"]) as conn:
        assert excuses.excuse(conn, keys, "weather", None, "manager", "k", at(1.5)) == 1
    with engine.begin() as conn:
        assert rows(conn, "SELECT complaint_id, person FROM facts.excuse") == [
            (keys[0].complaint_id, "manager")
        ]
    with db.reading(engine, people["manager"]) as conn:
        assert rows(conn, "SELECT count(*) FROM facts.excuse") == [(1,)]


@pytest.mark.parametrize(("who", "named"), [("scheduler", "scheduler"), ("manager", "supervisor")])
def test_neither_a_scheduler_nor_somebody_elses_name_excuses(
    engine: Engine, people: dict[str, Scope], who: str, named: str
) -> None:
    with engine.begin() as conn:
        keys = contact(conn, "open")
    with pytest.raises(ProgrammingError), db.writing(engine, people[who]) as conn:
        excuses.excuse(conn, keys, "weather", None, named, "k", at(1.5))
    with engine.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM facts.excuse") == [(0,)]


def test_the_wall_reads_that_it_is_excused_and_not_what_the_note_says(
    late: Connection, database_url: str
) -> None:
    excuse(late, "open")
    late.commit()
    screen = db.engine(database_url, role="board_wall")
    with db.reading(screen, Scope("wall", "wall", None)) as conn:
        assert wall.figures(conn, DAY, at(1.75), past=True).excused == 1
    with pytest.raises(ProgrammingError), db.reading(screen, Scope("wall", "wall", None)) as conn:
        rows(conn, "SELECT note FROM facts.excuse")
    screen.dispose()

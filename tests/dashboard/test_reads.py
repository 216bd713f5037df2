from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, text

from dashboard.reads import Moment, Reads
from queries import db
from queries.db import Scope

EVERYONE = Scope("wang", "supervisor", None)
T = datetime(2026, 3, 2, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    regions: str


class Asked:
    """A query that counts how often the database was asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, conn: Connection) -> tuple[Row, ...]:
        self.times += 1
        return (Row(conn.execute(text("SELECT current_setting('app.regions')")).scalar_one()),)


def test_one_version_is_read_once_and_the_next_anew(engine: Engine) -> None:
    reads, query = Reads(engine), Asked()
    first = reads.read(EVERYONE, Moment(1, T), query)
    again = reads.read(EVERYONE, Moment(1, T), query)
    assert (query.times, first.state, again.rows is first.rows) == (1, "live", True)
    reads.read(EVERYONE, Moment(2, T), query)
    assert query.times == 2


def test_rows_that_did_not_change_stay_the_same_object(engine: Engine) -> None:
    reads, query = Reads(engine), Asked()
    first = reads.read(EVERYONE, Moment(1, T), query)
    assert reads.read(EVERYONE, Moment(2, T), query).rows is first.rows


def test_what_one_scope_read_is_not_served_to_another(engine: Engine) -> None:
    reads, query = Reads(engine), Asked()
    south = reads.read(Scope("li", "manager", (1, 2)), Moment(1, T), query)
    north = reads.read(Scope("li", "manager", (3,)), Moment(1, T), query)
    assert (south.rows, north.rows) == ((Row("1,2"),), (Row("3"),))


def test_people_with_the_same_rights_share_what_was_read(engine: Engine) -> None:
    reads, query = Reads(engine), Asked()
    first = reads.read(Scope("li", "manager", (1, 2)), Moment(1, T), query)
    assert reads.read(Scope("wang", "manager", (1, 2)), Moment(1, T), query).rows is first.rows
    assert query.times == 1


def test_now_of_the_version_reaches_queries_that_take_it(engine: Engine) -> None:
    def at(_conn: Connection, days: int, now: datetime) -> tuple[int, datetime]:
        return (days, now)

    assert Reads(engine).read(EVERYONE, Moment(1, T), at, 7).rows == (7, T)


def test_a_past_moment_reaches_queries_that_answer_for_it(engine: Engine) -> None:
    def at(_conn: Connection, now: datetime, past: bool = False) -> tuple[datetime, bool]:
        return (now, past)

    reads = Reads(engine)
    assert reads.read(EVERYONE, Moment(1, T), at).rows == (T, False)
    assert reads.read(EVERYONE, Moment(1, T, as_of=True), at).rows == (T, True)


def test_a_past_picture_is_never_shown_for_now_nor_for_another_moment(engine: Engine) -> None:
    def fails(conn: Connection, now: datetime, past: bool = False) -> tuple[Row, ...]:
        conn.execute(text("SELECT 1 / :d"), {"d": 0 if now > T else 1})
        return (Row("past" if past else "live"),)

    reads = Reads(engine)
    later = datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert reads.read(EVERYONE, Moment(1, T), fails).rows == (Row("live"),)
    assert reads.read(EVERYONE, Moment(1, T, as_of=True), fails).rows == (Row("past"),)
    assert reads.read(EVERYONE, Moment(2, later, as_of=True), fails).state == "unavailable"
    assert reads.read(EVERYONE, Moment(2, later), fails).rows == (Row("live"),)


def test_a_failing_read_shows_the_last_picture_as_stale_and_nothing_as_unavailable(engine: Engine) -> None:
    def fails(conn: Connection, now: datetime) -> tuple[Row, ...]:
        conn.execute(text("SELECT 1 / :d"), {"d": 0 if now > T else 1})
        return (Row("here"),)

    reads = Reads(engine)
    later = datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert reads.read(EVERYONE, Moment(2, later), fails).state == "unavailable"
    assert reads.read(EVERYONE, Moment(1, T), fails).state == "live"
    stale = reads.read(EVERYONE, Moment(2, later), fails)
    assert (stale.state, stale.rows, stale.at) == ("stale", (Row("here"),), T)


def test_a_lost_database_is_not_asked_by_every_panel(database_url: str) -> None:
    gone = db.engine(database_url.replace("board_test", "no_such"))
    reads, query = Reads(gone), Asked()
    states = {reads.read(EVERYONE, Moment(n, T), query).state for n in range(5)}
    assert (states, query.times) == ({"unavailable"}, 0)


def test_nothing_to_show_is_not_the_same_as_unavailable(engine: Engine) -> None:
    def nobody(_conn: Connection) -> None:
        return None

    picture = Reads(engine).read(EVERYONE, Moment(1, T), nobody)
    assert (picture.state, picture.rows) == ("live", None)

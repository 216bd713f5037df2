"""In whatever order and grouping statements arrive, the same facts stand and the same is derived."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Connection, Engine, text

from queries.clocks.derive import read_facts
from queries.clocks.outcome import TABLE_NAMES
from queries.clocks.rebuild import build_next, compare
from queries.clocks.timeline import build_timeline
from queries.intake import door, restate
from queries.intake.facts import Batch, Cell, Snapshot, Source
from queries.intake.follow_up import FOLLOW_UP
from queries.intake.staging import STATEMENT_TABLES
from tests.build import at, derive, organisation, rows
from tests.queries.intake.statements import TABLE, export, met, reached, step

NUMBERS = ("A", "B", "C")
DERIVED = tuple(name for name in TABLE_NAMES if name != "survey")
STATUSES = ("received", "in_progress", "in_progress", "waiting_customer", "resolved", "closed", "withdrawn")


PARTS = 60


@dataclass(frozen=True, slots=True)
class Export:
    """All that a source said at one instant."""

    stated_at: datetime
    rows: tuple[Snapshot, ...]
    is_complete: bool


def exports(seed: int, many: int) -> list[Export]:
    random = Random(seed)
    moment, found = at(days=1), []
    said: dict[str, tuple[Cell, ...]] = {}
    received = dict.fromkeys(NUMBERS, at(1))
    for _ in range(many):
        moment += timedelta(minutes=random.randrange(1, 900))
        told = [number for number in NUMBERS if random.random() < 0.75]
        for number in told:
            if random.random() < 0.6 or number not in said:
                said[number] = tuple(_cells(random, moment))
            if random.random() < 0.15:
                received[number] = at(random.uniform(0, 10))
        snapshots = [_row(random, number, moment, said[number], received[number]) for number in told]
        found.append(Export(moment, tuple(snapshots), random.random() < 0.4))
    return found


def _row(
    random: Random, number: str, moment: datetime, cells: tuple[Cell, ...], received: datetime
) -> Snapshot:
    title = random.choice((None, "Title", "Another title"))
    return Snapshot(number, moment, 0, cells, received if random.random() < 0.9 else None, title)


def _cells(random: Random, moment: datetime) -> Iterator[Cell]:
    """Of an instant: sometimes one that was long ago, or said not to have been."""

    def before() -> datetime | None:
        return None if random.random() < 0.2 else moment - timedelta(minutes=random.randrange(3_000))

    if random.random() < 0.8:
        since = before() if random.random() < 0.2 else None
        yield Cell("status", random.choice(STATUSES), since)
    for field, values in (("tier", "123"), ("department", ("NET", "BILL")), ("owner", ("li", None))):
        if random.random() < 0.7:
            yield Cell(field, random.choice(values))
    if random.random() < 0.2:
        yield Cell("parent", random.choice((*NUMBERS, None)))
    for field in ("first_contact", "feedback"):
        if random.random() < 0.4:
            yield met(field, before())
    for status in ("resolved", "closed"):
        if random.random() < 0.3:
            yield reached(status, before())
    if random.random() < 0.4:
        yield step("requested", 1, before(), random.choice(("NET", "BILL")))
    if random.random() < 0.3:
        yield step("responded", 1, before())


def batches(random: Random, given: list[Export]) -> Iterator[tuple[Source, Batch]]:
    """In a random order, some together in one file."""
    left = list(given)
    random.shuffle(left)
    while left:
        first = left.pop()
        together = [first]
        while left and not first.is_complete and not left[-1].is_complete and random.random() < 0.5:
            together.append(left.pop())
        snapshots = [row for one in together for row in one.rows]
        random.shuffle(snapshots)
        complete = first.stated_at if first.is_complete else None
        yield replace(TABLE, complete_at=complete), export(*snapshots)


STANDING = """
SELECT c.external_id, e.party_id, e.field::text, e.happened_at, e.source_seq, e.stated_at, e.origin::text,
       CASE e.field WHEN 'parent' THEN (SELECT p.external_id FROM facts.complaint_ref p
                                        WHERE p.complaint_id::text = e.value) ELSE e.value END
FROM facts.complaint_event e JOIN facts.complaint c USING (complaint_id) WHERE e.retracted_at IS NULL
"""
CURRENT = """
SELECT c.external_id, c.received_at, c.received_known, c.title, c.status, c.tier, c.department_id, c.owner_id,
       c.stated_at, c.vanished_at, p.external_id
FROM facts.complaint c LEFT JOIN facts.complaint_ref p ON p.complaint_id = c.parent_id
"""
REQUESTS = """
SELECT external_id, request_id, q.department_id, requested_at, responded_at FROM facts.co_owner_request q
JOIN facts.complaint USING (complaint_id) WHERE requested_at IS NOT NULL OR responded_at IS NOT NULL
"""


def held(conn: Connection) -> dict[str, list[object]]:
    """All that stands and follows, by the numbers of the source."""
    found: dict[str, list[object]] = {
        name: sorted(rows(conn, sql), key=str)
        for name, sql in (("facts", STANDING), ("current", CURRENT), ("requests", REQUESTS))
    }
    for table in DERIVED:
        sql = (
            f"SELECT c.external_id, to_jsonb(d) - 'complaint_id' FROM derived.{table} d "
            "JOIN facts.complaint c USING (complaint_id)"
        )
        found[table] = sorted(rows(conn, sql), key=str)
    return found


def after(conn: Connection, told: list[tuple[Source, Batch]]) -> dict[str, list[object]]:
    for number, (source, batch) in enumerate(told):
        door.take(conn, source, batch, at(days=60, hours=number))
    derive(conn)
    return held(conn)


def test_statements_in_any_order_and_grouping_leave_the_same(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
    for seed in range(25):
        given = exports(seed, 7)
        in_order = [
            (replace(TABLE, complete_at=one.stated_at if one.is_complete else None), export(*one.rows))
            for one in given
        ]
        found = []
        for told in (in_order, list(batches(Random(seed), given))):
            with engine.connect() as conn, conn.begin() as transaction:
                found.append(after(conn, told))
                transaction.rollback()
        for name, held_in_order in found[0].items():
            assert found[1][name] == held_in_order, (seed, name)


def test_what_was_known_is_what_a_board_that_stopped_then_had(engine: Engine) -> None:
    """And the same again changes nothing, and all of it derived anew is the same."""
    with engine.begin() as conn:
        organisation(conn)
    every: list[tuple[Source, Batch]] = []
    for seed in range(100, 112):
        told = [
            (replace(source, name=f"table {seed}"), batch)
            for source, batch in batches(Random(seed), exports(seed, 7))
        ]
        with engine.begin() as conn:
            _what_was_known(conn, told)
        every += told
    list(build_next(engine))
    with engine.begin() as conn:
        assert compare(conn) == []
        before = held(conn)
        for source, batch in every:
            taken = door.take(conn, source, batch, at(days=90))
            assert (taken.observations, taken.touched) == (0, 0)
        assert held(conn) == before


def _what_was_known(conn: Connection, told: list[tuple[Source, Batch]]) -> None:
    then = []
    of_it = "SELECT complaint_id FROM facts.complaint WHERE source = :source ORDER BY 1"
    for number, (source, batch) in enumerate(told):
        now = at(days=60, hours=number)
        door.take(conn, source, batch, now)
        derive(conn)
        ids = [int(str(one)) for (one,) in rows(conn, of_it, source=source.name)]
        then.append((now, ids, read_facts(conn, ids)))
    for now, ids, facts in then:
        assert read_facts(conn, ids, now) == facts
    shown = rows(
        conn,
        "SELECT complaint_id, status FROM facts.complaint WHERE source = :source ORDER BY 1",
        source=source.name,
    )
    assert shown == [
        (one.complaint_id, build_timeline(one.received_at, one.observations).last("status"))
        for one in read_facts(conn, ids)
    ]


def test_nothing_is_ever_deleted(conn: Connection) -> None:
    organisation(conn)
    seen: set[tuple[str, object]] = set()
    for source, batch in batches(Random(7), exports(7, 12)):
        door.take(conn, source, batch, at(days=60))
        for table in ("complaint_event", *(one.name for one in FOLLOW_UP)):
            sql = f"SELECT (to_jsonb(e) - 'retracted_at')::text FROM facts.{table} e"
            now = {(table, row) for row in rows(conn, sql)}
            assert {one for one in seen if one[0] == table} <= now
            seen |= now


def parts(
    random: Random, number: str, moment: datetime, states: list[Cell], steps: list[Cell]
) -> list[Snapshot]:
    """Two files of one instant, which tell of the states and of the instants of a complaint."""
    for place, cell in enumerate(states):
        if random.random() < 0.2:
            states[place] = cell._replace(
                value=random.choice(("2", "1") if cell.field == "tier" else STATUSES)
            )
    for place, cell in enumerate(steps):
        if random.random() < 0.2:
            steps[place] = cell._replace(at=moment - timedelta(minutes=random.randrange(1_500)))
    told = [
        Snapshot(number, moment, 0, tuple(cells), at(1)) for cells in (states, steps) if random.random() < 0.9
    ]
    random.shuffle(told)
    return told


def test_what_several_files_of_one_instant_tell_again_and_again_follows_from_all_of_it(
    engine: Engine,
) -> None:
    """To tell them again is quick; working out everything anew must change nothing."""
    random = Random(7)
    lives = {
        f"{number:03}": (
            [Cell("status", "in_progress"), Cell("tier", "2")],
            [met("feedback", at(2)), reached("closed", None)],
        )
        for number in range(PARTS)
    }
    quick = 0
    for day in range(1, 9):
        files: list[list[Snapshot]] = [[], []]
        for number, (states, steps) in lives.items():
            for file, snapshot in zip(
                files, parts(random, number, at(days=day), states, steps), strict=False
            ):
                file.append(snapshot)
        for file in files:
            with engine.begin() as conn:
                quick += door.take(conn, TABLE, export(*file), at(days=40)).same
    assert quick > PARTS * 4
    with engine.begin() as conn:
        before = rows(conn, STANDING), rows(conn, CURRENT)
        conn.execute(text(STATEMENT_TABLES))
        conn.execute(text("TRUNCATE pg_temp.intake_touched"))
        conn.execute(
            text("INSERT INTO pg_temp.intake_restated SELECT DISTINCT complaint_id FROM facts.statement")
        )
        params = {"source": TABLE.name, "zone": TABLE.time_zone, "now": at(days=41), "import_id": None}
        assert restate.restate(conn, params) == 0
        assert rows(conn, "SELECT count(*) FROM pg_temp.intake_touched") == [(0,)]
        assert (rows(conn, STANDING), rows(conn, CURRENT)) == before


def test_a_second_file_of_the_same_instants_costs_no_second_look(conn: Connection) -> None:
    for day in (1, 2, 3):
        for cells in ((Cell("status", "in_progress"), Cell("tier", "2")), (met("feedback", at(2)),)):
            told = export(*(Snapshot(f"{n}", at(days=day), 0, cells, at(1)) for n in range(20)))
            taken = door.take(conn, TABLE, told, at(days=40))
            assert (taken.same, taken.touched) == ((0, 20) if day == 1 else (20, 0))


def test_a_status_said_again_after_it_was_told_to_have_ended_is_compared(conn: Connection) -> None:
    """The first file still says open, after the second told that it had been closed before."""
    open_, closed = (Cell("status", "in_progress"),), (reached("closed", at(days=1, hours=6)),)
    for instant, cells in ((1, open_), (2, closed), (3, open_)):
        door.take(conn, TABLE, export(Snapshot("A", at(days=instant), 0, cells, at(1))), at(days=40))
    assert rows(conn, "SELECT status FROM facts.complaint") == [("in_progress",)]

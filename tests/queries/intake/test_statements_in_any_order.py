"""In whatever order and grouping statements arrive, the same facts stand and the same is derived."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Connection, Engine

from queries.clocks.derive import read_facts
from queries.clocks.outcome import TABLE_NAMES
from queries.clocks.rebuild import build_next, compare
from queries.clocks.timeline import build_timeline
from queries.intake import door
from queries.intake.facts import Batch, Cell, Snapshot, Source
from queries.intake.follow_up import FOLLOW_UP
from tests.build import at, derive, organisation, rows
from tests.queries.intake.statements import TABLE, export, met, reached, step

NUMBERS = ("A", "B", "C")
DERIVED = tuple(name for name in TABLE_NAMES if name != "survey")
STATUSES = ("received", "in_progress", "in_progress", "waiting_customer", "resolved", "closed", "withdrawn")


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

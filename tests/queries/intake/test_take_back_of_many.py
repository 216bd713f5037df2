"""Of several imports, logs and exports that tell of the same complaints again, any can be taken back:
what stands and what follows is as if it had never come."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Connection, Engine

from queries.clocks.outcome import TABLE_NAMES
from queries.intake import door, imports
from queries.intake.facts import Answer, Attempt, Batch, NewComplaint, Observation, Survey
from queries.intake.follow_up import FOLLOW_UP
from queries.intake.imports import Finished
from queries.intake.take_back import take_back
from tests.build import at, derive, organisation, rows
from tests.queries.intake.statements import TABLE, export, reached, state, stated

SEEDS = (*range(8), 23, 37, 101)
NUMBERS = ("A", "B", "C")
KINDS = ("complaints", "observations", "snapshots", "surveys", "attempts")
TITLES = (None, "Title", "Another title")


def log(random: Random) -> Batch:
    """Few instants and places, so that several logs tell the same, or of one place different things."""
    told = [number for number in NUMBERS if random.random() < 0.7]
    seen = [
        Observation(number, field, at(random.randrange(1, 6)), random.choice(values), random.randrange(2))
        for number in told
        for field, values in (("tier", "123"), ("status", ("in_progress", "resolved", "closed")))
        for _ in range(random.randrange(3))
    ]
    of_a_place = {one[:3] + one[4:]: one for one in seen}  # ties.spread gives others places of their own
    received = [
        NewComplaint(number, at(random.randrange(3)), random.choice(TITLES), random.choice((None, "Body")))
        for number in told
        if random.random() < 0.6
    ]
    surveys = [
        Survey(number, 1, random.choice(("sms", "app")), at(7)) for number in told if random.random() < 0.4
    ]
    answers = [Answer(one.external_id, 1, at(8), (random.randrange(1, 6),)) for one in surveys]
    attempts = [
        Attempt(number, "experience", 1, "k", at(9), random.choice(("no_answer", "confirmed")))
        for number in told
        if random.random() < 0.3
    ]
    return Batch(received, list(of_a_place.values()), (), surveys, answers, attempts)


def table(random: Random, moment: datetime) -> Batch:
    told = [number for number in NUMBERS if random.random() < 0.7]
    snapshots = []
    for number in told:
        cells = state(status=random.choice(("in_progress", "resolved")), tier=random.choice("123"))
        more = (reached("resolved", at(random.randrange(1, 20))),) if random.random() < 0.3 else ()
        received = at(random.randrange(3)) if random.random() < 0.6 else None
        title = random.choice(TITLES)
        snapshots.append(stated(number, moment, received, *cells, *more)._replace(title=title))
    answers = [
        Answer(number, 1, at(8), (random.randrange(1, 6),), None, moment)
        for number in told
        if random.random() < 0.4
    ]
    return replace(export(*snapshots), answers=answers)


def files(seed: int) -> Iterator[Batch]:
    """Logs, then exports: an export that a log comes after is not read again."""
    random = Random(seed)
    given: list[Batch] = []
    for number in range(5):
        if given and random.random() < 0.2:
            given.append(random.choice(given))  # the same file again
        elif random.random() < 0.6:
            given.append(log(random))
        else:
            given.append(table(random, at(days=1) + timedelta(hours=number)))
    return iter(sorted(given, key=lambda one: bool(one.snapshots)))


STANDING = """
SELECT c.external_id, to_jsonb(e) - ARRAY['complaint_id', 'recorded_at', 'import_id', 'agent_id'{apart}]
FROM facts.{table} e JOIN facts.complaint c USING (complaint_id) WHERE e.retracted_at IS NULL
"""
CURRENT = """
SELECT external_id, received_at, received_known, title, body, status, tier, stated_at, vanished_at
FROM facts.complaint WHERE taken_back_at IS NULL
"""


def held(conn: Connection) -> dict[str, list[object]]:
    derive(conn)
    found: dict[str, list[object]] = {"current": sorted(rows(conn, CURRENT), key=str)}
    found["complaint_event"] = sorted(rows(conn, STANDING.format(table="complaint_event", apart="")), key=str)
    for one in FOLLOW_UP:  # of which instant a repeated row was told last is not undone
        found[one.name] = sorted(rows(conn, STANDING.format(table=one.name, apart=", 'stated_at'")), key=str)
    for name in TABLE_NAMES:
        sql = (
            f"SELECT c.external_id, to_jsonb(d) - 'complaint_id' FROM derived.{name} d "
            "JOIN facts.complaint c USING (complaint_id)"
        )
        found[f"derived {name}"] = sorted(rows(conn, sql), key=str)
    return found


def bring(conn: Connection, batch: Batch, place: int) -> int:
    now = at(days=40, hours=place)
    number = imports.start_import(conn, TABLE.name, "file.csv", "0", now)
    door.take(conn, replace(TABLE, import_id=number), batch, now)
    imports.finish_import(conn, number, now, Finished(1, 0, 0, 1, 1, None, [], None))
    imports.let_go(conn, number)
    return number


def test_any_of_many_imports_can_be_taken_back(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
    for seed in SEEDS:
        given = list(files(seed))
        gone = set(Random(seed).sample(range(len(given)), 1 + seed % 2))
        found = []
        for left_out in (gone, set()):
            with engine.connect() as conn, conn.begin() as transaction:
                numbers = {
                    place: bring(conn, batch, place)
                    for place, batch in enumerate(given)
                    if place not in left_out
                }
                for place in sorted(gone - left_out):
                    if any(getattr(given[place], kind) for kind in KINDS):
                        take_back(conn, numbers[place], "li", "test", at(days=50, hours=place))
                found.append(held(conn))
                transaction.rollback()
        for name, without in found[0].items():
            assert found[1][name] == without, (seed, name, gone)

"""The proof that what an export says is what the log says: the same lives through files of four shapes.

Each morning every shape is imported; what is derived from it is compared, row by row, with what is derived
from the facts that the shape can tell (tests/jobs/sources/told.py), and with the log where nothing was lost.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Connection, Engine, text

from benchmarks.same_rows import differences
from config.source_maps.source_map import SourceMap, load
from jobs.sources.importing import Order, Summary, import_file
from jobs.sources.simulated.exports import MAPS, SHAPES, Morning, file_name, mornings, put
from jobs.sources.simulated.life import Fact, Timed
from jobs.sources.simulated.organisation import operator
from jobs.sources.simulator import Simulation, as_batch
from queries.clocks.rebuild import build_next, compare, drop_next
from queries.db import board_now
from queries.intake import door
from queries.intake.facts import NewComplaint, Observation, Source
from queries.organisation import put_organisation
from tests.build import MONDAY, at, derive
from tests.jobs.commands.command_line import board_here
from tests.jobs.sources.centre import Centre
from tests.jobs.sources.told import Operator, by_number
from tests.queries import random_lives

RANDOM, PER_HOUR = 120, 0.35  # lives at random, and those of a small operator: 200 together
DAYS = (1, 2, 3, 4, 6, 8, 10, 13, 40)  # on which something is exported, at eight in the morning
EXACT_AT_LEAST = {"snapshot": 0.2, "delta": 0.1}  # share of lives that lost nothing
STATES_TOLD = ("snapshot", "delta")
SHUFFLED = ("snapshot", "workflow")


def lives() -> list[list[Timed]]:
    small, all_of = Simulation(seed=3, per_hour=PER_HOUR), operator()
    made = [
        life for back in range(9) for life in small.lives(date(2026, 3, 2) + timedelta(days=back), all_of)
    ]
    drawn: dict[str, list[Timed]] = {}
    for one in random_lives.lives(5, RANDOM):
        of = one.batch
        facts: list[Fact] = [*of.complaints, *of.observations, *of.surveys, *of.answers, *of.attempts]
        for fact in facts:
            drawn.setdefault(fact.external_id, []).append(Timed(one.at, fact))
    chance = Random(11)
    return [unled(life) for life in (*made, *(sound(one, chance) for one in drawn.values()))]


def unled(life: list[Timed]) -> list[Timed]:
    """Nobody leads it at first, which every shape tells by an empty cell."""
    place, born = next((n, one.fact) for n, one in enumerate(life) if isinstance(one.fact, NewComplaint))
    nobody = Observation(born.external_id, "owner", born.received_at, None)
    return [*life[: place + 1], Timed(born.received_at, nobody), *life[place + 1 :]]


def sound(life: list[Timed], chance: Random) -> list[Timed]:
    """Without answers to what was not asked yet, which a row of a table has in no right order; and now
    and then the owner is taken off."""
    asked: set[int] = set()
    kept, is_led = [], False
    for at_, fact in life:
        told = fact
        if isinstance(fact, Observation):
            if fact.field == "requested":
                asked.add(fact.party_id)
            elif fact.party_id and fact.party_id not in asked:
                continue
            if fact.field == "owner":
                told = fact._replace(value=None) if is_led and chance.random() < 0.5 else fact
                is_led = told.value is not None
        kept.append(Timed(at_, told))
    return kept


def test_every_shape_derives_what_the_log_derives_in_all_that_it_can_tell(
    engine: Engine, tmp_path: Path
) -> None:
    life_of = Operator(by_number(lives()))
    with engine.begin() as conn:
        put_organisation(conn, operator().rows)
    since = MONDAY - timedelta(days=1)
    for morning in mornings(lives(), [at(days=day, hours=-1) for day in DAYS]):
        life_of.morning(since, morning.at)
        for shape in SHAPES:
            taken = import_shape(engine, tmp_path, shape, morning)
            assert (shape, taken.kept, taken.rejected, taken.reasons) == (shape, 0, 0, ())
        with engine.begin() as conn:
            for shape in SHAPES:
                facts = as_batch(life_of.facts(shape, morning.at))
                door.take(conn, told_source(shape), facts, board_now(conn))
            derive(conn)
            wrong = {shape: differences(conn, source_of(shape), f"told_{shape}") for shape in SHAPES}
            assert (morning.at, wrong) == (morning.at, {shape: {} for shape in SHAPES})
            for shape in STATES_TOLD:
                assert astray(conn, source_of(shape), morning.at) == []
        since = morning.at
    for shape in SHUFFLED:
        out_of_order(engine, tmp_path, shape)
    with engine.begin() as conn:
        derive(conn)
        assert [differences(conn, f"shuffled_{shape}", f"told_{shape}") for shape in SHUFFLED] == [{}, {}]
        for shape, least in EXACT_AT_LEAST.items():
            lost = differences(conn, source_of(shape), source_of("log")).values()
            assert len({number for numbers in lost for number in numbers}) <= len(life_of.lives) * (1 - least)
    for _done in build_next(engine):
        pass
    with engine.begin() as conn:
        assert compare(conn) == []
        drop_next(conn)


def out_of_order(engine: Engine, folder: Path, shape: str) -> None:
    """The same files as another source's, the newest of them neither first nor last."""
    files = sorted(folder.glob(f"{shape}_*.csv"))
    Random(3).shuffle(files)
    shuffled = map_of(shape).model_copy(update={"source": f"shuffled_{shape}"})
    for path in files:
        import_file(engine, Order(shuffled, path, folder / "rejects.csv"))


def source_of(shape: str) -> str:
    return f"operator_{shape}"


def map_of(shape: str) -> SourceMap:
    return load(str(MAPS / f"{shape}.toml"))


def import_shape(engine: Engine, folder: Path, shape: str, morning: Morning) -> Summary:
    path = folder / file_name(shape, morning.at)
    put(path, shape, morning.rows[shape])
    return import_file(engine, Order(map_of(shape), path, folder / "rejects.csv"))


def told_source(shape: str) -> Source:
    given = map_of(shape)
    return Source(f"told_{shape}", given.milestones, given.time_zone, is_history=True)


def astray(conn: Connection, source: str, when: datetime) -> list[str]:
    """Complaints whose state at that instant is not that of the log."""
    held = (
        "SELECT c.external_id, s.status, s.tier, s.department_id, s.owner_id FROM derived.stint s "
        "JOIN facts.complaint c USING (complaint_id) WHERE c.source = :{} AND s.from_at <= :at "
        "AND (s.until_at > :at OR s.until_at IS NULL)"
    )
    one, log = held.format("source"), held.format("log")
    return list(
        conn.execute(
            text(f"SELECT external_id FROM (({one} EXCEPT {log}) UNION ({log} EXCEPT {one})) x ORDER BY 1"),
            {"source": source, "log": source_of("log"), "at": when},
        ).scalars()
    )


def test_the_written_exports_come_in_whole(centre: Centre) -> None:
    written = board_here(
        centre.url, centre.folder, "simulate", "--write", "out", "--days", "2", "--rate", "2"
    )
    assert written.returncode == 0, written.stderr
    commands = [line.split() for line in written.stdout.splitlines() if line.startswith("board import")]
    assert len(commands) == 4
    for _board, *arguments in commands:
        done = board_here(centre.url, centre.folder, *arguments)
        assert done.returncode == 0, done.stderr
    counted = centre.has("SELECT source, count(*) FROM facts.complaint GROUP BY 1 ORDER BY 1")
    assert [source for source, _ in counted] == [
        "operator_delta", "operator_log", "operator_snapshot", "operator_workflow",
    ]  # fmt: skip
    assert len({number for _, number in counted}) == 1

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError

from config import StartRefused
from config.source_map import SourceMap, load
from jobs.sources.importing import import_file
from jobs.sources.replay import Story, begin, prepare, read_story, tick
from queries import db
from queries.derive import derive_dirty
from queries.replay import PREFIX, start_clock
from tests.jobs.sources.samples import DATA, NOW, facts, sample

NAMES = ("boston311", "uci_incidents", "bpi2013", "comcast_fcc")
MINUTE = timedelta(minutes=1)


def story(name: str = "boston311") -> Story:
    return read_story(load(name), DATA / f"{name}.csv", NOW)


@pytest.fixture
def boston(worker: str) -> SourceMap:
    """Under a name of this process: two may test on one server."""
    return load("boston311").model_copy(update={"source": f"boston_{worker}"})


@pytest.fixture
def replayed(server_url: str, boston: SourceMap) -> Iterator[Engine]:
    """An empty, migrated database as `board replay` makes it."""
    engine = db.engine(prepare(server_url, boston))
    yield engine
    engine.dispose()
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.execute(text(f'DROP DATABASE IF EXISTS "{PREFIX}{boston.source}" WITH (FORCE)'))
    server.dispose()


def move_clock(engine: Engine, to: datetime) -> None:
    with engine.begin() as conn:
        start_clock(conn, to, 1.0)


@pytest.mark.parametrize("name", NAMES)
def test_a_story_is_told_in_the_order_in_which_it_happened(name: str) -> None:
    told = list(reversed(story(name).coming))
    assert [one.at for one in told] == sorted(one.at for one in told)
    assert {seen.happened_at - one.at for one in told for seen in one.facts.observations} == {timedelta(0)}


def test_a_complaints_end_is_not_told_with_its_beginning() -> None:
    end, start = [one for one in story().coming if one.facts.observations[0].external_id == "101000290001"]
    assert start.at < end.at
    assert start.facts.complaint is not None
    assert [one.value for one in end.facts.observations] == ["closed"]
    assert end.facts.complaint is None


@pytest.mark.parametrize("name", NAMES)
def test_what_was_replayed_to_its_end_is_what_an_import_gives(
    engine: Engine, replayed: Engine, tmp_path: Path, name: str
) -> None:
    source, whole = load(name), story(name)
    first, last = whole.first, whole.last
    begin(replayed, source, whole, 1.0)
    for step in range(8):
        move_clock(replayed, first + (last - first) * step / 7)
        tick(replayed, source, whole, 1.0)
    assert whole.coming == []
    import_file(engine, sample(name, tmp_path / "rejects.csv"))
    with engine.connect() as imported, replayed.connect() as again:
        assert facts(again) == facts(imported)


def test_nothing_is_known_before_it_happens(boston: SourceMap, replayed: Engine) -> None:
    whole = story()
    early = whole.first + timedelta(days=2)
    begin(replayed, boston, whole, 1.0)
    move_clock(replayed, early)
    assert tick(replayed, boston, whole, 1.0) > 0
    with replayed.connect() as conn:
        happened, recorded = conn.execute(
            text("SELECT max(happened_at), min(recorded_at) FROM facts.complaint_event")
        ).one()
    assert happened <= early + MINUTE
    assert early <= recorded <= early + MINUTE


def test_the_boards_clock_begins_with_the_file_and_runs_as_fast_as_asked(
    boston: SourceMap, replayed: Engine
) -> None:
    whole = story()
    begin(replayed, boston, whole, 36_000.0)
    with replayed.connect() as conn:
        assert db.replay_speed(conn) == 36_000.0
        ran = db.board_now(conn) - whole.first
        assert timedelta(0) <= ran < timedelta(days=30)
        assert db.board_now(conn) - whole.first > ran


def test_a_quiet_tick_still_tells_that_the_feed_lives(boston: SourceMap, replayed: Engine) -> None:
    whole, before = story(), datetime(2011, 6, 1, tzinfo=UTC)
    begin(replayed, boston, whole, 2.5)
    move_clock(replayed, before)
    assert tick(replayed, boston, whole, 2.5) == 0
    with replayed.connect() as conn:
        heard, every = conn.execute(text("SELECT heard_at, expected_every FROM journal.feed")).one()
    assert before <= heard <= before + MINUTE
    assert every == 150  # a real minute


def test_deadlines_of_a_replay_run_on_its_clock(boston: SourceMap, replayed: Engine) -> None:
    whole = story()
    begin(replayed, boston, whole, 1.0)
    move_clock(replayed, whole.first + timedelta(days=2))
    tick(replayed, boston, whole, 1.0)
    with replayed.begin() as conn:
        derive_dirty(conn)
        due = conn.execute(
            text("SELECT count(*) FROM derived.deadline WHERE target = 'promised' AND due_at > :now"),
            {"now": db.board_now(conn)},
        ).scalar_one()
    assert due > 0


def test_what_could_not_be_written_is_told_again(boston: SourceMap, replayed: Engine) -> None:
    whole = story()
    begin(replayed, boston, whole, 1.0)
    move_clock(replayed, whole.last)
    with replayed.begin() as conn:
        conn.execute(text("ALTER TABLE facts.complaint_event RENAME TO away"))
    before = len(whole.coming)
    with pytest.raises(ProgrammingError):
        tick(replayed, boston, whole, 1.0)
    assert len(whole.coming) == before


def test_a_second_replay_begins_anew_in_the_same_database(
    server_url: str, boston: SourceMap, replayed: Engine
) -> None:
    whole = story()
    begin(replayed, boston, whole, 1.0)
    move_clock(replayed, whole.last)
    tick(replayed, boston, whole, 1.0)
    replayed.dispose()
    again = db.engine(prepare(server_url, boston))
    with again.connect() as conn:
        assert facts(conn) == []
    again.dispose()


def test_a_board_that_is_no_replay_is_never_dropped(
    server_url: str, boston: SourceMap, replayed: Engine, tmp_path: Path
) -> None:
    """Its name is a replay's, but it has no clock of its own."""
    order = replace(sample("boston311", tmp_path / "rejects.csv"), source=boston)
    taken = import_file(replayed, order).complaints
    with pytest.raises(StartRefused, match="is no replay's"):
        prepare(server_url, boston)
    with replayed.connect() as conn:
        assert taken == len({row[1] for row in facts(conn)})


def test_a_file_without_a_good_row_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    header = (DATA / "boston311.csv").read_text("utf-8").splitlines()[0]
    file.write_text(f"{header}\n1,soon{',' * 27}\n")
    with pytest.raises(StartRefused, match="nothing to replay: 1 rows were refused"):
        read_story(load("boston311"), file, NOW)

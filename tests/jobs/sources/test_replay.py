from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError

from config import UserError
from config.policy import DEFAULT
from config.source_maps.source_map import SourceMap, load
from dashboard.live_bus import take_pulse
from jobs.sources import replay
from jobs.sources.importing import import_file
from jobs.sources.replay import Pace, ReplayLog, prepare, read_log, resume, tick
from queries import db, jobs
from queries.clocks.derive import derive_dirty
from queries.intake.replay import APPLICATION, PREFIX, reach, start_clock
from queries.jobs import beat
from queries.organisation import people
from tests.jobs.sources.samples import DATA, NOW, facts, sample

NAMES = ("boston311", "uci_incidents", "bpi2013", "comcast_fcc")
FILE = DATA / "boston311.csv"
MINUTE = timedelta(minutes=1)
BEGINS = (DEFAULT, datetime(2011, 7, 1, tzinfo=UTC))  # with which policy, and when


def story(name: str = "boston311") -> ReplayLog:
    return read_log(load(name), DATA / f"{name}.csv", NOW)


@pytest.fixture
def boston(worker: str) -> SourceMap:
    """Under a name of this process: two may test on one server."""
    return load("boston311").model_copy(update={"source": f"boston_{worker}"})


@pytest.fixture
def replayed(server_url: str, boston: SourceMap) -> Iterator[Engine]:
    """An empty, migrated database as `board replay` makes it."""
    url, _stopped = prepare(server_url, boston, FILE, True, *BEGINS)
    engine = db.engine(url)
    yield engine
    engine.dispose()
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.execute(text(f'DROP DATABASE IF EXISTS "{PREFIX}{boston.source}" WITH (FORCE)'))
    server.dispose()


def without_places(conn: Connection) -> list[tuple[object, ...]]:
    """Without the places, which a replay gives by itself, and without what it tells again."""
    return list(dict.fromkeys((*row[:7], row[8]) for row in facts(conn)))


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
    replay.begin(replayed, source, whole, DATA / f"{name}.csv", 1.0)
    for step in range(8):
        move_clock(replayed, first + (last - first) * step / 7)
        tick(replayed, source, whole, 1.0)
    assert whole.coming == []
    import_file(engine, sample(name, tmp_path / "rejects.csv"))
    with engine.connect() as imported, replayed.connect() as again:
        assert without_places(again) == without_places(imported)


def test_nothing_is_known_before_it_happens(boston: SourceMap, replayed: Engine) -> None:
    whole = story()
    early = whole.first + timedelta(days=2)
    replay.begin(replayed, boston, whole, FILE, 1.0)
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
    replay.begin(replayed, boston, whole, FILE, 36_000.0)
    with replayed.connect() as conn:
        assert db.replay_speed(conn) == 36_000.0
        ran = db.board_now(conn) - whole.first
        assert timedelta(0) <= ran < timedelta(days=30)
        assert db.board_now(conn) - whole.first > ran


def test_a_quiet_tick_still_tells_that_the_feed_lives(boston: SourceMap, replayed: Engine) -> None:
    whole, before = story(), datetime(2011, 6, 1, tzinfo=UTC)
    replay.begin(replayed, boston, whole, FILE, 2.5)
    move_clock(replayed, before)
    assert tick(replayed, boston, whole, 2.5) == 0
    with replayed.connect() as conn:
        heard, every = conn.execute(text("SELECT heard_at, expected_every FROM journal.feed")).one()
    assert before <= heard <= before + MINUTE
    assert every == 13  # five real seconds


def test_deadlines_of_a_replay_run_on_its_clock(boston: SourceMap, replayed: Engine) -> None:
    whole = story()
    replay.begin(replayed, boston, whole, FILE, 1.0)
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
    replay.begin(replayed, boston, whole, FILE, 1.0)
    move_clock(replayed, whole.last)
    with replayed.begin() as conn:
        conn.execute(text("ALTER TABLE facts.complaint_event RENAME TO away"))
    before = len(whole.coming)
    with pytest.raises(ProgrammingError):
        tick(replayed, boston, whole, 1.0)
    assert len(whole.coming) == before


def test_a_stopped_replay_goes_on_where_it_was_and_misses_nothing(
    server_url: str, engine: Engine, boston: SourceMap, replayed: Engine, tmp_path: Path
) -> None:
    whole = story()
    half = whole.first + (whole.last - whole.first) / 8
    replay.begin(replayed, boston, whole, FILE, 1.0)
    move_clock(replayed, half)
    told = tick(replayed, boston, whole, 1.0)
    replayed.dispose()

    url, stopped = prepare(server_url, boston, FILE, False, *BEGINS)
    assert stopped is not None
    assert half <= stopped.at <= half + MINUTE
    again, rest = db.engine(url), story()
    resume(again, rest, stopped, 7.0)
    assert len(rest.coming) == len(story().coming) - told
    with again.connect() as conn:
        assert stopped.at <= db.board_now(conn) <= stopped.at + 10 * MINUTE
        assert db.replay_speed(conn) == 7.0
        assert db.board_version(conn).at == stopped.at
    move_clock(again, rest.last)
    tick(again, boston, rest, 1.0)
    import_file(engine, sample("boston311", tmp_path / "rejects.csv"))
    with engine.connect() as imported, again.connect() as conn:
        assert [row[1:] for row in without_places(conn)] == [row[1:] for row in without_places(imported)]
    again.dispose()


def test_asked_to_restart_it_begins_anew_in_the_same_database(
    server_url: str, boston: SourceMap, replayed: Engine
) -> None:
    whole = story()
    replay.begin(replayed, boston, whole, FILE, 1.0)
    move_clock(replayed, whole.last)
    tick(replayed, boston, whole, 1.0)
    replayed.dispose()
    url, stopped = prepare(server_url, boston, FILE, True, *BEGINS)
    assert stopped is None
    again = db.engine(url)
    with again.connect() as conn:
        assert facts(conn) == []
    again.dispose()


def test_a_replay_of_another_file_is_not_gone_on_with(
    server_url: str, boston: SourceMap, replayed: Engine, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_bytes(FILE.read_bytes() + b"\n")
    replay.begin(replayed, boston, story(), other, 1.0)
    with pytest.raises(UserError, match=r"The replay of other\.csv stands at 2011-07-01: .* --restart"):
        prepare(server_url, boston, FILE, False, *BEGINS)


@pytest.mark.parametrize("restart", [True, False])
def test_a_replay_that_is_being_fed_is_left_alone(
    server_url: str, boston: SourceMap, replayed: Engine, restart: bool
) -> None:
    replay.begin(replayed, boston, story(), FILE, 1.0)
    feeder = db.engine(replayed.url.render_as_string(hide_password=False), application=APPLICATION)
    with feeder.connect(), pytest.raises(UserError, match="already runs: stop it first"):
        prepare(server_url, boston, FILE, restart, *BEGINS)
    feeder.dispose()


def test_the_clock_goes_on_without_a_leap_while_it_is_told_and_when_its_speed_changes(
    boston: SourceMap, replayed: Engine
) -> None:
    whole = story()
    replay.begin(replayed, boston, whole, FILE, 3600.0)
    with replayed.begin() as conn:
        before = db.board_now(conn)
        reach(conn, before, 3600.0)
        assert before <= db.board_now(conn) <= before + 240 * MINUTE
        reach(conn, before, 1.0)
        assert before <= db.board_now(conn) <= before + MINUTE
    replay.finish(replayed)
    with replayed.connect() as conn:
        assert db.replay_speed(conn) == 1.0


def test_ages_are_real_seconds_however_fast_the_clock_runs(boston: SourceMap, replayed: Engine) -> None:
    whole = story()
    replay.begin(replayed, boston, whole, FILE, 36_000.0)
    with replayed.begin() as conn:
        beat(conn, "test:1", db.board_now(conn), {})
        assert 0 <= (jobs.seconds_since_beat(conn) or 0.0) < 60
    tick(replayed, boston, whole, 36_000.0)
    with replayed.connect() as conn:
        pulse = take_pulse(conn)
        assert pulse.speed == 36_000.0
        assert pulse.silence is not None
        assert 0 <= pulse.silence.seconds < 30 == pulse.silence.limit
        assert [one.process for one in jobs.processes(conn, 60.0, db.board_now(conn))] == ["test:1"]


def test_a_machine_that_lags_runs_slower_and_afterwards_as_asked_again() -> None:
    pace = Pace(4000.0, 4000.0, 0.0)
    assert not pace.judge(waiting=5, took=0.1, at=10.0)
    assert pace.judge(waiting=9_000, took=0.1, at=20.0)
    assert pace.speed == 2000.0
    assert not pace.judge(waiting=9_000, took=0.1, at=22.0)  # what that did has to show first
    assert pace.judge(waiting=5, took=3.0, at=30.0)
    assert pace.speed == 1000.0
    speeds = []
    for at in range(40, 140, 10):
        pace.judge(waiting=5, took=0.1, at=float(at))
        speeds.append(pace.speed)
    assert speeds == sorted(speeds)
    assert speeds[-1] == 4000.0


def test_what_its_viewer_may_choose_is_there(boston: SourceMap, replayed: Engine) -> None:
    replay.begin(replayed, boston, story(), FILE, 1.0)
    with replayed.connect() as conn:
        assert [(one.login, one.role) for one in people(conn)] == [("viewer", "supervisor")]


def test_the_last_complaint_is_told_apart_from_the_last_ending() -> None:
    whole = story()
    received = max(one.facts.complaint.received_at for one in whole.coming if one.facts.complaint)
    assert whole.last_complaint == received < whole.last


def test_a_board_that_is_no_replay_is_never_dropped(
    server_url: str, boston: SourceMap, replayed: Engine, tmp_path: Path
) -> None:
    """Its name is a replay's, but it has no clock of its own."""
    order = replace(sample("boston311", tmp_path / "rejects.csv"), source=boston)
    taken = import_file(replayed, order).complaints
    with pytest.raises(UserError, match="is no replay's"):
        prepare(server_url, boston, FILE, True, *BEGINS)
    with replayed.connect() as conn:
        assert taken == len({row[1] for row in facts(conn)})


def test_a_file_without_a_good_row_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    header = (DATA / "boston311.csv").read_text("utf-8").splitlines()[0]
    file.write_text(f"{header}\n1,soon{',' * 27}\n")
    with pytest.raises(UserError, match="nothing to replay: 1 rows were refused"):
        read_log(load("boston311"), file, NOW)

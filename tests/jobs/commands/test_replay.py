"""`board replay` from outside: it ends the file with a sentence, and goes on where it was stopped."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from config.source_maps.source_map import parse
from jobs.commands import replay_run
from jobs.sources import replay
from jobs.sources.replay import ReplayLog, Timed
from jobs.sources.rows.mapping import Mapped
from queries.intake.replay import PREFIX
from tests.build import at
from tests.conftest import ROOT
from tests.jobs.sources.samples import MAP, SAMPLE
from tests.processes import pages_answer

PATIENCE = 90.0  # seconds, on a busy machine


@pytest.fixture
def given(tmp_path: Path, worker: str, server_url: str) -> Iterator[tuple[str, ...]]:
    """The arguments of a replay of two complaints, whose database is dropped afterwards."""
    name = f"two_{worker}"
    (tmp_path / "two.csv").write_text(SAMPLE)
    (tmp_path / "two.toml").write_text(MAP.format(name=name))
    yield ("replay", str(tmp_path / "two.csv"), "--map", str(tmp_path / "two.toml"), "--speed", "20000")
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.execute(text(f'DROP DATABASE IF EXISTS "{PREFIX}{name}" WITH (FORCE)'))
    server.dispose()


def told(url: str, folder: Path, port: int, until: str, *arguments: str) -> str:
    """What it says up to `until`, and after it was asked to stop."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "board.py"), *arguments, "--port", str(port)],
        env={**os.environ, "BOARD_DATABASE_URL": url, "BOARD_DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = []
    late = threading.Timer(PATIENCE, process.kill)
    late.start()
    for line in process.stdout:
        lines.append(line)
        if until in line:
            break
    late.cancel()
    assert until in lines[-1], lines
    limit = time.monotonic() + PATIENCE
    while not pages_answer(port) and time.monotonic() < limit:
        time.sleep(0.2)
    assert pages_answer(port)
    process.send_signal(signal.SIGTERM)  # a shell's background job never hears of SIGINT
    try:
        rest, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 0
    return "".join(lines) + rest


def test_a_file_is_told_to_its_end_and_then_it_is_known_to_be_over(
    given: tuple[str, ...], server_url: str, tmp_path: Path, port: int
) -> None:
    said = told(server_url, tmp_path, port, "The file is over", *given)
    assert "Two complaints: complaints from 2011-07-01 to 2011-07-02" in said
    assert "The file is over: 3 updates until 2011-07-02 took" in said
    assert "Stopping … the same command continues from here." in said
    said = told(server_url, tmp_path, port, "Wall", *given)
    assert "The replay ended at 2011-07-02" in said
    assert "The file is over" not in said


def test_the_end_is_told_also_where_the_database_was_away_just_then(monkeypatch: pytest.MonkeyPatch) -> None:
    log = ReplayLog([Timed(at(), Mapped())], {}, 0)
    outcomes = [OperationalError("UPDATE", {}, Exception("gone")), None]

    def finish(_engine: object) -> None:
        outcome = outcomes.pop(0)
        if outcome is not None:
            raise outcome

    monkeypatch.setattr(replay, "tick", lambda *_: log.drop(len(log.coming)))
    monkeypatch.setattr(replay, "finish", finish)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    said: list[str] = []
    monkeypatch.setattr(replay_run.Progress, "say", lambda _self, line: said.append(line))
    source = parse(MAP.format(name="two"))
    wanted = replay_run.ReplayOptions(source, Path("two.csv"), 20_000, 8501, restart=False)
    feed = replay_run.Feed(create_engine("postgresql+psycopg2://"), wanted, log, b"", replay_run.Progress())
    feed.tick()
    assert not feed.over
    feed.tick()
    assert feed.over
    assert ["unavailable" in said[0], "The file is over" in said[1]] == [True, True]

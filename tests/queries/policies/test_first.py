"""A new database begins with the policy that BOARD_POLICY_FILE names, or is not made at all."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from config.policy import DEFAULT, PolicyError
from config.source_maps.source_map import load
from jobs.sources.replay import prepare
from queries.intake.replay import PREFIX
from queries.schema import migrate
from tests.conftest import ROOT
from tests.jobs.sources.samples import DATA, MAP, SAMPLE
from tests.processes import refusal, running

OWN = DEFAULT.read_text("utf-8").replace('budget = "24h"', 'budget = "7h"')


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "mine.toml"
    made.write_text(OWN, "utf-8")
    return made


@pytest.fixture
def empty_url(server_url: str, worker: str) -> Iterator[str]:
    """A database without anything in it."""
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    name = f"board_empty_{worker}"
    with server.connect() as conn:
        conn.execute(text(f'CREATE DATABASE "{name}"'))
    yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    with server.connect() as conn:
        conn.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


def board(url: str, policy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "BOARD_DATABASE_URL": url, "BOARD_POLICY_FILE": str(policy)}
    command = [sys.executable, str(ROOT / "board.py"), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)


def asked(url: str, sql: str) -> list[object]:
    engine = create_engine(url)
    with engine.connect() as conn:
        found = list(conn.execute(text(sql)).scalars())
    engine.dispose()
    return found


def test_its_first_version_is_that_file(empty_url: str, file: Path) -> None:
    done = board(empty_url, file, "migrate")
    assert done.returncode == 0, done.stderr
    assert asked(empty_url, "SELECT policy FROM journal.policy_version") == [OWN]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (OWN.replace('budget = "7h"', 'budget = "-7h"'), "mine.toml: targets.feedback.budget: "),
        (None, "mine.toml: file: cannot be read (No such file or directory)"),
    ],
)
def test_a_wrong_file_is_said_before_anything_is_made(
    empty_url: str, file: Path, body: str | None, sentence: str
) -> None:
    file.unlink()
    if body is not None:
        file.write_text(body, "utf-8")
    done = board(empty_url, file, "migrate")
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert asked(empty_url, "SELECT nspname FROM pg_namespace WHERE nspname = 'journal'") == []


def test_a_board_that_has_a_policy_keeps_it_whatever_the_file_is(database_url: str, tmp_path: Path) -> None:
    before = asked(database_url, "SELECT policy FROM journal.policy_version")
    assert migrate(database_url, tmp_path / "nowhere.toml")
    assert asked(database_url, "SELECT policy FROM journal.policy_version") == before
    with pytest.raises(PolicyError):
        migrate(make_url(database_url).set(database="postgres").render_as_string(False), tmp_path / "no.toml")


def test_the_embedded_database_is_not_made_for_a_wrong_policy(home: Path, port: int) -> None:
    said = refusal(home, "up", "--port", str(port), BOARD_POLICY_FILE=str(home / "nowhere.toml"))
    assert "nowhere.toml: file: cannot be read" in said
    assert not (home / "postgresql").exists()


def test_the_embedded_database_begins_with_that_file(home: Path, port: int, file: Path) -> None:
    with running(home, port, BOARD_POLICY_FILE=str(file)):
        url = (home / "database-url").read_text("utf-8")
        assert asked(url, "SELECT policy FROM journal.policy_version") == [OWN]


def test_a_replay_begins_with_that_file_at_the_first_instant_of_its_log(
    server_url: str, worker: str, file: Path
) -> None:
    source = load("boston311").model_copy(update={"source": f"policy_{worker}"})
    began = datetime(2011, 7, 1, tzinfo=UTC)
    url, _stopped = prepare(server_url, source, DATA / "boston311.csv", True, file, began)
    assert asked(url, "SELECT policy FROM journal.policy_version") == [OWN]
    assert asked(url, "SELECT applied_at FROM journal.policy_version") == [began]
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.execute(text(f'DROP DATABASE "{PREFIX}{source.source}" WITH (FORCE)'))
    server.dispose()


def test_the_replay_command_hands_it_over(server_url: str, worker: str, file: Path) -> None:
    log = file.with_name("two.csv")
    log.write_text(SAMPLE)
    log.with_suffix(".toml").write_text(MAP.format(name=f"none_{worker}"))
    file.unlink()
    done = board(server_url, file, "replay", str(log), "--map", str(log.with_suffix(".toml")))
    assert done.returncode == 1
    assert "mine.toml: file: cannot be read" in done.stderr
    made = f"SELECT datname FROM pg_database WHERE datname = '{PREFIX}none_{worker}'"
    assert asked(server_url, made) == []

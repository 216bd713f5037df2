"""`board import` as a person and a program use it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.jobs.commands.command_line import BOARD, board
from tests.jobs.sources.samples import DATA, count


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return Path(shutil.copy(DATA / "boston311.csv", tmp_path))


def test_a_person_sees_what_was_taken_what_was_refused_and_where_it_is(
    database_url: str, engine: Engine, file: Path
) -> None:
    done = board(database_url, file.parent, "import", file.name, "--map", "boston311")
    assert done.returncode == 0, done.stderr
    assert "new complaints" in done.stdout
    assert "row 38, closed_dt: is before the complaint was received" in done.stdout
    assert "boston311.csv.rejects.csv" in done.stdout
    assert (file.parent / "boston311.csv.rejects.csv").exists()
    with engine.connect() as conn:
        assert count(conn, "facts.complaint") == 35


def test_a_program_reads_one_line_of_json(database_url: str, engine: Engine, file: Path) -> None:
    rejects = file.parent / "refused.csv"
    given = ("import", str(file), "--map", "boston311", "--dry-run", "--json", "--rejects", str(rejects))
    done = board(database_url, file.parent, *given)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["rows"], found["rejected"], found["complaints"], found["dry_run"]) == (41, 6, 35, True)
    assert found["rejects"][0]["row"] == 37
    assert found["rejects_file"] == str(rejects)
    with engine.connect() as conn:
        assert count(conn, "facts.complaint") == 0


def test_what_cannot_be_taken_is_one_sentence_and_exit_code_1(database_url: str, file: Path) -> None:
    done = board(database_url, file.parent, "import", str(file), "--map", "comcast_fcc")
    assert done.returncode == 1
    assert done.stderr.startswith("boston311.csv has no column 'Ticket #'")
    away = board(
        "postgresql://postgres@127.0.0.1:1/board", file.parent, "import", str(file), "--map", "boston311"
    )
    assert away.returncode == 1
    assert away.stderr.startswith(
        "The database could not take it (OperationalError), so nothing was imported"
    )
    assert "Traceback" not in away.stderr


def test_a_file_that_is_broken_somewhere_is_exit_code_1_though_the_rest_was_taken(
    database_url: str, engine: Engine, file: Path
) -> None:
    lines = file.read_text().splitlines(keepends=True)
    lines[1] = '"' + lines[1]
    file.write_text("".join(lines))
    done = board(database_url, file.parent, "import", file.name, "--map", "boston311")
    assert done.returncode == 1
    assert "row 2: opens a quotation mark that is not closed" in done.stdout
    assert done.stderr == (
        "boston311.csv is broken: A row is refused because its lines could not be separated or read. All "
        "others were imported; put them right in boston311.csv.rejects.csv and import that.\n"
    )
    with engine.connect() as conn:
        assert count(conn, "facts.complaint") == 34


def test_an_import_that_is_asked_to_end_is_written_down_as_failed(
    database_url: str, engine: Engine, file: Path
) -> None:
    header, first, *_ = file.read_text().splitlines(keepends=True)
    number = first.split(",")[0]
    file.write_text(header + "".join(first.replace(number, str(n), 1) for n in range(60_000)))
    doing = subprocess.Popen(
        [sys.executable, str(BOARD), "import", str(file), "--map", "boston311"],
        env={**os.environ, "BOARD_DATABASE_URL": database_url},
        stderr=subprocess.DEVNULL,
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        while not count(conn, "journal.import_run"):
            assert doing.poll() is None
        doing.terminate()
        assert doing.wait(60) != 0
        assert count(conn, "journal.import_run WHERE outcome = 'failed' AND finished_at IS NOT NULL") == 1
        assert count(conn, "facts.complaint") == 0


@pytest.mark.parametrize("given", [("none.csv", "--map", "boston311"), ("boston311.csv", "--map", "bosten")])
def test_wrong_usage_is_exit_code_2(database_url: str, file: Path, given: tuple[str, ...]) -> None:
    assert board(database_url, file.parent, "import", *given).returncode == 2


def test_a_replay_without_a_database_is_one_sentence(file: Path) -> None:
    url = "postgresql://postgres@127.0.0.1:1/board"
    done = board(url, file.parent, "replay", str(file), "--map", "boston311", "--port", "8999")
    assert done.returncode == 1
    assert done.stderr.startswith("The database cannot be reached (OperationalError).")

"""`board import` as a person and a program use it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.jobs.commands.command_line import BOARD, board
from tests.jobs.sources.samples import DATA, count


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Without the row that lacks cells, which is the fault of the file."""
    lines = (DATA / "boston311.csv").read_text("utf-8").splitlines(keepends=True)
    copy = tmp_path / "boston311.csv"
    copy.write_text("".join(lines[:39] + lines[40:]), "utf-8")
    return copy


def test_a_person_sees_what_was_taken_what_was_refused_and_where_it_is(
    database_url: str, engine: Engine, file: Path
) -> None:
    done = board(database_url, file.parent, "import", file.name, "--map", "boston311")
    assert done.returncode == 0, done.stderr
    assert "new complaints" in done.stdout
    assert "1 × kept without closed_dt: before open_dt, row 38" in done.stdout
    assert (
        "1 × refused, open_dt: is no date of the form %Y-%m-%d %H:%M:%S, such as '2011-13-45" in done.stdout
    )
    assert "boston311.csv.rejects.csv" in done.stdout
    assert (file.parent / "boston311.csv.rejects.csv").exists()
    with engine.connect() as conn:
        assert count(conn, "facts.complaint") == 36


def test_a_program_reads_one_line_of_json(database_url: str, engine: Engine, file: Path) -> None:
    rejects = file.parent / "refused.csv"
    given = ("import", str(file), "--map", "boston311", "--dry-run", "--json", "--rejects", str(rejects))
    done = board(database_url, file.parent, *given)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["rows"], found["rejected"], found["complaints"], found["dry_run"]) == (40, 3, 36, True)
    assert found["rejects"][0]["row"] == 37
    assert found["rows"] == found["taken"] + found["kept"] + found["rejected"]
    assert found["reasons"][0] == {
        "kind": "kept",
        "column": "closed_dt",
        "reason": "before open_dt",
        "example": "",
        "count": 1,
        "rows": [38],
    }
    assert found["rejects_file"] == str(rejects)
    with engine.connect() as conn:
        assert count(conn, "facts.complaint") == 0


def test_what_cannot_be_taken_is_one_sentence_and_exit_code_1(database_url: str, file: Path) -> None:
    done = board(database_url, file.parent, "import", str(file), "--map", "comcast_fcc")
    assert done.returncode == 1
    assert done.stderr.startswith("boston311.csv has no columns 'Ticket #'")
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
    assert "1 × refused: opens a quotation mark that is not closed" in done.stdout
    assert done.stderr == (
        "boston311.csv is broken: a row was refused because the lines could not be separated or read. All "
        "others were imported; put it right in boston311.csv.rejects.csv and import that.\n"
    )
    with engine.connect() as conn:
        assert count(conn, "facts.complaint") == 35


def test_an_import_that_is_asked_to_end_is_written_down_as_interrupted(
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
        assert (
            count(conn, "journal.import_run WHERE outcome = 'interrupted' AND finished_at IS NOT NULL") == 1
        )
        assert count(conn, "facts.complaint") == 0


def test_one_file_feeds_two_maps_or_neither(database_url: str, engine: Engine, tmp_path: Path) -> None:
    head = 'format = 1\nsource = "shop"\ntitle = "A shop"\ntime_zone = "UTC"\n'
    (tmp_path / "f.csv").write_text("no,when,who,name\n1,2026-02-20,c1,Ada\n2,2026-02-21,c2,Bo\n")
    complaints = 'rows = "complaint"\nmilestones = []\n[complaint]\nnumber = "no"\nreceived_at = "when"\n'
    (tmp_path / "a.toml").write_text(head + complaints)
    (tmp_path / "b.toml").write_text(head + 'rows = "customer"\n[customer]\nnumber = "who"\nname = "name"\n')
    (tmp_path / "c.toml").write_text(head + 'rows = "team"\n[team]\ncode = "who"\ndepartment = "dept"\n')
    wrong = board(database_url, tmp_path, "import", "f.csv", "--map", "a.toml", "--map", "c.toml")
    assert (wrong.returncode, "has no column 'dept'" in wrong.stderr) == (1, True)
    with engine.connect() as conn:
        assert count(conn, "facts.complaint") == 0
        assert count(conn, "journal.import_run WHERE outcome = 'failed'") == 2
    done = board(database_url, tmp_path, "import", "f.csv", "--map", "a.toml", "--map", "b.toml", "--json")
    assert [json.loads(line)["rows"] for line in done.stdout.splitlines()] == [2, 2]
    with engine.connect() as conn:
        assert (count(conn, "facts.complaint"), count(conn, "facts.customer")) == (2, 2)


def test_help_names_the_document_of_all_keys() -> None:
    done = subprocess.run(
        [sys.executable, str(BOARD), "import", "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "docs/source-maps.md" in "".join(done.stdout.split())


@pytest.mark.parametrize("given", [("none.csv", "--map", "boston311"), ("boston311.csv", "--map", "bosten")])
def test_wrong_usage_is_exit_code_2(database_url: str, file: Path, given: tuple[str, ...]) -> None:
    assert board(database_url, file.parent, "import", *given).returncode == 2


def test_a_replay_without_a_database_is_one_sentence(file: Path) -> None:
    url = "postgresql://postgres@127.0.0.1:1/board"
    done = board(url, file.parent, "replay", str(file), "--map", "boston311", "--port", "8999")
    assert done.returncode == 1
    assert done.stderr.startswith("The database cannot be reached (OperationalError).")

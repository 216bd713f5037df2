"""`board explain` and `board policy` as a person and a program use them."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from config.policy import DEFAULT
from queries import db
from queries.policy_changes import dry_run
from tests.build import complaint, derive, organisation, rows, settle
from tests.jobs.commands.command_line import board, board_here


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "policy.toml"
    made.write_text(DEFAULT.read_text("utf-8").replace('budget = "24h"', 'budget = "4h"'), "utf-8")
    return made


@pytest.fixture(autouse=True)
def running(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, complaint("A", db.board_now(conn) - timedelta(hours=5)))


def test_every_deadline_of_a_complaint_is_explained(database_url: str, tmp_path: Path) -> None:
    done = board(database_url, tmp_path, "explain", "A")
    assert done.returncode == 0, done.stderr
    assert "feedback: due" in done.stdout
    assert "24:00:00" in done.stdout.replace("1 day, 0:00:00", "24:00:00")
    told = json.loads(board(database_url, tmp_path, "explain", "A", "--json").stdout)
    assert [(one["target"], one["counted"]) for one in told] == [
        ("first_contact", 600),
        ("verification", 7200),
        ("feedback", 86400),
    ]


def test_an_unknown_complaint_is_one_sentence(database_url: str, tmp_path: Path) -> None:
    done = board(database_url, tmp_path, "explain", "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "No complaint 'nobody'; use its source number or its board number.\n"


def test_a_diff_tells_by_target_tier_department_and_region(
    database_url: str, tmp_path: Path, file: Path, engine: Engine
) -> None:
    done = board(database_url, tmp_path, "policy", "diff", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Moving: 1; earlier: 1, later: 0, ended: 0",
        "New breaches: 1, newly at risk: 0, no longer at risk: 0",
        "For good, whatever is applied later: 1 breached, 0 ended. Only `board policy withdraw` undoes that, "
        "within a day.",
        "Alerts: 1; critical: 0, warning: 1, info: 0; found late, told together: 1",
        "By target:",
        "  feedback: 1 moving, 1 new breaches, 0 ended, 1 alerts",
        "By tier:",
        "  tier 2: 1 moving, 1 new breaches, 0 ended, 1 alerts",
        "By department:",
        "  Network: 1 moving, 1 new breaches, 0 ended, 1 alerts",
        "By region:",
        "  Guangdong: 1 moving, 1 new breaches, 0 ended, 1 alerts",
    ]
    (told,) = json.loads(board(database_url, tmp_path, "policy", "diff", str(file), "--json").stdout)
    assert (told["target"], told["after"]) == ("feedback", "breached")
    with engine.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM journal.policy_version") == [(1,)]


def test_what_is_applied_is_derived_and_a_wrong_file_changes_nothing(
    database_url: str, tmp_path: Path, file: Path, engine: Engine
) -> None:
    done = board(database_url, tmp_path, "policy", "apply", str(file), "--move-open", "--yes")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("Policy version 2 is in force.\n")
    file.write_text("format = 1\n", "utf-8")
    wrong = board(database_url, tmp_path, "policy", "apply", str(file), "--yes")
    assert wrong.returncode == 1
    assert "targets: is missing" in wrong.stderr
    with engine.begin() as conn:
        derive(conn)
        assert rows(conn, "SELECT count(*) FROM journal.policy_version") == [(2,)]
        found = rows(conn, "SELECT policy_version FROM derived.deadline WHERE target = 'feedback'")
    assert found == [(2,)]


def test_a_policy_of_the_past_is_tried_applied_and_said(
    database_url: str, tmp_path: Path, file: Path, engine: Engine
) -> None:
    with engine.begin() as conn:
        began = rows(conn, "SELECT applied_at FROM journal.policy_version")[0][0]
    assert isinstance(began, datetime)
    tried = board(database_url, tmp_path, "policy", "diff", str(file), "--from", "2025-01-01")
    assert tried.returncode == 0, tried.stderr
    assert tried.stdout.splitlines()[:4] == [
        f"In force from 2024-12-31 16:00 UTC to {began:%Y-%m-%d %H:%M} UTC, when version 1 follows",
        "It would be the earliest: what started before follows it too.",
        "Moving: 1; earlier: 1, later: 0, ended: 0, newly promised: 0",
        "New breaches: 1, no longer breached: 0, newly at risk: 0, no longer at risk: 0",
    ]
    done = board(database_url, tmp_path, "policy", "apply", str(file), "--from", "2025-01-01", "--yes")
    assert done.stdout.startswith(tried.stdout)
    assert done.stdout.endswith("Policy version 2 is in force from 2024-12-31T16:00:00+00:00 on.\n")
    with engine.begin() as conn:
        derive(conn)
        found = rows(conn, "SELECT policy_version FROM derived.deadline WHERE target = 'feedback'")
    assert found == [(2,)]
    again = board(database_url, tmp_path, "policy", "apply", str(file), "--from", "2999-01-01", "--yes")
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    nonsense = board(database_url, tmp_path, "policy", "diff", str(file), "--from", "long ago")
    assert nonsense.stderr == "'long ago' is not a valid time. Use for example 2026-09-30T16:20.\n"


def test_a_version_is_withdrawn_by_its_number(
    database_url: str, tmp_path: Path, file: Path, engine: Engine
) -> None:
    board(database_url, tmp_path, "policy", "apply", str(file), "--move-open", "--yes")
    done = board(database_url, tmp_path, "policy", "withdraw", "2", "--yes")
    assert done.stdout == "Policy version 2 is withdrawn; complaints that are derived again: 1\n"
    with engine.begin() as conn:
        derive(conn)
        found = rows(conn, "SELECT policy_version FROM derived.deadline WHERE target = 'feedback'")
    assert found == [(1,)]
    again = board(database_url, tmp_path, "policy", "withdraw", "2", "--yes")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("Version 2 is withdrawn since ")


CLOSED = """
[[calendars.office.override]]
region = "GD-01"
day = 2026-09-22
closed = true
reason = "Typhoon"
"""


def test_a_due_time_is_asked_for_a_region(database_url: str, tmp_path: Path, engine: Engine) -> None:
    asked = ("due", "--calendar", "office", "--start", "2026-09-21T17:00", "--budget", "2h")
    with engine.begin() as conn:
        dry_run.apply(conn, DEFAULT.read_text("utf-8") + CLOSED, False, "test")
    for code, due in (("GD-01", "Wed 2026-09-23 10:00:00"), ("BJ-01", "Tue 2026-09-22 10:00:00")):
        done = board_here(database_url, tmp_path, *asked, "--region", code)
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[0] == f"Due {due} (Asia/Shanghai)"
    city = board_here(database_url, tmp_path, *asked, "--region", "GD-01").stdout
    assert "closed, override, Typhoon" in city
    done = board_here(database_url, tmp_path, *asked, "--region", "GD-1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "No region has the code 'GD-1'" in done.stderr


def test_a_policy_that_closes_an_unknown_region_is_not_applied(
    database_url: str, tmp_path: Path, engine: Engine
) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(DEFAULT.read_text("utf-8") + CLOSED.replace("GD-01", "GD-1"), "utf-8")
    done = board_here(database_url, tmp_path, "policy", "apply", str(wrong), "--yes")
    assert done.returncode == 1
    assert done.stderr == "No region has the code GD-1; an override names a region by its code.\n"
    with engine.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM journal.policy_version") == [(1,)]

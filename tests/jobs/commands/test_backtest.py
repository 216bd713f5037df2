"""`board backtest` as a person and a program use it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from queries.intake.replay import start_clock
from tests.build import MONDAY, at, complaint, derive, organisation, rows, take
from tests.jobs.commands.command_line import board
from tests.queries.risk.weeks import CUT, NOW, measured, week

TESTED = f"{CUT:%Y-%m-%dT%H:%MZ}"


@pytest.fixture
def seeded(engine: Engine) -> None:
    with engine.begin() as conn:
        start_clock(conn, NOW, 0.001)
        week(conn)


@pytest.mark.usefixtures("seeded")
def test_the_figures_are_those_of_the_database_and_nothing_is_changed(
    database_url: str, tmp_path: Path, engine: Engine
) -> None:
    done = board(database_url, tmp_path, "backtest", "--since", TESTED, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    with engine.begin() as conn:
        found = measured(conn)
        assert rows(conn, "SELECT count(*) FROM journal.risk_curve") == [(0,)]
    assert (told["cut"], told["questions"], told["with_number"]) == (
        int(CUT.timestamp()), found.questions, found.with_number,
    )  # fmt: skip
    assert [way["name"] for way in told["ways"]] == [
        "breach_risk", "late_rate", "share_used", "next_due_first",
    ]  # fmt: skip
    assert told["ways"][0]["auc"] == pytest.approx(found.ways[0].auc, abs=1e-5)
    assert told["ways"][3]["brier"] is None
    assert len(told["bins"]) == 10


@pytest.mark.usefixtures("seeded")
def test_a_person_reads_a_table(database_url: str, tmp_path: Path) -> None:
    done = board(database_url, tmp_path, "backtest")
    assert done.returncode == 0, done.stderr
    shown = done.stdout
    assert "Learned from what was known at 2026-03-08 01:0" in shown  # the last fifth of seven days
    assert "Questions that get a number: " in shown
    assert "Every question, as if the board were never silent: " in shown
    (due,) = {line for line in shown.splitlines() if "next due first" in line and line.count("–") == 2}
    assert due.split()[-1].endswith("%")
    for word in ("first_contact", "Billing", "Network", "Predicted and actual"):
        assert word in shown


@pytest.mark.parametrize(
    ("since", "sentence"),
    [
        (None, "There is nothing to test: no deadline or callback started in that year.\n"),
        ("yesterday", "'yesterday' is not a valid time. Use for example 2026-09-30T16:20.\n"),
        ("2026-03-12", "--since 2026-03-12 is later than all data: use an earlier time.\n"),
    ],
)
def test_an_empty_board_and_a_wrong_time_are_one_sentence(
    database_url: str, tmp_path: Path, engine: Engine, since: str | None, sentence: str
) -> None:
    with engine.begin() as conn:
        start_clock(conn, NOW, 0.001)
    done = board(database_url, tmp_path, "backtest", *(("--since", since) if since else ()))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)


def test_too_little_to_learn_from_is_said(database_url: str, tmp_path: Path, engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)
        start_clock(conn, NOW, 0.001)
        take(conn, *(complaint(f"P{number}", MONDAY) for number in range(9)))
        derive(conn)
    done = board(database_url, tmp_path, "backtest", "--json")
    assert (done.returncode, done.stdout) == (1, "")
    assert "27 deadlines and callbacks had come due, 30 are needed" in done.stderr


def test_a_record_that_ended_years_ago_is_tested_on_its_last_days(
    database_url: str, tmp_path: Path, engine: Engine
) -> None:
    with engine.begin() as conn:
        week(conn)
        start_clock(conn, at(days=3000), 0.001)
    done = board(database_url, tmp_path, "backtest", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert at(days=5) < datetime.fromtimestamp(told["cut"], UTC) < at(days=6)
    assert told["questions"] > 100


def test_since_is_read_by_the_clocks_of_the_source(database_url: str, tmp_path: Path, engine: Engine) -> None:
    with engine.begin() as conn:
        start_clock(conn, NOW, 0.001)
        week(conn)
        conn.execute(text("UPDATE facts.source SET time_zone = 'America/New_York'"))
    done = board(database_url, tmp_path, "backtest", "--since", "2026-03-07T20:00", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["cut"] == int(datetime(2026, 3, 8, 1, tzinfo=UTC).timestamp())

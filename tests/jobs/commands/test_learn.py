"""`board learn` as a person and a program use it."""

import json
from pathlib import Path

from sqlalchemy import Engine

from jobs.alerts.templates import message
from queries.alerts.rule import Alert
from queries.intake.replay import start_clock
from tests.build import at
from tests.jobs.commands.command_line import board
from tests.queries.risk.weeks import NOW, kinds, week


def test_it_says_what_it_learned_and_what_is_in_force(
    database_url: str, tmp_path: Path, engine: Engine
) -> None:
    with engine.begin() as conn:
        start_clock(conn, NOW, 0.001)
        week(conn)
    done = board(database_url, tmp_path, "learn")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Curves 1: learned from ")
    assert done.stdout.endswith("In force.\n")
    assert "late rate" not in done.stdout


def test_where_the_late_rate_does_better_it_says_so(
    database_url: str, tmp_path: Path, engine: Engine
) -> None:
    with engine.begin() as conn:
        start_clock(conn, NOW, 0.001)
        kinds(conn, 120)
    told = json.loads(board(database_url, tmp_path, "learn", "--json").stdout)["fallback"]
    assert told["late_rate"]["auc"] > told["curves"]["auc"]
    sentence = (
        "The late rate of target and category did better than the curves and is shown instead: AUC 1.000"
    )
    assert sentence in board(database_url, tmp_path, "learn").stdout
    assert sentence in board(database_url, tmp_path, "backtest").stdout


def test_an_alert_by_the_late_rate_names_it_in_both_languages() -> None:
    reason = {"p": 0.92, "k": 633, "n": 700, "similar": "late_rate", "due_at": at(1).isoformat()}
    alert = Alert(
        alert_id=1, rule="likely_breach", subject="deadline:7:feedback:0:1", level="warning", occurrence=1,
        crossed_at=at(0), decided_at=at(0), found_late=False, reason=reason, complaint_id=7, external_id="A",
        target="feedback", tier=2, department=None, region=None,
    )  # fmt: skip
    said = message(alert, {"feedback": ("Progress feedback", "反馈进展")})
    assert said["title"].endswith("complaint A (92 %, the late rate of its kind: 633 of 700)")
    assert said["title_zh"].endswith("反馈进展（92%，同类历史超时率 633/700）")

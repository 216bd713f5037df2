"""`board due` and `board policy check` as a person uses them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from board import app
from config.policy import load
from config.policy_values import Budget
from queries.hours.question import QuestionError, ask, budget_of


def run(*words: str) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_answer_explains_itself() -> None:
    said = run("due", "--calendar", "office", "--start", "2026-09-18T17:00", "--budget", "3h")
    assert said.splitlines() == [
        "Due Sun 2026-09-20 11:00:00 (Asia/Shanghai)",
        "  Fri 2026-09-18 17:00:00 … Fri 2026-09-18 18:00:00  open  +1:00:00",
        "  Fri 2026-09-18 18:00:00 … Sun 2026-09-20 09:00:00  closed",
        "  Sun 2026-09-20 09:00:00 … Sun 2026-09-20 11:00:00  open, make-up, National Day  +2:00:00",
        "  3:00:00 counted",
    ]


def test_working_days_are_listed_with_why_some_do_not_count() -> None:
    pause = "2026-09-21T00:00/2026-09-22T00:00"
    words = (
        "due",
        "--calendar",
        "office",
        "--start",
        "2026-09-18T10:00",
        "--working-days",
        "2",
        "--pause",
        pause,
    )
    assert run(*words).splitlines() == [
        "Due Tue 2026-09-22 18:00:00 (Asia/Shanghai)",
        "  Sat 2026-09-19  does not count",
        "  Sun 2026-09-20  counts (make-up, National Day)",
        "  Mon 2026-09-21  does not count (wholly paused)",
        "  Tue 2026-09-22  counts",
        "  2 working days counted",
    ]


def test_programs_read_json_whose_segments_sum_to_the_budget() -> None:
    pause = "2026-11-20T17:10+08:00/2026-11-20T17:40+08:00"
    words = (
        "--calendar",
        "office",
        "--start",
        "2026-11-20T17:00",
        "--budget",
        "1h",
        "--pause",
        pause,
        "--json",
    )
    said = json.loads(run("due", *words))
    assert (said["due_at"], said["provisional"]) == ("2026-11-23T09:30:00+08:00", False)
    assert sum(one["counted"] for one in said["segments"]) == said["budget"]["seconds"] == 3600


def test_what_is_not_published_yet_is_said() -> None:
    said = run("due", "--calendar", "office", "--start", "2040-09-18T17:00", "--budget", "3h")
    assert "Provisional" in said


@pytest.mark.parametrize(
    ("calendar", "start", "pauses", "zone", "said"),
    [
        ("shop", "2026-01-01", [], "", "The policy has no calendar 'shop'; known are always, office."),
        ("office", "tomorrow", [], "", "'tomorrow' is not a valid time"),
        ("office", "9999-12-31", [], "", "outside the years 1970 to 2199"),
        ("office", "0001-01-01", [], "", "outside the years 1970 to 2199"),
        ("office", "9999-12-31T23:59:59-08:00", [], "", "outside the years 1970 to 2199"),
        ("always", "2026-09-30", ["2026-10-01/9999-12-31"], "", "outside the years 1970 to 2199"),
        ("always", "2199-12-31T23:30Z", [], "", "due after the years 1970 to 2199"),
        ("office", "2026-01-01", ["2026-01-01"], "", "'2026-01-01' is not a pause"),
        ("office", "2026-01-01", ["2026-01-02/2026-01-01"], "", "ends before it begins"),
        ("office", "2026-01-01", [], "Mars/Olympus", "'Mars/Olympus' is no time zone"),
    ],
)
def test_a_question_that_cannot_be_answered_says_what_to_write(
    calendar: str, start: str, pauses: list[str], zone: str, said: str
) -> None:
    with pytest.raises(QuestionError, match=said):
        ask(load(), calendar, start, Budget(3600), pauses, zone)


def test_working_days_need_a_calendar() -> None:
    with pytest.raises(QuestionError, match="name one by --calendar"):
        ask(load(), "always", "2026-01-01", Budget(working_days=2))


@pytest.mark.parametrize(("budget", "days"), [(None, None), ("1h", 2), ("1x", None), (None, 0)])
def test_one_budget_above_zero_is_given(budget: str | None, days: int | None) -> None:
    with pytest.raises(QuestionError):
        budget_of(budget, days)


def test_policy_check_lists_mistakes_and_fails(tmp_path: Path) -> None:
    wrong = tmp_path / "policy.toml"
    wrong.write_text("format = 2\n", "utf-8")
    result = CliRunner().invoke(app, ["policy", "check", str(wrong)])
    assert result.exit_code == 1
    assert "format: 2 is newer than 1, which this board reads" in result.output

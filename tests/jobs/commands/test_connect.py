"""`board connect` as a person and a program use it."""

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine

from config.source_maps.proposal import Answers
from config.source_maps.source_map import load
from jobs.commands.connect_asking import answered
from jobs.sources.connect.looking import look
from jobs.sources.connect.proposing import propose
from tests.jobs.commands.command_line import board, board_here
from tests.jobs.sources.samples import count

HEAD = "工单号,受理时间,客户姓名,联系电话,处理部门,状态,归档时间"
LINES = (
    "T0001,2026/11/20 09:05,王建国,13812340001,网络部,已归档,2026/11/21 09:05",
    "T0002,2026/11/20 09:06,李秀英,13812340002,计费部,挂账,",
    "T0003,,赵志强,13812340003,计费部,处理中,",
)
NO_BOARD = "postgresql+psycopg2://nobody@127.0.0.1:1/none"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "工单.csv"
    path.write_text("\n".join((HEAD, *LINES)), "gb18030")
    return path


def test_it_looks_proposes_tries_and_writes_and_says_what_to_do_next(
    database_url: str, engine: Engine, file: Path
) -> None:
    done = board(database_url, file.parent, "connect", file.name, "--write", "crm.toml", "--source", "crm")
    assert done.returncode == 0, done.stderr
    assert "Read as GB18030, separated by commas, columns named in row 1; 3 rows looked at." in done.stdout
    assert "138****0001" in done.stdout and "customer.phone" in done.stdout
    assert "1 × refused, 受理时间: is empty" in done.stdout
    assert f"board import {file.name} --map crm.toml" in done.stdout.replace("'", "")
    assert sorted(one.name for one in file.parent.iterdir()) == ["crm.toml", "工单.csv"]
    with engine.connect() as conn:
        assert count(conn, "facts.complaint") == 0
    made = board_here(database_url, file.parent, "import", file.name, "--map", "crm.toml")
    assert made.returncode == 0, made.stderr
    with engine.connect() as conn:
        assert count(conn, "facts.complaint WHERE source = 'crm'") == 2


def test_a_program_reads_json(database_url: str, file: Path) -> None:
    done = board_here(database_url, file.parent, "connect", file.name, "--json")
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)
    assert told["map"] == "complaints.toml" and told["left_out"] == ""
    assert [(one["rows"], one["taken"], one["rejected"]) for one in told["dry_run"]] == [(3, 2, 1)]
    assert told["proposal"]["file"]["encoding"] == "GB18030"
    unknown = [one for one in told["questions"] if not one["certain"] and one["code"] == "value"]
    assert [one["parameters"]["value"] for one in unknown] == ["挂账"]


def test_nothing_personal_is_printed(database_url: str, file: Path) -> None:
    lines = (HEAD, *LINES, "T0004,2026/11/20 09:06,孙敏,not a phone 62281234,计费部,处理中,张三的备注")
    file.write_text("\n".join(lines), "gb18030")
    given = ("王建国", "李秀英", "赵志强", "孙敏", "13812340001", "62281234", "张三的备注")
    for arguments in ((), ("--json",)):
        where = file.parent / f"{len(arguments)}.toml"
        done = board_here(database_url, file.parent, "connect", file.name, "--write", str(where), *arguments)
        assert done.returncode == 0, done.stderr
        told = done.stdout + done.stderr + where.read_text("utf-8")
        assert [one for one in given if one in told] == []


def test_without_a_database_it_looks_and_writes_all_the_same(file: Path) -> None:
    done = board_here(NO_BOARD, file.parent, "connect", file.name, "--yes")
    assert done.returncode == 0, done.stderr
    assert "The import was not tried. The database could not take it" in done.stdout
    assert load(str(file.parent / "complaints.toml")).complaint.number.column == "工单号"


def test_a_map_that_is_there_is_never_overwritten(file: Path) -> None:
    (file.parent / "complaints.toml").write_text("mine", "utf-8")
    done = board_here(NO_BOARD, file.parent, "connect", file.name)
    assert (done.returncode, done.stdout) == (1, "")
    assert "complaints.toml is there already" in done.stderr
    assert (file.parent / "complaints.toml").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--write", "map.txt"), "it ends with .toml"),
        (("--source", "My CRM"), "source: "),
        (("--write", "nowhere/map.toml"), "cannot be written"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(file: Path, arguments: tuple[str, ...], said: str) -> None:
    done = board_here(NO_BOARD, file.parent, "connect", file.name, *arguments)
    assert done.returncode == 1 and said in done.stderr and "Traceback" not in done.stderr


def test_a_file_without_anything_like_a_number_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("colour,shape\nred,round\nblue,round\n", "utf-8")
    done = board_here(NO_BOARD, tmp_path, "connect", "t.csv", "--yes")
    assert done.returncode == 1 and "looks like the number of a complaint" in done.stderr
    assert "red" not in done.stdout.replace("re…", "")


def test_files_with_other_columns_get_maps_of_one_source(database_url: str, file: Path) -> None:
    (file.parent / "首响.csv").write_text("工单号,首响时间\nT0001,2026/11/20 09:15\n", "utf-8")
    done = board_here(database_url, file.parent, "connect", "工单.csv", "首响.csv", "--source", "crm")
    assert done.returncode == 0, done.stderr
    first, second = (load(str(file.parent / name)) for name in ("crm.toml", "crm_2.toml"))
    assert (first.source, second.source) == ("crm", "crm")
    assert first.milestones == second.milestones == ("first_contact", "resolved")
    assert done.stdout.count("rows read") == 2


def ask(typed: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Answers, str]:
    shown = StringIO()
    monkeypatch.setattr("sys.stdin", StringIO(typed))
    return answered(Console(file=shown, width=200), propose(look(path))), shown.getvalue()


def test_only_what_cannot_be_told_is_asked(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the file is complete, the callbacks, and the one status that means nothing."""
    answers, shown = ask("yes\n9\n1\nwaiting_customer\n", file, monkeypatch)
    assert answers.chosen == {
        "complete": "yes",
        "callbacks": "yes",
        "value:state.status:挂账": "waiting_customer",
    }
    assert "'9' is none of the choices." in shown
    assert "What does “挂账” in “状态” mean (1 rows)?" in shown


def test_a_time_zone_may_be_any_that_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.csv").write_text("ticket id,opened\nT1,2026-11-20 09:05\n", "utf-8")
    answers, shown = ask("Europe/Atlantis\nEurope/Madrid\n\n\n", tmp_path / "t.csv", monkeypatch)
    assert answers.chosen["time_zone"] == "Europe/Madrid"
    assert "'Europe/Atlantis' names no time zone." in shown


def test_a_file_of_something_else_is_doubted(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("date,name\n2026-01-01,New Year\n2026-02-17,Spring\n", "utf-8")
    done = board_here(NO_BOARD, tmp_path, "connect", "t.csv")
    assert done.returncode == 0 and "is it a file of complaints?" in done.stdout


def test_a_trial_that_is_refused_leaves_the_map(database_url: str, file: Path) -> None:
    """Rows of a time to come: none can be taken."""
    ahead = [line.replace("2026/", "2090/") for line in LINES]
    file.write_text("\n".join((HEAD, *ahead)), "gb18030")
    done = board_here(database_url, file.parent, "connect", file.name)
    assert done.returncode == 0 and "refused, 受理时间: lies in the future" in done.stdout
    assert (file.parent / "complaints.toml").exists()

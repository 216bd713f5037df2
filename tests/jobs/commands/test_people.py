"""`board people` and `board token` as somebody at a terminal uses them."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine

import board as command_line
from config.settings import settings
from queries.intake.facts import Source
from queries.organisation import scope_of
from queries.people import accounts, intake_keys, wall_tokens
from tests.build import complaint, organisation, rows, take
from tests.conftest import ROOT

Board = Callable[..., CompletedProcess[str]]
PEOPLE = (ROOT / "tests" / "data" / "people.csv").read_text("utf-8")
AGENTS = "SELECT login, name_zh, grade, signs_in, active_from, active_until FROM facts.agent ORDER BY login"


@pytest.fixture(autouse=True)
def there(engine: Engine) -> None:
    with engine.begin() as conn:
        organisation(conn)


@pytest.fixture
def board(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Board]:
    """The command line in this process: starting one takes seconds."""
    monkeypatch.setenv("BOARD_DATABASE_URL", database_url)
    settings.cache_clear()

    def run(*arguments: str) -> CompletedProcess[str]:
        monkeypatch.setattr(sys, "argv", ["board", *arguments])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        shown = capsys.readouterr()
        return CompletedProcess(arguments, int(ended.value.code or 0), shown.out, shown.err)

    yield run
    settings.cache_clear()


def write(folder: Path, text: str) -> str:
    file = folder / "mine.csv"
    file.write_text(text, "utf-8")
    return str(file)


def test_people_come_in_with_what_they_may_see_and_until_when(
    board: Board, tmp_path: Path, engine: Engine
) -> None:
    file = write(tmp_path, PEOPLE)
    tried = board("people", "import", file, "--dry-run")
    assert tried.stdout == "3 of 3 people would be new or changed; nothing was changed.\n", tried.stderr
    with engine.begin() as conn:
        assert "zhou" not in {row[0] for row in rows(conn, AGENTS)}
    done = board("people", "import", file)
    assert (done.returncode, done.stdout) == (0, "3 of 3 people are new or changed.\n")
    with engine.begin() as conn:
        found = {str(row[0]): row[1:] for row in rows(conn, AGENTS)}
        zhou, nobody = scope_of(conn, "zhou"), scope_of(conn, "lin")
        kept = rows(conn, "SELECT cardinality(scope_regions) FROM facts.agent WHERE login = 'lin'")
    assert found["zhou"][:3] == ("周敏", "supervisor", True)
    assert found["lin"][3:] == (
        datetime(2026, 1, 4, 16, tzinfo=UTC),  # midnight of the policy's zone
        datetime(2026, 3, 31, 16, tzinfo=UTC),  # the last day is a whole one
    )
    assert found["li"][:3] == ("李伟", "agent", False)
    assert (zhou and zhou.regions, nobody, kept) == (None, None, [(2,)])
    again = board("people", "import", file)
    assert again.stdout == "0 of 3 people are new or changed.\n"


def test_what_is_refused_is_said_row_by_row_and_the_rest_comes_in(
    board: Board, tmp_path: Path, engine: Engine
) -> None:
    lines = [
        "login,name,grade,department,team,regions,active_from,active_to",
        "good,Good,agent,NET,,,,",
        ",Nobody,agent,NET,,,,",
        "a,,agent,NET,,,,",
        "b,B,boss,NET,,,,",
        "c,C,agent,No such,,,,",
        "d,D,manager,NET,,,,",
        "e,E,manager,NET,,GD;XX,,",
        "f,F,agent,NET,,,2026-13-01,",
        "g,G,agent,NET,,,2026-02-02,2026-02-01",
        "good,Again,agent,NET,,,,",
        f"{'h' * 300},H,agent,NET,,,,",
    ]
    done = board("people", "import", write(tmp_path, "\n".join(lines)))
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "1 of 1 people are new or changed.",
        "Row 3 is refused: login is empty.",
        "Row 4 is refused: name_zh is empty, and name_en too.",
        "Row 5 is refused: grade 'boss' is not known; known are agent, senior, team_lead, supervisor, "
        "manager, scheduler, administrator.",
        "Row 6 is refused: department 'No such' is not known; --add makes new departments and teams of the "
        "file.",
        "Row 7 is refused: regions is empty: name the regions that this person may see, or 'all'.",
        "Row 8 is refused: region 'XX' is not known.",
        "Row 9 is refused: active_from '2026-13-01' is no date; write it as 2026-11-30.",
        "Row 10 is refused: active_to 2026-02-01 is before active_from 2026-02-02.",
        "Row 11 is refused: login 'good' stands in row 2 already.",
        "Row 12 is refused: login is longer than 200 characters or unreadable.",
    ]
    with engine.begin() as conn:
        assert rows(conn, "SELECT name_zh FROM facts.agent WHERE login = 'good'") == [("Good",)]


def test_departments_and_teams_of_the_file_are_made_when_asked_for(
    board: Board, tmp_path: Path, engine: Engine
) -> None:
    file = write(
        tmp_path, "login,name,grade,department,team\nx,X,agent,投诉处理中心,一组\ny,Y,agent,网络部,二组\n"
    )
    assert board("people", "import", file).returncode == 1
    assert board("people", "import", file, "--add").returncode == 0
    with engine.begin() as conn:
        assert rows(
            conn,
            "SELECT a.login, d.code, t.code FROM facts.agent a JOIN facts.department d USING (department_id) "
            "JOIN facts.team t USING (team_id) WHERE a.login IN ('x', 'y') ORDER BY 1",
        ) == [("x", "投诉处理中心", "一组"), ("y", "NET", "二组")]


def test_an_agent_signs_in_where_regions_are_given(board: Board, tmp_path: Path, engine: Engine) -> None:
    lines = "login,name,grade,regions\nx,X,agent,GD\ny,Y,team_lead,all\nz,Z,senior,\n"
    assert board("people", "import", write(tmp_path, lines)).returncode == 0
    with engine.begin() as conn:
        x, y, z = (scope_of(conn, login) for login in "xyz")
    assert (x and (x.role, x.regions), y and (y.role, y.regions), z) == (
        ("agent", (1, 2)),
        ("team_lead", None),
        None,
    )


def test_a_spreadsheet_of_people(board: Board, tmp_path: Path, engine: Engine) -> None:
    book = Workbook()
    book.active.append(["工号", "姓名", "岗位", "区域", "离职日期"])
    book.active.append([1001, "王芳", "主管", "广东", datetime(2030, 12, 31)])  # noqa: DTZ001
    book.save(tmp_path / "people.xlsx")
    done = board("people", "import", str(tmp_path / "people.xlsx"))
    assert done.returncode == 0, done.stdout + done.stderr
    with engine.begin() as conn:
        found = scope_of(conn, "1001")
    assert found is not None
    assert found.role == "supervisor"
    assert len(found.regions or ()) == 2  # the province and its city


def test_a_file_without_the_columns_is_one_sentence(board: Board, tmp_path: Path) -> None:
    done = board("people", "import", write(tmp_path, "who,what\na,b\n"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("mine.csv has no column login (or 登录名, 账号, 工号); grade")


def test_an_import_does_not_unlock(board: Board, tmp_path: Path, engine: Engine) -> None:
    assert board("people", "lock", "manager").returncode == 0
    file = write(tmp_path, "login,name,grade,regions\nmanager,Lin,manager,all\n")
    assert board("people", "import", file).returncode == 0
    with engine.begin() as conn:
        assert scope_of(conn, "manager") is None
    assert board("people", "lock", "manager", "--undo").returncode == 0
    with engine.begin() as conn:
        assert scope_of(conn, "manager") is not None


def test_an_invitation_is_printed_as_a_link(board: Board, tmp_path: Path, engine: Engine) -> None:
    done = board("people", "invite", "supervisor")
    assert done.stdout.startswith("Open once, within 72 h: http://127.0.0.1:8501/invitation/"), done.stderr
    with engine.begin() as conn:
        found = accounts.invitation(conn, done.stdout.strip().rpartition("/")[2])
        assert rows(conn, "SELECT action, subject FROM journal.audit") == [
            ("invite_person", "person:supervisor")
        ]
    assert found is not None
    assert found.login == "supervisor"
    for login, why in (("li", "does not sign in"), ("nobody", "There is nobody")):
        refused = board("people", "invite", login)
        assert refused.returncode == 1
        assert why in refused.stderr
    first = board("people", "invite")
    assert "/invitation/" in first.stdout


def test_the_list_says_who_signs_in(board: Board, tmp_path: Path) -> None:
    board("people", "lock", "supervisor")
    said = board("people", "list").stdout
    assert "manager  林华 (Lin Hua): manager, sees GD; not invited yet" in said
    assert "supervisor  周敏 (Zhou Min): supervisor, sees everywhere; locked" in said
    assert "li  李伟 (Li Wei): agent; does not sign in" in said
    listed = json.loads(board("people", "list", "--json").stdout)
    assert {one["login"]: one["regions"] for one in listed}["manager"] == ["GD"]


def test_a_wall_token_is_shown_once_listed_and_revoked(board: Board, tmp_path: Path, engine: Engine) -> None:
    made = board("token", "new", "wall", "lobby", "--region", "GD")
    token = made.stdout.split()[0].rpartition("token=")[2]
    assert len(token) > 40, made.stderr
    with engine.begin() as conn:
        scope = wall_tokens.scope_of(conn, token)
        assert scope is not None
        assert len(scope.regions or ()) == 2
        assert rows(
            conn, "SELECT count(*) FROM access.token WHERE token::text LIKE :it", it=f"%{token}%"
        ) == [(0,)]
    assert board("token", "new", "wall", "lobby").returncode == 1
    assert "Unknown region: XX" in board("token", "new", "wall", "x", "--region", "XX").stderr
    listed = board("token", "list").stdout
    assert listed.startswith("lobby: wall, GD; made ")
    assert token not in listed
    assert board("token", "revoke", "lobby").returncode == 0
    assert board("token", "revoke", "lobby").returncode == 1
    with engine.begin() as conn:
        assert wall_tokens.scope_of(conn, token) is None
    assert board("token", "new", "wall", "lobby").returncode == 0


def test_a_key_of_a_program_is_shown_once_listed_and_revoked(board: Board, engine: Engine) -> None:
    made = board("token", "new", "intake", "hotline", "--reports", "resolved", "--every", "60")
    key = made.stdout.split()[0]
    assert len(key) > 40, made.stderr
    assert "/api/complaints" in made.stdout
    with engine.begin() as conn:
        assert intake_keys.client_of(conn, key) == intake_keys.Client(
            "hotline", "hotline", "Asia/Shanghai", ("resolved",), 60, 50
        )
        assert wall_tokens.scope_of(conn, key) is None
    assert board("token", "new", "intake", "hotline").returncode == 1
    assert board("token", "new", "wall", "hotline").returncode == 1
    assert "Nothing to report" in board("token", "new", "intake", "x", "--reports", "lunch").stderr
    assert "named by small letters" in board("token", "new", "intake", "My Program").stderr
    listed = board("token", "list").stdout
    assert listed.startswith("hotline: sends complaints of hotline; made ")
    assert key not in listed + board("token", "list", "--json").stdout
    assert board("token", "revoke", "hotline").returncode == 0
    with engine.begin() as conn:
        assert intake_keys.client_of(conn, key) is None


def test_a_key_of_a_known_source_keeps_what_that_source_reports(board: Board, engine: Engine) -> None:
    with engine.begin() as conn:
        take(conn, complaint("A"), source=Source("crm", ("answered", "resolved"), "Asia/Urumqi"))
    key = board("token", "new", "intake", "web", "--source", "crm").stdout.split()[0]
    with engine.begin() as conn:
        client = intake_keys.client_of(conn, key)
    assert client is not None
    assert (client.source, client.time_zone, client.milestones) == (
        "crm",
        "Asia/Urumqi",
        ("answered", "resolved"),
    )

"""`board organisation`: regions, departments and teams from files."""

from pathlib import Path

from openpyxl import Workbook
from sqlalchemy import Engine

from tests.build import organisation, rows
from tests.jobs.commands.command_line import board_here

DEPARTMENTS = Path(__file__).parents[2] / "data" / "departments.csv"


def test_a_dry_run_says_row_by_row_and_changes_nothing(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    with engine.begin() as conn:
        organisation(conn)
        before = rows(conn, "SELECT * FROM facts.department")
    told = ("organisation", "import", str(DEPARTMENTS), "--of", "departments")
    dry = board_here(database_url, tmp_path, *told, "--dry-run")
    assert dry.returncode == 0
    assert (
        "Of 2 departments would be 1 new and 1 changed; 0 are as they were; nothing was changed."
        in dry.stdout
    )
    assert "Row 2, NET: other name_zh." in dry.stdout
    with engine.begin() as conn:
        assert rows(conn, "SELECT * FROM facts.department") == before
    board_here(database_url, tmp_path, *told)
    again = board_here(database_url, tmp_path, *told)
    assert "Of 2 departments 0 new and 0 changed; 2 are as they were." in again.stdout
    with engine.begin() as conn:
        found = rows(
            conn,
            "SELECT code, name_zh, (active_until AT TIME ZONE 'Asia/Shanghai')::date::text "
            "FROM facts.department ORDER BY 1",
        )
        assert found == [
            ("BILL", "计费部", None),
            ("NET", "网络运行部", None),
            ("SHOP", "营业部", "2026-07-01"),
        ]
        assert rows(conn, "SELECT action FROM journal.audit") == [("put_departments",)]


def test_the_31_provinces_come_along(engine: Engine, database_url: str, tmp_path: Path) -> None:
    assert (
        "Of 482 regions 482 new and 0 changed"
        in board_here(database_url, tmp_path, "organisation", "regions", "--china").stdout
    )
    told = board_here(database_url, tmp_path, "organisation", "regions").stdout
    assert "440000  广东省 (Guangdong)\n    440100  广州市 (Guangzhou)" in told
    assert told.endswith("482 regions.\n")
    with engine.begin() as conn:
        counts = "SELECT level, count(*) FROM facts.region GROUP BY 1 ORDER BY 1"
        assert rows(conn, counts) == [("city", 451), ("province", 31)]


def test_teams_of_a_spreadsheet_and_what_is_refused(
    engine: Engine, database_url: str, tmp_path: Path
) -> None:
    with engine.begin() as conn:
        organisation(conn)
    book = Workbook()
    for line in (
        ("班组编码", "名称", "所属部门"),
        ("N1", "网络一组", "网络部"),
        ("N2", "", "NET"),
        ("N1", "又一组", "NET"),
        ("X1", "某组", "不存在"),
        ("B1", "计费组", ""),
    ):
        book.active.append(line)
    book.save(tmp_path / "teams.xlsx")
    done = board_here(database_url, tmp_path, "organisation", "import", "teams.xlsx", "--of", "teams")
    assert done.returncode == 1
    assert "Of 5 teams 1 new and 0 changed" in done.stdout
    for told in (
        "Row 3 is refused: name_zh is empty, and name_en too.",
        "Row 4 is refused: code 'N1' stands in row 2 already.",
        "Row 5 is refused: department '不存在' is not known.",
        "Row 6 is refused: department is empty.",
    ):
        assert told in done.stdout
    with engine.begin() as conn:
        assert rows(
            conn, "SELECT t.code, d.code FROM facts.team t JOIN facts.department d USING (department_id)"
        ) == [("N1", "NET")]


def test_a_file_without_its_columns_is_one_sentence(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "teams.csv").write_text("code,name\nN1,One\n", encoding="utf-8")
    done = board_here(database_url, tmp_path, "organisation", "import", "teams.csv", "--of", "teams")
    assert done.returncode == 1
    assert "teams.csv has no column department" in done.stderr

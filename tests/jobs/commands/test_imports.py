"""`board imports`: the list of imports, and taking one back."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from config import UserError
from config.settings import Settings
from jobs.commands.imports_text import print_imports, run_take_back
from tests.build import organisation, rows
from tests.jobs.commands.command_line import board_here
from tests.jobs.dropped import done, drop, table

NUMBERS = "SELECT external_id FROM facts.complaint WHERE taken_back_at IS NULL ORDER BY 1"


@pytest.fixture
def imported(engine: Engine) -> int:
    with engine.begin() as conn:
        organisation(conn)
    upload = drop(engine, table())
    look = done(engine, "look", upload)
    taken = done(engine, "import", upload, look=look.task_id, answers={})
    assert taken.found is not None
    return int(taken.found["summary"]["import_id"])


def test_an_import_is_listed_tried_and_taken_back(engine: Engine, database_url: str, imported: int) -> None:
    given, said = Settings(database_url=database_url), list[str]()
    print_imports(given, 5, False, said.append)
    assert said[0].startswith(f"{imported}  ")
    assert "by administrator  工单 2026-03-04.csv → " in said[0]
    assert said[0].endswith("done: 4 rows, 0 kept in part, 1 refused, 3 new complaints")
    run_take_back(given, imported, "wrong month", True, False, said.append)
    assert said[1] == (
        f"Import {imported} would be taken back: it told of 3 complaints; 3 would go, 0 would change. "
        "Nothing was changed."
    )
    with engine.begin() as conn:
        assert len(rows(conn, NUMBERS)) == 3
    run_take_back(given, imported, "wrong month", False, True, said.append)
    assert json.loads(said[2]) == {"touched": 3, "gone": 3, "changed": 0}
    with engine.begin() as conn:
        assert rows(conn, NUMBERS) == []
    print_imports(given, 5, True, said.append)
    (listed,) = json.loads(said[3])
    assert listed["taken_back_reason"] == "wrong month"
    assert listed["taken_back_by"].endswith(", command line")


def test_what_cannot_be_taken_back_is_one_sentence(database_url: str, tmp_path: Path) -> None:
    found = board_here(database_url, tmp_path, "imports", "take-back", "7", "--reason", "x")
    assert (found.returncode, found.stderr.strip()) == (1, "There is no import 7.")
    with pytest.raises(UserError, match="Say why"):
        run_take_back(Settings(database_url=database_url), 7, " ", False, False, print)
    listed = board_here(database_url, tmp_path, "imports", "list")
    assert "No file was imported yet." in listed.stdout

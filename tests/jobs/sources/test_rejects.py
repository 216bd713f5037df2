import csv
import os
from pathlib import Path

import pytest

from config import UserError
from jobs.sources.files import Row
from jobs.sources.rejects import SHOWN, Rejects, as_data, default_file


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|calc", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠a"]
)
def test_what_a_spreadsheet_would_run_gets_a_quote(cell: str) -> None:
    assert as_data(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "slow", "a=b", "-71.0772", "+8613800138000", "5 - 3", "'"])
def test_anything_else_stays_as_it_is(cell: str) -> None:
    assert as_data(cell) == cell


def test_no_file_is_made_while_nothing_is_refused(tmp_path: Path) -> None:
    with Rejects(tmp_path / "r.csv", ["a"]) as rejects:
        pass
    assert rejects.count == 0
    assert not (tmp_path / "r.csv").exists()


def test_all_refused_rows_are_in_the_file_and_the_first_ones_are_shown(tmp_path: Path) -> None:
    with Rejects(tmp_path / "r.csv", ["a", "b"]) as rejects:
        for number in range(SHOWN + 50):
            rejects.add(Row(number, ["=1", "x\ny"]), "a", "is empty")
    assert (rejects.count, len(rejects.shown)) == (SHOWN + 50, SHOWN)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["row", "column", "reason", "a", "b"]
    assert rows[-1] == [str(SHOWN + 49), "a", "is empty", "'=1", "x\ny"]


def test_a_reject_file_that_cannot_be_written_stops_the_import_with_a_sentence(tmp_path: Path) -> None:
    with (
        Rejects(tmp_path / "none" / "r.csv", []) as rejects,
        pytest.raises(UserError, match="choose another file with --rejects"),
    ):
        rejects.add(Row(2, []), "", "is wrong")


def test_refused_rows_go_beside_the_file_or_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_file(tmp_path / "f.csv.gz") == tmp_path / "f.csv.gz.rejects.csv"
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    assert default_file(tmp_path / "f.csv") == Path.cwd() / "f.csv.rejects.csv"

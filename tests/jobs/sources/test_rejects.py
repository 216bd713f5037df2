import csv
import os
from pathlib import Path

import pytest

from config import UserError
from jobs.sources.reading.files import Row
from jobs.sources.rejects import MOST_REASONS, SHOWN, Rejects, as_data, default_file
from jobs.sources.rows.columns import BadCell, BadRow


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
            rejects.add(Row(number, ["=1", "x\ny"]), BadRow("a", "is empty"))
    assert (rejects.count, len(rejects.shown)) == (SHOWN + 50, SHOWN)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["row", "kind", "column", "reason", "a", "b"]
    assert rows[-1] == [str(SHOWN + 49), "refused", "a", "is empty", "'=1", "x\ny"]


def test_a_reason_is_told_once_with_its_count_its_first_rows_and_an_example(tmp_path: Path) -> None:
    with Rejects(tmp_path / "r.csv", ["a"]) as rejects:
        for number in range(42_908):
            rejects.keep(Row(number, ["x"]), [BadCell("closed_at", "before received_at")])
        rejects.add(Row(50_000, ["x"]), BadCell("a", "is no date", "soon"))
        rejects.add(Row(50_001, ["x"]), BadCell("a", "is no date", "later"))
    assert list(map(str, rejects.reasons)) == [
        "42,908 × kept without closed_at: before received_at, rows 0, 1, 2, …",
        "2 × refused, a: is no date, such as 'soon', rows 50000, 50001",
    ]
    assert [one.reason for one in rejects.shown] == ["'soon' is no date", "'later' is no date"]


def test_a_row_kept_without_several_values_is_one_row_of_the_file(tmp_path: Path) -> None:
    bad = [BadCell("a", "is no tier", "9"), BadCell("b", "before a")]
    with Rejects(tmp_path / "r.csv", ["a", "b"]) as rejects:
        rejects.keep(Row(7, ["9", "1"]), bad)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["row"], row["kind"], row["column"]) == ("7", "kept", "a, b")
    assert row["reason"] == "a: '9' is no tier; b: before a"
    assert (rejects.kept, rejects.count) == (1, 0)


def test_a_file_that_is_wrong_in_every_way_has_few_reasons(tmp_path: Path) -> None:
    with Rejects(tmp_path / "r.csv", ["a"]) as rejects:
        for number in range(MOST_REASONS * 2):
            rejects.add(Row(number, ["x"]), BadRow("a", f"wrong in way {number}"))
    assert len(rejects.reasons) == MOST_REASONS + 1
    assert rejects.reasons[0].count == MOST_REASONS


def test_a_reject_file_that_cannot_be_written_stops_the_import_with_a_sentence(tmp_path: Path) -> None:
    with (
        Rejects(tmp_path / "none" / "r.csv", []) as rejects,
        pytest.raises(UserError, match="choose another file with --rejects"),
    ):
        rejects.add(Row(2, []), BadRow("", "is wrong"))


def test_refused_rows_go_beside_the_file_or_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_file(tmp_path / "f.csv.gz") == tmp_path / "f.csv.gz.rejects.csv"
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write everywhere
    assert default_file(tmp_path / "f.csv") == Path.cwd() / "f.csv.rejects.csv"

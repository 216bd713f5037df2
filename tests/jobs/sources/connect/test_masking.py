"""Nothing of a person leaves the file: no name, telephone number, address or text."""

import csv
from pathlib import Path

import pytest

from config.source_maps.proposal import Kind
from config.source_maps.written_map import written_map
from jobs.sources.connect.looking import look
from jobs.sources.connect.masking import masked
from jobs.sources.connect.proposing import propose
from tests.workflow_table import HEADS, write_workflow_table

PERSONAL = ("业务号码", "客户姓名", "投诉内容", "事发地点", "主办人", "协办意见1", "用户诉求", "工单流水号")


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("13812340000", "phone", "138****0000"),
        ("+86 138-1234-0000", "phone", "861****0000"),
        ("110", "phone", "11***"),
        ("王建国", "name", "王**"),
        ("广州市中山路12号", "text", "广州…"),
        ("440106199001011234", "id", "44…34"),
        ("K1", "id", "K…"),
        ("处理中", "choice", "处理中"),
        ("请回电13812340000", "choice", "请回…"),
        ("2026/11/20", "day", "2026/11/20"),
        ("4.5", "number", "4.5"),
        ("1380013800", "number", "13…"),
    ],
)
def test_a_value_is_shown_as_far_as_it_may_be(text: str, kind: Kind, shown: str) -> None:
    assert masked(text, kind, is_personal=False) == shown


def test_the_word_of_a_personal_column_is_masked_also_where_there_are_few() -> None:
    assert masked("张敏", "choice", is_personal=True) == "张…"


def test_no_personal_value_stands_in_a_proposal_or_its_map(tmp_path: Path) -> None:
    rows = write_workflow_table(tmp_path / "t.csv", 300)
    proposal = propose(look(tmp_path / "t.csv"))
    told = proposal.model_dump_json() + written_map(proposal)
    values = {row[head] for row in rows for head in PERSONAL if row.get(head)}
    assert [value for value in values if value in told] == []


def test_columns_of_unknown_names_are_masked_too(tmp_path: Path) -> None:
    """People who come again and again are few words, as a status is."""
    path = tmp_path / "t.csv"
    people = ("Frederic", "Erik", "Lotta", "张伟强", "欧阳明")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("工单号", "受理时间", "甲", "备用号", "所在"))
        for number in range(100):
            given = people[number % 5], f"139{number:08}", f"和平里{number % 4}号楼301"
            writer.writerow((f"T{number:05}", f"2026/11/20 09:{number % 60:02}", *given))
    told = propose(look(path)).model_dump_json()
    assert [value for value in (*people, "13900000001", "和平里1号楼301") if value in told] == []


def test_the_table_has_what_the_test_looks_for() -> None:
    assert set(PERSONAL) <= set(HEADS) and len(HEADS) >= 40

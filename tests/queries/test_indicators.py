"""The contract of the table of indicators, and the document that is made from it."""

import re

import pytest

from config.policy import Goals
from queries.indicators import BY_CODE, INDICATORS, UNITS, Indicator, as_table
from queries.merged import MERGED
from tests.conftest import ROOT

DOCUMENT = ROOT / "docs" / "indicators.md"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize("one", INDICATORS, ids=lambda one: str(one.code))
def test_an_indicator_says_what_it_is_in_both_languages(one: Indicator) -> None:
    assert one.name_en and one.name_zh
    assert one.means_en.endswith(".") and one.means_en.count(". ") == 0  # one sentence
    assert one.means_zh.endswith("。") and one.means_zh.count("。") == 1
    assert CHINESE.search(one.means_zh) and not CHINESE.search(one.name_en + one.means_en)
    assert not re.search(r"[\u4e00-\u9fff][,;:()]|[,;:()][\u4e00-\u9fff]", one.name_zh + one.means_zh)
    assert re.findall(r"{\w+}", one.name_en) == re.findall(r"{\w+}", one.name_zh)


@pytest.mark.parametrize("one", INDICATORS, ids=lambda one: str(one.code))
def test_an_indicator_has_a_unit_and_a_direction(one: Indicator) -> None:
    english, chinese = UNITS[one.unit]
    assert english and chinese
    assert one.better in ("higher", "lower", "neither")
    assert one.better != "neither" or not one.goal


def test_a_name_belongs_to_one_indicator() -> None:
    for names in ([one.code for one in INDICATORS], [one.name_en for one in INDICATORS]):
        assert len(set(names)) == len(names)
    chinese = [one.name_zh for one in INDICATORS]
    assert sorted({name for name in chinese if chinese.count(name) > 1}) == []


def test_every_goal_of_the_policy_is_measured() -> None:
    aims = {one.goal: one for one in INDICATORS if one.goal}
    assert set(aims) == set(Goals.model_fields)
    assert [goal for goal, one in aims.items() if one.measure is None] == []
    assert {BY_CODE[code].better for code in ("mean_satisfaction", "nps", "resolution_rate")} == {"higher"}
    assert BY_CODE["repeat_rate"].better == "lower"


def test_every_unit_is_used() -> None:
    assert set(UNITS) == {one.unit for one in INDICATORS}


def test_the_document_is_the_table() -> None:
    """After a change: python -c "from queries.indicators import as_table; print(as_table(), end='')"."""
    head, _line, table = DOCUMENT.read_text("utf-8").partition("\n| ")
    assert table == as_table().partition("| ")[2]
    assert " ".join(head.split()).endswith(MERGED)

from pathlib import Path
from typing import get_args

import pytest

from config import source_map
from config.source_map import SourceMapError, UnknownMap, load, names, parse
from queries.intake import facts
from tests.conftest import ROOT

GOOD = """
format = 1
source = "shop"
title = "A shop"
rows = "complaint"
time_zone = "Europe/Berlin"
milestones = ["resolved"]
[complaint]
number = "No"
received_at = "When"
"""
LOG = GOOD.replace('rows = "complaint"', 'rows = "update"') + '[update]\nhappened_at = "At"\n'


def problem(text: str) -> str:
    with pytest.raises(SourceMapError) as caught:
        parse(text, "shop.toml")
    return str(caught.value)


@pytest.mark.parametrize("name", names())
def test_every_map_that_comes_along_reads(name: str) -> None:
    assert load(name).source == name


def test_the_words_of_maps_are_the_doors() -> None:
    assert source_map.STATUSES == facts.STATUSES == get_args(source_map.Status)
    assert get_args(source_map.Milestone) == facts.ALL_MILESTONES
    assert set(source_map.State.model_fields) == {*facts.STATE_FIELDS, "province"}
    assert set(get_args(source_map.Reachable)) == {*facts.MILESTONE_FIELDS, *facts.STATUSES[1:]}


def test_a_map_of_ones_own_is_read_from_its_path(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(GOOD)
    assert load(str(file)).time_zone == "Europe/Berlin"


def test_a_name_that_nobody_has_lists_those_that_there_are() -> None:
    known = ", ".join(sorted(path.stem for path in (ROOT / "config" / "sources").glob("*.toml")))
    assert "boston311, bpi2013" in known
    with pytest.raises(UnknownMap, match=f"known are {known}"):
        load("bosten")


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SourceMapError, match="cannot be read"):
        load(str(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("format = ", "shop.toml: syntax: "),
        (GOOD.replace("Europe/Berlin", "Berlin"), "time_zone: 'Berlin' is no time zone"),
        (GOOD.replace('number = "No"\n', ""), "complaint.number: Field required"),
        (GOOD + 'nummer = "No"', "complaint.nummer: Extra inputs are not permitted"),
        (GOOD.replace('"resolved"', '"solved"'), "milestones.0: Input should be"),
        (
            GOOD + '[state]\ntier = { column = "T", take = "(a)(b)" }',
            "state.tier.take: '(a)(b)' has 2 groups",
        ),
        (GOOD + '[state]\ntier = { column = "T", take = "(" }', "is not a regular expression"),
        (GOOD + '[state]\ntier = { column = "T", constant = "1" }', "state.tier: give exactly one of"),
        (GOOD + '[state]\ntier = { column = "T", translate = { hot = "0" } }', "'0' is no tier"),
        (GOOD + '[state]\nprovince = "P"', "'province' needs 'region'"),
        (GOOD + '[state]\nstatus = "S"', "state.status of a complaint row and 'as_of'"),
        (GOOD + '[reached]\nfinished = "F"', "reached.finished"),
        (GOOD + '[update]\nhappened_at = "At"', "[update] is for rows = 'update'"),
        (GOOD.replace('received_at = "When"', ""), "rows = 'complaint' needs complaint.received_at"),
        (GOOD.replace('"complaint"', '"update"', 1), "rows = 'update' needs [update]"),
        (LOG + '[reached]\nclosed = "C"', "[reached] and 'as_of' are for rows = 'complaint'"),
        (LOG.replace('received_at = "When"', 'title = "T"'), "title, body and [customer] need"),
        ('dates = ["%Q"]\n' + GOOD, "dates.0: %Q in '%Q' is not understood"),
        ('dates = ["yesterday"]\n' + GOOD, "dates.0: 'yesterday' is not understood"),
        ('encoding = "klingon"\n' + GOOD, "encoding 'klingon' is not known"),
    ],
)
def test_a_mistake_is_named_by_its_key(text: str, said: str) -> None:
    assert said in problem(text)

from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import Connection, text

from config.settings import SettingsError, settings
from config.source_maps import subjects as source_subjects
from config.source_maps.source_map import (
    HERE,
    OrganisationMap,
    SourceMapError,
    UnknownMap,
    load,
    names,
    parse,
    parse_any,
)
from config.vocabulary import CALLBACKS, MILESTONE_FIELDS, OUTCOMES, STATUSES, Reachable
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
    assert name.startswith(load(name).source)


def test_the_words_of_maps_are_the_doors() -> None:
    assert set(source_subjects.State.model_fields) == {*facts.STATE_FIELDS, "province"}
    assert set(get_args(Reachable)) == {*MILESTONE_FIELDS, *STATUSES[1:], "reopened"}
    assert set(facts.DETAILS) < set(source_subjects.Complaint.model_fields)


def test_the_words_of_callbacks_are_the_databases(conn: Connection) -> None:
    checks = conn.execute(
        text(
            "SELECT string_agg(pg_get_constraintdef(oid), ' ') FROM pg_constraint "
            "WHERE conrelid = 'facts.callback_attempt'::regclass AND contype = 'c'"
        )
    ).scalar_one()
    for word in (*CALLBACKS, *OUTCOMES):
        assert f"'{word}'" in checks


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


ALL_SUBJECTS = """
format = 1
source = "shop"
title = "A shop"
rows = "complaint"
time_zone = "Europe/Berlin"
milestones = ["resolved", "responded"]
as_of_name = 'shop_(\\d{8})'
complete = true
updated_at = "changed"
[complaint]
number = "No"
parent = { column = "merged into", empty = "none" }
demand = "wish"
[state]
status = { column = "state", since = { column = "since", dates = ["epoch"] } }
[reached]
reopened = "again"
[co_owner]
department = "branch"
requested_at = "asked"
[[pause]]
from = "hung"
hours = "for"
[[pause]]
from = "hung 2"
until = "until 2"
status = "waiting_co_owner"
[survey]
scores = ["score", { column = "speed", scale = 10 }]
[[attempt]]
at = "called"
outcome = { column = "how", translate = { yes = "confirmed" } }
[[booking]]
starts_at = "agreed"
"""


def test_a_map_may_carry_every_subject_once_or_several_times() -> None:
    found = parse(ALL_SUBJECTS)
    assert [one.begins.column for one in found.pause] == ["hung", "hung 2"]
    assert len(found.co_owner) == len(found.survey) == len(found.attempt) == len(found.booking) == 1
    assert found.state.status is not None
    assert found.state.status.since is not None
    assert found.complaint.received_at is None
    assert [score.scale for score in found.survey[0].scores] == [5, 10]


PEOPLE = GOOD.replace('"complaint"', '"person"').replace('milestones = ["resolved"]\n', "")
PEOPLE = PEOPLE[: PEOPLE.index("[complaint]")] + '[person]\nlogin = "login"\n'


def test_a_map_of_people_is_one_of_the_organisation() -> None:
    assert isinstance(parse_any(PEOPLE), OrganisationMap)
    with pytest.raises(
        SourceMapError, match="rows: is 'person'; here a map of complaints or updates is needed"
    ):
        parse(PEOPLE)
    with pytest.raises(SourceMapError, match=r"rows = 'person' needs \[person\]"):
        parse_any(PEOPLE.replace("[person]", "[team]").replace("login =", "code =") + 'department = "d"')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("format = ", "shop.toml: syntax: "),
        (GOOD.replace("Europe/Berlin", "Berlin"), "time_zone: 'Berlin' is no time zone"),
        (GOOD.replace('number = "No"\n', ""), "complaint.number: Field required"),
        (GOOD + 'nummer = "No"', "complaint.nummer: there is no such key; do you mean 'number'?"),
        (GOOD + 'nummer = "No"', "Every key is explained in docs/source-maps.md"),
        (
            GOOD + '[co_owner]\nrequested = "R"',
            "co_owner.0.requested: there is no such key; do you mean 'requested_at'",
        ),
        ("encodign = 'utf-8'\n" + GOOD, "encodign: there is no such key; do you mean 'encoding'?"),
        ("zzz = 1\n" + GOOD, "zzz: there is no such key. Every key"),
        (GOOD + '[reached]\nfirst_contcat = "F"', "do you mean 'first_contact'?"),
        (
            GOOD + '[state]\ntier = { colum = "T" }',
            "state.tier.colum: there is no such key; do you mean 'column'?",
        ),
        (GOOD.replace('"resolved"', '"solved"'), "milestones.0: should be"),
        (
            GOOD + '[state]\ntier = { column = "T", take = "(a)(b)" }',
            "state.tier.take: '(a)(b)' has 2 groups",
        ),
        (GOOD + '[state]\ntier = { column = "T", take = "(" }', "is not a regular expression"),
        (GOOD + '[state]\ntier = { column = "T", constant = "1" }', "state.tier: give exactly one of"),
        (GOOD + '[state]\ntier = { column = "T", translate = { hot = "0" } }', "'0' is no tier"),
        (GOOD + '[state]\nprovince = "P"', "'province' needs 'region'"),
        (GOOD + '[state]\nstatus = { column = "S", empty = "none" }', "a status cannot be nobody or nothing"),
        (GOOD + '[co_owner]\ndepartment = "D"', "give 'requested_at', 'responded_at'"),
        (GOOD + '[co_owner]\nstep = "S"', "'step' of [co_owner] is for rows = 'update'"),
        (GOOD + '[pause]\nfrom = "F"\nuntil = "U"\nhours = "H"', "give only one of 'until', 'hours'"),
        (GOOD + '[survey]\nnps = "N"', "give 'scores', or 'sent_at'"),
        (GOOD + '[attempt]\nat = "A"\noutcome = { constant = "yes" }', "'yes' is no outcome"),
        ('as_of = "A"\nas_of_name = "(x)"\n' + GOOD, "give only one of 'as_of' and 'as_of_name'"),
        (LOG.replace("[complaint]", "complete = true\n[complaint]"), "'complete' are for rows = 'complaint'"),
        (LOG.replace('"At"', '"At"\nmilestone = { constant = "done" }'), "'done' is no milestone"),
        (GOOD + '[reached]\nfinished = "F"', "reached.finished"),
        (GOOD + '[update]\nhappened_at = "At"', "[update] is for rows = 'update'"),
        (GOOD.replace('"complaint"', '"update"', 1), "rows = 'update' needs [update]"),
        (LOG + '[reached]\nclosed = "C"', "[reached] and [[pause]] are for rows = 'complaint'"),
        ('dates = ["%Q"]\n' + GOOD, "dates.0: %Q in '%Q' is not understood"),
        ('dates = ["yesterday"]\n' + GOOD, "dates.0: 'yesterday' is not understood"),
        ('encoding = "klingon"\n' + GOOD, "encoding 'klingon' is not known"),
    ],
)
def test_a_mistake_is_named_by_its_key(text: str, said: str) -> None:
    assert said in problem(text)


def test_the_centres_own_maps_go_before_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOARD_SOURCES_DIR", str(tmp_path))
    settings.cache_clear()
    ours = (HERE / "boston311.toml").read_text("utf-8")
    (tmp_path / "boston311.toml").write_text(ours.replace('title = "', 'title = "Our own '), "utf-8")
    (tmp_path / "mine.toml").write_text(ours, "utf-8")
    assert {"mine", "boston311", "uci_incidents"} <= set(names())
    assert load("boston311").title.startswith("Our own ")
    monkeypatch.setenv("BOARD_SOURCES_DIR", str(tmp_path / "gone"))
    settings.cache_clear()
    with pytest.raises(SettingsError, match="is no folder"):
        names()
    settings.cache_clear()

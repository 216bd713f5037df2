"""A row of a log: something happened to a complaint."""

from datetime import UTC, datetime

import pytest

from jobs.sources.rows import update_rows
from queries.intake.facts import Answer, NewComplaint, Observation, Survey
from tests.jobs.sources.shops import UTC_LOG, Shop, day

LOG = (
    UTC_LOG
    + """
[update]
happened_at = "at"
order = "version"
[complaint]
number = "no"
received_at = "since"
[state]
status = "state"
department = "dept"
"""
)


def test_a_complaint_is_told_of_once_and_again_where_its_beginning_differs() -> None:
    log = Shop(LOG)
    starts = ("2020-05-02", "2020-05-02", "2020-05-01", "")
    found = [log.row(no="1", at="2020-05-03", version="0", since=since).complaint for since in starts]
    assert found == [NewComplaint("1", day(2)), None, NewComplaint("1", day(1)), None]


def test_however_many_complaints_a_log_has_only_the_latest_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(update_rows, "REMEMBERED", 2)
    log = Shop(LOG)
    for number in ("1", "2", "3", "1"):
        assert log.row(no=number, at="2020-05-03", version="0", since="2020-05-01").complaint is not None
    assert len(log.mapping._before) == 2  # type: ignore[attr-defined]


def test_updates_of_one_instant_follow_the_sources_order_then_the_rows() -> None:
    log = Shop(LOG)
    updates = [("03", "5"), ("03", "5"), ("03", "7"), ("03", "5"), ("04", "0"), ("04", "0")]
    found = [log.row(no="1", at=f"2020-05-{at}", version=n, dept="x").observations[0] for at, n in updates]
    places = [(one.happened_at, one.source_seq) for one in found]
    assert len(set(places)) == len(places)
    assert places[0] < places[1] < places[3] < places[2] < places[4] < places[5]


@pytest.mark.parametrize("wrong", ["", "-1", "1.5", "x", str(1 << 31), "１"])
def test_an_order_that_is_no_whole_number_is_refused(wrong: str) -> None:
    column, reason = Shop(LOG).refusal(no="1", at="2020-05-03", version=wrong)
    assert column == "version"
    assert "is no whole number" in reason


def test_a_bad_cell_of_an_update_costs_only_itself() -> None:
    """A word that nobody knows is told as it stands: it is no fact until somebody says what it means."""
    row = Shop(LOG).row(no="1", at="2020-05-03", version="1", since="soon", state="lost", dept="NET")
    assert [one.column for one in row.kept] == ["since", "state"]
    assert [(one.field, one.value) for one in row.observations] == [
        ("department", "NET"),
        ("status", "lost"),
    ]


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"at": ""}, "at", "is empty"),
        ({"at": "soon"}, "at", "'soon' is no date of the form iso"),
        ({"no": ""}, "no", "is empty"),
        ({"no": "2.02611E+17"}, "no", "'2.02611E+17': a spreadsheet has rounded this number"),
        ({"no": "合计"}, "", "is a sum row"),
    ],
)
def test_an_update_without_number_or_instant_is_refused(
    cells: dict[str, str], column: str, reason: str
) -> None:
    assert Shop(LOG).refusal(**{"no": "1", "at": "2020-05-03", "version": "0", **cells}) == (column, reason)


def test_the_hour_that_comes_twice_is_after_the_row_before() -> None:
    log = Shop(LOG.replace('"UTC"', '"America/New_York"'))
    found = [
        log.row(no=number, at=f"2020-11-01 01:{minute}", version="0", dept="x").observations[0].happened_at
        for number, minute in (("1", 40), ("2", 10), ("1", 50), ("1", 20), ("1", 30))
    ]
    hours = [(at.astimezone(UTC).hour, at.minute) for at in found]
    assert hours == [(5, 40), (5, 10), (5, 50), (6, 20), (6, 30)]


TEXTS = LOG.replace("[state]", 'title = "what"\ndemand = "wish"\n[customer]\nnumber = "who"\n[state]')


def test_the_texts_of_a_log_are_statements_of_their_instant() -> None:
    log = Shop(TEXTS)
    cells = {"no": "1", "version": "0", "since": "2020-05-01", "who": "c7"}
    first = log.row(**cells, at="2020-05-03", what="Slow").snapshot
    again = log.row(**cells, at="2020-05-04", what="Slow")
    changed = log.row(**cells, at="2020-05-05", what="Slow, and money back", wish="Money").snapshot
    assert first is not None
    assert changed is not None
    assert (first.stated_at, first.title, first.customer, first.cells) == (day(3), "Slow", "c7", ())
    assert (again.snapshot, again.customer, again.complaint) == (None, None, None)
    assert (changed.stated_at, changed.title, changed.received_at) == (day(5), "Slow, and money back", day(1))
    assert changed.details == (("demand", "Money"),)


STEPS = (
    UTC_LOG
    + """
[update]
happened_at = "at"
milestone = { column = "what", translate = { Rang = "first_contact", Again = "reopened" }, others = "unsaid" }
[complaint]
number = "no"
parent = { column = "into", empty = "none" }
[state]
owner = { column = "owner", empty = "none" }
[co_owner]
department = "branch"
step = { column = "what", translate = { Asked = "requested", Took = "responded" }, others = "unsaid" }
[survey]
scores = ["score"]
"""
)


def fields(log: Shop, **cells: str) -> list[tuple[str, str | None, int]]:
    row = log.row(**{"no": "1", "at": "2020-05-03", "owner": "li", "into": "1", **cells})
    assert row.kept == []
    return [(one.field, one.value, one.party_id) for one in row.observations if one.field != "owner"]


def test_milestones_and_steps_of_co_owners_come_as_updates() -> None:
    log = Shop(STEPS)
    assert fields(log, what="Rang") == [("first_contact", None, 0)]
    assert fields(log, what="Again") == [("status", "in_progress", 0)]
    assert fields(log, what="Typed something") == []
    ((field, department, party),) = fields(log, what="Asked", branch="b1")
    assert (field, department) == ("requested", "b1")
    assert fields(log, what="Took", branch="b1") == [("responded", None, party)]
    assert fields(log, what="Took", branch="b2") != [("responded", None, party)]


def test_an_update_may_say_nobody_and_where_it_was_merged() -> None:
    log = Shop(STEPS)
    found = log.row(no="1", at="2020-05-03", into="7").observations
    seq = found[0].source_seq
    assert found == [
        Observation("1", "owner", day(3), None, seq),
        Observation("1", "parent", day(3), "7", seq),
    ]
    assert log.row(no="1", at="2020-05-03", owner="li").observations[-1].value is None


def test_a_row_of_a_log_that_has_no_outcome_is_no_callback() -> None:
    log = Shop(STEPS + '[attempt]\nat = "at"\noutcome = "result"\n')
    rows = [log.row(no="1", at="2020-05-03", owner="li", into="1", result=told) for told in ("", "refused")]
    assert [(len(row.attempts), row.kept) for row in rows] == [(0, []), (1, [])]


def test_each_survey_of_a_log_is_one_of_its_own() -> None:
    log = Shop(STEPS)
    first, second = (
        log.row(no="1", at=f"2020-05-0{n} 10:00", score="4", owner="li", into="1") for n in (3, 4)
    )
    (survey,), (answer,) = first.surveys, first.answers
    assert survey == Survey("1", survey.survey_id, "source", day(3, 10))
    assert answer == Answer("1", survey.survey_id, day(3, 10), (4,))
    assert second.surveys[0].survey_id != survey.survey_id


def test_an_update_is_refused_where_it_lies_in_the_future() -> None:
    log = Shop(LOG, now=datetime(2020, 5, 1, tzinfo=UTC))
    assert log.refusal(no="1", at="2020-05-03", version="0") == (
        "at",
        "'2020-05-03 00:00 UTC' lies in the future",
    )

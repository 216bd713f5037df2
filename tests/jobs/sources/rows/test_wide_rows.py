"""A row that tells of co-owners, pauses, surveys and callbacks of its complaint."""

from datetime import datetime

import pytest

from queries.intake.facts import Answer, Attempt, Booking, Cell, Survey
from tests.jobs.sources.shops import MADE, UTC_ROWS, Shop, day, evening, milestone

PLAIN = UTC_ROWS + '[complaint]\nnumber = "no"\nreceived_at = "when"\n'
WIDE = (
    PLAIN
    + """[reached]
resolved = "solved"
[[co_owner]]
department = "branch"
requested_at = "asked"
responded_at = "took"
opinion_at = { column = "said", nulls = ["-"], empty = "none" }
[[co_owner]]
number = "sheet"
department = "other branch"
requested_at = "other asked"
cancelled_at = "other off"
[[pause]]
from = "hung"
hours = "for"
[[pause]]
status = "waiting_co_owner"
from = "sent"
until = "back"
[survey]
scores = ["score"]
"""
)


def test_requests_to_co_owners_are_steps_of_their_party() -> None:
    found = Shop(WIDE).cells(
        no="1",
        when="2020-05-01",
        branch="b1",
        asked="2020-05-01 01:00",
        took="2020-05-01 02:00",
        sheet="77",
        other_branch="b2",
        other_asked="2020-05-02",
        other_off="2020-05-03",
    )
    assert found == (
        milestone("requested", day(1, 1), "b1", 1),
        milestone("responded", day(1, 2), None, 1),
        milestone("opinion", None, None, 1),
        milestone("requested", day(2), "b2", 77),
        milestone("cancelled", evening(3), None, 77),
    )


def test_an_answer_before_its_request_is_a_bad_cell() -> None:
    instants = {"asked": "2020-05-03", "took": "2020-05-02 01:00", "said": "2020-05-04"}
    row = Shop(WIDE).row(no="1", when="2020-05-01", **instants)
    assert [(one.column, one.full) for one in row.kept] == [("took", "before the request")]
    assert row.snapshot is not None
    assert [cell.field for cell in row.snapshot.cells] == ["requested", "opinion"]


@pytest.mark.parametrize(
    ("cells", "waits"),
    [
        ({"hung": "2020-05-01 11:00"}, [("waiting_customer", day(1, 11))]),
        ({"hung": "2020-05-01 11:00", "for": "0"}, []),
        (
            {"hung": "2020-05-01 11:00", "for": "48"},
            [("waiting_customer", day(1, 11)), ("in_progress", day(3, 11))],
        ),
        (
            {"hung": "2020-05-01 11:00", "for": "1.5", "solved": "2020-05-01 12:00"},
            [("resolved", day(1, 12)), ("waiting_customer", day(1, 11))],
        ),
        (
            {"hung": "2020-05-01 11:00", "for": "2", "sent": "2020-05-01 12:00", "back": "2020-05-01 15:00"},
            [("waiting_customer", day(1, 11)), ("waiting_co_owner", day(1, 12)), ("in_progress", day(1, 15))],
        ),
        (
            {"hung": "2020-05-01 11:00", "for": "1", "sent": "2020-05-01 12:00", "back": "2020-05-01 15:00"},
            [("waiting_customer", day(1, 11)), ("waiting_co_owner", day(1, 12)), ("in_progress", day(1, 15))],
        ),
        (
            {"hung": "2020-05-02", "for": "1", "sent": "2020-05-01", "back": "2020-05-01"},
            [
                ("waiting_co_owner", day(1)),
                ("in_progress", evening(1)),
                ("waiting_customer", day(2)),
                ("in_progress", day(2, 1)),
            ],
        ),
    ],
)
def test_after_a_pause_comes_what_the_row_tells_or_work(
    cells: dict[str, str], waits: list[tuple[str, datetime]]
) -> None:
    found = Shop(WIDE).cells(no="1", when="2020-05-01", **cells)
    assert [(cell.value, cell.at) for cell in found if cell.field == "status"] == waits


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"hung": "2020-04-01"}, "hung", "before when"),
        (
            {"hung": "2020-05-05", "solved": "2020-05-04 08:00"},
            "hung",
            "after the complaint was resolved or closed",
        ),
        ({"hung": "2020-05-05", "for": "two days"}, "for", "'two days' is no length of time"),
        ({"hung": "2020-05-05", "for": "9999999"}, "for", "'9999999' is no length of time"),
        ({"hung": "2020-05-05", "for": "999999"}, "for", "is more than 1,000 days after hung"),
        ({"sent": "2020-05-05", "back": "2020-05-04"}, "back", "before sent"),
    ],
)
def test_a_pause_that_cannot_be_is_a_bad_cell(cells: dict[str, str], column: str, reason: str) -> None:
    assert Shop(WIDE).kept(no="1", when="2020-05-01", **cells) == [(column, reason)]


def test_an_open_status_within_a_pause_does_not_end_it() -> None:
    text = PLAIN.replace("rows", 'as_of = "seen"\nrows') + '[state]\nstatus = "state"\n'
    shop = Shop(text + '[pause]\nfrom = "hung"\nhours = "for"\n')
    cells = {"no": "1", "when": "2020-05-01", "hung": "2020-05-01 11:00", "for": "48"}
    working, closed = Cell("status", "in_progress"), Cell("status", "closed")
    assert working not in shop.cells(**cells, state="in_progress", seen="2020-05-02 00:00")
    assert working in shop.cells(**cells, state="in_progress", seen="2020-05-04 00:00")
    assert closed in shop.cells(**cells, state="closed", seen="2020-05-02 00:00")


def test_a_score_without_an_instant_was_answered_when_the_complaint_was_resolved() -> None:
    shop = Shop(WIDE)
    found = shop.row(no="1", when="2020-05-01", solved="2020-05-02 15:00", score="2")
    assert found.surveys == [Survey("1", 1, "source", day(2, 15), MADE)]
    assert found.answers == [Answer("1", 1, day(2, 15), (2,), None, MADE)]
    open_still = shop.row(no="1", when="2020-05-01", score="2.0")
    assert open_still.answers == [Answer("1", 1, MADE, (2,), None, MADE)]
    assert shop.row(no="1", when="2020-05-01").surveys == []


CALLS = (
    PLAIN
    + """[[survey]]
number = "sheet"
channel = "by"
sent_at = "sent"
answered_at = "answered"
scores = [{ column = "all", translate = { good = "5" } }, "fast", { column = "kind", scale = 10 }]
nps = "nps"
[attempt]
kind = { column = "which", translate = { second = "experience" } }
at = "called"
outcome = { column = "how", translate = { ok = "confirmed" } }
agent = "by whom"
call_again_at = "again"
[booking]
number = "slip"
starts_at = "agreed"
booked_at = "noted"
"""
)


def test_surveys_with_their_scores() -> None:
    shop = Shop(CALLS)
    cells = {"no": "1", "when": "2020-05-01", "sheet": "9", "by": "sms", "sent": "2020-05-02 08:00"}
    sent = shop.row(**cells)
    assert (sent.surveys, sent.answers) == ([Survey("1", 9, "sms", day(2, 8), MADE)], [])
    told = {"answered": "2020-05-03 09:00", "all": "good", "fast": "3", "kind": "7", "nps": "10"}
    assert shop.row(**cells, **told).answers == [Answer("1", 9, day(3, 9), (5, 3, 4), 10, MADE)]


@pytest.mark.parametrize(
    ("scores", "kept", "taken"),
    [
        ({"all": "0"}, [("all", "'0' is no whole number from 1 to 5")], ()),
        (
            {"all": "6", "fast": "2"},
            [("all", "'6' is no whole number from 1 to 5"), ("all", "a score is empty or wrong")],
            (),
        ),
        ({"all": "4", "kind": "11"}, [("kind", "'11' is no whole number from 1 to 10")], (4,)),
        ({"all": "4", "kind": "9"}, [("all", "a score is empty or wrong")], (4,)),
        ({"all": "4", "nps": "-1"}, [("nps", "'-1' is no whole number from 0 to 10")], (4,)),
    ],
)
def test_a_score_that_is_none_is_a_bad_cell(
    scores: dict[str, str], kept: list[tuple[str, str]], taken: tuple[int, ...]
) -> None:
    row = Shop(CALLS).row(no="1", when="2020-05-01", sheet="9", sent="2020-05-02", **scores)
    assert [one.column for one in row.kept] == [column for column, _ in kept]
    assert all(why in one.full for one, (_, why) in zip(row.kept, kept, strict=True))
    assert [one.scores for one in row.answers] == ([taken] if taken else [])


def test_callbacks_that_were_tried_and_agreed() -> None:
    row = Shop(CALLS).row(
        no="1",
        when="2020-05-01",
        which="second",
        called="2020-05-08 10:00",
        how="call_later",
        by_whom="li",
        again="2020-05-09 11:00",
        slip="s1",
        agreed="2020-05-09 11:00",
        noted="2020-05-08 10:01",
    )
    assert row.kept == []
    key = "20200508T100000"
    assert row.attempts == [
        Attempt("1", "experience", 0, key, day(8, 10), "call_later", "li", day(9, 11), MADE)
    ]
    assert row.bookings == [
        Booking("1", "confirm_solved", 0, "s1", day(8, 10, 1), day(9, 11), stated_at=MADE)
    ]


def test_a_callback_without_an_outcome_is_left_out_and_said() -> None:
    cells = {"no": "1", "when": "2020-05-01", "called": "2020-05-08 10:00"}
    row = Shop(CALLS).row(**cells, how="who knows", which="second")
    assert row.attempts == []
    assert [one.column for one in row.kept] == ["how"]
    assert Shop(CALLS).kept(**cells) == [("how", "is empty, so the callback is left out")]

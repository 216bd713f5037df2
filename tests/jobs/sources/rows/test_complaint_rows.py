"""A row that tells how a complaint stood."""

from datetime import UTC, datetime

import pytest

from jobs.sources.reading.files import Row
from jobs.sources.rows.columns import BadRow
from queries.intake.facts import Cell, Customer, Snapshot
from tests.jobs.sources.shops import MADE, UTC_ROWS, Shop, day, evening, milestone, reached

SHOP = (
    UTC_ROWS
    + """
nulls = ["n/a"]
as_of = "seen"
[complaint]
number = "no"
received_at = "when"
title = "what"
demand = "wish"
[customer]
number = "who"
phone = "phone"
[state]
tier = { column = "grade", take = '^(\\d)', translate = { "4" = "3" } }
channel = { constant = "branch" }
region = { columns = ["land", "town"], joined_by = "-" }
province = "land"
status = { column = "state", translate = { done = "resolved" } }
promised = { column = "due", dates = ["%d.%m.%Y"] }
[reached]
first_contact = "called"
closed = "closed"
"""
)
PLAIN = UTC_ROWS + '[complaint]\nnumber = "no"\nreceived_at = "when"\n'


def test_a_row_states_its_complaint() -> None:
    found = Shop(SHOP).row(
        no=" 1 ",
        when="2020-05-01",
        what="Slow",
        wish="Money back",
        who="c7",
        phone="555-0100",
        grade="4 - low",
        land="GD",
        town="Foshan",
        state="done",
        seen="2020-05-09T08:00",
        due="03.05.2020",
        called="2020-05-01T01:00",
        closed="2020-05-02T07:00",
    )
    assert found.customer == Customer("c7", None, "5550100")
    assert found.region == ("GD-Foshan", "GD")
    assert found.kept == []
    assert found.snapshot == Snapshot(
        "1",
        day(9, 8),
        2,
        (
            Cell("tier", "3"),
            Cell("region", "GD-Foshan"),
            Cell("channel", "branch"),
            Cell("promised", evening(3).isoformat()),
            milestone("first_contact", day(1, 1)),
            reached("closed", day(2, 7)),
            Cell("status", "resolved"),
        ),
        day(1),
        "Slow",
        None,
        "c7",
        (("demand", "Money back"),),
    )


def test_null_values_and_what_does_not_match_state_nothing() -> None:
    found = Shop(SHOP).row(no="1", when="2020-05-01", grade="none", land="GD", town="n/a", due="  ")
    assert found.snapshot is not None
    assert [one.field for one in found.snapshot.cells] == ["channel"]
    assert (found.customer, found.region) == (None, None)


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"when": "2020-05-01"}, "no", "is empty"),
        ({"no": "n/a", "when": "2020-05-01"}, "no", "is empty"),
        ({"no": "1"}, "when", "is empty"),
        ({"no": "1", "when": "soon"}, "when", "'soon' is no date of the form iso"),
        ({"no": "1", "when": "1900-01-01"}, "when", "'1900-01-01' is before 1970"),
        ({"no": "1", "when": "0001-01-01"}, "when", "'0001-01-01' is before 1970"),
        ({"no": "1", "when": "9999-12-31T23:59:59-08:00"}, "when", "-08:00' is after 2199"),
        ({"no": "1", "when": "2026-04-01"}, "when", "'2026-04-01 00:00 UTC' lies in the future"),
        ({"no": "2.02611E+17", "when": "2020-05-01"}, "no", "': a spreadsheet has rounded this number"),
        ({"no": "#N/A", "when": "2020-05-01"}, "no", "is what a spreadsheet shows for an error"),
        ({"no": "合计", "when": ""}, "", "is a sum row"),
        ({"no": "", "when": "Total", "what": "17"}, "", "is a sum row"),
        ({"no": "x" * 300, "when": "2020-05-01"}, "no", "is longer than 200 characters"),
        ({"no": "a\0b", "when": "2020-05-01"}, "no", "has a NUL character in it"),
    ],
)
def test_only_a_row_without_number_or_instant_is_refused(
    cells: dict[str, str], column: str, reason: str
) -> None:
    found = Shop(SHOP).refusal(**cells)
    assert found[0] == column
    assert reason in found[1]


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"due": "31.12.9999"}, "due", "'31.12.9999' is after 2199"),
        ({"due": "2020-05-03"}, "due", "'2020-05-03' is no date of the form %d.%m.%Y"),
        ({"closed": "2020-04-30"}, "closed", "before when"),
        ({"closed": "2026-04-01"}, "closed", "'2026-04-01 00:00 UTC' lies in the future"),
        ({"grade": "9"}, "grade", "'9' is no tier; known are 1, 2, 3"),
        ({"state": "lost"}, "state", "'lost' is no status; known are received"),
        ({"land": "x" * 150, "town": "y" * 150}, "land + town", "is longer than 200 characters"),
        ({"who": "1.2E+17"}, "who", "'1.2E+17': a spreadsheet has rounded this number"),
        ({"who": "c7", "phone": "1.38E+10"}, "phone", "a spreadsheet has rounded this number"),
        ({"seen": "later"}, "seen", "'later' is no date of the form iso"),
    ],
)
def test_a_bad_cell_costs_only_itself(cells: dict[str, str], column: str, reason: str) -> None:
    row = Shop(SHOP).row(no="1", when="2020-05-01", what="Slow", called="2020-05-01T01:00", **cells)
    assert row.snapshot is not None
    assert row.snapshot.title == "Slow"
    assert milestone("first_contact", day(1, 1)) in row.snapshot.cells
    ((found, why),) = [(one.column, one.full) for one in row.kept]
    assert found == column
    assert reason in why


def test_a_bad_cell_of_a_person_is_not_repeated() -> None:
    (bad,) = Shop(SHOP).row(no="1", when="2020-05-01", who="c7", phone="secret").kept
    assert "secret" not in bad.full


def test_a_promise_may_lie_in_the_future() -> None:
    assert Shop(SHOP).cells(no="1", when="2020-05-01", due="01.01.2090")[-1].field == "promised"


def test_a_row_that_the_reader_found_wrong_is_refused_as_a_whole() -> None:
    with pytest.raises(BadRow) as caught:
        Shop(SHOP).mapping.facts(Row(9, [], "has 1 cells, the header has 2"))
    assert (caught.value.column, caught.value.reason) == ("", "has 1 cells, the header has 2")


# ------------------------------------------------------------------------ the statement's own instant


def test_the_rows_own_instant_goes_before_the_files() -> None:
    shop = Shop(PLAIN.replace("rows", 'as_of = "seen"\nupdated_at = "changed"\nrows'))
    told = [
        shop.snapshot(no="1", when="2020-05-01", seen=seen, changed=changed).stated_at
        for seen, changed in (("2020-05-09", "2020-05-03T04:00"), ("2020-05-09", ""), ("", ""))
    ]
    assert told == [day(3, 4), evening(9), MADE]


def test_what_was_said_by_hand_goes_before_what_the_file_says() -> None:
    shop = Shop(PLAIN.replace("rows", 'as_of = "seen"\nupdated_at = "changed"\nrows'), by_hand=True)
    assert shop.snapshot(no="1", when="2020-05-01", seen="2020-05-09").stated_at == MADE
    assert shop.snapshot(no="1", when="2020-05-01", changed="2020-05-03").stated_at == evening(3)


def test_a_file_made_today_tells_of_now_not_of_this_evening() -> None:
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    shop = Shop(PLAIN.replace("rows", 'as_of = "seen"\nrows'), now=now)
    assert shop.snapshot(no="1", when="2020-05-01", seen="2026-03-02").stated_at == now


# ---------------------------------------------------------------------- days, and hours that come twice

ENDS = PLAIN + '[reached]\nfirst_contact = "called"\nresolved = "solved"\nclosed = "closed"\n'


def test_a_day_alone_ends_with_it_and_begins_with_it() -> None:
    shop = Shop(ENDS)
    assert shop.cells(no="1", when="2020-05-01 09:05", closed="2020-05-01") == (
        reached("closed", evening(1)),
    )
    both = shop.snapshot(no="2", when="2020-05-01", closed="2020-05-01")
    assert (both.received_at, both.cells) == (day(1), (reached("closed", evening(1)),))
    assert shop.cells(no="3", when="2020-05-01", closed="2020-05-01 00:10")[0].at == day(1, 0, 10)
    assert shop.columns.days == {"closed": 2, "when": 2}


def test_a_day_before_the_day_of_receipt_is_a_bad_cell() -> None:
    kept = Shop(ENDS).kept(no="1", when="2020-05-02 09:05", closed="2020-05-01")
    assert kept == [("closed", "before when")]


def test_a_day_in_another_zone_is_that_zones_and_may_have_25_hours() -> None:
    zone = ENDS.replace('"UTC"', '"America/New_York"')
    (closed,) = Shop(zone).cells(no="1", when="2020-10-31 09:00", closed="2020-11-01")
    assert closed.at == datetime(2020, 11, 2, 4, 59, 59, tzinfo=UTC)


def test_the_hour_that_comes_twice_is_the_one_that_fits_the_order() -> None:
    shop = Shop(ENDS.replace('"UTC"', '"America/New_York"'))
    early, late = datetime(2020, 11, 1, 5, 50, tzinfo=UTC), datetime(2020, 11, 1, 6, 10, tzinfo=UTC)
    instants = {"called": "2020-11-01 01:10", "closed": "2020-11-01 01:20"}
    found = shop.snapshot(no="1", when="2020-11-01 01:50", **instants)
    assert found.received_at == early
    assert [cell.at for cell in found.cells] == [late, late.replace(minute=20)]
    (closed,) = shop.cells(no="2", when="2020-11-01 00:50", closed="2020-11-01 01:20")
    assert closed.at == datetime(2020, 11, 1, 5, 20, tzinfo=UTC)


def test_ends_of_one_instant_stand_in_the_order_of_a_life() -> None:
    found = Shop(ENDS).cells(no="1", when="2020-05-01", closed="2020-05-02", solved="2020-05-02")
    assert [cell.value for cell in found] == ["resolved", "closed"]


# ------------------------------------------------------------------------------- emptied cells, since

TOLD = (
    PLAIN
    + """parent = { column = "into", empty = "none" }
[state]
owner = { column = "owner", empty = "none", nulls = ["-"] }
department = "dept"
status = { column = "state", since = "state since" }
tier = { column = "grade", since = "grade since" }
[reached]
closed = { column = "closed", empty = "none" }
feedback = { column = "told", empty = "none" }
reopened = "again"
"""
)


def test_an_emptied_cell_says_nobody_or_not_yet_where_the_map_says_so() -> None:
    assert Shop(TOLD).cells(no="1", when="2020-05-01", owner="-") == (
        Cell("owner", None),
        Cell("parent", None),
        milestone("feedback", None),
        reached("closed", None),
    )


def test_a_bad_cell_does_not_say_that_it_was_emptied() -> None:
    row = Shop(TOLD).row(no="1", when="2020-05-01", owner="x" * 300, closed="soon", into="2E+17")
    assert row.snapshot is not None
    assert row.snapshot.cells == (milestone("feedback", None),)
    assert [one.column for one in row.kept] == ["owner", "into", "closed"]


def test_a_state_holds_since_the_instant_of_its_column() -> None:
    found = Shop(TOLD).cells(
        no="1",
        when="2020-05-01",
        state="waiting_customer",
        state_since="2020-05-01 20:00",
        grade="1",
        grade_since="2020-05-02",
        owner="li",
        into="7",
        told="2020-05-03 01:00",
        closed="2020-05-04 01:00",
        again="2020-05-04 02:00",
    )
    assert found == (
        Cell("tier", "1", day(2)),
        Cell("owner", "li"),
        Cell("parent", "7"),
        milestone("feedback", day(3, 1)),
        milestone("reopened", day(4, 2), "in_progress"),
        reached("closed", day(4, 1)),
        Cell("status", "waiting_customer", day(1, 20)),
    )


def test_its_own_number_as_parent_is_no_parent() -> None:
    found = Shop(TOLD).cells(no="1", when="2020-05-01", into="1", owner="li")
    assert "parent" not in {one.field for one in found}


def test_a_file_that_only_adds_needs_no_reception() -> None:
    shop = Shop(UTC_ROWS + '[complaint]\nnumber = "no"\n[reached]\nfeedback = "told"\n')
    found = shop.snapshot(no="1", told="2020-05-03 10:00")
    assert (found.received_at, found.cells) == (None, (milestone("feedback", day(3, 10)),))


def test_a_number_made_of_parts_or_cut_out_is_looked_at_as_it_stands() -> None:
    parts = PLAIN.replace('number = "no"', 'number = { columns = ["no", "part"], joined_by = "-" }')
    cut = PLAIN.replace('number = "no"', "number = { column = 'no', take = '^(\\d+)' }")
    rounded = "'2.02611E+17': a spreadsheet has rounded this number"
    assert Shop(parts).refusal(no="2.02611E+17", part="1", when="2020-05-01") == ("no + part", rounded)
    assert Shop(cut).refusal(no="2.02611E+17", when="2020-05-01") == ("no", rounded)
    assert Shop(parts).refusal(no="合计", part="", when="2020-05-01") == ("", "is a sum row")
    assert Shop(parts).refusal(no="合计", part="4", when="2020-05-01") == ("", "is a sum row")
    assert Shop(cut).snapshot(no="17-b", when="2020-05-01").external_id == "17"

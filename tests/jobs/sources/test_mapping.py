from datetime import UTC, datetime

import pytest

from config.source_map import parse
from jobs.sources.columns import BadRow, wanted
from jobs.sources.files import Row
from jobs.sources.mapping import Mapped, Mapping, mapping
from queries.intake.facts import Customer, NewComplaint, Observation
from tests.jobs.sources.samples import NOW

HEAD = 'format = 1\nsource = "shop"\ntitle = "A shop"\ntime_zone = "UTC"\nmilestones = ["resolved"]\n'
SHOP = (
    HEAD
    + """
rows = "complaint"
nulls = ["n/a"]
as_of = "seen"
[complaint]
number = "no"
received_at = "when"
title = "what"
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
LOG = (
    HEAD
    + """
rows = "update"
[update]
happened_at = "at"
order = "version"
[complaint]
number = "no"
received_at = "since"
title = "what"
[state]
status = "state"
department = "dept"
"""
)


def of(text: str) -> tuple[Mapping, list[str]]:
    source = parse(text)
    header = list(wanted(source))
    return mapping(source, header, NOW), header


class Shop:
    """Rows by column name; what is not given is empty."""

    def __init__(self, text: str) -> None:
        self.mapping, self.header = of(text)
        self.number = 1

    def row(self, **cells: str) -> Mapped:
        self.number += 1
        return self.mapping.facts(Row(self.number, [cells.get(name, "") for name in self.header]))

    def refusal(self, **cells: str) -> tuple[str, str]:
        with pytest.raises(BadRow) as caught:
            self.row(**cells)
        return caught.value.column, caught.value.reason


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2020, 5, number, hour, tzinfo=UTC)


def test_a_row_becomes_a_complaint_with_its_state_and_its_ends() -> None:
    found = Shop(SHOP).row(
        no=" 1 ",
        when="2020-05-01",
        what="Slow",
        who="c7",
        phone="555",
        grade="4 - low",
        land="GD",
        town="Foshan",
        state="done",
        seen="2020-05-09",
        due="03.05.2020",
        called="2020-05-01T01:00",
        closed="2020-05-02",
    )
    assert found.complaint == NewComplaint("1", day(1), "Slow", None, "c7")
    assert found.customer == Customer("c7", None, "555")
    assert found.region == ("GD-Foshan", "GD")
    assert sorted(found.observations) == sorted(
        [
            Observation("1", "tier", day(1), "3"),
            Observation("1", "channel", day(1), "branch"),
            Observation("1", "region", day(1), "GD-Foshan"),
            Observation("1", "promised", day(1), "2020-05-03T00:00:00+00:00"),
            Observation("1", "first_contact", day(1, 1), None, 1),
            Observation("1", "status", day(2), "closed", 2),
            Observation("1", "status", day(9), "resolved", 3),
        ]
    )


def test_null_values_and_what_does_not_match_give_no_observation() -> None:
    found = Shop(SHOP).row(no="1", when="2020-05-01", grade="none", land="GD", town="n/a", due="  ")
    assert [one.field for one in found.observations] == ["channel"]
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
        ({"no": "1", "when": "2020-05-01", "due": "31.12.9999"}, "due", "'31.12.9999' is after 2199"),
        ({"no": "1", "when": "2026-04-01"}, "when", "2026-04-01 00:00 UTC lies in the future"),
        ({"no": "1", "when": "2020-05-01", "due": "2020-05-03"}, "due", "is no date of the form %d.%m.%Y"),
        ({"no": "1", "when": "2020-05-01", "closed": "2020-04-30"}, "closed", "is before the complaint was"),
        ({"no": "1", "when": "2020-05-01", "grade": "9"}, "grade", "'9' is no tier; known are 1, 2, 3"),
        (
            {"no": "1", "when": "2020-05-01", "state": "lost"},
            "state",
            "'lost' is no status; known are received",
        ),
    ],
)
def test_a_bad_row_names_its_column_and_the_reason(cells: dict[str, str], column: str, reason: str) -> None:
    found = Shop(SHOP).refusal(**cells)
    assert found[0] == column
    assert reason in found[1]


def test_a_promise_may_lie_in_the_future() -> None:
    assert Shop(SHOP).row(no="1", when="2020-05-01", due="01.01.2090").observations[-1].field == "promised"


def test_a_number_that_comes_again_is_refused_unless_its_first_row_was() -> None:
    shop = Shop(SHOP)
    shop.refusal(no="1", when="soon")
    shop.row(no="1", when="2020-05-01")
    assert shop.refusal(no="1", when="2020-05-02") == ("no", "'1' stands in row 3 already")


def test_a_complaint_is_told_of_once_in_a_log_and_again_where_its_beginning_differs() -> None:
    log = Shop(LOG)
    starts = ("2020-05-02", "2020-05-02", "2020-05-01", "")
    found = [log.row(no="1", at="2020-05-03", version="0", since=since).complaint for since in starts]
    assert [one and one.received_at for one in found] == [day(2), None, day(1), None]


def test_updates_of_one_instant_follow_the_sources_order_then_the_rows() -> None:
    log = Shop(LOG)
    updates = [("03", "5"), ("03", "5"), ("03", "7"), ("03", "5"), ("04", "0"), ("04", "0")]
    found = [log.row(no="1", at=f"2020-05-{at}", version=n, dept="x").observations[0] for at, n in updates]
    places = [(one.happened_at, one.source_seq) for one in found]
    assert len(set(places)) == len(places)
    assert places[0] < places[1] < places[3] < places[2] < places[4] < places[5]


def test_a_log_that_has_grown_gives_the_same_facts_again() -> None:
    first, grown = Shop(LOG), Shop(LOG)
    grown.row(no="0", at="2020-05-01", version="0", state="received")
    updates = [
        ("03", "received"),
        ("03", "in_progress"),
        ("02", "received"),
        ("02", "resolved"),
        ("03", "closed"),
    ]
    told = [
        [log.row(no="1", at=f"2020-05-{at}", version="1", state=state).observations for at, state in updates]
        for log in (first, grown)
    ]
    assert told[0] == told[1]
    places = [(one.happened_at, one.source_seq) for (one,) in told[0]]
    assert places[2] < places[3] < places[0] < places[1] < places[4]


def test_an_order_that_is_no_whole_number_is_refused() -> None:
    for wrong in ("", "-1", "1.5", "x", str(1 << 31)):
        column, reason = Shop(LOG).refusal(no="1", at="2020-05-03", version=wrong)
        assert column == "version"
        assert "is no whole number" in reason


def test_a_row_that_the_reader_found_wrong_is_refused_as_a_whole() -> None:
    shop, _ = of(SHOP)
    with pytest.raises(BadRow) as caught:
        shop.facts(Row(9, [], "has 1 cells, the header has 2"))
    assert (caught.value.column, caught.value.reason) == ("", "has 1 cells, the header has 2")

"""Due times in one SQL statement are those of the pure reference."""

import random

import pytest
from sqlalchemy import Connection, text

from queries.hours.calendar_spans import due_times, laid, worked, write_spans
from queries.hours.working_time import around_the_clock
from tests.queries.hours.calendars import MOMENTS, at, hours


def asked(zone: str, number: int) -> tuple[list[int], list[int]]:
    """Half of the starts lie near changes of clocks, holidays and ends of years, some on the minute."""
    draw = random.Random(zone)
    near = [at(zone, moment) for moment in MOMENTS[zone]]
    starts = [draw.choice(near) + draw.randint(-5 * 86400, 5 * 86400) for _ in range(number // 2)]
    starts += [
        draw.randint(at(zone, "1990-01-01"), at(zone, "2100-01-01")) for _ in range(number - number // 2)
    ]
    starts = [start - start % 1800 if draw.random() < 0.3 else start for start in starts]
    return starts, [draw.choice([1, 3600, 8 * 3600, draw.randint(1, 400_000)]) for _ in starts]


@pytest.mark.parametrize(
    ("calendar", "zone", "number"),
    [
        ("office", "Asia/Shanghai", 40_000),
        ("nights", "America/New_York", 30_000),
        ("office", "Australia/Lord_Howe", 10_000),
        ("nights", "America/Sao_Paulo", 10_000),
        ("nights", "Pacific/Apia", 10_000),
    ],
)
def test_both_agree_on_100_000_random_cases(conn: Connection, calendar: str, zone: str, number: int) -> None:
    laid = hours(calendar, zone)
    write_spans(conn, calendar, zone, laid)
    starts, budgets = asked(zone, number)
    expected = [laid.due(start, budget).at for start, budget in zip(starts, budgets, strict=True)]
    assert due_times(conn, calendar, zone, starts, budgets) == expected


def test_what_is_laid_down_again_replaces_what_was_and_leaves_other_zones(conn: Connection) -> None:
    write_spans(conn, "office", "Asia/Shanghai", hours("office", "Asia/Shanghai"))
    write_spans(conn, "office", "America/Havana", hours("office", "America/Havana"))
    always = around_the_clock("Asia/Shanghai")
    write_spans(conn, "office", "Asia/Shanghai", always)
    saturday = at("Asia/Shanghai", "2026-11-21 10:00")
    assert due_times(conn, "office", "Asia/Shanghai", [saturday, saturday], [1, 3600]) == [
        saturday + 1,
        saturday + 3600,
    ]
    rows = conn.execute(text("SELECT count(*) FROM derived.calendar_span WHERE zone = 'America/Havana'"))
    assert rows.scalar_one() == len(hours("office", "America/Havana").all_years().starts)


def test_nothing_left_while_closed_is_due_at_once(conn: Connection) -> None:
    write_spans(conn, "office", "Asia/Shanghai", hours("office", "Asia/Shanghai"))
    saturday = at("Asia/Shanghai", "2026-11-21 10:00")
    assert due_times(conn, "office", "Asia/Shanghai", [saturday], [0]) == [saturday]


@pytest.mark.parametrize(("since", "until"), [("2011-06-01", "2027-06-01"), ("1994-01-01", "2076-01-01")])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Pacific/Apia"])
@pytest.mark.parametrize("calendar", ["office", "nights", "always"])
def test_worked_seconds_between_instants_are_those_of_the_reference(
    conn: Connection, calendar: str, zone: str, since: str, until: str
) -> None:
    laid_out = around_the_clock(zone) if calendar == "always" else hours(calendar, zone)
    draw, first, last = random.Random(7), at(zone, since), at(zone, until)
    pairs = [sorted((draw.randint(first, last), draw.randint(first, last))) for _ in range(5_000)]
    arrays = [f"CAST(:{name} AS timestamptz[])" for name in ("starts", "ends", "anchors")]
    found = conn.execute(
        text(
            f"SELECT {worked('to_timestamp(b)', *arrays)} - {worked('to_timestamp(a)', *arrays)} "
            "FROM unnest(CAST(:since AS bigint[]), CAST(:until AS bigint[])) "
            "WITH ORDINALITY AS one (a, b, n) ORDER BY n"
        ),
        laid(laid_out, first, last) | {"since": [a for a, _ in pairs], "until": [b for _, b in pairs]},
    )
    assert list(found.scalars()) == [laid_out.between(a, b) for a, b in pairs]

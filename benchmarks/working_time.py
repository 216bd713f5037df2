"""Due times for a million starts on a Chinese calendar with lunch breaks: one SQL statement against NumPy."""

import time
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
from sqlalchemy import Connection, text

from benchmarks.scratch import board
from benchmarks.working_time_rivals import by_business_duration, by_businesstimedelta
from config.policy import Calendar, load
from queries.hours.calendar_days import FIRST_PUBLISHED, LAST_PUBLISHED, calendar_day
from queries.hours.calendar_spans import SPANS, due_times_of, write_spans
from queries.hours.working_time import Hours, lay_out

ZONE, AHEAD = "Asia/Shanghai", 8 * 3600
STARTS, SAMPLE, FEW, ROUNDS = 1_000_000, 20_000, 1_000, 3
MORNING, NOON, AFTERNOON, EVENING = 9 * 3600, 12 * 3600, 13 * 3600, 18 * 3600
FULL, BEFORE_LUNCH = 8 * 3600, 3 * 3600
Column = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

_ASKED = """
CREATE TEMP TABLE asked ON COMMIT DROP AS
SELECT n AS number, CAST(1420041600 + n * CAST(331 AS bigint) AS bigint) AS start,
       CAST(1 + n * CAST(7919 AS bigint) % 345600 AS bigint) AS budget
FROM generate_series(1, :starts) n
"""
_ANSWERED = f"WITH {SPANS}, answered AS ({due_times_of('asked')}) SELECT %s FROM answered"
_KEY = {"calendar": "office", "zone": ZONE}


def run() -> list[str]:
    calendar = load().calendars["office"]
    hours = lay_out(calendar, ZONE)
    closed = _closed_days(calendar)
    with board() as engine, engine.begin() as conn:
        write_spans(conn, "office", ZONE, hours)
        conn.execute(text(_ASKED), {"starts": STARTS})
        conn.execute(text("ANALYZE asked"))
        asked = [tuple(row) for row in conn.execute(text("SELECT start, budget FROM asked ORDER BY number"))]
        sql = _best(lambda: conn.execute(text(_ANSWERED % "count(*), sum(due)"), _KEY).one()) / STARTS
        agreed = _compare(conn, hours, asked)
    some = asked[:: STARTS // SAMPLE]
    expected = [hours.due(start, budget).at for start, budget in some]
    assert [_one_by_one(closed, *one) for one in some] == expected
    starts, budgets = np.array(asked).T
    assert _all_at_once(closed, starts, budgets)[:: STARTS // SAMPLE].tolist() == expected
    reference = _best(lambda: [hours.due(start, budget) for start, budget in some]) / SAMPLE
    single = _best(lambda: [_one_by_one(closed, *one) for one in some]) / SAMPLE
    whole = _best(lambda: _all_at_once(closed, starts, budgets)) / STARTS
    few = some[:: SAMPLE // FEW]
    due_by_library = by_businesstimedelta(calendar)
    agreeing = sum(due_by_library(*one) == hours.due(*one).at for one in few)
    library = _best(lambda: [due_by_library(*one) for one in few]) / FEW
    ends = [(start, hours.due(start, budget).at) for start, budget in few]
    between = by_business_duration(calendar)
    durations = _best(lambda: [between(*one) for one in ends]) / FEW
    rows = [
        ("one SQL statement (as built)", sql),
        ("pure Python reference, one at a time (as built)", reference),
        ("NumPy busday and hours, one at a time", single),
        ("NumPy busday and hours, whole columns at once, outside the database", whole),
        (f"businesstimedelta (right on {agreeing:,} of {FEW:,}: no worked weekends)", library),
        ("business-duration (only durations, no lunch, no worked weekends)", durations),
    ]
    return [
        f"## Due times on a Chinese calendar with lunch breaks, {STARTS:,} starts",
        "",
        f"{agreed:,} of {STARTS:,} answers of the statement equal the pure reference.",
        "",
        "| way | million a second | SQL is faster by |",
        "|---|---:|---:|",
        *(f"| {way} | {1 / each / 1e6:.3f} | {each / sql:.1f} |" for way, each in rows),
    ]


def _best(once: Callable[[], object]) -> float:
    return min(_timed(once) for _ in range(ROUNDS))


def _timed(once: Callable[[], object]) -> float:
    began = time.perf_counter()
    once()
    return time.perf_counter() - began


def _compare(conn: Connection, hours: Hours, asked: list[tuple[int, ...]]) -> int:
    rows = conn.execute(text(_ANSWERED % "due" + " ORDER BY number"), _KEY)
    return sum(due == hours.due(*one).at for (due,), one in zip(rows, asked, strict=True))


def _closed_days(calendar: Calendar) -> np.busdaycalendar:
    """`busday` knows no worked weekends: every day is in the week mask, and the closed ones are holidays."""
    first, last = date(FIRST_PUBLISHED, 1, 1), date(LAST_PUBLISHED, 12, 31)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    holidays = np.array([day for day in days if not calendar_day(calendar, day).spans], dtype="datetime64[D]")
    return np.busdaycalendar(weekmask="1111111", holidays=holidays)


def _one_by_one(closed: np.busdaycalendar, start: int, budget: int) -> int:
    number, second = divmod(start + AHEAD, 86400)
    day = np.datetime64(number, "D")
    done = 0
    if np.is_busday(day, busdaycal=closed):
        done = max(0, min(second, NOON) - MORNING) + max(0, min(second, EVENING) - AFTERNOON)
    days, rest = divmod(done + budget - 1, FULL)
    rest += 1  # used up at closing: due at closing
    due = np.busday_offset(day, days, roll="forward", busdaycal=closed)
    lunch = AFTERNOON - NOON if rest > BEFORE_LUNCH else 0
    return int(due.astype(int)) * 86400 + MORNING + rest + lunch - AHEAD


def _all_at_once(closed: np.busdaycalendar, starts: Column, budgets: Column) -> Column:
    numbers, seconds = np.divmod(starts + AHEAD, 86400)
    days = numbers.astype("datetime64[D]")
    morning = np.clip(seconds, MORNING, NOON) - MORNING
    done = morning + np.clip(seconds, AFTERNOON, EVENING) - AFTERNOON
    done *= np.is_busday(days, busdaycal=closed)
    more, rest = np.divmod(done + budgets - 1, FULL)
    rest += 1
    due: Column = np.busday_offset(days, more, roll="forward", busdaycal=closed).astype(np.int64) * 86400
    due += MORNING + rest + np.where(rest > BEFORE_LUNCH, AFTERNOON - NOON, 0) - AHEAD
    return due

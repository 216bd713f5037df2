"""Set-based working time: spans with running sums, and the due times of any number of starts in one statement
(docs/architecture.md: Working time). It gives the same answers as queries/hours/working_time.py."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from queries.db import copy_rows, copy_text
from queries.hours.working_time import Hours

# The spans as arrays, read once; `shift` turns an instant inside a span into working seconds and back. A
# bucket of `starts` is the span that contains or precedes an instant; a bucket of `worked`, looked up one
# second earlier, is the span in which the budget is used up: at its close, not at the next opening. OFFSET 0
# keeps the planner from repeating a look-up wherever its result is used.
SPANS = """
spans AS MATERIALIZED (
    SELECT array_agg(start ORDER BY start) AS starts, array_agg(until ORDER BY start) AS ends,
           array_agg(worked_before ORDER BY start) AS worked,
           array_agg(worked_before - start ORDER BY start) AS shift
    FROM (
        SELECT CAST(date_part('epoch', from_at) AS bigint) AS start,
               CAST(date_part('epoch', until_at) AS bigint) AS until, worked_before
        FROM derived.calendar_span WHERE calendar = :calendar AND zone = :zone ORDER BY from_at
    ) AS laid
)"""


def due_times_of(relation: str) -> str:
    """SQL: (number, start, due), epoch seconds, for a relation of (number, start, budget)."""
    return f"""
    SELECT number, start,
           greatest(start, wanted - (SELECT shift FROM spans)[
               width_bucket(wanted - 1, (SELECT worked FROM spans))]) AS due
    FROM (
        SELECT number, start, least(start, (SELECT ends FROM spans)[entered])
                   + (SELECT shift FROM spans)[entered] + budget AS wanted
        FROM (
            SELECT number, start, budget, width_bucket(start, (SELECT starts FROM spans)) AS entered
            FROM {relation} OFFSET 0
        ) AS inside OFFSET 0
    ) AS counted"""


def write_spans(conn: Connection, calendar: str, zone: str, hours: Hours) -> None:
    """All years, replacing the spans stored for that zone before."""
    conn.execute(
        text("DELETE FROM derived.calendar_span WHERE calendar = :calendar AND zone = :zone"),
        {"calendar": calendar, "zone": zone},
    )
    columns = "calendar, zone, from_at, until_at, worked_before"
    copy_rows(conn, "derived.calendar_span", columns, _lines(calendar, zone, hours))


def _lines(calendar: str, zone: str, hours: Hours) -> Iterator[str]:
    key = f"{copy_text(calendar)}\t{copy_text(zone)}"
    laid = hours.all_years()
    for start, end, before in zip(laid.starts, laid.ends, laid.before, strict=True):
        yield f"{key}\t{_timestamp(start)}\t{_timestamp(end)}\t{before}\n"


def _timestamp(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat()


def due_times(
    conn: Connection, calendar: str, zone: str, starts: Sequence[int], budgets: Sequence[int]
) -> list[int]:
    """Epoch seconds, in the order given; the calendar's spans are stored for that zone."""
    rows = conn.execute(
        text(
            f"WITH {SPANS}, given AS (SELECT * FROM unnest(CAST(:starts AS bigint[]), "
            "CAST(:budgets AS bigint[])) WITH ORDINALITY AS one (start, budget, number)) "
            f"SELECT due FROM ({due_times_of('given')}) AS answered ORDER BY number"
        ),
        {"calendar": calendar, "zone": zone, "starts": list(starts), "budgets": list(budgets)},
    )
    return [due for (due,) in rows]


def worked(instant: str, starts: str, ends: str, anchors: str) -> str:
    """SQL: working seconds up to a timestamp, from an instant that is the same for all; arrays as of `laid`.

    Fast where the arrays are constants of the statement, slow where they are columns of a row.
    """
    span = f"[width_bucket({instant}, {starts})]"
    return f"date_part('epoch', least({instant}, ({ends}){span}) - ({anchors}){span})"


def laid(hours: Hours, since: int, until: int) -> dict[str, list[datetime]]:
    """The spans from `since` to `until`; the time from an anchor to an instant in its span was worked."""
    laid_out = hours.laid_for(since, until)
    first, last = bisect_right(laid_out.starts, since) - 1, bisect_right(laid_out.starts, until)
    spans = list(zip(laid_out.starts, laid_out.ends, laid_out.before, strict=True))[first:last]
    return {
        "starts": [datetime.fromtimestamp(start, UTC) for start, _, _ in spans],
        "ends": [datetime.fromtimestamp(end, UTC) for _, end, _ in spans],
        "anchors": [datetime.fromtimestamp(start - before, UTC) for start, _, before in spans],
    }

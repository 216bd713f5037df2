"""A long history made of a short one: the lives that ended, copied further and further back in time."""

from collections.abc import Iterable

from sqlalchemy import Connection, Engine, text

from jobs.sources.simulator import Simulation, fill
from queries.clocks.derive import derive_dirty
from queries.db import board_now
from queries.rollups.daily import count_day, take_dirty_days

STEP = 63  # days, whole weeks, from one copy to the next; what is copied must not be longer
FIRST_ID, ID_STEP = 1_000_000_000, 1_000_000  # older lives have lower numbers, as time would have given them

FACTS = ("facts.complaint_ref", "facts.complaint")
DERIVED = (
    "derived.stint",
    "derived.milestone",
    "derived.deadline",
    "derived.deadline_span",
    "derived.callback",
    "derived.co_owner_request",
    "derived.survey",
    "derived.time_held",
)
DAYS = ("derived.daily", "derived.daily_survey", "derived.sealed_day")
# Read only by the keys of complaints that are being derived or looked at: not needed for a measurement.
BY_KEY = (
    "facts.complaint_event",
    "facts.co_owner_request",
    "facts.survey",
    "facts.survey_answer",
    "facts.callback_attempt",
    "facts.callback_booking",
)

_ENDED = """
CREATE TEMP TABLE ended_life ON COMMIT DROP AS SELECT complaint_id FROM facts.complaint c
WHERE NOT EXISTS (SELECT FROM derived.stint s WHERE s.complaint_id = c.complaint_id AND s.until_at IS NULL)
  AND NOT EXISTS (SELECT FROM derived.callback k WHERE k.complaint_id = c.complaint_id AND k.ended_at IS NULL)
  AND NOT EXISTS (SELECT FROM derived.deadline d WHERE d.complaint_id = c.complaint_id
                  AND d.met_at IS NULL AND d.cancelled_at IS NULL)
"""
_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a
WHERE a.attrelid = CAST(:table AS regclass) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""


def live(owner: Engine, jobs: Engine, days: int, per_hour: float) -> None:
    """The simulated operator's past `days`, derived and rolled up."""
    with owner.begin() as conn:
        conn.execute(text(f"ALTER TABLE facts.complaint_ref ALTER complaint_id RESTART WITH {FIRST_ID}"))
    for _done in fill(jobs, Simulation(per_hour=per_hour), days):
        pass
    taken = 1
    while taken:
        with jobs.begin() as conn:
            taken = derive_dirty(conn).taken
    with jobs.begin() as conn:
        for day in take_dirty_days(conn, board_now(conn)):
            count_day(conn, day)


def lengthen(conn: Connection, copies: int, tables: Iterable[str] = (*FACTS, *DERIVED, *DAYS)) -> None:
    """As a superuser. The rows come to lie as time would have laid them: the oldest first."""
    conn.execute(text(_ENDED))
    conn.execute(text("ANALYZE ended_life"))
    for table in tables:
        columns = conn.execute(text(_COLUMNS), {"table": table}).all()
        names = [name for name, _kind in columns]
        of_ended = "JOIN ended_life USING (complaint_id)" if "complaint_id" in names else ""
        conn.execute(text(f"CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE {table}"))
        conn.execute(text(f"TRUNCATE {table}"))
        put = f"INSERT INTO {table} ({', '.join(names)}) SELECT"
        for back in range(copies, 0, -1):
            shifted = ", ".join(_shifted(name, kind, back) for name, kind in columns)
            conn.execute(text(f"{put} {shifted} FROM kept {of_ended}"))
        conn.execute(text(f"{put} {', '.join(names)} FROM kept"))
        conn.execute(text("DROP TABLE kept"))


def _shifted(name: str, kind: str, back: int) -> str:
    """One column of a copy."""
    if name == "complaint_id":
        return f"complaint_id - {back * ID_STEP}"
    if name == "external_id":
        return f"external_id || '-{back}'"
    if kind == "timestamp with time zone":
        return f"{name} - interval '{back * STEP} days'"
    return f"{name} - {back * STEP}" if kind == "date" else name


def count_of(conn: Connection) -> int:
    found: int = conn.execute(text("SELECT count(*) FROM facts.complaint")).scalar_one()
    return found

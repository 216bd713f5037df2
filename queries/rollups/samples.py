"""Samples of what the board shows, by province and once a minute: the record of what was known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.as_of import OPEN_DEADLINES, OPEN_STINTS, PENDING_CALLBACKS
from queries.db import rows_of
from queries.open_deadlines import WHICH


@dataclass(frozen=True, slots=True)
class ProvinceCounts:
    """Of a province with its cities (0: no region known). Requests are overdue by either of their limits."""

    region_id: int
    open_complaints: int
    follow_up: int
    due_soon: int
    breached: int
    requests_open: int
    requests_overdue: int
    callbacks_due: int


@dataclass(frozen=True, slots=True)
class Sample:
    shown_at: datetime  # some seconds after its minute began
    counts: tuple[ProvinceCounts, ...]


COUNTS = ("open_complaints", "follow_up", "due_soon", "breached", "requests_open", "requests_overdue",
          "callbacks_due")  # fmt: skip
SAMPLE_LOCK = 0x0C0B0A32  # any number that no other lock has
_CHOSEN = "(CAST(:provinces AS int[]) IS NULL OR region_id = ANY (CAST(:provinces AS int[])))"


def _counted(past: bool) -> str:
    """One row for each province, and for 0, also where there is nothing to count."""
    return f"""
    WITH province AS (SELECT region_id, coalesce(parent_id, region_id) AS of FROM facts.region),
    counted AS (
        SELECT coalesce(p.of, 0) AS region_id, count(*) AS open_complaints, 0 AS follow_up, 0 AS due_soon,
               0 AS breached, 0 AS requests_open, 0 AS requests_overdue, 0 AS callbacks_due
        FROM {OPEN_STINTS[past]} s LEFT JOIN province p USING (region_id) GROUP BY 1
        UNION ALL
        SELECT coalesce(p.of, 0), 0, 0,
               count(*) FILTER (WHERE {WHICH["hour"]}), count(*) FILTER (WHERE {WHICH["breached"]}),
               count(DISTINCT (complaint_id, party_id)) FILTER (WHERE party_id <> 0),
               count(DISTINCT (complaint_id, party_id)) FILTER (WHERE party_id <> 0 AND {WHICH["breached"]}),
               0
        FROM {OPEN_DEADLINES[past]} d LEFT JOIN province p USING (region_id) GROUP BY 1
        UNION ALL
        SELECT coalesce(p.of, 0), 0, count(DISTINCT complaint_id), 0, 0, 0, 0,
               count(*) FILTER (WHERE due_at < :now)
        FROM {PENDING_CALLBACKS[past]} k LEFT JOIN province p USING (region_id) GROUP BY 1
        UNION ALL
        SELECT region_id, 0, 0, 0, 0, 0, 0, 0 FROM facts.region WHERE parent_id IS NULL
        UNION ALL SELECT 0, 0, 0, 0, 0, 0, 0, 0)
    SELECT region_id, {", ".join(f"sum({name})::int AS {name}" for name in COUNTS)}
    FROM counted GROUP BY region_id
    """


def counted(
    conn: Connection, provinces: tuple[int, ...] | None, now: datetime, past: bool = False
) -> tuple[ProvinceCounts, ...]:
    """`provinces`: None for all that the person may see, and complaints without a region."""
    rows = conn.execute(
        text(f"SELECT * FROM ({_counted(past)}) c WHERE {_CHOSEN} ORDER BY region_id"),
        {"now": now, "provinces": _ids(provinces)},
    )
    return rows_of(ProvinceCounts, rows)


def recorded(conn: Connection, provinces: tuple[int, ...] | None, minute: datetime) -> Sample | None:
    """The sample of that full minute; None if there is none."""
    shown = conn.execute(
        text("SELECT shown_at FROM journal.sampled_minute WHERE sampled_at = :minute"), {"minute": minute}
    ).scalar_one_or_none()
    rows = conn.execute(
        text(
            f"SELECT region_id, {', '.join(COUNTS)} FROM ({_LAST_SQL}) l WHERE {_CHOSEN} ORDER BY region_id"
        ),
        {"minute": minute, "provinces": _ids(provinces)},
    )
    counts = rows_of(ProvinceCounts, rows)
    return Sample(shown, counts) if shown and counts else None


def _ids(provinces: Iterable[int] | None) -> list[int] | None:
    return None if provinces is None else list(provinces)


def nearest(conn: Connection, minute: datetime) -> tuple[datetime | None, datetime | None]:
    """The sampled minutes before and after."""
    row = conn.execute(
        text(
            "SELECT (SELECT max(sampled_at) FROM journal.sampled_minute WHERE sampled_at < :minute), "
            "(SELECT min(sampled_at) FROM journal.sampled_minute WHERE sampled_at > :minute)"
        ),
        {"minute": minute},
    ).one()
    return row[0], row[1]


def is_sampled(conn: Connection, minute: datetime) -> bool:
    """Whether that minute or a later one is sampled: the record never goes back."""
    found = conn.execute(
        text("SELECT EXISTS (SELECT FROM journal.sampled_minute WHERE sampled_at >= :minute)"),
        {"minute": minute},
    )
    return bool(found.scalar_one())


def sample(conn: Connection, minute: datetime, now: datetime) -> int:
    """Record what is shown at `now`, under its minute, where it differs from the last record.

    Returns how many provinces were counted. A lock lets two processes take turns; only the first one writes.
    """
    conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": SAMPLE_LOCK})
    if is_sampled(conn, minute):
        return 0
    values = {"minute": minute, "now": now}
    conn.execute(text(_WRITE_MINUTE), values)
    provinces: int = conn.execute(text(_WRITE_CHANGED), values).scalar_one()
    return provinces


# The last row of each region that ever had one, at or before :minute.
_LAST_SQL = f"""
SELECT s.* FROM (SELECT region_id FROM facts.region UNION ALL SELECT 0) r CROSS JOIN LATERAL (
    SELECT region_id, {", ".join(COUNTS)} FROM journal.board_sample
    WHERE region_id = r.region_id AND sampled_at <= :minute ORDER BY sampled_at DESC LIMIT 1) s
"""
_WRITE_MINUTE = """
INSERT INTO journal.sampled_minute (sampled_at, shown_at, version)
SELECT :minute, :now, version FROM journal.board_state
"""
# A region that is not a province any more counts zero from now on.
_WRITE_CHANGED = f"""
WITH last AS MATERIALIZED ({_LAST_SQL}),
counted AS MATERIALIZED ({_counted(past=False)}),
written AS (
    INSERT INTO journal.board_sample (sampled_at, region_id, {", ".join(COUNTS)})
    SELECT :minute, region_id, {", ".join(f"coalesce(c.{name}, 0)" for name in COUNTS)}
    FROM counted c FULL JOIN last l USING (region_id)
    WHERE ROW ({", ".join(f"coalesce(c.{name}, 0)" for name in COUNTS)})
        IS DISTINCT FROM ROW ({", ".join(f"l.{name}" for name in COUNTS)}))
SELECT count(*) FROM counted
"""

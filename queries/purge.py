"""Purging the journal of records of the board's own running that are older than the policy keeps them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from config.retention import Retention

# Further tables that a key of the policy covers besides the table of its name.
ALSO_PURGED = {"board_sample": ("sampled_minute",)}


@dataclass(frozen=True, slots=True)
class Horizon:
    """Rows of `table` from before `before` are to be deleted."""

    table: str
    days: int
    before: datetime


@dataclass(frozen=True, slots=True)
class Outlived:
    table: str
    days: int
    before: datetime
    rows: int
    size: int  # bytes, estimated as their share of the table with its indexes


def horizons(retention: Retention, now: datetime) -> Iterator[Horizon]:
    for name, days in retention.days().items():
        for table in (*ALSO_PURGED.get(name, ()), name):
            yield Horizon(table, days, now - timedelta(days=days))


def outlived(conn: Connection, retention: Retention, now: datetime) -> tuple[Outlived, ...]:
    """What would be deleted of each table."""
    return tuple(_outlived(conn, one) for one in horizons(retention, now))


def _outlived(conn: Connection, one: Horizon) -> Outlived:
    rows = purge(conn, one, 0)
    size = conn.execute(
        text(
            f"SELECT pg_total_relation_size('journal.{one.table}') * CAST(:rows AS float) "
            f"/ greatest((SELECT count(*) FROM journal.{one.table}), 1)"
        ),
        {"rows": rows},
    ).scalar_one()
    return Outlived(one.table, one.days, one.before, rows, int(size))


def purge(conn: Connection, of: Horizon, most: int) -> int:
    """Deletes at most `most` rows; 0 only counts them. The database itself decides what may be deleted."""
    rows: int = conn.execute(
        text("SELECT journal.purge(:table, :before, :most)"),
        {"table": of.table, "before": of.before, "most": most},
    ).scalar_one()
    return rows

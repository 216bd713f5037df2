"""What the journal need not keep: rows of the board's own running that have outlived the policy's days."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from config.retention import Retention

# Where a line of the policy stands for more than the table of its name.
WITH_IT = {"board_sample": ("sampled_minute",)}


@dataclass(frozen=True, slots=True)
class Horizon:
    """What `table` holds of before `before` is to go."""

    table: str
    days: int
    before: datetime


@dataclass(frozen=True, slots=True)
class Outlived:
    table: str
    days: int
    before: datetime
    rows: int
    size: int  # bytes, about: their share of the table with its indexes


def horizons(retention: Retention, now: datetime) -> Iterator[Horizon]:
    for name, days in retention.days().items():
        for table in (*WITH_IT.get(name, ()), name):
            yield Horizon(table, days, now - timedelta(days=days))


def outlived(conn: Connection, retention: Retention, now: datetime) -> tuple[Outlived, ...]:
    """Of each table, without deleting any of it."""
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
    """At most so many rows; 0 counts them instead. The database itself knows what may go."""
    rows: int = conn.execute(
        text("SELECT journal.purge(:table, :before, :most)"),
        {"table": of.table, "before": of.before, "most": most},
    ).scalar_one()
    return rows

"""Writing derived rows: a batch is staged by COPY and merged, so that an unchanged row is not touched."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from queries.clocks.outcome import Rows
from queries.db import copy_rows
from queries.rollups.flows import MARK_DAYS, MARK_MOVED_DAYS


@dataclass(frozen=True, slots=True)
class Table:
    """`columns`: name → SQL type; instants are staged as whole seconds."""

    name: str
    key: tuple[str, ...]
    columns: dict[str, str]

    @property
    def staged(self) -> str:
        return f"pg_temp.new_{self.name}"


def _columns(words: str) -> dict[str, str]:
    pairs = (word.split(":") for word in words.split())
    return {name: kind for name, kind in pairs}  # noqa: C416 - dict() of 2-lists does not type-check


DIMENSIONS = "tier:smallint department_id:int region_id:int category:text channel:text"
CLOCK = "complaint_id:bigint target:text party_id:bigint episode:smallint"
CLOCK_KEY = ("complaint_id", "target", "party_id", "episode")

TABLES = (
    Table(
        "stint",
        ("complaint_id", "seq"),
        _columns(
            "complaint_id:bigint seq:smallint from_at:at until_at:at episode:smallint status:text "
            "tier:smallint department_id:int owner_id:int region_id:int category:text channel:text "
            "counts_as_open:boolean received_at:at"
        ),
    ),
    Table(
        "milestone",
        ("complaint_id", "episode", "milestone"),
        _columns(
            f"complaint_id:bigint episode:smallint milestone:text happened_at:at {DIMENSIONS} merged:boolean"
        ),
    ),
    Table(
        "deadline",
        CLOCK_KEY,
        _columns(
            f"{CLOCK} started_at:at due_at:at warn_at:at left_seconds:bigint met_at:at cancelled_at:at "
            "policy_version:int provisional:boolean tier:smallint department_id:int owner_id:int "
            "region_id:int category:text channel:text excused_at:at"
        ),
    ),
    Table(
        "deadline_span",
        (*CLOCK_KEY, "from_at"),
        _columns(
            f"{CLOCK} from_at:at until_at:at due_at:at warn_at:at paused:boolean left_seconds:bigint "
            "policy_version:int"
        ),
    ),
    Table("timer", (*CLOCK_KEY, "kind"), _columns(f"{CLOCK} kind:text fire_at:at")),
    Table(
        "callback",
        ("complaint_id", "kind", "episode"),
        _columns(
            "complaint_id:bigint kind:text episode:smallint resolved_at:at due_at:at ended_at:at "
            "outcome:text attempts:smallint last_outcome:text next_at:at agent_id:int revision:int "
            f"policy_version:int {DIMENSIONS}"
        ),
    ),
    Table(
        "co_owner_request",
        ("complaint_id", "request_id"),
        _columns(
            "complaint_id:bigint request_id:bigint episode:smallint requested_at:at responded_at:at "
            "opinion_at:at ended_at:at department_id:int lead_department_id:int tier:smallint region_id:int "
            "category:text channel:text"
        ),
    ),
    Table(
        "survey",
        ("complaint_id", "survey_id"),
        _columns(
            "complaint_id:bigint survey_id:bigint survey_channel:text sent_at:at answered_at:at score:float "
            f"nps:smallint {DIMENSIONS}"
        ),
    ),
    Table(
        "time_held",
        ("complaint_id", "holder", "department_id"),
        _columns(
            "complaint_id:bigint holder:text department_id:int seq:smallint received_at:at ended_at:at "
            "tier:smallint region_id:int seconds:bigint open_seconds:bigint late_seconds:bigint "
            "late_requests:smallint avoidable:smallint own:smallint"
        ),
    ),
)


def _stage_ddl(table: Table) -> str:
    columns = ", ".join(
        f"{name} {'timestamptz' if kind == 'at' else kind}" for name, kind in table.columns.items()
    )
    return f"CREATE TEMP TABLE IF NOT EXISTS new_{table.name} ({columns}) ON COMMIT DELETE ROWS;"


STAGE = (
    "SET LOCAL client_min_messages = warning; "
    "CREATE TEMP TABLE IF NOT EXISTS batch_id (complaint_id bigint PRIMARY KEY) ON COMMIT DELETE ROWS; "
    + " ".join(map(_stage_ddl, TABLES))
    + f" TRUNCATE batch_id, {', '.join(table.staged for table in TABLES)};"
)

# Whose alerts the sweep checks again (queries/alerts/settled.py). A new one of an import of history
# has none.
MARK_UNSETTLED_SQL = """
INSERT INTO derived.unsettled (complaint_id)
SELECT complaint_id FROM facts.complaint c WHERE complaint_id = ANY (:ids) AND (:known OR NOT is_history)
"""


def _remove(table: Table, schema: str) -> str:
    same = " AND ".join(f"n.{name} = o.{name}" for name in table.key)
    return (
        f"DELETE FROM {schema}.{table.name} o USING pg_temp.batch_id b WHERE o.complaint_id = b.complaint_id "
        f"AND NOT EXISTS (SELECT FROM {table.staged} n WHERE {same})"
    )


def _upsert(table: Table, schema: str) -> str:
    names = ", ".join(table.columns)
    rest = [name for name in table.columns if name not in table.key]
    new = ", ".join(f"EXCLUDED.{name}" for name in rest)
    old = ", ".join(f"o.{name}" for name in rest)
    return (
        f"INSERT INTO {schema}.{table.name} AS o ({names}) SELECT {names} FROM {table.staged} "
        f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET ({', '.join(rest)}) = ROW ({new}) "
        f"WHERE ROW ({old}) IS DISTINCT FROM ROW ({new})"
    )


def write(conn: Connection, ids: list[int], rows: Rows, schema: str = "derived") -> int:
    """Make `schema` hold exactly `rows` for the complaints `ids`; returns how many rows changed.

    A late fact may remove rows as well as add them. Days whose flows change are marked for the roll-ups.
    """
    known = conn.execute(
        text(f"SELECT EXISTS (SELECT FROM {schema}.milestone WHERE complaint_id = ANY (:ids))"), {"ids": ids}
    )
    if not known.scalar_one():
        return _write_new(conn, ids, rows, schema)
    conn.execute(text(STAGE))
    copy_rows(conn, "pg_temp.batch_id", "complaint_id", (f"{key}\n" for key in ids))
    for table in TABLES:
        copy_rows(conn, table.staged, ", ".join(table.columns), iter(rows.lines[table.name]))
    conn.execute(text("ANALYZE pg_temp.batch_id"))
    if schema == "derived":
        conn.execute(text(MARK_MOVED_DAYS))
    changed = 0
    for table in TABLES:
        counts = table.name != "timer"
        for sql in (_remove(table, schema), _upsert(table, schema)):
            changed += conn.execute(text(sql)).rowcount * counts
    if schema == "derived" and changed:
        conn.execute(text(MARK_UNSETTLED_SQL), {"ids": ids, "known": True})
    return changed


def _write_new(conn: Connection, ids: list[int], rows: Rows, schema: str) -> int:
    """Plain COPY, three times as fast as merging: their locks ensure that none was ever derived."""
    for table in TABLES:
        copy_rows(conn, f"{schema}.{table.name}", ", ".join(table.columns), iter(rows.lines[table.name]))
    if schema == "derived":
        conn.execute(text(MARK_DAYS), {"ids": ids})
        conn.execute(text(MARK_UNSETTLED_SQL), {"ids": ids, "known": False})
    return sum(len(lines) for lines in rows.lines.values())

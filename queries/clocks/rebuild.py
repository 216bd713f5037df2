"""Derive everything anew beside the old (derived_next), then compare, or swap in one transaction."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from queries.clocks.derive import derive_these
from queries.clocks.write import TABLES
from queries.db import DERIVE_CHANNEL, board_now, raise_version

NEXT = "derived_next"
BATCH = 5_000
# Facts carry the instant at which their transaction began; what may have committed since is derived again.
LONGEST_INTAKE = timedelta(minutes=30)
EXEMPT = frozenset(
    {"timer"}
)  # working state: timers that have fired are gone from the old rows, not yet from the new


@dataclass(frozen=True, slots=True)
class Difference:
    table: str
    only_old: int
    only_new: int


def build_next(engine: Engine) -> Iterator[tuple[int, int]]:
    """Fill derived_next; yields (complaints done, of how many). Each batch is a transaction of its own."""
    with engine.begin() as conn:
        drop_next(conn)
        for table in TABLES:
            conn.execute(text(f"CREATE TABLE {NEXT}.{table.name} (LIKE derived.{table.name} INCLUDING ALL)"))
        ids = list(conn.execute(text("SELECT complaint_id FROM facts.complaint ORDER BY 1")).scalars())
    for start in range(0, len(ids), BATCH):
        with engine.begin() as conn:
            derive_these(conn, ids[start : start + BATCH], NEXT)
        yield min(start + BATCH, len(ids)), len(ids)


def compare(conn: Connection) -> list[Difference]:
    """Tables whose rows differ; complaints that are still to be derived are left out."""
    conn.execute(
        text("CREATE TEMP TABLE waiting ON COMMIT DROP AS SELECT DISTINCT complaint_id FROM derived.dirty")
    )
    found = []
    for table in TABLES:
        if table.name in EXEMPT:
            continue
        names = ", ".join(table.columns)
        old, new = (
            f"SELECT {names} FROM {schema}.{table.name} t "
            "WHERE NOT EXISTS (SELECT FROM waiting w WHERE w.complaint_id = t.complaint_id)"
            for schema in ("derived", NEXT)
        )
        only_old, only_new = conn.execute(
            text(
                f"SELECT (SELECT count(*) FROM ({old} EXCEPT ALL {new}) a), "
                f"(SELECT count(*) FROM ({new} EXCEPT ALL {old}) b)"
            )
        ).one()
        if only_old or only_new:
            found.append(Difference(table.name, only_old, only_new))
    return found


def drop_next(conn: Connection) -> None:
    for table in TABLES:
        conn.execute(text(f"DROP TABLE IF EXISTS {NEXT}.{table.name}"))


def swap(conn: Connection, began: datetime) -> None:
    """Put derived_next in place; `began`: when build_next did. Readers wait for the commit."""
    view = conn.execute(text("SELECT pg_get_viewdef('derived.flow'::regclass)")).scalar_one()
    view_grants = _grants(conn, "flow")
    conn.execute(text("LOCK TABLE derived.dirty IN ACCESS EXCLUSIVE MODE"))
    conn.execute(text("DROP VIEW derived.flow"))
    for table in TABLES:
        access = [*_policies(conn, table.name), *_grants(conn, table.name)]
        options = conn.execute(
            text("SELECT unnest(reloptions) FROM pg_class WHERE oid = CAST(:name AS regclass)"),
            {"name": f"derived.{table.name}"},
        )
        access += [f"ALTER TABLE derived.{table.name} SET ({option})" for option in options.scalars()]
        conn.execute(text(f"DROP TABLE derived.{table.name}"))
        conn.execute(text(f"ALTER TABLE {NEXT}.{table.name} SET SCHEMA derived"))
        for statement in access:
            conn.exec_driver_sql(statement.replace("%", "%%"), ())
    made = f"CREATE VIEW derived.flow WITH (security_invoker = true) AS {view}"
    conn.exec_driver_sql(made.replace("%", "%%"), ())
    for statement in view_grants:
        conn.execute(text(statement))
    drop_next(conn)
    _catch_up(conn, began - LONGEST_INTAKE)
    raise_version(conn, board_now(conn))


def _policies(conn: Connection, table: str) -> list[str]:
    rows = conn.execute(
        text(
            "SELECT format('CREATE POLICY %I ON derived.%I TO %s USING (%s) WITH CHECK (%s)', policyname, "
            "tablename, array_to_string(roles, ', '), qual, coalesce(with_check, qual)) "
            "FROM pg_policies WHERE schemaname = 'derived' AND tablename = :table"
        ),
        {"table": table},
    )
    found = list(rows.scalars())
    return [f"ALTER TABLE derived.{table} ENABLE ROW LEVEL SECURITY", *found] if found else []


def _grants(conn: Connection, table: str) -> list[str]:
    rows = conn.execute(
        text(
            "SELECT format('GRANT %s ON derived.%I TO %I', privilege_type, table_name, grantee) "
            "FROM information_schema.role_table_grants "
            "WHERE table_schema = 'derived' AND table_name = :table AND grantee <> grantor"
        ),
        {"table": table},
    )
    return list(rows.scalars())


def _catch_up(conn: Connection, since: datetime) -> None:
    """Facts that arrived while the new tables were filled are derived again; every day is counted again."""
    recorded = " UNION ".join(
        f"SELECT complaint_id FROM facts.{table} WHERE recorded_at >= :since OR retracted_at >= :since"
        for table in ("complaint_event", "survey", "survey_answer", "callback_attempt", "callback_booking")
    )
    recorded += " UNION SELECT complaint_id FROM facts.excuse WHERE recorded_at >= :since"
    conn.execute(
        text(f"INSERT INTO derived.dirty (complaint_id) SELECT complaint_id FROM ({recorded}) late"),
        {"since": since},
    )
    conn.execute(
        text(
            "INSERT INTO derived.unsettled (complaint_id) SELECT DISTINCT complaint_id FROM journal.alert "
            "WHERE complaint_id IS NOT NULL AND withdrawn_at IS NULL"
        )
    )
    conn.execute(text("INSERT INTO derived.dirty_day (day) SELECT day FROM derived.sealed_day"))
    conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})

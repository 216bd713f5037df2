"""Surveys, answers, callback attempts and bookings.

Of a log the first row of a key counts, of snapshots the newest statement; what it replaces is retracted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from queries.intake import told_again


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    staged: str
    key: str  # besides the complaint
    rest: str
    given: str  # what fills key and rest, of the staged row g and agent a
    at: str | None = None  # a column that has the statement's own instant where no other was told


# The episode that a call or booking {0} follows up: its own, or the one that the instant {1} of it tells. As
# queries/clocks/timeline.py: Timeline.followed_up_at.
EPISODE = """coalesce(nullif({0}.episode, 0), (
    SELECT max(m.episode) FROM derived.milestone m
    WHERE m.complaint_id = {0}.complaint_id AND m.milestone = 'reopened' AND m.happened_at < {0}.{1}), 1)"""
CALLED, BOOKED = EPISODE.format("a", "attempted_at"), EPISODE.format("b", "booked_at")

_CALL = "g.kind, g.episode"
FOLLOW_UP = (
    Table(
        "survey",
        "intake_survey",
        "survey_id",
        "channel, sent_at",
        "g.survey_id, g.channel, g.sent_at",
        "sent_at",
    ),
    Table(
        "survey_answer",
        "intake_answer",
        "survey_id",
        "answered_at, scores, nps",
        "g.survey_id, g.answered_at, g.scores, g.nps",
        "answered_at",
    ),
    Table(
        "callback_attempt",
        "intake_attempt",
        "kind, episode, attempt_key",
        "attempted_at, outcome, agent_id, call_again_at",
        f"{_CALL}, g.attempt_key, g.attempted_at, g.outcome, a.agent_id, g.call_again_at",
    ),
    Table(
        "callback_booking",
        "intake_booking",
        "kind, episode, booking_key",
        "booked_at, agent_id, starts_at",
        f"{_CALL}, g.booking_key, g.booked_at, a.agent_id, g.starts_at",
        "booked_at",
    ),
)


_STAGED = "SELECT " + ", ".join(f"EXISTS (SELECT FROM pg_temp.{one.staged})" for one in FOLLOW_UP)


def take_follow_up(conn: Connection, params: Mapping[str, object]) -> int:
    """Returns how many rows are new. `params`: those of door.merge."""
    staged = conn.execute(text(_STAGED)).one()
    return sum(_take(conn, table, params) for table, given in zip(FOLLOW_UP, staged, strict=True) if given)


def _take(conn: Connection, table: Table, params: Mapping[str, object]) -> int:
    aged = (_aged(table),) if table.at else ()
    for sql in (_given(table), *aged, _repeated(table), _replaced(table)):
        conn.execute(text(sql), params)
    written = conn.execute(text(_written(table)), params).rowcount
    if params["import_id"] is not None:
        told_again.keep_rows(conn, table.name, _of_another_import(table), params)
    return written


def _given(table: Table) -> str:
    """The newest statement of each key, the log's row where there is one."""
    agent = "LEFT JOIN facts.agent a ON a.login = g.agent" if "a.agent_id" in table.given else ""
    names = f"complaint_id, {table.key}"
    return f"""
        DROP TABLE IF EXISTS pg_temp.intake_given_row;
        CREATE TEMP TABLE intake_given_row ON COMMIT DROP AS
        SELECT DISTINCT ON ({names}) * FROM (
            SELECT i.complaint_id, {table.given}, g.stated_at
            FROM pg_temp.{table.staged} g JOIN pg_temp.intake_id i USING (external_id) {agent}
        ) given ({names}, {table.rest}, stated_at) ORDER BY {names}, stated_at DESC NULLS FIRST"""


def _aged(table: Table) -> str:
    """An older statement that arrives later: what had no instant but its statement's is as old as it."""
    rest = [name for name in table.rest.split(", ") if name != table.at]
    old, new = (", ".join(f"{row}.{name}" for name in rest) for row in "og")
    return f"""
        WITH older AS (
            SELECT g.ctid AS place, o.ctid AS old, o.stated_at
            FROM pg_temp.intake_given_row g JOIN facts.{table.name} o ON {_keys(table)}
            WHERE g.stated_at < o.stated_at AND g.{table.at} < o.{table.at}
              AND ROW ({old}) IS NOT DISTINCT FROM ROW ({new})
              AND EXISTS (SELECT FROM facts.statement s
                          WHERE s.complaint_id = o.complaint_id AND o.{table.at} = ANY (s.stated))),
        gone AS (
            UPDATE facts.{table.name} o SET retracted_at = :now FROM older
            WHERE o.ctid = older.old RETURNING o.complaint_id),
        renewed AS (
            UPDATE pg_temp.intake_given_row g SET stated_at = older.stated_at FROM older
            WHERE g.ctid = older.place)
        INSERT INTO pg_temp.intake_touched SELECT complaint_id FROM gone"""


def _keys(table: Table) -> str:
    keys = " AND ".join(f"o.{name} = g.{name}" for name in ("complaint_id", *table.key.split(", ")))
    return f"{keys} AND o.retracted_at IS NULL"


def _of_another_import(table: Table) -> str:
    return (
        f"SELECT g.* FROM pg_temp.intake_given_row g JOIN facts.{table.name} o ON {_keys(table)} "
        "AND o.import_id <> :import_id"
    )


def _same(table: Table) -> str:
    return f"{_keys(table)} AND g.stated_at > coalesce(o.stated_at, '-infinity')"


def _rows(table: Table) -> tuple[str, str]:
    """The old and the new. Without an instant of its own, what is told again is as old as it was."""
    names = table.rest.split(", ")
    old = ", ".join(f"o.{name}" for name in names)
    again = (
        f"CASE WHEN g.{table.at} = g.stated_at THEN least(o.{table.at}, g.{table.at}) ELSE g.{table.at} END"
    )
    new = ", ".join(again if name == table.at else f"g.{name}" for name in names)
    return f"ROW ({old})", f"ROW ({new})"


def _repeated(table: Table) -> str:
    old, new = _rows(table)
    return (
        f"UPDATE facts.{table.name} o SET stated_at = g.stated_at FROM pg_temp.intake_given_row g "
        f"WHERE {_same(table)} AND o.stated_at IS NOT NULL AND {old} IS NOT DISTINCT FROM {new}"
    )


def _replaced(table: Table) -> str:
    old, new = _rows(table)
    return f"""
        WITH gone AS (
            UPDATE facts.{table.name} o SET retracted_at = :now FROM pg_temp.intake_given_row g
            WHERE {_same(table)} AND {old} IS DISTINCT FROM {new} RETURNING o.complaint_id)
        INSERT INTO pg_temp.intake_touched SELECT complaint_id FROM gone"""


def _written(table: Table) -> str:
    names = f"complaint_id, {table.key}, {table.rest}, stated_at"
    return f"""
        WITH written AS (
            INSERT INTO facts.{table.name} ({names}, recorded_at, import_id)
            SELECT {names}, CAST(:now AS timestamptz), CAST(:import_id AS int)
            FROM pg_temp.intake_given_row ON CONFLICT DO NOTHING RETURNING complaint_id)
        INSERT INTO pg_temp.intake_touched SELECT complaint_id FROM written"""

"""What a job that alerts is given, and what came of it."""

from datetime import date, datetime

from sqlalchemy import Connection, Engine, text

from config.settings import Settings
from jobs import risk
from jobs.scheduler import Work
from queries.filters import Filters
from queries.intake.facts import Batch
from tests.build import id_of, organisation, rows, settle

ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))
ALERTS = "SELECT rule, level, target, found_late FROM journal.alert ORDER BY alert_id"


def work(engine: Engine, now: datetime, webhook: str | None = "http://127.0.0.1:9/") -> Work:
    return Work(engine, Settings(webhook_url=webhook), "test", now, lambda: None, dict)


def found(engine: Engine, sql: str = ALERTS) -> list[tuple[object, ...]]:
    with engine.begin() as conn:
        return rows(conn, sql)


def say(conn: Connection, number: str, target: str, p: float | None, now: datetime, party: int = 0) -> None:
    """What the job would have found; None takes the number away. Without curves it leaves this as it is."""
    key = {"id": id_of(conn, number), "target": target, "party": party}
    conn.execute(
        text("DELETE FROM derived.risk WHERE complaint_id = :id AND target = :target AND party_id = :party"),
        key,
    )
    if p is not None:
        conn.execute(
            text(
                "INSERT INTO derived.risk VALUES (:id, :target, :party, 1, :p, 633, 700, 'tier', 1, :now, "
                "(SELECT region_id FROM facts.complaint WHERE complaint_id = :id))"
            ),
            {**key, "p": p, "now": now},
        )


def floor(engine: Engine, *batches: Batch) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, *batches)


def judged(engine: Engine, now: datetime, **said: float | None) -> None:
    """The feedback of each complaint is that likely to breach."""
    with engine.begin() as conn:
        for number, p in said.items():
            say(conn, number, "feedback", p, now)
    risk.run(work(engine, now))

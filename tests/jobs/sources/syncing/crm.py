"""A complaint system of a centre, in a database of its own, with the map by which the board reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, text

from config.source_maps.source_map import parse_any
from jobs.sources.syncing import polling
from jobs.sources.syncing.failed import SourceFailed
from jobs.sources.syncing.living import Living
from jobs.sources.syncing.polling import How
from jobs.sources.syncing.taking import Count
from queries import db
from queries.intake import door, sync
from tests.build import rows
from tests.conftest import ROOT

AHEAD = timedelta(hours=1)  # more than any clock of a source here
VARIABLE = "BOARD_SOURCE_CRM"
TICKETS = """
CREATE TABLE ticket (
    id          {key},
    number      varchar(40) NOT NULL,
    title       varchar(200),
    body        varchar(2000),
    department  varchar(40),
    status      varchar(40) NOT NULL DEFAULT 'open',
    received_at {instant} NOT NULL,
    closed_at   {instant} NULL,
    updated_at  {instant} NOT NULL
);
CREATE INDEX ticket_updated ON ticket (updated_at);
"""
MAP_FILE = ROOT / "tests" / "data" / "living.toml"
MAP = MAP_FILE.read_text("utf-8")


def living(text_: str = MAP, name: str = "crm_tickets") -> Living:
    return Living(name, parse_any(text_))


@dataclass(slots=True)
class Crm:
    """`engine`: of the centre's system; `board`: of ours."""

    engine: Engine
    board: Engine
    url: str
    made: Living = field(default_factory=living)

    def how(self, accept: bool = False) -> How:
        return How(lambda _variable: self.url, accept=accept)

    def poll(self) -> Count:
        found = polling.poll(self.board, self.made, self.how())
        assert found is not None
        return found

    def compare(self, accept: bool = False) -> Count:
        found = polling.compare(self.board, self.made, self.how(accept))
        assert found is not None
        return found

    def refused(self, what: str = "poll") -> SourceFailed:
        """What it says; written down as the job does."""
        try:
            getattr(self, what)()
        except SourceFailed as failed:
            polling.fail(self.board, self.made, failed, what == "compare")
            return failed
        raise AssertionError("it was read")

    def do(self, sql: str, **values: object) -> None:
        with self.engine.begin() as conn:
            conn.execute(text(sql), values)

    def add(self, *numbers: str, at: datetime | None = None) -> None:
        """Open ones, stamped with the time of the source, or `at`."""
        with self.engine.begin() as conn:
            for number in numbers:
                add(conn, number, at or source_now(conn))

    def has(self, sql: str, **values: object) -> list[tuple[object, ...]]:
        with self.board.connect() as conn:
            return rows(conn, sql, **values)

    def complaints(self) -> dict[str, str]:
        """Number → status, on the board, once what was stated of an instant to come has come."""
        self.time_passes()
        found = self.has("SELECT external_id, status FROM facts.complaint ORDER BY 1")
        return {str(number): str(status) for number, status in found}

    def time_passes(self) -> None:
        with self.board.begin() as conn:
            door.take_upcoming(conn, db.board_now(conn) + AHEAD)

    def state(self) -> sync.Sync:
        with self.board.connect() as conn:
            found = sync.sync_of(conn, self.made.name)
        assert found is not None
        return found

    def back(self, **by: float) -> None:
        """As if the last poll lay so much further back."""
        with self.board.begin() as conn:
            conn.execute(text("UPDATE journal.sync SET read_to = read_to - :by"), {"by": timedelta(**by)})

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self.engine.begin() as conn:
            yield conn


def source_now(conn: Connection) -> datetime:
    """Of the source's clock, in the map's zone without an offset, as its columns have it."""
    found: datetime = conn.execute(text(f"SELECT {NOW[conn.dialect.name]}")).scalar_one()
    return found


NOW = {
    "postgresql": "CAST(clock_timestamp() AT TIME ZONE 'Asia/Shanghai' AS timestamp)",
    "mysql": "UTC_TIMESTAMP(6) + INTERVAL 8 HOUR",
    "mariadb": "UTC_TIMESTAMP(6) + INTERVAL 8 HOUR",
}


def add(conn: Connection, number: str, at: datetime, received_at: datetime | None = None) -> None:
    conn.execute(
        text(
            "INSERT INTO ticket (number, title, department, received_at, updated_at) "
            "VALUES (:number, '宽带故障', 'NET', :received_at, :at)"
        ),
        {"number": number, "received_at": received_at or at, "at": at},
    )

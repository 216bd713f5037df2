"""The maps of Zammad and GLPI that come along, over databases of their schemas."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from config.source_maps import source_map
from jobs.sources.syncing import polling
from jobs.sources.syncing.living import MapFolder, of_name
from jobs.sources.syncing.polling import How
from queries.clocks.derive import derive_dirty
from tests.build import rows
from tests.conftest import ROOT

SCHEMAS = ROOT / "tests" / "data"
COMPLAINTS = """
SELECT c.external_id, c.status, c.tier, d.code, c.channel,
       to_char(c.received_at AT TIME ZONE 'UTC', 'DD HH24:MI'), p.external_id
FROM facts.complaint c LEFT JOIN facts.department d USING (department_id)
LEFT JOIN facts.complaint p ON p.complaint_id = c.parent_id ORDER BY 1
"""
REQUESTS = """
SELECT c.external_id, d.code, to_char(r.requested_at AT TIME ZONE 'UTC', 'HH24:MI'),
       to_char(r.responded_at AT TIME ZONE 'UTC', 'HH24:MI'),
       to_char(r.opinion_at AT TIME ZONE 'UTC', 'HH24:MI')
FROM derived.co_owner_request r JOIN facts.complaint c USING (complaint_id)
LEFT JOIN facts.department d ON d.department_id = r.department_id ORDER BY 1, 3, 2
"""


def filled(server_url: str, name: str, script: str) -> Iterator[tuple[Engine, str]]:
    server = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with server.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    engine = create_engine(url)
    with engine.begin() as conn:
        if conn.dialect.name == "mysql":
            conn.exec_driver_sql("SET time_zone = '+08:00'")
        for statement in (SCHEMAS / script).read_text("utf-8").split(";\n"):
            if statement.strip():
                conn.exec_driver_sql(statement)
    yield engine, url
    engine.dispose()
    with server.connect() as conn:
        conn.exec_driver_sql(f"DROP DATABASE {name}")
    server.dispose()


@pytest.fixture
def zammad(server_url: str, worker: str) -> Iterator[tuple[Engine, str]]:
    yield from filled(server_url, f"zammad_{worker}", "zammad.sql")


@pytest.fixture
def glpi(mariadb_url: str, worker: str) -> Iterator[tuple[Engine, str]]:
    yield from filled(mariadb_url, f"glpi_{worker}", "glpi.sql")


def read(board: Engine, url: str, *names: str) -> None:
    for name in names:
        made = of_name(name)
        assert made is not None
        assert polling.compare(board, made, How(lambda _variable: url)) is not None
    with board.begin() as conn:
        while derive_dirty(conn).taken:
            pass


def test_zammad(engine: Engine, zammad: tuple[Engine, str]) -> None:
    source, url = zammad
    read(engine, url, "zammad_tickets", "zammad_children")
    with engine.connect() as conn:
        assert rows(conn, COMPLAINTS) == [
            ("67001", "in_progress", 1, "Network", "phone", "20 01:00", None),
            ("67002", "waiting_customer", 2, "Billing", "email", "20 02:00", None),
            ("67003", "closed", 3, "Network", "website", "18 02:00", None),
            ("67004", "merged", 2, "Network", "phone", "20 03:00", "67001"),
        ]
        assert rows(conn, REQUESTS) == [("67001", "Billing", "01:30", "02:00", "03:00")]
    with source.begin() as conn:
        conn.exec_driver_sql(
            "UPDATE tickets SET state_id = 2, close_at = NULL, updated_at = now() WHERE id = 3"
        )
        conn.exec_driver_sql("DELETE FROM tickets WHERE id = 2")
    read(engine, url, "zammad_tickets")
    with engine.connect() as conn:
        found = {row[0]: row[1] for row in rows(conn, COMPLAINTS)}
        assert (found["67002"], found["67003"]) == ("vanished", "in_progress")


def test_glpi(engine: Engine, glpi: tuple[Engine, str]) -> None:
    source, url = glpi
    read(engine, url, "glpi_tickets", "glpi_tasks")
    with engine.connect() as conn:
        assert rows(conn, COMPLAINTS) == [
            ("1", "in_progress", 1, "Network", "phone", "20 01:00", None),
            ("2", "waiting_customer", 2, "Billing", "email", "20 02:00", None),
            ("3", "closed", 3, "Network", "website", "18 02:00", None),
            ("4", "merged", 2, "Network", "phone", "20 03:00", "1"),
        ]
        assert rows(conn, REQUESTS) == [
            ("1", "Billing", "01:30", "02:30", "02:30"),
            ("1", "Field service", "01:35", None, None),
        ]
        waits = "SELECT from_at AT TIME ZONE 'UTC' FROM derived.stint WHERE status = 'waiting_customer'"
        assert [str(at) for (at,) in rows(conn, waits)] == ["2026-11-20 06:00:00"]
        assert rows(conn, "SELECT score::float8 FROM derived.survey") == [(2.0,)]
        assert rows(conn, "SELECT count(*) FROM facts.customer_pii") == [(1,)]
    with source.begin() as conn:
        conn.exec_driver_sql("UPDATE glpi_tickets SET is_deleted = 1 WHERE id = 2")
        conn.exec_driver_sql("UPDATE glpi_tickets SET is_deleted = 0, date_mod = now() WHERE id = 5")
    read(engine, url, "glpi_tickets")
    with engine.connect() as conn:
        found = {row[0]: row[1] for row in rows(conn, COMPLAINTS)}
        assert (found["2"], found["5"]) == ("vanished", "received")


def test_a_map_that_comes_along_is_polled_once_its_variable_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {"glpi_tickets", "glpi_tasks", "zammad_tickets", "zammad_children"}
    assert ours <= set(source_map.names())
    assert not ours & {one.name for one in MapFolder().maps().living}
    monkeypatch.setenv("BOARD_SOURCE_GLPI", "mysql://reader@localhost/glpi")
    found = {one.name for one in MapFolder().maps().living}
    assert ours & found == {"glpi_tickets", "glpi_tasks"}

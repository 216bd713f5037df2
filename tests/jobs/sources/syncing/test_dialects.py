"""What is said to each kind of database; no Oracle and no SQL Server was there to hear it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_mock_engine
from sqlalchemy.dialects.mssql.pymssql import MSDialect_pymssql
from sqlalchemy.dialects.mysql.pymysql import MySQLDialect_pymysql
from sqlalchemy.dialects.oracle.oracledb import OracleDialect_oracledb
from sqlalchemy.dialects.postgresql.psycopg2 import PGDialect_psycopg2
from sqlalchemy.engine import Dialect

from config.source_maps.database import Database
from jobs.sources.syncing import dialects
from jobs.sources.syncing.dialects import DIALECTS, dialect_of, no_rows_of_map, rows_of_map, since_bound
from jobs.sources.syncing.failed import SourceFailed

QUERY = "SELECT id, note AS \"备注\", to_char(at, 'HH24:MI') AS clock, changed FROM t WHERE kind LIKE '1%'"
ASKED = Database(url_variable="BOARD_SOURCE_X", query=f"{QUERY};", key=("id",), changed_column="changed")
ZONE = "Asia/Shanghai"


def said(dialect: Dialect, in_order: bool = False) -> str:
    statement = rows_of_map(ASKED, changed_since=True, in_order=in_order)
    return " ".join(str(statement.compile(dialect=dialect)).split())


@pytest.mark.parametrize(
    ("dialect", "query", "named", "since"),
    [
        (PGDialect_psycopg2(), QUERY.replace("%", "%%"), "AS board_rows", "%(since)s"),
        (MySQLDialect_pymysql(), QUERY.replace("%", "%%"), "AS board_rows", "%s"),
        (OracleDialect_oracledb(), QUERY, "board_rows", ":since"),
        (MSDialect_pymssql(paramstyle="pyformat"), QUERY, "AS board_rows", "%(since)s"),
    ],
    ids=["postgresql", "mysql", "oracle", "sqlserver"],
)
def test_the_statement_of_a_poll(dialect: Dialect, query: str, named: str, since: str) -> None:
    expected = f"SELECT board_rows.* FROM ({query}) {named} WHERE board_rows.changed >= {since}"
    assert said(dialect) == expected
    assert said(dialect, in_order=True) == f"{expected} ORDER BY board_rows.id"


@pytest.mark.parametrize(
    "dialect",
    [PGDialect_psycopg2(), MySQLDialect_pymysql(), OracleDialect_oracledb(), MSDialect_pymssql()],
    ids=["postgresql", "mysql", "oracle", "sqlserver"],
)
def test_the_statement_that_asks_for_the_columns_only(dialect: Dialect) -> None:
    assert str(no_rows_of_map(ASKED).compile(dialect=dialect)).endswith("WHERE 1 = 0")


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        (
            "postgresql",
            [
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
                "SET statement_timeout = '60s'",
                "SET lock_timeout = '5s'",
                f"SET TIME ZONE '{ZONE}'",
            ],
        ),
        ("oracle", [f"ALTER SESSION SET TIME_ZONE = '{ZONE}'", "SET TRANSACTION READ ONLY"]),
        ("mssql", ["SET LOCK_TIMEOUT 5000"]),
    ],
)
def test_what_a_session_is_told_first(name: str, statements: list[str]) -> None:
    nobody = create_mock_engine("postgresql://", lambda *_given: None)
    assert list(DIALECTS[name].session(nobody, ZONE, 60)) == statements  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg2"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg2"),
        ("mysql://u:p@h/d", "mysql+pymysql"),
        ("mariadb://u:p@h/d", "mysql+pymysql"),
        ("oracle://u:p@h/?service_name=s", "oracle+oracledb"),
        ("mssql://u:p@h/d", "mssql+pymssql"),
        ("sqlserver://u:p@h/d", "mssql+pymssql"),
    ],
)
def test_a_url_is_read_by_the_driver_that_the_board_knows(
    url: str, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialects, "find_spec", lambda _module: object())
    assert dialect_of(url, "BOARD_SOURCE_X")[1].drivername == driver


@pytest.mark.parametrize(
    ("url", "extra"), [("mysql://h/d", "mysql"), ("oracle://h", "oracle"), ("mssql://h/d", "sqlserver")]
)
def test_a_driver_that_is_missing_is_one_sentence_with_its_command(
    url: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialects, "find_spec", lambda _module: None)
    with pytest.raises(SourceFailed, match=rf"pip install 'complaint-board\[{extra}\]'") as failed:
        dialect_of(url, "BOARD_SOURCE_X")
    assert failed.value.kind == "setup"


def test_since_is_the_time_that_the_sources_clocks_show() -> None:
    now = datetime(2026, 11, 20, 4, tzinfo=UTC)
    since = now - timedelta(minutes=10)
    assert since_bound(ASKED, ZONE, since, now) == datetime(2026, 11, 20, 11, 50)  # noqa: DTZ001
    epoch = ASKED.model_copy(update={"changed_form": "epoch_ms"})
    assert since_bound(epoch, ZONE, since, now) == since.timestamp() * 1000


def test_where_clocks_went_back_since_is_what_they_showed_earlier() -> None:
    """02:05 for the second time: what was stamped 02:01 is as new as what was stamped 02:59."""
    now = datetime(2026, 10, 25, 1, 5, tzinfo=UTC)
    bound = since_bound(ASKED, "Europe/Berlin", now - timedelta(minutes=10), now)
    assert bound == datetime(2026, 10, 25, 1, 55)  # noqa: DTZ001


@pytest.mark.parametrize(("zone", "offset"), [(ZONE, "+08:00"), ("UTC", "+00:00"), ("Europe/Berlin", None)])
def test_a_zone_whose_clocks_never_change_is_an_offset(zone: str, offset: str | None) -> None:
    assert dialects._steady_offset(zone) == offset


@pytest.mark.parametrize("query", ["DELETE FROM t", "SELECT 1; DELETE FROM t", ""])
def test_a_query_that_is_no_single_select_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match="query"):
        Database(url_variable="BOARD_SOURCE_X", query=query, key=("id",))

"""The jobs that read living sources."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from config.settings import Settings, settings
from jobs import sync, sync_compare, sync_folder
from jobs.work import Work
from queries.intake.replay import start_clock
from tests.jobs.sources.syncing.crm import MAP, VARIABLE, Crm


@pytest.fixture
def own(crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "crm_tickets.toml").write_text(MAP, "utf-8")
    monkeypatch.setenv("BOARD_SOURCES_DIR", str(tmp_path))
    monkeypatch.setenv(VARIABLE, crm.url)
    settings.cache_clear()
    return tmp_path


def work(engine: Engine) -> Work:
    return Work(engine, Settings(), "host:1:1", datetime.now(UTC), lambda: None, dict)


def test_the_jobs_read_every_map_of_the_folder_by_themselves(own: Path, crm: Crm) -> None:
    crm.add("T1")
    assert sync.run(work(crm.board)) == 0
    assert sync_compare.run(work(crm.board)) == 1
    crm.add("T2")
    assert sync.run(work(crm.board)) == 1
    assert sync.run(work(crm.board)) == 0
    assert sync_compare.run(work(crm.board)) == 0
    assert sync_folder.run(work(crm.board)) == 0
    assert set(crm.complaints()) == {"T1", "T2"}
    (own / "crm_tickets.toml").unlink()
    crm.add("T3")
    with crm.board.begin() as conn:
        conn.exec_driver_sql("UPDATE journal.sync SET next_poll_at = '-infinity'")
    assert sync.run(work(crm.board)) == 0


def test_a_replay_is_fed_by_its_file_alone(own: Path, crm: Crm) -> None:
    crm.add("T1")
    with crm.board.begin() as conn:
        start_clock(conn, datetime(2020, 1, 1, tzinfo=UTC), 1)
    assert sync_compare.run(work(crm.board)) == 0
    assert crm.complaints() == {}

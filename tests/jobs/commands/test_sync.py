"""`board sync` at the terminal."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.settings import settings
from tests.jobs.commands.command_line import BOARD, board_here
from tests.jobs.sources.centre import chinese
from tests.jobs.sources.syncing.crm import MAP, MAP_FILE, VARIABLE, Crm


@pytest.fixture
def own(crm: Crm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of maps with the one of the centre's system."""
    (tmp_path / "crm_tickets.toml").write_text(MAP, "utf-8")
    monkeypatch.setenv("BOARD_SOURCES_DIR", str(tmp_path))
    monkeypatch.setenv(VARIABLE, crm.url)
    return tmp_path


def test_once_reads_everything_first_and_then_what_changed(own: Path, crm: Crm, database_url: str) -> None:
    crm.add("T1", "T2")
    first = board_here(database_url, own, "sync", "crm", "--once")
    assert (first.returncode, first.stdout) == (0, "crm_tickets → crm: 2 rows read, 2 new, 0 changed.\n")
    crm.add("T3")
    crm.do("UPDATE ticket SET status = 'odd' WHERE number = 'T3'")
    again = board_here(database_url, own, "sync", "crm_tickets", "--once", "--json")
    said = json.loads(again.stdout)
    assert (said["map"], said["source"], said["new"], said["kept"]) == ("crm_tickets", "crm", 1, 1)
    compared = board_here(database_url, own, "sync", "crm", "--compare")
    assert compared.stdout.startswith("crm_tickets → crm: 3 rows read, 0 new, 0 changed")


def test_what_is_wrong_is_one_sentence(own: Path, crm: Crm, database_url: str) -> None:
    crm.do("ALTER TABLE ticket DROP COLUMN status")
    done = board_here(database_url, own, "sync", "crm", "--once")
    assert done.returncode == 1
    assert done.stderr == (
        "crm_tickets: The tables of the source have changed: 'status' is not there any more, or not what it "
        "was (42703).\n"
    )


def test_a_variable_that_is_not_set_is_named(
    own: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    done = board_here(database_url, own, "sync", "crm", "--once")
    assert (done.returncode, done.stderr) == (
        1,
        f"crm_tickets: {VARIABLE} is not set: it holds the URL of the source's database.\n",
    )


def test_a_name_that_is_none_is_told(own: Path, database_url: str) -> None:
    for name in ("nobody", "boston311"):
        done = board_here(database_url, own, "sync", name, "--once")
        assert done.returncode == 1
        assert done.stderr.startswith(f"{name} is neither a source nor a map with [database] or [folder]")


def test_a_folder_is_taken_once(tmp_path: Path, database_url: str) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "one.csv").write_text(
        "工单编号,受理时间,诉求标题,承办单位,区域,类别,办结时间\nQ1,2026-11-20 09:05,,,,,\n", "utf-8"
    )
    (tmp_path / "inbox.toml").write_text(f'{chinese()}[folder]\npath = "{inbox}"\nrest = 1\n', "utf-8")
    done = board_here(database_url, tmp_path, "sync", "inbox.toml", "--once")
    assert done.stdout == (
        "one.csv → centre: 1 rows read, 1 taken, 0 kept in part, 0 refused; moved to done/.\n"
    )
    assert (inbox / "done" / "one.csv").exists()


def test_no_log_shows_the_password_of_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "mysql://reader:open-sesame-1@host/crm")
    settings.cache_clear()
    assert "open-sesame-1" in settings().secrets()
    settings.cache_clear()


def test_without_once_it_goes_on_until_it_is_stopped(own: Path, crm: Crm, database_url: str) -> None:
    crm.add("T1")
    process = subprocess.Popen(
        [sys.executable, str(BOARD), "sync", str(MAP_FILE)],
        env={**os.environ, "BOARD_DATABASE_URL": database_url},
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while crm.complaints() != {"T1": "in_progress"}:
        assert time.monotonic() < until and process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0

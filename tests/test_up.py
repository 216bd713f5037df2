"""`board up` from outside, as processes: starting, refusing, surviving and ending."""

import os
import signal
import socket
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text

from jobs.up import postgresql
from tests.conftest import FAST
from tests.processes import PATIENCE, _command, eventually, pages_answer, refusal, running


def processes_of(home: Path) -> list[psutil.Process]:
    """Started for this directory: children of `board up` by their environment, PostgreSQL by its command."""
    return [one for one in psutil.process_iter() if _is_of(one, home)]


def _is_of(process: psutil.Process, home: Path) -> bool:
    try:
        given = process.environ().get("BOARD_DATA_DIR") == str(home)
        return given or str(home / "postgresql") in process.cmdline()
    except psutil.Error:
        return False


def server_pid(home: Path) -> int:
    return int((home / "postgresql" / "postmaster.pid").read_text().split()[0])


def _is_board(process: psutil.Process) -> bool:
    """One that ends at this moment has no command line any more."""
    try:
        return "board.py" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def child(home: Path, command: str) -> psutil.Process:
    return next(one for one in processes_of(home) if one.cmdline()[-1:] == [command])


def test_everything_starts_survives_a_killed_child_and_a_killed_server_and_ends_on_sigterm(
    home: Path, port: int
) -> None:
    with running(home, port) as up:
        assert "`board up` already runs" in refusal(home, "up", "--port", str(port + 10))

        victim = child(home, "wall")
        victim.kill()
        eventually(lambda: not pages_answer(port))
        eventually(lambda: pages_answer(port))
        assert child(home, "wall").pid != victim.pid

        psutil.Process(server_pid(home)).kill()
        eventually(lambda: not pages_answer(port))
        eventually(lambda: pages_answer(port))

        assert len([one for one in processes_of(home) if one.cmdline()[-1:] == ["jobs"]]) == 2
        eventually(lambda: _command(home, "jobs", "--check").wait(PATIENCE) == 0)
        up.send_signal(signal.SIGTERM)
        said, complained = up.communicate(timeout=PATIENCE)
        assert up.returncode == 0, complained
        assert said.endswith("Stopped.\n")
        assert "There is no administrator yet. To become it, open once: http://127.0.0.1:" in said
    assert processes_of(home) == []
    assert "start the board with `board up`" in refusal(home, "jobs")


def test_a_killed_board_up_takes_its_children_along_and_the_next_one_adopts_the_database(
    home: Path, port: int
) -> None:
    with running(home, port) as up:
        server = server_pid(home)
        up.kill()
        eventually(lambda: not any(map(_is_board, processes_of(home))))
    with running(home, port):
        assert server_pid(home) == server
    assert processes_of(home) == []


def test_a_number_of_a_dead_server_that_now_belongs_to_another_program_does_no_harm(home: Path) -> None:
    with postgresql.sole_owner(home):
        postgresql.start(home, FAST).stop()
        pid_file = home / "postgresql" / "postmaster.pid"
        pid_file.write_text(f"{os.getpid()}\n{home}/postgresql\n0\n5432\n{home}/postgresql\n\n0 0\nready\n")
        server = postgresql.start(home, FAST)
        assert server_pid(home) != os.getpid()
        server.stop()


def test_a_taken_port_is_refused(home: Path, port: int) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", port + 1))
        other.listen()
        assert f"Port {port + 1}" in refusal(home, "up", "--port", str(port))
    assert not (home / "postgresql").exists()


def test_a_data_directory_that_cannot_be_written_is_refused(home: Path) -> None:
    (home / "file").touch()
    assert "set BOARD_DATA_DIR" in refusal(home / "file" / "below", "up")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as another user")
def test_as_root_a_private_parent_directory_is_refused_and_stays_private(home: Path, port: int) -> None:
    private = home / "private"
    private.mkdir(mode=0o700)
    assert "is private" in refusal(private / "data", "up", "--port", str(port))
    assert private.stat().st_mode & 0o777 == 0o700


def test_a_database_of_a_newer_version_is_refused_and_left_alone(home: Path, port: int) -> None:
    with postgresql.sole_owner(home):
        server = postgresql.start(home, FAST)
        engine = create_engine(server.url())
        with engine.begin() as conn:
            conn.execute(text("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)"))
            conn.execute(text("INSERT INTO alembic_version VALUES ('9999')"))
        engine.dispose()
        server.stop()
    assert "9999, newer than" in refusal(home, "up", "--port", str(port))
    assert processes_of(home) == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BOARD_DASHBOARD_PORT", "many", "BOARD_DASHBOARD_PORT"),
        ("BOARD_DATABASE_URL", "mysql://there/db", "postgresql://USER:PASSWORD@HOST/DATABASE"),
        ("BOARD_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none", "BOARD_DATABASE_URL"),
    ],
)
def test_wrong_configuration_is_refused_with_what_to_do(
    home: Path, port: int, name: str, value: str, said: str
) -> None:
    assert said in refusal(home, "up", "--port", str(port), **{name: value})


def test_the_demo_is_not_opened_to_the_network(home: Path, port: int) -> None:
    assert "BOARD_SIGN_IN=oidc" in refusal(home, "up", "--demo", "--port", str(port), BOARD_HOST="0.0.0.0")


def test_another_server_takes_the_place_of_the_embedded_one(home: Path, port: int, database_url: str) -> None:
    with running(home, port, BOARD_DATABASE_URL=database_url):
        assert not (home / "postgresql").exists()
        engine = create_engine(database_url)
        with engine.connect() as conn:
            asked = text("SELECT application_name FROM pg_stat_activity WHERE datname = current_database()")
            assert {"board jobs", "board-dashboard", "board-wall"} <= set(conn.execute(asked).scalars())
        engine.dispose()

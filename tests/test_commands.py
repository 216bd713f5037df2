"""Every command of the board from outside: what it says where the database is away or is none of ours."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from sqlalchemy import create_engine, text

import board
from config.settings import Settings, settings
from config.source_maps.source_map import load as source_map
from jobs.commands.replay_run import ReplayOptions, _pages
from tests.conftest import ROOT

SECRET = "sesame-secret"  # noqa: S105
AWAY = f"postgresql://someone:{SECRET}@127.0.0.1:1/none"
POLICY = str(ROOT / "config" / "policy.toml")
LOG = str(ROOT / "tests" / "data" / "uci_incidents.csv")
ASK_THE_DATABASE: dict[str, tuple[str, ...]] = {
    "up": ("--port", "0"),
    "migrate": (),
    "jobs": ("--check",),
    "simulate": (),
    "import": (LOG, "--map", "uci_incidents"),
    "replay": (LOG, "--map", "uci_incidents"),
    "rebuild": (),
    "explain": ("C1",),
    "learn": (),
    "backtest": (),
    "purge": ("--dry-run",),
    "people import": (str(ROOT / "tests" / "data" / "people.csv"),),
    "people list": (),
    "people invite": ("li",),
    "people lock": ("li",),
    "organisation import": (str(ROOT / "tests" / "data" / "departments.csv"), "--of", "departments"),
    "organisation regions": (),
    "token new wall": ("lobby",),
    "token new intake": ("hotline",),
    "token list": (),
    "token revoke": ("lobby",),
    "doctor": (),
    "policy diff": (POLICY,),
    "policy apply": (POLICY, "--yes", "--move-open"),
    "policy withdraw": ("1", "--yes"),
    "imports list": (),
    "imports take-back": ("1", "--reason", "wrong month"),
    "sync": (str(ROOT / "tests" / "data" / "living.toml"), "--once"),
}
MAKE_IT = {"up", "migrate", "replay"}  # an empty database is what these begin with
LIVE_ON = {"dashboard", "wall"}  # and say on every page that the database is away
NEED_NONE = {"connect", "due", "policy check"}


def _names(of: typer.Typer, before: str = "") -> Iterator[str]:
    for command in of.registered_commands:
        assert command.callback is not None
        yield before + (command.name or command.callback.__name__.replace("_", "-"))
    for group in of.registered_groups:
        assert group.typer_instance is not None
        yield from _names(group.typer_instance, f"{before}{group.name} ")


COMMANDS = sorted(_names(board.app))


@pytest.fixture
def said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Callable[..., str]]:
    """What a command complains of; it ends with exit code 1."""

    def run(command: str, url: str) -> str:
        arguments = ASK_THE_DATABASE[command]
        monkeypatch.setattr(sys, "argv", ["board", *command.split(), *arguments])
        for name, value in (("DATABASE_URL", url), ("DATA_DIR", str(tmp_path)), ("LOG_LEVEL", "ERROR")):
            monkeypatch.setenv(f"BOARD_{name}", value)
        settings.cache_clear()
        with pytest.raises(SystemExit) as ended:
            board.main()
        assert ended.value.code == 1
        shown = capsys.readouterr()
        assert SECRET not in shown.out + shown.err
        assert shown.err.count("\n") == 1, shown.err
        return shown.err

    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield run
    for number, handler in before.items():
        signal.signal(number, handler)
    settings.cache_clear()


def test_every_command_stands_here_with_what_it_does_without_a_database() -> None:
    assert sorted({*ASK_THE_DATABASE, *LIVE_ON, *NEED_NONE}) == COMMANDS


@pytest.mark.parametrize("command", ASK_THE_DATABASE)
def test_a_database_that_is_away_is_one_sentence_without_its_password(
    said: Callable[..., str], command: str
) -> None:
    assert "OperationalError" in said(command, AWAY)


@pytest.mark.parametrize("command", sorted({*ASK_THE_DATABASE} - MAKE_IT))
def test_a_database_that_was_never_migrated_is_one_sentence(
    said: Callable[..., str], command: str, bare_url: str
) -> None:
    assert "`board migrate`" in said(command, bare_url)


@pytest.fixture
def bare_url(server_url: str, database_url: str) -> Iterator[str]:
    """A database of this test's own in which nothing was made."""
    name = f"{database_url.rpartition('/')[2].partition('?')[0]}_bare"
    owner = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as conn:
        conn.execute(text(f'CREATE DATABASE "{name}" TEMPLATE template0'))
    yield owner.url.set(database=name).render_as_string(hide_password=False)
    with owner.connect() as conn:
        conn.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    owner.dispose()


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("dashboard", "--host", "0.0.0.0"), {"BOARD_DEMO": "true"}),
        (("dashboard", "--host", "::"), {"BOARD_DEMO": "true"}),
        (("dashboard",), {"BOARD_HOST": "0.0.0.0", "BOARD_DEMO": "true"}),
        (("dashboard",), {"BOARD_HOST": "", "BOARD_SIGN_IN": "choose"}),
        (("up", "--demo"), {"BOARD_HOST": "0.0.0.0"}),
    ],
)
def test_no_command_serves_the_choice_of_a_person_to_all(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: tuple[str, ...],
    environment: dict[str, str],
) -> None:
    """The image sets BOARD_HOST=0.0.0.0."""
    monkeypatch.setattr(sys, "argv", ["board", *arguments])
    for name, value in {"BOARD_DATABASE_URL": AWAY, "BOARD_DATA_DIR": str(tmp_path), **environment}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    with pytest.raises(SystemExit) as ended:
        board.main()
    settings.cache_clear()
    assert ended.value.code == 1
    assert "BOARD_SIGN_IN=oidc" in capsys.readouterr().err


def test_a_replay_that_anybody_can_reach_shows_its_wall_only() -> None:
    wanted = ReplayOptions(source_map("uci_incidents"), Path(LOG), 1.0, 8510, False)
    pages = {host: _pages(Settings(host=host), wanted) for host in ("127.0.0.1", "0.0.0.0", "")}
    assert pages == {
        "127.0.0.1": [("Dashboard", 8510), ("Wall", 8511)],
        "0.0.0.0": [("Wall", 8511)],
        "": [("Wall", 8511)],
    }

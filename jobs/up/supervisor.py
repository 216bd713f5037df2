"""`board up`: the database, the jobs, the pages and, in the demo, a simulated operator, on this machine."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError, ProgrammingError, SQLAlchemyError

from config import UserError
from config.open_door import refuse_open_door
from config.settings import URL_FILE, Settings
from jobs.sources import simulator
from jobs.up import postgresql
from jobs.up.children import Child, ProcessGroup, child_log
from jobs.up.stopping import stop_on_signals
from queries import db
from queries.clocks.filling import filling
from queries.people import accounts
from queries.schema import RolesMissing, SchemaTooNew, checked_policy, migrate

HISTORY_DAYS = 90
SHOWN_DAYS = 31  # as far as the wall looks back
CHECK_SECONDS = 300
PORT_PATIENCE = 5.0  # seconds; the pages of a killed `board up` end a moment later and then free the port

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    settings: Settings
    demo: bool
    dashboard_port: int
    wall_port: int

    @staticmethod
    def of(settings: Settings, demo: bool, port: int | None) -> "Plan":
        if port is None:
            return Plan(settings, demo, settings.dashboard_port, settings.wall_port)
        return Plan(settings, demo, port, port + 1)

    @property
    def log_file(self) -> Path:
        return self.settings.data_dir / "log" / "board.log"

    def page(self, port: int) -> str:
        host = self.settings.host
        return f"http://{'localhost' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104


@dataclass(frozen=True, slots=True)
class Database:
    settings: Settings
    server: postgresql.Server | None  # None: somebody else's, at BOARD_DATABASE_URL

    @property
    def url(self) -> str:
        return self.server.url() if self.server else self.settings.url()

    def as_role(self, role: str) -> dict[str, str]:
        """Changes to a child's environment."""
        if self.server:
            return {"database_url": self.server.url(user=role)}
        return {"database_url": self.url, "database_role": role}


@dataclass(frozen=True, slots=True)
class Up:
    plan: Plan
    database: Database
    engine: Engine
    group: ProcessGroup
    stopping: threading.Event
    say: Say
    started: float  # monotonic

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


def run_up(settings: Settings, say: Say, demo: bool, port: int | None, check: bool) -> None:
    """Until SIGINT, SIGTERM or SIGHUP; with `check` until the wall is filled, or UserError."""
    settings = settings.of_the_demo() if demo else settings
    plan, stopping, started = Plan.of(settings, demo, port), stop_on_signals(), time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(postgresql.sole_owner(settings.data_dir))
        refuse_open_door(settings, settings.host)
        for taken in (plan.dashboard_port, plan.wall_port):
            refuse_taken(settings.host, taken, "board up")
        database = _database(stack, plan)
        migrate_database(database.url, settings.policy_file)
        engine = db.engine(database.url, application="board up")
        stack.callback(engine.dispose)
        group = ProcessGroup(child_log(plan.log_file))
        stack.callback(group.end)
        _run(Up(plan, database, engine, group, stopping, say, started), check)
        say("Stopping …")
    say("Stopped.")


def migrate_database(url: str, policy_file: Path) -> str:
    """The revision it is at now; a new one begins with that policy."""
    try:
        return migrate(url, policy_file)
    except SchemaTooNew as newer:
        raise UserError(str(newer)) from None
    except RolesMissing as missing:
        raise UserError(
            f"The database user may not make roles; let an administrator run:\n{missing}"
        ) from None
    except (OperationalError, ProgrammingError) as error:
        raise UserError(
            f"The database cannot be used ({db.describe(error)}): check BOARD_DATABASE_URL, that the server "
            "runs, and that its user may create schemas."
        ) from None


def _run(up: Up, check: bool) -> None:
    for child in _children(up.plan, up.database):
        up.group.add(child)
    up.say(f"Dashboard  {up.plan.page(up.plan.dashboard_port)}")
    up.say(f"Wall       {up.plan.page(up.plan.wall_port)}")
    _invite_first_administrator(up)
    up.say(f"Data       {up.plan.settings.data_dir}")
    up.say(f"Log        {up.plan.log_file}")
    if up.plan.demo:
        _fill(up)
        up.group.add(
            Child(
                "simulator",
                ("simulate", "--history", str(HISTORY_DAYS)),
                _environment(up.plan, up.database, "board_jobs"),
            )
        )
    filled = False
    while not up.stopping.wait(0.5) and not (check and filled):
        up.group.restart_exited()
        if up.database.server:
            up.database.server.revive()
        if not filled and _is_filled(up):
            filled = True
            up.say(f"The wall is filled, after {up.seconds:.0f} s. Ctrl-C ends everything.")
        if check and up.seconds > CHECK_SECONDS:
            raise UserError(f"The wall was not filled within {CHECK_SECONDS} s: see {up.plan.log_file}.")


def _invite_first_administrator(up: Up) -> None:
    """At each start until there is one; the link of an earlier start works no more."""
    settings = up.plan.settings
    if settings.sign_in != "local":
        return
    with up.engine.begin() as conn:
        token = None if accounts.has_administrator(conn) else accounts.invite(conn, None, "board up")
    if token is not None:
        base = (settings.public_url or up.plan.page(up.plan.dashboard_port)).rstrip("/")
        up.say(f"There is no administrator yet. To become it, open once: {base}/invitation/{token}")


def _fill(up: Up) -> None:
    """Fill in the past that the wall shows while jobs derive it; the simulator adds the rest of 90 days."""
    changes = up.database.as_role("board_jobs")
    engine = db.engine(changes["database_url"], changes.get("database_role"), application="board up: history")
    try:
        for days, complaints in simulator.fill(engine, simulator.Simulation(), SHOWN_DAYS):
            if up.stopping.is_set():
                return
            up.group.restart_exited()
            if days % 10 == 0 and complaints:
                up.say(f"  {days} of {HISTORY_DAYS} days of history are in: {complaints:,} complaints")
    finally:
        engine.dispose()


def _database(stack: ExitStack, plan: Plan) -> Database:
    settings = plan.settings
    if settings.database_url:
        return Database(settings, None)
    if not postgresql.is_made(settings.data_dir):
        checked_policy(settings.policy_file)  # before it is made
    options = postgresql.OPTIONS | (postgresql.DEMO_OPTIONS if plan.demo else {})
    server = postgresql.start(settings.data_dir, options)
    stack.callback(server.stop)
    file = settings.data_dir / URL_FILE
    file.touch(mode=0o600)
    file.write_text(server.url(), "utf-8")
    stack.callback(file.unlink, missing_ok=True)
    return Database(settings, server)


def _children(plan: Plan, database: Database) -> Iterator[Child]:
    for number in (1, 2):
        yield Child(f"jobs-{number}", ("jobs",), _environment(plan, database, "board_jobs"))
    yield Child("dashboard", ("dashboard",), _environment(plan, database, "board_app"))
    yield Child("wall", ("wall",), _environment(plan, database, "board_wall"))


def _environment(plan: Plan, database: Database, role: str) -> dict[str, str]:
    ports = {"dashboard_port": str(plan.dashboard_port), "wall_port": str(plan.wall_port)}
    demo = {"phone_hash_key": simulator.HASH_KEY.decode()} if plan.demo else {}
    return {**database.as_role(role), **ports, **demo, "demo": str(plan.demo).lower()}


def _is_filled(up: Up) -> bool:
    """Something is open, all is derived, and both servers of pages reach the database."""
    try:
        with up.engine.connect() as conn:
            if not filling(conn).is_shown:
                return False
        pages = (up.plan.page(up.plan.dashboard_port), up.plan.page(up.plan.wall_port))
        return all(httpx.get(f"{page}/readyz", timeout=2).is_success for page in pages)
    except (SQLAlchemyError, httpx.HTTPError):
        return False


def refuse_taken(host: str, port: int, command: str) -> None:
    until = time.monotonic() + PORT_PATIENCE
    while (problem := _cannot_listen(host, port)) and time.monotonic() < until:
        time.sleep(0.2)
    if problem:
        raise UserError(
            f"Port {port} on {host} cannot be used ({problem}): choose another with `{command} --port N`; "
            "the wall takes N + 1."
        )


def _cannot_listen(host: str, port: int) -> str | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            return error.strerror
        except OverflowError:
            return "ports end at 65535"
    return None

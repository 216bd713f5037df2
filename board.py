"""The command line: gathers the table of jobs/commands, the two commands that serve pages, and the one that
compares clocks."""

import sys
from datetime import UTC, datetime

import typer

from jobs.commands import COMMANDS, GROUPS, refusing
from jobs.commands.options import AsJson, Host, Port

app = typer.Typer(
    help="Complaint Board: live breach risk, backlog, co-owners and satisfaction of a complaint centre.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for name, command in COMMANDS.items():
    app.command(name)(command)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


@app.command()
def dashboard(host: Host = None, port: Port = None) -> None:
    """The pages of managers, schedulers and administrators.

    Example: board dashboard --host 0.0.0.0 --port 8501
    """
    from config.settings import settings
    from dashboard.asgi import serve
    from jobs.up.starting import begin

    begin(settings())
    serve("dashboard", host or settings().host, port or settings().dashboard_port, settings())


@app.command()
def wall(host: Host = None, port: Port = None) -> None:
    """The wall display, in a process and with a database role of its own.

    The address of a display chooses what it shows: ?scene=now,where (also blocking, flow, customers, alerts),
    ?rotate=30 (seconds), ?region=…, ?department=…, ?tier=1,2, ?lang=zh, ?as_of=…

    Example: board wall --host 0.0.0.0 --port 8502
    """
    from config.settings import settings
    from dashboard.asgi import serve
    from jobs.up.starting import begin

    begin(settings())
    serve("wall", host or settings().host, port or settings().wall_port, settings())


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Whether all is in order: database, rights, clocks, jobs, sources, calendars, policy, outlets, disk,
    sign-in, backups. Says what to do; exit code 1 where something fails.

    Example: board doctor
    """
    from config.settings import settings
    from jobs.commands.doctor_text import run

    sys.exit(run(settings(), lambda: datetime.now(UTC), typer.echo, as_json))


def main() -> None:
    refusing.run(app)


if __name__ == "__main__":
    main()

"""The command line: gathers the table of jobs/commands and the two commands that serve pages."""

import typer

from jobs.commands import COMMANDS, GROUPS, refusing
from jobs.commands.options import Host, Port

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


def main() -> None:
    refusing.run(app)


if __name__ == "__main__":
    main()

"""The command line: one short function per command. Heavy imports stay inside, so that --help is quick."""

import sys
from typing import Annotated

import typer

from config import StartRefused

app = typer.Typer(
    help="Complaint Board: live breach risk, backlog, co-owners and satisfaction of a complaint centre.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Port = Annotated[int | None, typer.Option(help="Port to listen on, instead of the configured one.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on, instead of the configured one.")]


@app.command()
def up(
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill and feed the board with a simulated operator.")
    ] = False,
    port: Annotated[int | None, typer.Option(help="Port of the dashboard; the wall takes the next.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Stop again once the wall shows data; 0 if it did.")
    ] = False,
) -> None:
    """Everything on this machine: database, jobs, dashboard and wall.

    Example: board up --demo --port 8600
    """
    from config.settings import settings
    from jobs.supervisor import run_up

    run_up(settings(), typer.echo, demo=demo or settings().demo, port=port, check=check)


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema and roles.

    Example: BOARD_DATABASE_URL=postgresql://owner@db/board board migrate
    """
    from config.settings import settings
    from jobs.supervisor import migrate_database

    typer.echo(f"The database is at revision {migrate_database(settings().url())}.")


@app.command()
def jobs(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether one lives on this machine.")
    ] = False,
) -> None:
    """Derive, sweep, deliver: one job process. Run two or more, anywhere.

    Example: board jobs
    """
    from config.settings import settings
    from jobs.alive import check_alive
    from jobs.scheduler import run_jobs

    if check:
        check_alive(settings())
        return
    _begin()
    run_jobs(settings())


@app.command()
def dashboard(host: Host = None, port: Port = None) -> None:
    """The pages of managers, schedulers and administrators.

    Example: board dashboard --host 0.0.0.0 --port 8501
    """
    from config.settings import settings
    from dashboard.asgi import serve

    _begin()
    serve("dashboard", host or settings().host, port or settings().dashboard_port, settings())


@app.command()
def wall(host: Host = None, port: Port = None) -> None:
    """The wall display, in a process and with a database role of its own.

    Example: board wall --host 0.0.0.0 --port 8502
    """
    from config.settings import settings
    from dashboard.asgi import serve

    _begin()
    serve("wall", host or settings().host, port or settings().wall_port, settings())


@app.command()
def simulate(
    rate: Annotated[float, typer.Option(help="Complaints per hour.")] = 70.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same operator's life.")] = 1,
    history: Annotated[int, typer.Option(help="Days of the past to fill first, into an empty board.")] = 0,
) -> None:
    """Feed the board with an operator that does not exist, until stopped.

    Example: board simulate --rate 200 --history 90
    """
    from config.settings import settings
    from jobs.sources.simulator import Simulation, run

    _begin()
    run(settings(), Simulation(seed, rate), history)


@app.command()
def rebuild(
    swap: Annotated[bool, typer.Option("--swap", help="Put the new rows in place of the old.")] = False,
) -> None:
    """Derive everything anew beside the old and compare; exit code 1 where they differ.

    Example: board rebuild --swap
    """
    from config.settings import settings
    from jobs.rebuild import run

    sys.exit(run(settings(), swap))


def _begin() -> None:
    """What every long-running command does first: log lines with a time, and end when `board up` is gone."""
    import logging

    from config.settings import settings
    from jobs.children import end_with_parent

    logging.basicConfig(level=settings().log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it tells of every tick
    if settings().supervised:
        end_with_parent()


def main() -> None:
    try:
        app()
    except StartRefused as refused:
        typer.echo(str(refused), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

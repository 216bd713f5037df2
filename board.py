"""The command line: one short function per command. Heavy imports stay inside, so that --help is quick."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands import refusing
from jobs.commands.policy import app as policy
from jobs.commands.purge import purge

if TYPE_CHECKING:
    from config.source_map import SourceMap

app = typer.Typer(
    help="Complaint Board: live breach risk, backlog, co-owners and satisfaction of a complaint centre.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(policy, name="policy")
app.command()(purge)

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The file to read.")]
Map = Annotated[str, typer.Option("--map", help="How to read it: a name, or FILE.toml.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on, instead of the configured one.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
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
    from jobs.up.supervisor import run_up

    run_up(settings(), typer.echo, demo=demo or settings().demo, port=port, check=check)


@app.command()
def migrate() -> None:
    """Bring the database to this version's schema and roles.

    Example: BOARD_DATABASE_URL=postgresql://owner@db/board board migrate
    """
    from config.settings import settings
    from jobs.up.supervisor import migrate_database

    revision = migrate_database(settings().url(), settings().policy_file)
    typer.echo(f"The database is at revision {revision}.")


@app.command()
def jobs(
    check: Annotated[
        bool, typer.Option("--check", help="Only check whether one is alive on this machine.")
    ] = False,
) -> None:
    """Derive, sweep, deliver: one job process. Run two or more, anywhere.

    Example: board jobs
    """
    from config.settings import settings
    from jobs.scheduler import run_jobs
    from jobs.up.alive import check_alive

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
    seed: Annotated[int, typer.Option(help="The same seed gives the same complaints.")] = 1,
    history: Annotated[int, typer.Option(help="Days of the past to fill first, into an empty board.")] = 0,
) -> None:
    """Feed the board with a simulated operator, until stopped.

    Example: board simulate --rate 200 --history 90
    """
    from config.settings import settings
    from jobs.sources.simulator import Simulation, run

    _begin()
    run(settings(), Simulation(seed, rate), history)


@app.command("import")
def import_(
    file: File,
    map_: Map,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where refused rows go, instead of FILE.rejects.csv.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take the complaints of a file: CSV, JSON lines (both also .gz) or XLSX.

    Good rows go in together, refused ones into a file of their own with the reason. The same file twice
    changes nothing. Exit code 0 also where rows were refused for their content; 1 where nothing was imported,
    or where lines of the file could not be separated or read: an unclosed quotation mark, another encoding.

    Example: board import boston.csv.gz --map boston311 --dry-run
    """
    from config.settings import settings
    from jobs.commands.import_file import run_import
    from jobs.sources.importing import Order

    key = settings().phone_hash_key.get_secret_value().encode()
    run_import(settings(), Order(_source_map(map_), file, rejects, dry_run, key), as_json)


@app.command()
def replay(
    file: File,
    map_: Map,
    speed: Annotated[
        float, typer.Option(min=0.001, max=100_000, help="Seconds of the board per real second.")
    ] = 3600.0,
    port: Annotated[int, typer.Option(help="Port of its dashboard; its wall takes the next.")] = 8510,
    restart: Annotated[
        bool, typer.Option("--restart", help="From the beginning, not where it was stopped.")
    ] = False,
) -> None:
    """Replay a log of the past as if it happened now, in a database of its own, without outlets.

    Stopped and started again, it continues where it was. Where the machine cannot keep up, it runs slower
    and says so.

    Example: board replay boston.csv.gz --map boston311 --speed 3600
    """
    from config.settings import settings
    from jobs.commands.replay import ReplayOptions, run_replay

    run_replay(settings(), ReplayOptions(_source_map(map_), file, speed, port, restart))


@app.command()
def rebuild(
    swap: Annotated[bool, typer.Option("--swap", help="Put the new rows in place of the old.")] = False,
) -> None:
    """Derive everything anew beside the old and compare; exit code 1 where they differ.

    Example: board rebuild --swap
    """
    from config.settings import settings
    from jobs.commands.rebuild import run

    sys.exit(run(settings(), swap))


@app.command()
def due(
    start: Annotated[str, typer.Option(help="ISO 8601; local time of the zone where it names no offset.")],
    calendar: Annotated[str, typer.Option(help="A calendar of the policy, or 'always'.")] = "always",
    budget: Annotated[str | None, typer.Option(help="Such as 30m, 12h, 2d of the calendar's hours.")] = None,
    working_days: Annotated[int | None, typer.Option(help="Instead of --budget.")] = None,
    pause: Annotated[list[str] | None, typer.Option(help="FROM/UNTIL; may be given several times.")] = None,
    zone: Annotated[str, typer.Option(help="Of the region; the policy's own where left out.")] = "",
    policy_file: Annotated[
        Path | None, typer.Option("--policy", help="Instead of the configured one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """When a budget is used up, segment by segment.

    Example: board due --calendar office --start 2026-09-18T16:00 --budget 12h
    """
    from config.policy import load
    from config.settings import settings
    from jobs.commands.due_question import ask, budget_of, print_answer

    asked = budget_of(budget, working_days)
    answer = ask(load(policy_file or settings().policy_file), calendar, start, asked, pause or (), zone)
    print_answer(answer, typer.echo, as_json)


@app.command()
def explain(
    complaint: Annotated[str, typer.Argument(help="Its source number or its board number.")],
    as_json: AsJson = False,
) -> None:
    """Every deadline of a complaint: why it is due when it is, segment by segment.

    Example: board explain C2611241234
    """
    from config.settings import settings
    from jobs.commands.explain import run

    run(settings(), complaint, typer.echo, as_json)


@app.command()
def learn(as_json: AsJson = False) -> None:
    """Learn the breach risk now from the last year of data; it comes into force unless it is worse.

    Example: board learn
    """
    from config.settings import settings
    from jobs.learn import learn_now

    learn_now(settings(), typer.echo, as_json)


@app.command()
def backtest(
    since: Annotated[
        str | None,
        typer.Option(help="Test from this time on (ISO 8601); the last fifth, at most 28 days, without it."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How good the breach risk would have been: learned from what was known then, tested on what followed.

    Compared with simpler ways to predict breaches. Changes nothing. Exit code 1 where there is too little
    to test.

    Example: board backtest --since 2026-10-01
    """
    from config.settings import settings
    from jobs.commands.backtest import run

    run(settings(), since, typer.echo, as_json)


def _source_map(name: str) -> "SourceMap":
    from config.source_map import UnknownMap, load

    try:
        return load(name)
    except UnknownMap as unknown:
        raise typer.BadParameter(str(unknown), param_hint="--map") from None


def _begin() -> None:
    """What every long-running command does first: log lines with a time, and end when `board up` is gone."""
    from config.settings import settings
    from jobs.up import logs
    from jobs.up.children import end_with_parent

    logs.begin(settings())
    if settings().supervised:
        end_with_parent()


def main() -> None:
    refusing.run(app)


if __name__ == "__main__":
    main()

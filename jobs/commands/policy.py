"""`board policy`: check a file, see what it would change, apply it, take it back."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from jobs.commands.options import AsJson

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from queries.policy_changes.dry_run import Trial

app = typer.Typer(help="The policy file: targets, calendars, callbacks, goals.", no_args_is_help=True)
PolicyFile = Annotated[Path, typer.Argument(help="The policy file.")]
Since = Annotated[
    str | None,
    typer.Option("--from", help="In force from this past time on (ISO 8601), until the next version."),
]
MoveOpen = Annotated[
    bool,
    typer.Option("--move-open/--keep-open", help="Whether unmet deadlines that are not past due follow it."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def check(file: PolicyFile, as_json: AsJson = False) -> None:
    """Name every mistake of a policy file; exit code 1 where there is one. Nothing is applied.

    Example: board policy check my-policy.toml
    """
    from config.policy import check as mistakes

    problems = mistakes(file)
    if as_json:
        typer.echo(json.dumps([{"where": one.where, "what": one.what} for one in problems]))
    else:
        for one in problems:
            typer.echo(f"{file}: {one}", err=True)
        typer.echo(f"{file}: {len(problems) or 'no'} mistake{'s' * (len(problems) > 1)}.")
    sys.exit(bool(problems))


@app.command()
def diff(file: PolicyFile, since: Since = None, move_open: MoveOpen = False, as_json: AsJson = False) -> None:
    """What the deadlines that run now would do if this policy moved them, what of it no later policy undoes,
    and whom it would alert. With --from: what of the past would change. Nothing is applied.

    Example: board policy diff my-policy.toml
    """
    from jobs.commands.policy_text import as_json as to_json
    from jobs.commands.policy_text import print_changes, try_it

    engine, trial = _engine(), _trial(file, since, move_open)
    moves = try_it(engine, trial)
    if as_json:
        typer.echo(to_json(moves))
    else:
        print_changes(engine, trial, moves, typer.echo)


@app.command()
def apply(file: PolicyFile, since: Since = None, move_open: MoveOpen = False, yes: Yes = False) -> None:
    """Make this the policy in force; with --move-open, tell first what moves.

    With --from it is the policy of the past from that time on, before the first one that the board had:
    imported history is judged by it.

    Example: board policy apply my-policy.toml --move-open
    """
    from jobs.commands.policy_text import print_changes, try_it
    from queries.policy_changes import dry_run

    engine, trial = _engine(), _trial(file, since, move_open)
    if move_open or trial.since is not None:
        print_changes(engine, trial, try_it(engine, trial), typer.echo)
    if not yes and not typer.confirm("Apply it?"):
        raise typer.Exit(1)
    with engine.begin() as conn:
        version = dry_run.apply(conn, trial.policy, move_open, _person(), trial.since)
    when = f" from {trial.since.isoformat()} on" if trial.since else ""
    typer.echo(f"Policy version {version} is in force{when}.")


@app.command()
def withdraw(
    version: Annotated[int, typer.Argument(help="Its number, as the policy page lists it.")], yes: Yes = False
) -> None:
    """Take back a version within a day of its applying: all is derived as if it had never been, and its
    alerts are withdrawn.

    Example: board policy withdraw 2
    """
    from queries.policy_changes import withdraw as policy_withdraw

    engine = _engine()
    if not yes and not typer.confirm(f"Withdraw version {version}? It cannot be made to stand again."):
        raise typer.Exit(1)
    with engine.begin() as conn:
        found = policy_withdraw.withdraw(conn, version, _person())
    typer.echo(f"Policy version {version} is withdrawn; complaints that are derived again: {found}")


def _person() -> str:
    import getpass

    return f"{getpass.getuser()}, command line"


def _engine() -> "Engine":
    from config.settings import settings
    from queries import db

    return db.engine(settings().url(), settings().database_role, application="board policy")


def _trial(file: Path, since: str | None, move_open: bool) -> "Trial":
    """Of a policy without mistakes; raises PolicyError. A time without an offset is the policy's own."""
    from config.policy import load
    from queries.hours.question import instant
    from queries.policy_changes.dry_run import Trial

    zone = ZoneInfo(load(file).zone)
    body = file.read_text("utf-8")
    if since is None:
        return Trial(body)
    return Trial(body, datetime.fromtimestamp(instant(since, zone), UTC), move_open)

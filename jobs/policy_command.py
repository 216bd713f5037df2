"""`board policy`: check a file, see what it would change, apply it."""

import json
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from queries.policy_change import Move

app = typer.Typer(help="The policy file: targets, calendars, callbacks, goals.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
PolicyFile = Annotated[Path, typer.Argument(help="The policy file.")]


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
def diff(file: PolicyFile, as_json: AsJson = False) -> None:
    """What the deadlines that run now would do if this policy moved them. Nothing is applied.

    Example: board policy diff my-policy.toml
    """
    engine = _engine()
    moves = _dry_run(engine, _text(file))
    if as_json:
        typer.echo(json.dumps([_as_json(move) for move in moves], ensure_ascii=False))
    else:
        _tell(engine, moves, typer.echo)


@app.command()
def apply(
    file: PolicyFile,
    move_open: Annotated[
        bool,
        typer.Option(
            "--move-open/--keep-open", help="Whether unmet deadlines that are not past due follow it."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Make this the policy in force; with --move-open, tell first what moves.

    Example: board policy apply my-policy.toml --move-open
    """
    import getpass

    from queries import policy_change

    engine, body = _engine(), _text(file)
    if move_open:
        _tell(engine, _dry_run(engine, body), typer.echo)
    if not yes and not typer.confirm("Apply it?"):
        raise typer.Exit(1)
    with engine.begin() as conn:
        version = policy_change.apply(conn, body, move_open, f"{getpass.getuser()}, command line")
    typer.echo(f"Policy version {version} is in force.")


def _engine() -> "Engine":
    from config.settings import settings
    from queries import db

    return db.engine(settings().url(), settings().database_role, application="board policy")


def _text(file: Path) -> str:
    """Of a policy without mistakes; raises PolicyError."""
    from config.policy import load

    load(file)
    return file.read_text("utf-8")


def _dry_run(engine: "Engine", body: str) -> "list[Move]":
    from rich.console import Console
    from rich.progress import Progress

    from queries import db
    from queries.policy_change import dry_run

    console = Console(stderr=True)
    found: list[Move] = []
    with engine.begin() as conn, Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("Complaints", total=None)
        for done, total, moves in dry_run(conn, body, db.board_now(conn)):
            bar.update(task, completed=done, total=total)
            found += moves
    return found


def _tell(engine: "Engine", moves: "list[Move]", say: Callable[[str], None]) -> None:
    from queries.policy_change import effect

    if not moves:
        say("No deadline that runs now would move.")
        return
    whole = effect(moves)
    say(f"Moving: {whole.moved}; earlier: {whole.earlier}, later: {whole.later}, ended: {whole.ended}")
    say(
        f"New breaches: {whole.become_breached}, newly at risk: {whole.become_at_risk}, "
        f"no longer at risk: {whole.no_longer_at_risk}"
    )
    for head, of in _heads(engine).items():
        groups: dict[str, list[Move]] = defaultdict(list)
        for move in moves:
            groups[of(move)].append(move)
        say(f"By {head}:")
        for name, group in sorted(groups.items()):
            one = effect(group)
            say(f"  {name}: {one.moved} moving, {one.become_breached} new breaches, {one.ended} ended")


def _heads(engine: "Engine") -> "dict[str, Callable[[Move], str]]":
    from queries import organisation

    with engine.begin() as conn:
        departments = {one.department_id: one.name_en for one in organisation.departments(conn)}
        tree = {one.region_id: one for one in organisation.regions(conn)}
    provinces = {id_: tree.get(one.parent_id or 0, one).name_en for id_, one in tree.items()}
    return {
        "target": lambda move: move.target,
        "tier": lambda move: f"tier {move.tier}" if move.tier else "no tier",
        "department": lambda move: departments.get(move.department_id or 0, "no department"),
        "region": lambda move: provinces.get(move.region_id or 0, "no region"),
    }


def _as_json(move: "Move") -> dict[str, object]:
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in asdict(move).items()
    }

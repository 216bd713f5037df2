"""`board rebuild`: everything derived anew beside the old, compared or put in its place."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from config.settings import Settings


def rebuild(
    swap: Annotated[bool, typer.Option("--swap", help="Put the new rows in place of the old.")] = False,
) -> None:
    """Derive everything anew beside the old and compare; exit code 1 where they differ.

    Example: board rebuild --swap
    """
    from config.settings import settings

    sys.exit(run(settings(), swap))


def run(settings: "Settings", put_in_place: bool) -> int:
    """0: the same, or swapped; 1: the old differs from what the facts say."""
    from rich.console import Console
    from rich.progress import Progress

    from queries import db
    from queries.clocks.rebuild import build_next, compare, drop_next, swap

    engine = db.engine(settings.url(), settings.database_role or "board_jobs", application="board rebuild")
    console = Console()
    with engine.begin() as conn:
        began = db.board_now(conn)
    with Progress(console=console) as progress:
        task = progress.add_task("Deriving anew", total=None)
        for done, total in build_next(engine):
            progress.update(task, completed=done, total=total)
    with engine.begin() as conn:
        differences = compare(conn)
        for one in differences:
            console.print(f"{one.table}: {one.only_old} rows only in the old, {one.only_new} only in the new")
        if put_in_place:
            swap(conn, began)
            console.print("The new rows are in place.")
            return 0
        drop_next(conn)
    console.print("The old rows differ: run with --swap." if differences else "Identical.")
    return 1 if differences else 0

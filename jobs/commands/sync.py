"""`board sync`."""

from typing import Annotated

import typer

from jobs.commands.options import AsJson


def sync(
    name: Annotated[
        str, typer.Argument(help="A source, for all of its maps; or a map by its name, or FILE.toml.")
    ],
    once: Annotated[bool, typer.Option("--once", help="Read what there is now, and end.")] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="With --once: compare all rows, as it is done by night.")
    ] = False,
    accept: Annotated[
        bool,
        typer.Option(
            "--accept",
            help="With --once: the source is meant to be as it is now, with other types of columns or with "
            "many rows less.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Read a living database, or a folder of files, by the [database] or [folder] of its map.

    The first time it brings in everything, then what has changed since. Job processes (`board jobs`) do this
    by themselves for every map in BOARD_SOURCES_DIR; this command tries a map, or runs one on its own until
    it is stopped. docs/sync.md tells how to set it up. Exit code 1 where the source could not be read.

    Example: board sync crm --once
    """
    from config.settings import settings
    from jobs.commands.sync_text import Wish, run_sync

    run_sync(settings(), Wish(name, once or compare or accept, compare, accept, as_json), typer.echo)

"""`board import`."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.options import AsJson, File, any_map


def import_file(
    file: File,
    maps: Annotated[
        list[str],
        typer.Option(
            "--map",
            help="How to read it: a name, or FILE.toml; docs/source-maps.md explains every key. Several: the "
            "file feeds all of them, in one transaction.",
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="When the file was made, such as 2026-11-26T08:00, in place of what it says itself. "
            "Without it and as_of in the map: when the file was last changed.",
        ),
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(help="Where refused rows go, instead of FILE.rejects.csv.", dir_okay=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take what a file says: of complaints, customers, or the organisation.

    CSV, JSON lines (both also .gz), spreadsheets and event logs. Good rows go in together. A row with a
    bad cell is kept without it; a row without number or instant is refused; both are in a file of their
    own with the reason. The same file twice changes nothing. Exit code 0 also where rows were refused for
    their content; 1 where nothing was imported, or where lines of the file could not be separated or
    read: an unclosed quotation mark, another encoding.

    Example: board import boston.csv.gz --map boston311 --dry-run"""
    from config.settings import settings
    from jobs.commands.import_text import run_import
    from jobs.sources.importing import Order
    from jobs.sources.rejects import default_file

    key = settings().phone_hash_key.get_secret_value().encode()
    orders = []
    for place, name in enumerate(maps):
        aside = rejects
        if place:  # each map refuses rows of its own
            aside = default_file(rejects or file, str(place + 1))
        orders.append(Order(any_map(name), file, aside, dry_run, key, as_of))
    run_import(settings(), orders, as_json)

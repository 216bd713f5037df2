"""`board import`."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.options import AsJson, File, Map, source_map


def import_file(
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
    from jobs.commands.import_text import run_import
    from jobs.sources.importing import Order

    key = settings().phone_hash_key.get_secret_value().encode()
    run_import(settings(), Order(source_map(map_), file, rejects, dry_run, key), as_json)

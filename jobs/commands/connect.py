"""`board connect`."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.options import AsJson


def connect(
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, readable=True, help="Files of one source."),
    ],
    yes: Annotated[
        bool, typer.Option("--yes", help="Take every proposal; nothing is asked. Also without a terminal.")
    ] = False,
    write: Annotated[
        Path | None,
        typer.Option(help="Where the map goes, instead of SOURCE.toml here.", dir_okay=False),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="Short name of the source: small letters, digits and _."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look at files of complaints and propose the map by which they are imported.

    Says how each file is written and what its columns are, asks what cannot be told from it, tries the
    import without changing anything, and writes the map with the reason for each key. Samples of names,
    telephone numbers, addresses and texts are masked. A map that is there already is never overwritten.
    Without a database it looks and writes all the same.

    Example: board connect complaints.xlsx
    """
    from config.settings import settings
    from jobs.commands.connect_run import Wanted, run

    run(settings(), Wanted(tuple(files), yes or as_json, write, source, as_json))

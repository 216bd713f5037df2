"""`board backtest`."""

from typing import Annotated

import typer

from jobs.commands.options import AsJson


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
    from jobs.commands.backtest_text import run

    run(settings(), since, typer.echo, as_json)

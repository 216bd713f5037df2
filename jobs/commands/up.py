"""`board up`."""

from typing import Annotated

import typer


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

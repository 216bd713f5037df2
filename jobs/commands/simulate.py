"""`board simulate`."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from jobs.sources.simulator import Simulation

FIRST_DAY = datetime(2026, 3, 2)  # noqa: DTZ001 - a day, of which the same files are always written


def simulate(
    rate: Annotated[float, typer.Option(help="Complaints per hour.")] = 70.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same complaints.")] = 1,
    history: Annotated[int, typer.Option(help="Days of the past to fill first, into an empty board.")] = 0,
    write: Annotated[
        Path | None,
        typer.Option(help="Write the operator's exports into this folder instead: no board is needed."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=90, help="With --write: how many mornings.")] = 7,
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="With --write: the first day.")
    ] = FIRST_DAY,
) -> None:
    """Feed the board with a simulated operator, until stopped; or write its files, to try imports with.

    Example: board simulate --rate 200 --history 90
    """
    from jobs.sources.simulator import Simulation

    if write is not None:
        _write(write, Simulation(seed, rate), days, first)
        return
    from config.settings import settings
    from jobs.sources.simulator import run
    from jobs.up.starting import begin
    from jobs.up.stopping import stop_on_signals

    begin(settings())
    run(settings(), Simulation(seed, rate), history, stop_on_signals())


def _write(folder: Path, simulation: "Simulation", days: int, first: datetime) -> None:
    from jobs.sources.simulator import write_exports

    folder.mkdir(parents=True, exist_ok=True)
    maps, files = write_exports(folder, simulation, first.date(), days)
    typer.echo(f"{len(files)} files and {len(maps)} maps are in {folder}. To import the first of each kind:")
    for path, file in zip(maps, files, strict=False):
        typer.echo(f"board import {file} --map {path}")

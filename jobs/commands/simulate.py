"""`board simulate`."""

from typing import Annotated

import typer


def simulate(
    rate: Annotated[float, typer.Option(help="Complaints per hour.")] = 70.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same complaints.")] = 1,
    history: Annotated[int, typer.Option(help="Days of the past to fill first, into an empty board.")] = 0,
) -> None:
    """Feed the board with a simulated operator, until stopped.

    Example: board simulate --rate 200 --history 90
    """
    from config.settings import settings
    from jobs.sources.simulator import Simulation, run
    from jobs.up.starting import begin
    from jobs.up.stopping import stop_on_signals

    begin(settings())
    run(settings(), Simulation(seed, rate), history, stop_on_signals())

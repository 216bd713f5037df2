"""`board replay`."""

from typing import Annotated

import typer

from jobs.commands.options import File, Map, source_map


def replay(
    file: File,
    map_: Map,
    speed: Annotated[
        float, typer.Option(min=0.001, max=100_000, help="Seconds of the board per real second.")
    ] = 3600.0,
    port: Annotated[int, typer.Option(help="Port of its dashboard; its wall takes the next.")] = 8510,
    restart: Annotated[
        bool, typer.Option("--restart", help="From the beginning, not where it was stopped.")
    ] = False,
) -> None:
    """Replay a log of the past as if it happened now, in a database of its own, without outlets.

    Stopped and started again, it continues where it was. Where the machine cannot keep up, it runs slower
    and says so.

    Example: board replay boston.csv.gz --map boston311 --speed 3600
    """
    from config.settings import settings
    from jobs.commands.replay_run import ReplayOptions, run_replay

    run_replay(settings(), ReplayOptions(source_map(map_), file, speed, port, restart))

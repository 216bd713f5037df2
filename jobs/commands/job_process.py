"""`board jobs`."""

from typing import Annotated

import typer


def job_process(
    check: Annotated[
        bool, typer.Option("--check", help="Only check whether one is alive on this machine.")
    ] = False,
) -> None:
    """Derive, sweep, deliver: one job process. Run two or more, anywhere.

    Example: board jobs
    """
    from config.settings import settings
    from jobs.scheduler import run_jobs
    from jobs.up.alive import check_alive
    from jobs.up.starting import begin

    if check:
        check_alive(settings())
        return
    begin(settings())
    run_jobs(settings())

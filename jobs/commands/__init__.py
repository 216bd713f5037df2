"""The command line's table: a command is a function in a file of its name, a group a Typer of its own.

Heavy imports stay inside the functions, so that --help is quick.
"""

from collections.abc import Callable

import typer

from jobs.commands import (
    backtest,
    connect,
    due,
    explain,
    import_file,
    imports,
    job_process,
    learn,
    migrate,
    organisation,
    people,
    policy,
    purge,
    rebuild,
    replay,
    simulate,
    sync,
    token,
    up,
)

COMMANDS: dict[str, Callable[..., None]] = {
    "up": up.up,
    "migrate": migrate.migrate,
    "jobs": job_process.job_process,
    "simulate": simulate.simulate,
    "connect": connect.connect,
    "import": import_file.import_file,
    "sync": sync.sync,
    "replay": replay.replay,
    "rebuild": rebuild.rebuild,
    "due": due.due,
    "explain": explain.explain,
    "learn": learn.learn,
    "backtest": backtest.backtest,
    "purge": purge.purge,
}
GROUPS: dict[str, typer.Typer] = {
    "policy": policy.app,
    "people": people.app,
    "token": token.app,
    "imports": imports.app,
    "organisation": organisation.app,
}

"""Boston's half year: importing and deriving it, against the budget of 60 s and 1 GiB."""

import resource
import time
from pathlib import Path

from benchmarks.scratch import board
from config.settings import settings
from config.source_maps import source_map
from jobs.sources.importing import Order, import_file
from queries.clocks.derive import derive_dirty

SECONDS, MIB = 60, 1024


def run() -> list[str]:
    folder = settings().real_data or Path(__file__).parents[2] / "shared" / "data"
    file = folder / "boston311_2011.csv.gz"
    with board() as engine:
        began = time.monotonic()
        summary = import_file(engine, Order(source_map.load("boston311"), file))
        imported = time.monotonic()
        derived = 0
        while True:
            with engine.begin() as conn:
                taken = derive_dirty(conn).taken
            derived += taken
            if not taken:
                break
        ended = time.monotonic()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    total = ended - began
    return [
        "## Importing and deriving the Boston file",
        "",
        f"{summary.complaints:,} complaints, one process and one PostgreSQL on this machine.",
        "",
        "| step | seconds | of the budget |",
        "|---|---:|---:|",
        f"| import | {imported - began:.1f} | {(imported - began) / SECONDS:.0%} |",
        f"| derive {derived:,} complaints | {ended - imported:.1f} | {(ended - imported) / SECONDS:.0%} |",
        f"| both | {total:.1f} | {total / SECONDS:.0%} of {SECONDS} s |",
        f"| peak memory of the process | {peak:.0f} MiB | {peak / MIB:.0%} of {MIB} MiB |",
    ]

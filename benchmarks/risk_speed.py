"""Breach risk of 100,000 open deadlines, in a process of its own with one thread."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.scratch import peak_mib
from queries.risk.curves import Curves, from_bytes
from queries.risk.model import DAY, Deadlines, Ended, learn, predict

OPEN, HISTORY = 100_000, 1_000_000
SECONDS, MIB = 1, 300
NOW = 1_700_000_000


def run(real: Curves) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "curves"
        learned, told = _alone("learn", file), _alone("predict", file)
    groups, size = len(real.tree.groups), len(real.to_bytes())
    return [
        f"## Breach risk of {OPEN:,} open deadlines",
        "",
        "CPU time of one process with one thread; five targets, three tiers, 31 departments, 20 categories, "
        "40 kinds.",
        "",
        "| step | measured | of the budget |",
        "|---|---:|---:|",
        f"| learn from {HISTORY:,} deadlines | {learned['seconds']:.1f} s | – |",
        f"| the curves of {learned['groups']:,} groups, stored | {learned['bytes'] / 2**20:.1f} MiB | – |",
        f"| those of Boston, {groups} groups, stored | {size / 1024:.0f} KiB | – |",
        f"| read the curves | {told['read']:.2f} s | – |",
        f"| predict | {told['seconds']:.2f} s | {told['seconds'] / SECONDS:.0%} of {SECONDS} s |",
        f"| peak memory of the process that predicts | {told['mib']:.0f} MiB | "
        f"{told['mib'] / MIB:.0%} of {MIB} MiB |",
    ]


def _alone(step: str, file: Path) -> dict[str, float]:
    command = (sys.executable, "-m", "benchmarks.risk_speed", step, str(file))
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    found: dict[str, float] = json.loads(output)
    return found


def _deadlines(count: int, seed: int) -> Deadlines:
    draw = np.random.default_rng(seed)
    budget = draw.choice([600, 3600, 4 * 3600, DAY, 3 * DAY], count)
    started = NOW - draw.integers(0, 300 * DAY, count)
    names = [np.char.add(letter, np.arange(40).astype(str)).astype(object) for letter in "tck"]
    return Deadlines(
        names[0][draw.integers(0, 5, count)], draw.integers(1, 4, count), draw.zipf(1.4, count) % 31,
        names[1][draw.integers(0, 20, count)], names[2][draw.zipf(1.3, count) % 40],
        started, started + budget, budget, np.floor(budget * draw.random(count)),
    )  # fmt: skip


def _learn(file: Path) -> dict[str, float]:
    past = _deadlines(HISTORY, 1)
    late = np.random.default_rng(2).random(HISTORY) < 0.2
    used = np.where(late, np.asarray(past.budget) + 60, past.used)
    past = Deadlines(*past.similar, past.started_at, past.due_at, past.budget, used)
    began = time.process_time()
    curves = learn(past, np.full(HISTORY, int(Ended.MET)), NOW)
    seconds = time.process_time() - began
    size = file.write_bytes(curves.to_bytes())
    return {"seconds": seconds, "groups": len(curves.tree.groups), "bytes": size}


def _predict(file: Path) -> dict[str, float]:
    unmet = _deadlines(OPEN, 3)
    began = time.process_time()
    curves = from_bytes(file.read_bytes())
    read = time.process_time()
    predict(curves, unmet)
    ended = time.process_time()
    return {"read": read - began, "seconds": ended - read, "mib": peak_mib()}


if __name__ == "__main__":
    print(json.dumps({"learn": _learn, "predict": _predict}[sys.argv[1]](Path(sys.argv[2]))))

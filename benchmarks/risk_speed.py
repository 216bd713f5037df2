"""Breach risk of 100,000 open deadlines, in a process of its own with one thread."""

import resource
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from benchmarks.risk_records import Records, instant
from queries.risk_curves import from_bytes
from queries.risk_model import DAY, Deadlines, Ended, learn, predict

OPEN, HISTORY = 100_000, 1_000_000
SECONDS, MIB = 1, 300
NOW = 1_700_000_000


def run(records: Records) -> list[str]:
    with _child() as pool:
        seconds, size, groups, stored = pool.submit(_learn).result()
    with _child() as pool:
        loaded, predicted, told, peak = pool.submit(_predict, stored).result()
    real = learn(*records.known(now := instant("2011-11-01")), int(now))
    return [
        f"## Breach risk of {OPEN:,} open deadlines",
        "",
        "One process, one thread; five targets, 31 departments, 20 categories, 40 kinds.",
        "",
        "| step | measured | of the budget |",
        "|---|---:|---:|",
        f"| learn from {HISTORY:,} deadlines ({groups:,} groups) | {seconds:.1f} s | – |",
        f"| the curves in the database | {size / 2**20:.1f} MiB | – |",
        f"| the curves of Boston ({len(real.tree.groups)} groups) | {len(real.to_bytes()) / 1024:.0f} KiB | – |",
        f"| read the curves | {loaded:.2f} s | – |",
        f"| predict ({told:.0%} get a number) | {predicted:.2f} s | {predicted / SECONDS:.0%} of {SECONDS} s |",
        f"| peak memory of the process that predicts | {peak:.0f} MiB | {peak / MIB:.0%} of {MIB} MiB |",
    ]


def _child() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


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


def _learn() -> tuple[float, int, int, bytes]:
    past = _deadlines(HISTORY, 1)
    late = np.random.default_rng(2).random(HISTORY) < 0.2
    used = np.where(late, np.asarray(past.budget) + 60, past.used)
    past = Deadlines(*past.similar, past.started_at, past.due_at, past.budget, used)
    began = time.perf_counter()
    curves = learn(past, np.full(HISTORY, int(Ended.MET)), NOW)
    seconds = time.perf_counter() - began
    stored = curves.to_bytes()
    return seconds, len(stored), len(curves.tree.groups), stored


def _predict(stored: bytes) -> tuple[float, float, float, float]:
    unmet = _deadlines(OPEN, 3)
    began = time.perf_counter()
    curves = from_bytes(stored)
    read = time.perf_counter()
    risk = predict(curves, unmet)
    ended = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return read - began, ended - read, float(np.isfinite(risk.p).mean()), peak

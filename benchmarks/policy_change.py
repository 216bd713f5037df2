"""A policy change over 100,000 open complaints: the dry run, and deriving them again in two processes."""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from multiprocessing import get_context

from sqlalchemy import Engine, text

from benchmarks.scratch import board
from config.policy import DEFAULT
from config.vocabulary import ALL_MILESTONES
from queries import db
from queries.clocks.derive import derive_dirty
from queries.intake import door
from queries.intake.facts import Batch, NewComplaint, Observation, Source
from queries.policy_changes import dry_run

COMPLAINTS, BATCH, SECONDS = 100_000, 10_000, 60
SOURCE = Source("bench", ALL_MILESTONES)


def run() -> list[str]:
    changed = DEFAULT.read_text("utf-8").replace('budget = "24h"', 'budget = "36h"')
    with board() as engine:
        _fill(engine)
        _derive_in_two(engine)
        began = time.monotonic()
        with engine.begin() as conn:
            tried = dry_run.dry_run(conn, dry_run.Trial(changed), db.board_now(conn))
            moves = sum(len(found) for *_, found in tried)
        dry = time.monotonic()
        with engine.begin() as conn:
            dry_run.apply(conn, changed, True, "bench")
        _derive_in_two(engine)
        derived = time.monotonic()
        with engine.begin() as conn:
            moved = conn.execute(
                text("SELECT count(*) FROM derived.deadline WHERE policy_version = 2")
            ).scalar_one()
    return [
        f"## A policy change over {COMPLAINTS:,} open complaints",
        "",
        f"{moves:,} due times move by the dry run; {moved:,} deadlines follow the new version afterwards.",
        "",
        "| step | seconds | of the budget |",
        "|---|---:|---:|",
        f"| dry run, one process | {dry - began:.1f} | |",
        f"| apply, and derive again in two processes | {derived - dry:.1f} "
        f"| {(derived - dry) / SECONDS:.0%} of {SECONDS} s |",
    ]


def _fill(engine: Engine) -> None:
    with engine.begin() as conn:
        now = db.board_now(conn)
    for start in range(0, COMPLAINTS, BATCH):
        numbers = range(start, start + BATCH)
        with engine.begin() as conn:
            complaints = [NewComplaint(f"B{n}", _received(now, n), "Bench") for n in numbers]
            seen = (one for n in numbers for one in _seen(now, n))
            door.take(conn, SOURCE, Batch(complaints=complaints, observations=seen), now)


def _received(now: datetime, number: int) -> datetime:
    return now - timedelta(seconds=number % 86_000)


def _seen(now: datetime, number: int) -> Iterator[Observation]:
    """Received, contacted, in progress, every fifth one with a co-owner asked."""
    name, at = f"B{number}", _received(now, number)
    first = {"status": "received", "tier": str(2 + number % 2), "department": f"D{number % 12}"}
    for field, value in (first | {"region": f"R{number % 31}", "channel": "phone"}).items():
        yield Observation(name, field, at, value)
    yield Observation(name, "first_contact", at + timedelta(minutes=5))
    yield Observation(name, "status", at + timedelta(minutes=6), "in_progress")
    if number % 5 == 0:
        yield Observation(name, "requested", at + timedelta(minutes=9), f"D{(number + 1) % 12}", 0, 1)


def _derive_in_two(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(_derive, [url, url]))


def _derive(url: str) -> None:
    engine = db.engine(url)
    while True:
        with engine.begin() as conn:
            taken = derive_dirty(conn).taken
        if not taken:
            return

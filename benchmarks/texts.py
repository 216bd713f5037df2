"""Reading the texts of 90 simulated days, and the problems page over them."""

import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text

from benchmarks.scratch import board
from config import lexicon
from jobs.sources.simulator import Simulation, fill
from queries import db
from queries.db import Scope
from queries.filters import Filters
from queries.organisation import scope_of
from queries.pages import problems
from queries.texts.reading import put_signals, take_unread
from queries.texts.signals import full_text, read, version

DAYS, ROUNDS, BUDGET = 90, 5, 300


def run() -> list[str]:
    with board() as engine:
        for _ in fill(engine, Simulation(), DAYS):
            pass
        began = time.perf_counter()
        texts, reading = _read(engine)
        total = time.perf_counter() - began
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.execute(text("VACUUM ANALYZE derived.text_signal"))
            conn.execute(text("VACUUM ANALYZE facts.complaint"))
        panels = _panels(engine)
    return [
        "## Reading texts, and the problems page",
        "",
        f"{texts:,} texts: {texts / total:,.0f} a second with the database, {texts / reading:,.0f} without.",
        "",
        f"Median of {ROUNDS}, in ms, against a budget of {BUDGET} a panel:",
        "",
        "| panel | everywhere, 30 days | everywhere, 90 days | two provinces, 30 days | two provinces, 90 |",
        "|---|---:|---:|---:|---:|",
        *(f"| {name} | {' | '.join(f'{ms:.0f}' for ms in row)} |" for name, row in panels.items()),
    ]


def _read(engine: Engine) -> tuple[int, float]:
    """Texts, and the seconds of reading alone."""
    words = lexicon.load()
    read("中", words)  # the dictionary is loaded once a process
    total, seconds = 0, 0.0
    while True:
        with engine.begin() as conn:
            texts = take_unread(conn, 200)
            began = time.perf_counter()
            found = [(one, read(full_text(one.title, one.body), words)) for one in texts]
            seconds += time.perf_counter() - began
            put_signals(conn, found, version(words))
        total += len(texts)
        if not texts:
            return total, seconds


def _panels(engine: Engine) -> dict[str, list[float]]:
    with engine.begin() as conn:
        now = db.board_now(conn)
        people = [scope_of(conn, login) for login in ("supervisor", "manager")]
    today = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
    queries: dict[str, Callable[[Connection, Filters], object]] = {
        "tiles": lambda conn, filters: problems.overview(conn, filters, now),
        "problems": lambda conn, filters: problems.by_issue(conn, filters, now),
        "regions": lambda conn, filters: problems.by_region(conn, filters, True, now),
        "departments": lambda conn, filters: problems.by_department(conn, filters, now),
        "channels": lambda conn, filters: problems.by_channel(conn, filters, now),
    }
    periods = [Filters(today - timedelta(days - 1), today) for days in (30, 90)]
    return {
        name: [_median(engine, scope, query, period) for scope in people if scope for period in periods]
        for name, query in queries.items()
    }


def _median(
    engine: Engine, scope: Scope, query: Callable[[Connection, Filters], object], period: Filters
) -> float:
    times = []
    app = db.engine(engine.url.set(username="board_app").render_as_string(hide_password=False))
    for _ in range(ROUNDS):
        with db.reading(app, scope) as conn:
            began = time.perf_counter()
            query(conn, period)
            times.append(time.perf_counter() - began)
    app.dispose()
    return 1000 * median(times)

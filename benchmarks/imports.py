"""Importing a million rows of a log and of a daily export, beside COPY of the same columns in one run."""

import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from benchmarks.scratch import Engines, boards

ROWS, MANY = 1_000_000, 10_000_000
MOST_MIB = 500
STEPS = 10  # rows of a complaint in the log
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
STATUSES = ("received", "in_progress", "waiting_customer", "in_progress", "waiting_co_owner", "in_progress")
ENDS = ("in_progress", "in_progress", "resolved", "closed")
DEPARTMENTS, OWNERS, REGIONS, CATEGORIES = 40, 600, 300, 60
BOARD = Path(__file__).parents[1] / "board.py"
FOLDER = Path("/var/tmp")  # noqa: S108 - files of some gigabytes; a folder of its own is made there

LOG_HEADS = ("number", "at", "order", "status", "tier", "department", "owner", "region", "category")
LOG_MAP = """
format = 1
source = "bench_log"
title = "A log"
rows = "update"
time_zone = "UTC"
dates = ["%Y-%m-%d %H:%M:%S"]
milestones = ["resolved"]
[update]
happened_at = "at"
order = "order"
[complaint]
number = "number"
[state]
"""
EXPORT_HEADS = (
    *("number", "received_at", "title", "status", "tier", "department", "owner", "region", "category"),
    *("first_contact_at", "closed_at", "exported_at"),
)
EXPORT_MAP = """
format = 1
source = "bench_export"
title = "The whole table, every morning"
rows = "complaint"
time_zone = "UTC"
dates = ["%Y-%m-%d %H:%M:%S"]
milestones = ["first_contact", "resolved"]
as_of = "exported_at"
[complaint]
number = "number"
received_at = "received_at"
title = "title"
[reached]
first_contact = "first_contact_at"
closed = "closed_at"
[state]
"""
STATE = "".join(f'{name} = "{name}"\n' for name in LOG_HEADS[3:])


@dataclass(frozen=True, slots=True)
class Measured:
    rows: int
    seconds: float
    peak_mib: float
    copy_seconds: float


def run() -> list[str]:
    found = {}
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix="board-bench-") as folder:
        for name, make in FILES.items():
            with boards() as engines:
                found[name] = make(engines, Path(folder), ROWS)
    return [
        "## Importing a million rows",
        "",
        "One process and one PostgreSQL on this machine. COPY: the same columns of the same file into a "
        "table without keys, in the same run. The export again: the next morning, one in twenty changed.",
        "",
        "| file | rows | seconds | rows a second | COPY, seconds | times COPY | peak memory, MiB |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(_line(name, one) for made in found.values() for name, one in made.items()),
    ]


def run_many() -> list[str]:
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix="board-bench-") as folder, boards() as engines:
        found = _log(engines, Path(folder), MANY)
    one = next(iter(found.values()))
    assert one.peak_mib < MOST_MIB, one
    return [
        "## Memory of an import of ten million rows",
        "",
        f"{one.rows:,} rows of a log in {one.seconds:,.0f} s; at its peak the process had "
        f"{one.peak_mib:,.0f} MiB, of {MOST_MIB} allowed.",
    ]


def _line(name: str, one: Measured) -> str:
    return (
        f"| {name} | {one.rows:,} | {one.seconds:,.1f} | {one.rows / one.seconds:,.0f} | "
        f"{one.copy_seconds:,.1f} | {one.seconds / one.copy_seconds:.1f} | {one.peak_mib:,.0f} |"
    )


def _log(engines: Engines, folder: Path, rows: int) -> dict[str, Measured]:
    path = _written(folder / "log.csv", LOG_HEADS, _log_rows(rows))
    return {"a log": _measured(engines, path, LOG_HEADS, LOG_MAP + STATE, rows)}


def _export(engines: Engines, folder: Path, rows: int) -> dict[str, Measured]:
    found = {}
    for name, day in (("an export", 1), ("the export again", 2)):
        path = _written(folder / f"export{day}.csv", EXPORT_HEADS, _export_rows(rows, day))
        found[name] = _measured(engines, path, EXPORT_HEADS, EXPORT_MAP + STATE, rows)
    return found


FILES: dict[str, Callable[[Engines, Path, int], dict[str, Measured]]] = {"log": _log, "export": _export}


def _written(path: Path, heads: tuple[str, ...], rows: Iterator[tuple[object, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows(rows)
    return path


def _log_rows(many: int) -> Iterator[tuple[object, ...]]:
    """In the order of time, as a log is: the rows of a complaint lie apart."""
    complaints = many // STEPS
    for step in range(STEPS):
        for number in range(complaints):
            at = FIRST + timedelta(seconds=step * complaints + number)
            status = (*STATUSES, *ENDS)[step]
            yield (f"L{number:08d}", f"{at:%Y-%m-%d %H:%M:%S}", step, status, *_state(number, step))


def _export_rows(many: int, day: int) -> Iterator[tuple[object, ...]]:
    exported = FIRST + timedelta(days=30 + day)
    for number in range(many):
        received = FIRST + timedelta(seconds=number)
        is_over = number % 3 == 0 or (day == 2 and number % 20 == 1)
        contact, closed = received + timedelta(minutes=7), received + timedelta(hours=9)
        yield (
            f"{number:018d}",
            f"{received:%Y-%m-%d %H:%M:%S}",
            "宽带速率远低于签约带宽",
            "closed" if is_over else "in_progress",
            *_state(number, day if number % 20 == 1 else 1),
            f"{contact:%Y-%m-%d %H:%M:%S}",
            f"{closed:%Y-%m-%d %H:%M:%S}" if is_over else "",
            f"{exported:%Y-%m-%d %H:%M:%S}",
        )


def _state(number: int, step: int) -> tuple[object, ...]:
    """Tier, department, owner, region, category."""
    moved = number + step // 3
    return (
        2 if number % 9 else 1,
        f"D{moved % DEPARTMENTS}",
        f"A{moved % OWNERS}",
        f"R{number % REGIONS}",
        f"K{number % CATEGORIES}",
    )


def _measured(engines: Engines, path: Path, heads: tuple[str, ...], source_map: str, rows: int) -> Measured:
    copied = _copy(engines.owner, path, heads)
    map_ = path.with_suffix(".toml")
    map_.write_text(source_map, "utf-8")
    url = engines.jobs.url.render_as_string(hide_password=False)
    began = time.perf_counter()
    child = subprocess.Popen(  # noqa: S603
        (sys.executable, str(BOARD), "import", str(path), "--map", str(map_), "--json"),
        env={**os.environ, "BOARD_DATABASE_URL": url},
    )
    _pid, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, "the import ended with an error"
    return Measured(rows, time.perf_counter() - began, usage.ru_maxrss / 1024, copied)


def _copy(owner: Engine, path: Path, heads: tuple[str, ...]) -> float:
    columns = ", ".join(f'"{head}" text' for head in heads)
    with owner.connect() as conn, path.open(encoding="utf-8") as file:
        conn.exec_driver_sql(f"CREATE TEMP TABLE copied ({columns})")
        raw: Any = conn.connection.driver_connection
        with raw.cursor() as cursor:
            began = time.perf_counter()
            cursor.copy_expert("COPY copied FROM STDIN WITH (FORMAT csv, HEADER)", file)
            return time.perf_counter() - began

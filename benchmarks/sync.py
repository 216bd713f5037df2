"""A living source: first contact with a million rows, the comparison of all of them, kills, and how soon a
new complaint is on the board."""

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from benchmarks.scratch import boards
from tests.jobs.sources.syncing.agreed import disagreements
from tests.jobs.sources.syncing.crm import MAP, TICKETS, VARIABLE, Crm, add, source_now
from tests.jobs.sources.syncing.writers import writer

ROWS, KILLS, NEW = 1_000_000, 100, 40
MOST_MIB, INTERVAL, SLACK_SECONDS = 500, 5, 2.0
WRITERS, STEPS = 4, 15
BOARD = Path(__file__).parents[1] / "board.py"
COMMAND = (
    "import sys; from board import app; from benchmarks.scratch import peak_mib; "
    "app(sys.argv[1:], standalone_mode=False); print(peak_mib())"
)
DERIVED = """
SELECT FROM derived.stint JOIN facts.complaint_ref USING (complaint_id) WHERE external_id = :number
"""
FILL = """
INSERT INTO ticket (number, title, body, department, status, received_at, closed_at, updated_at)
SELECT 'M' || n, '宽带故障 ' || n, repeat('用户反映网络中断。', 10), 'D' || n % 40,
       CASE WHEN n % 20 = 0 THEN 'open' ELSE 'done' END, at,
       CASE WHEN n % 20 = 0 THEN NULL ELSE at + interval '2 days' END, at + interval '2 days'
FROM generate_series(1, {rows}) n, LATERAL (SELECT timestamp '2025-01-01' + n * interval '20 s' AS at) a
"""


def run() -> list[str]:
    with _system() as (crm, env):
        rows = [*_first_contact(crm, env), *_latency(crm, env), *_kills(crm, env)]
    return [
        "## A living source",
        "",
        f"A PostgreSQL database of {ROWS:,} complaints as the source, on the board's own server; "
        "`board sync` and `board jobs` as processes.",
        "",
        "| what | measured | allowed |",
        "|---|---:|---:|",
        *(f"| {what} | {measured} | {allowed} |" for what, measured, allowed in rows),
        "",
    ]


@contextmanager
def _system() -> Iterator[tuple[Crm, dict[str, str]]]:
    """The source, the board, and the environment of a command over both."""
    with boards() as engines, tempfile.TemporaryDirectory() as folder:
        with engines.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            conn.exec_driver_sql("CREATE DATABASE crm")
        url = make_url(str(engines.owner.url)).set(database="crm").render_as_string(hide_password=False)
        source = create_engine(url)
        with source.begin() as conn:
            key = "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
            conn.exec_driver_sql(TICKETS.format(key=key, instant="timestamp"))
            conn.execute(text(FILL.format(rows=ROWS)))
            conn.exec_driver_sql("ANALYZE ticket")
        own = MAP.replace('key = "id"', f'key = "id"\ninterval = {INTERVAL}')
        (Path(folder) / "crm_tickets.toml").write_text(own, "utf-8")
        env = os.environ | {
            VARIABLE: url,
            "BOARD_SOURCES_DIR": folder,
            "BOARD_DATABASE_URL": _url(engines.jobs),
        }
        yield Crm(source, engines.owner, url), env
        source.dispose()


def _url(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


Row = tuple[str, str, str]


def _first_contact(crm: Crm, env: dict[str, str]) -> Iterator[Row]:
    for what, arguments in (("first contact", ["--once"]), ("comparison of all rows", ["--compare"])):
        began = time.monotonic()
        done = subprocess.run(  # noqa: S603 - the board itself
            [sys.executable, "-c", COMMAND, "sync", "crm", *arguments],
            env=env, cwd=BOARD.parent, check=True, capture_output=True, text=True,
        )  # fmt: skip
        seconds = time.monotonic() - began
        said, peak = done.stdout.strip().rsplit("\n", 1)
        assert f"{ROWS:,} rows read" in said, said
        yield f"{what}: rows a second", f"{ROWS / seconds:,.0f}", "–"
        yield f"{what}: peak memory", f"{float(peak):,.0f} MiB", f"{MOST_MIB} MiB"
    assert crm.has("SELECT count(*) FROM facts.complaint") == [(ROWS,)]


def _latency(crm: Crm, env: dict[str, str]) -> Iterator[Row]:
    """From the commit at the source until the complaint is derived, which raises the board's version."""
    with crm.board.begin() as conn:
        conn.execute(text("TRUNCATE derived.dirty"))  # the million of the past is not what is measured
    process = subprocess.Popen(  # noqa: S603 - the board itself
        [sys.executable, str(BOARD), "jobs"], env=env, stderr=subprocess.DEVNULL
    )
    chance, waited = random.Random(3), []  # noqa: S311 - the same each time
    try:
        time.sleep(10)
        for number in range(NEW):
            with crm.transaction() as conn:
                add(conn, f"L{number}", source_now(conn))
            began = time.monotonic()
            while not crm.has(DERIVED, number=f"L{number}"):
                time.sleep(0.02)
            waited.append(time.monotonic() - began)
            time.sleep(chance.uniform(0, INTERVAL / 2))
    finally:
        process.terminate()
        process.wait(30)
    waited.sort()
    yield "a new complaint is derived, median", f"{median(waited):.1f} s", "–"
    late = waited[int(len(waited) * 0.95) - 1]
    yield "95 % of them", f"{late:.1f} s", f"{INTERVAL + SLACK_SECONDS:.0f} s"


def _kills(crm: Crm, env: dict[str, str]) -> Iterator[Row]:
    """Of the command, while four write."""
    chance = random.Random(5)  # noqa: S311 - the same each time
    for turn in range(KILLS):
        process = subprocess.Popen(  # noqa: S603 - the board itself
            [sys.executable, str(BOARD), "sync", "crm"], env=env, stderr=subprocess.DEVNULL
        )
        threads = [
            threading.Thread(target=_write, args=(crm.url, turn * WRITERS + one)) for one in range(WRITERS)
        ]
        for one in threads:
            one.start()
        time.sleep(chance.uniform(1.0, 4.0))
        process.kill()
        process.wait(30)
        for one in threads:
            one.join()
    last = [sys.executable, str(BOARD), "sync", "crm", "--compare"]
    subprocess.run(last, env=env, check=True)  # noqa: S603 - the board itself
    yield f"wrong after {KILLS} kills, four writing", str(len(disagreements(crm))), "0"


def _write(url: str, seed: int) -> None:
    with writer(url, seed) as at_work:
        for _ in range(STEPS):
            at_work.step()

"""The small samples of each source, and what the tests ask of the board after they were imported."""

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from config.source_maps.file import FileFormat
from config.source_maps.source_map import load
from jobs.sources.importing import Order, Summary, import_file
from jobs.sources.reading.files import Row, open_table

DATA = Path(__file__).parents[2] / "data"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
REAL = {
    "boston311": "boston311_2011.csv.gz",
    "uci_incidents": "uci_incident_event_log.csv.gz",
    "bpi2013": "bpi2013_incidents.csv.gz",
    "comcast_fcc": "comcast_fcc_complaints.csv",
}


def sample(name: str, rejects: Path, path: Path | None = None, dry_run: bool = False) -> Order:
    return Order(load(name), path or DATA / f"{name}.csv", rejects, dry_run)


def take(engine: Engine, name: str, folder: Path) -> Summary:
    return import_file(engine, sample(name, folder / "rejects.csv"))


def facts(conn: Connection) -> list[tuple[object, ...]]:
    """Every complaint and observation, without our own ids and recording times."""
    rows = conn.execute(
        text(
            "SELECT c.source, c.external_id, c.received_at, c.title, c.status, e.field, e.happened_at, "
            "e.source_seq, coalesce(d.code, r.code, a.login, e.value) "
            "FROM facts.complaint c JOIN facts.complaint_event e USING (complaint_id) "
            "LEFT JOIN facts.department d ON e.field = 'department' AND d.department_id::text = e.value "
            "LEFT JOIN facts.region r ON e.field = 'region' AND r.region_id::text = e.value "
            "LEFT JOIN facts.agent a ON e.field = 'owner' AND a.agent_id::text = e.value "
            "ORDER BY 1, 2, 6, 7, 8"
        )
    )
    return [tuple(row) for row in rows]


def count(conn: Connection, what: str) -> int:
    found: int = conn.execute(text(f"SELECT count(*) FROM {what}")).scalar_one()
    return found


SAMPLE = "id,opened,closed\n1,2011-07-01 08:00,2011-07-01 09:00\n2,2011-07-02 08:00,\n"
MAP = """
format = 1
source = "{name}"
title = "Two complaints"
rows = "complaint"
time_zone = "Asia/Shanghai"
dates = ["%Y-%m-%d %H:%M"]
milestones = ["resolved"]

[complaint]
number = "id"
received_at = "opened"

[reached]
closed = "closed"
"""


def read(path: Path, *wanted: str, encoding: str | None = None, **form: Any) -> tuple[list[str], list[Row]]:
    with open_table(path, FileFormat(encoding=encoding, **form), wanted) as table:
        return table.header, list(table.rows)


def take_real(engine: Engine, folder: Path, name: str, tmp_path: Path) -> Summary:
    return import_file(engine, sample(name, tmp_path / "rejects.csv", folder / REAL[name]))


def boston_flags(folder: Path) -> dict[str, str]:
    """Of the complaints that have a promise."""
    with gzip.open(folder / REAL["boston311"], "rt", encoding="utf-8", newline="") as file:
        return {row["case_enquiry_id"]: row["ontime"] for row in csv.DictReader(file) if row["target_dt"]}

"""A file of regions, departments or teams. What its rows say is told by queries/organisation_rows.py."""

from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from config.source_maps.file import FileFormat
from jobs.sources.reading.files import open_table
from jobs.sources.reading.tables import FileRefused
from queries.organisation_rows import Kind, Plan, plan
from queries.sheets import MissingColumns


def plan_file(conn: Connection, path: Path, kind: Kind, zone: ZoneInfo) -> Plan:
    """Raises FileRefused."""
    try:
        with open_table(path, FileFormat(), ()) as table:
            return plan(conn, kind, table.header, table.rows, zone)
    except MissingColumns as missing:
        raise FileRefused(f"{path.name} {missing}.") from None

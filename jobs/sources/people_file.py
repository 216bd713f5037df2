"""A file of people: CSV, XLSX or JSON lines. What its rows say is told by queries/people/people_rows.py."""

from pathlib import Path
from zoneinfo import ZoneInfo

from config.source_maps.file import FileFormat
from jobs.sources.reading.files import open_table
from jobs.sources.reading.tables import FileRefused
from queries.people.people_rows import PeopleFile, groups_of, people_of
from queries.people.register import Names
from queries.sheets import MissingColumns


def read_people(path: Path, known: Names, zone: ZoneInfo) -> PeopleFile:
    """Days are those of `zone`; raises FileRefused."""
    try:
        with open_table(path, FileFormat(), ()) as table:
            return people_of(table.header, table.rows, known, zone)
    except MissingColumns as missing:
        raise FileRefused(f"{path.name} {missing}.") from None


def read_groups(path: Path) -> dict[str, set[str]]:
    """The teams of each department that the file names; raises FileRefused."""
    try:
        with open_table(path, FileFormat(), ()) as table:
            return groups_of(table.header, table.rows)
    except MissingColumns as missing:
        raise FileRefused(f"{path.name} {missing}.") from None

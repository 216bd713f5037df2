"""Rows by the names of their columns, as a map reads them."""

from datetime import UTC, datetime

import pytest

from config.source_maps.source_map import parse_any
from jobs.sources.reading.files import Row
from jobs.sources.rows.columns import BadRow, Columns, wanted
from jobs.sources.rows.mapping import Mapped, Stated
from jobs.sources.rows.mappings import mapping
from queries.intake.facts import Cell, Snapshot

NOW = datetime(2026, 3, 2, tzinfo=UTC)
MADE = datetime(2026, 3, 1, tzinfo=UTC)
HEAD = 'format = 1\nsource = "shop"\ntitle = "A shop"\nmilestones = ["resolved"]\n'
UTC_ROWS = HEAD + 'time_zone = "UTC"\nrows = "complaint"\n'
UTC_LOG = HEAD + 'time_zone = "UTC"\nrows = "update"\n'


class Shop:
    """What is not given of a row is empty."""

    def __init__(self, text: str, by_hand: bool = False, now: datetime = NOW) -> None:
        source = parse_any(text)
        self.header = list(wanted(source))
        self.columns = Columns(source, self.header, now)
        self.mapping = mapping(source, self.columns, Stated(MADE, by_hand))
        self.number = 1

    def row(self, **cells: str) -> Mapped:
        """Blanks in a column's name are written as _."""
        self.number += 1
        given = {name.replace("_", " "): text for name, text in cells.items()}
        return self.mapping.facts(Row(self.number, [given.get(name, "") for name in self.header]))

    def refusal(self, **cells: str) -> tuple[str, str]:
        with pytest.raises(BadRow) as caught:
            self.row(**cells)
        return caught.value.column, caught.value.full

    def kept(self, **cells: str) -> list[tuple[str, str]]:
        """What the row is taken without, and why."""
        return [(one.column, one.full) for one in self.row(**cells).kept]

    def snapshot(self, **cells: str) -> Snapshot:
        found = self.row(**cells)
        assert found.kept == []
        assert found.snapshot is not None
        return found.snapshot

    def cells(self, **cells: str) -> tuple[Cell, ...]:
        return self.snapshot(**cells).cells


def day(number: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2020, 5, number, hour, minute, second, tzinfo=UTC)


def evening(number: int) -> datetime:
    return day(number, 23, 59, 59)


def reached(status: str, at: datetime | None) -> Cell:
    return Cell("status", status, at, is_milestone=True)


def milestone(name: str, at: datetime | None, value: str | None = None, party: int = 0) -> Cell:
    return Cell(name, value, at, party, is_milestone=True)

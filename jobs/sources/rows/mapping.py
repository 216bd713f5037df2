"""Turns the rows of a source into facts, by its map (config/source_maps/source_map.py)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from jobs.sources.reading.files import Row
from jobs.sources.rows.columns import BadCell, BadRow, Cells
from queries.intake.facts import (
    Answer,
    Attempt,
    Booking,
    Customer,
    NewComplaint,
    Observation,
    Snapshot,
    Survey,
)
from queries.organisation import AgentRow, DepartmentRow, RegionRow, TeamRow

OrganisationRow = RegionRow | DepartmentRow | TeamRow | AgentRow


class Mapped(NamedTuple):
    """What a row tells. `kept`: the cells that it is taken without."""

    observations: Sequence[Observation] = ()
    complaint: NewComplaint | None = None
    customer: Customer | None = None
    region: tuple[str, str] | None = None  # with its province
    snapshot: Snapshot | None = None
    surveys: Sequence[Survey] = ()
    answers: Sequence[Answer] = ()
    attempts: Sequence[Attempt] = ()
    bookings: Sequence[Booking] = ()
    organisation: OrganisationRow | None = None
    kept: Sequence[BadCell] = ()

    @property
    def length(self) -> int:
        """Characters of its texts."""
        told = self.snapshot or self.complaint
        return len(told.title or "") + len(told.body or "") if told else 0


class Stated(NamedTuple):
    """Of which instant a file of complaints tells, where it does not say so itself. `by_hand`: it was given
    with the command, and goes before what the file says."""

    at: datetime
    by_hand: bool = False


class Mapping(Protocol):
    """Serves one file only."""

    @property
    def made_at(self) -> datetime | None:
        """The latest instant that the rows so far give for their file."""

    @property
    def is_doubled(self) -> bool:
        """Whether two rows of a complaint may have one place among its updates."""

    def facts(self, row: Row) -> Mapped:
        """Raises BadRow."""


class OneByOne:
    """Rows that know of no others, of a file that does not say when it was made."""

    made_at: datetime | None = None
    is_doubled = False


def cells_of(row: Row) -> Cells:
    if row.wrong:
        raise BadRow("", row.wrong)
    return row.cells

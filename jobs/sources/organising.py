"""Rows of people, regions, departments and teams, put into the organisation after all were read."""

from collections.abc import Iterable

from sqlalchemy import Connection

from config.source_maps.source_map import AnyMap, OrganisationMap
from jobs.sources.rows.mapping import Mapped
from queries.organisation import AgentRow, DepartmentRow, OrganisationRows, RegionRow, TeamRow
from queries.organisation_files import put_stated


class Organising:
    """Of one file; nothing, where it is of complaints."""

    def __init__(self, source: AnyMap) -> None:
        self._expected = isinstance(source, OrganisationMap) and source.rows != "customer"
        self._zone = source.time_zone
        self._rows = OrganisationRows([], [], [], [])

    def add(self, mapped: Iterable[Mapped]) -> None:
        if not self._expected:
            return
        for one in mapped:
            row = one.organisation
            if isinstance(row, RegionRow):
                self._rows.regions.append(row)
            elif isinstance(row, DepartmentRow):
                self._rows.departments.append(row)
            elif isinstance(row, TeamRow):
                self._rows.teams.append(row)
            elif isinstance(row, AgentRow):
                self._rows.agents.append(row)

    def put(self, conn: Connection) -> tuple[int, int]:
        """How many are new, and how many complaints are derived again."""
        return put_stated(conn, self._rows, self._zone) if self._expected else (0, 0)

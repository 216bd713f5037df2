"""Rows of customers, people, regions, departments and teams."""

from zoneinfo import available_timezones

from config.source_maps.organisation import Named
from config.source_maps.source_map import OrganisationMap
from jobs.sources.reading.files import Row
from jobs.sources.rows.columns import BadCell, BadRow, Cells, Columns, Notes, named
from jobs.sources.rows.mapping import Mapped, OneByOne, OrganisationRow, cells_of
from jobs.sources.rows.parts import customer_reader
from queries.organisation import AgentRow, DepartmentRow, RegionRow, TeamRow

ZONES = available_timezones()


class CustomerRows(OneByOne):
    def __init__(self, source: OrganisationMap, columns: Columns) -> None:
        assert source.customer is not None  # noqa: S101 - the map's own rule
        self._number = columns.own_number(source.customer.number)
        self._read = customer_reader(source.customer, columns)

    def facts(self, row: Row) -> Mapped:
        cells, notes = cells_of(row), Notes()
        self._number(cells)
        return Mapped(customer=self._read(cells, notes), kept=notes)


class NamedRows(OneByOne):
    """Regions, departments and teams."""

    def __init__(self, source: OrganisationMap, columns: Columns) -> None:
        given: Named | None = source.region or source.department or source.team
        assert given is not None  # noqa: S101 - the map's own rule
        self._code = columns.own_number(given.code)
        self._name, self._name_zh = columns.code(given.name), columns.code(given.name_zh)
        self._kind, self._zone = source.rows, source.time_zone
        self._parent = columns.code(source.region.parent if source.region else None)
        self._time_zone = columns.code(source.region.time_zone if source.region else None)
        self._zone_name = named(source.region.time_zone) if source.region else ""
        self._department = columns.code(source.team.department if source.team else None)
        self._department_name = named(source.team.department) if source.team else ""

    def facts(self, row: Row) -> Mapped:
        cells, notes = cells_of(row), Notes()
        return Mapped(organisation=self._row(cells, notes), kept=notes)

    def _row(self, cells: Cells, notes: Notes) -> OrganisationRow:
        code = self._code(cells)
        name, name_zh = notes.tried(self._name, cells), notes.tried(self._name_zh, cells)
        names = (name or name_zh or code, name_zh or name or code)
        if self._kind == "department":
            return DepartmentRow(code, *names)
        if self._kind == "team":
            department = self._department(cells)
            if department is None:
                raise BadRow(self._department_name, "is empty")
            return TeamRow(code, department, *names)
        parent = notes.tried(self._parent, cells)
        zone = notes.tried(self._zone_of, cells) or self._zone
        return RegionRow(code, parent, "city" if parent else "province", *names, zone)

    def _zone_of(self, cells: Cells) -> str | None:
        zone = self._time_zone(cells)
        if zone is not None and zone not in ZONES:
            raise BadCell(self._zone_name, "is no time zone", zone)
        return zone


class PersonRows(OneByOne):
    """`grade` "" and `scope_regions` None: as they are."""

    def __init__(self, source: OrganisationMap, columns: Columns) -> None:
        given = source.person
        assert given is not None  # noqa: S101 - the map's own rule
        self._login = columns.own_number(given.login)
        self._name, self._name_zh = columns.code(given.name), columns.code(given.name_zh)
        self._grade = columns.known("grade", given.grade)
        self._team, self._department = columns.code(given.team), columns.code(given.department)
        self._regions = columns.text(given.regions)

    def facts(self, row: Row) -> Mapped:
        cells, notes = cells_of(row), Notes()
        login = self._login(cells)
        name, name_zh = notes.tried(self._name, cells), notes.tried(self._name_zh, cells)
        regions = self._regions(cells)
        person = AgentRow(
            login,
            notes.tried(self._team, cells),
            notes.tried(self._department, cells),
            name or name_zh or login,
            name_zh or name or login,
            notes.tried(self._grade, cells) or "",
            False,
            tuple(one for part in regions.split(";") if (one := part.strip())) if regions else None,
        )
        return Mapped(organisation=person, kept=notes)

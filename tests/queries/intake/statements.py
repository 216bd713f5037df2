"""Snapshots in few words, and what the board holds of them."""

from datetime import datetime

from sqlalchemy import Connection

from config.vocabulary import ALL_MILESTONES
from queries.intake.facts import Batch, Cell, Snapshot, Source
from tests.build import rows

TABLE = Source("table", ALL_MILESTONES)


def state(**values: str | None) -> tuple[Cell, ...]:
    return tuple(Cell(name, value) for name, value in values.items())


def reached(status: str, at: datetime | None) -> Cell:
    return Cell("status", status, at, is_milestone=True)


def met(field: str, at: datetime | None) -> Cell:
    return Cell(field, None, at, is_milestone=True)


def step(field: str, party: int, at: datetime | None, department: str | None = None) -> Cell:
    return Cell(field, department, at, party, True)


def stated(number: str, stated_at: datetime, received_at: datetime | None, *cells: Cell) -> Snapshot:
    return Snapshot(number, stated_at, 0, cells, received_at)


def export(*snapshots: Snapshot) -> Batch:
    """Rows of one file, in its order."""
    return Batch(snapshots=[one._replace(place=place) for place, one in enumerate(snapshots)])


def trail(conn: Connection, number: str, field: str) -> list[tuple[object, ...]]:
    """(happened_at, value) of what stands, in order; codes in place of the board's numbers."""
    return rows(
        conn,
        "SELECT e.happened_at, CASE WHEN e.field IN ('department', 'requested') THEN d.code "
        "WHEN e.field = 'region' THEN r.code WHEN e.field = 'owner' THEN a.login "
        "WHEN e.field = 'parent' THEN p.external_id ELSE e.value END AS value "
        "FROM facts.complaint_event e JOIN facts.complaint_ref c USING (complaint_id) "
        "LEFT JOIN facts.department d ON d.department_id::text = e.value "
        "LEFT JOIN facts.region r ON r.region_id::text = e.value "
        "LEFT JOIN facts.agent a ON a.agent_id::text = e.value "
        "LEFT JOIN facts.complaint_ref p ON p.complaint_id::text = e.value "
        "WHERE c.external_id = :number AND e.field = CAST(:field AS facts.observed) "
        "AND e.retracted_at IS NULL ORDER BY e.happened_at, e.source_seq",
        number=number,
        field=field,
    )


def life(conn: Connection, number: str) -> list[tuple[object, ...]]:
    """(from, until, status) of the derived stints."""
    return rows(
        conn,
        "SELECT from_at, until_at, s.status FROM derived.stint s JOIN facts.complaint c USING (complaint_id) "
        "WHERE external_id = :number ORDER BY seq",
        number=number,
    )


def reached_at(conn: Connection, number: str, milestone: str) -> list[object]:
    found = rows(
        conn,
        "SELECT happened_at FROM derived.milestone JOIN facts.complaint USING (complaint_id) "
        "WHERE external_id = :number AND milestone = :milestone ORDER BY episode",
        number=number,
        milestone=milestone,
    )
    return [at for (at,) in found]

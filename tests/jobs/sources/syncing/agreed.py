"""Whether the board has what the source has: nothing lost, nothing doubled."""

from sqlalchemy import text

from tests.jobs.sources.syncing.crm import Crm

OURS = {"open": "in_progress", "done": "closed"}


def at_source(crm: Crm) -> dict[str, tuple[str, str | None]]:
    """Number → status and department, in the board's words."""
    with crm.engine.connect() as conn:
        found = conn.execute(text("SELECT number, status, department FROM ticket")).all()
    return {one.number: (OURS[one.status], one.department) for one in found}


def on_board(crm: Crm) -> dict[str, tuple[str, str | None]]:
    """Of the complaints that have not vanished."""
    found = crm.has(
        "SELECT c.external_id, c.status, d.code FROM facts.complaint c "
        "LEFT JOIN facts.department d USING (department_id) WHERE c.vanished_at IS NULL"
    )
    return {str(number): (str(status), str(code)) for number, status, code in found}


def disagreements(crm: Crm) -> list[str]:
    """Deleted complaints that had ended before stay as they ended. What a source with a clock ahead tells of
    an instant to come is shown when it comes."""
    crm.time_passes()
    there, here = at_source(crm), on_board(crm)
    wrong = [
        f"{number} is {here.get(number)} here, {said} there"
        for number, said in there.items()
        if here.get(number) != said
    ]
    gone = [number for number in here.keys() - there.keys() if here[number][0] != "closed"]
    wrong += [f"{number} is not there any more" for number in gone]
    wrong += [f"{key} is known twice or never" for key in _unknown(crm, len(there))]
    return wrong + [f"{one} stands twice" for one in _doubled(crm)]


def _unknown(crm: Crm, count: int) -> list[object]:
    [(known,)] = crm.has(
        "SELECT count(*) FROM journal.sync_row WHERE hash <> '00000000-0000-0000-0000-000000000000'"
    )
    return [] if known == count else [f"{known} of {count} rows"]


def _doubled(crm: Crm) -> list[object]:
    """Equal neighbours of one origin would be the same said twice."""
    found = crm.has(
        "SELECT complaint_id, field, happened_at, source_seq FROM facts.complaint_event "
        "WHERE retracted_at IS NULL GROUP BY 1, 2, 3, 4, party_id, origin HAVING count(*) > 1 "
        "UNION ALL SELECT complaint_id, NULL, NULL, NULL FROM facts.complaint_ref GROUP BY source, "
        "external_id, complaint_id HAVING count(*) > 1"
    )
    return list(found)

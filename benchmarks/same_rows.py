"""Whether two sources on one board derive the same rows, whatever their complaints' own ids."""

from sqlalchemy import Connection, text

from queries.clocks.write import TABLES

WORKING_STATE = "timer"


def differences(conn: Connection, one: str, other: str) -> dict[str, list[str]]:
    """Numbers of complaints, by derived table, of which the two sources have other rows."""
    found = {}
    for table in TABLES:
        if table.name == WORKING_STATE:
            continue
        names = ", ".join(f"d.{name}" for name in table.columns if name != "complaint_id")
        left, right = (
            f"SELECT c.external_id, {names} FROM derived.{table.name} d "
            f"JOIN facts.complaint c USING (complaint_id) WHERE c.source = :{side}"
            for side in ("one", "other")
        )
        numbers = conn.execute(
            text(
                f"SELECT DISTINCT external_id FROM (({left} EXCEPT ALL {right}) "
                f"UNION ALL ({right} EXCEPT ALL {left})) differing ORDER BY 1"
            ),
            {"one": one, "other": other},
        )
        if wrong := list(numbers.scalars()):
            found[table.name] = wrong
    return found

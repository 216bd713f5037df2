"""A picture of what a file brings: its complaints by day, department, tier, region and status."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

MOST_GROUPS = 12
OTHERS = "…"


@dataclass(frozen=True, slots=True)
class Picture:
    """Of the complaints that a file tells of, as they stand after it: how many in all, on each day of receipt
    (of their region, at most 4,000 days), and by the code of each group; the code "" is none."""

    complaints: int
    days: tuple[tuple[date, int], ...]
    departments: tuple[tuple[str, int], ...]
    tiers: tuple[tuple[str, int], ...]
    regions: tuple[tuple[str, int], ...]
    statuses: tuple[tuple[str, int], ...]


def picture(conn: Connection, zone: str) -> Picture:
    """In the transaction that has merged the file, before its end. `zone`: of complaints without a region."""
    conn.execute(text(_MADE), {"zone": zone})
    groups = {
        name: tuple(tuple(row) for row in conn.execute(text(_GROUPS.format(column=column))))
        for name, column in (
            ("departments", "department"),
            ("tiers", "tier"),
            ("regions", "region"),
            ("statuses", "status"),
        )
    }
    days = tuple(tuple(row) for row in conn.execute(text(_DAYS)))
    total: int = conn.execute(text("SELECT count(*) FROM pg_temp.intake_picture")).scalar_one()
    return Picture(total, days, **groups)


_MADE = """
DROP TABLE IF EXISTS pg_temp.intake_picture;
CREATE TEMP TABLE intake_picture ON COMMIT DROP AS
SELECT CAST(c.received_at AT TIME ZONE coalesce(r.time_zone, :zone) AS date) AS day,
       coalesce(d.code, '') AS department, coalesce(c.tier::text, '') AS tier, coalesce(r.code, '') AS region,
       c.status
FROM (SELECT DISTINCT complaint_id FROM pg_temp.intake_id) i JOIN facts.complaint c USING (complaint_id)
LEFT JOIN facts.department d USING (department_id)
LEFT JOIN facts.region r ON r.region_id = c.region_id
"""
_DAYS = "SELECT day, count(*) FROM pg_temp.intake_picture GROUP BY 1 ORDER BY 1 DESC LIMIT 4000"
_GROUPS = f"""
WITH counted AS (
    SELECT {{column}} AS code, count(*) AS complaints,
           row_number() OVER (ORDER BY count(*) DESC, {{column}}) AS place
    FROM pg_temp.intake_picture GROUP BY 1)
SELECT CASE WHEN place <= {MOST_GROUPS} THEN code ELSE '{OTHERS}' END, CAST(sum(complaints) AS int)
FROM counted GROUP BY 1 ORDER BY min(place)
"""

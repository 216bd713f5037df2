"""Whose day it is: a complaint's day is that of its region's zone; where no region is known, of the policy's.

Days that a whole page shares, such as its period and 'today', are those of its readers (`page_zone`).
"""

from sqlalchemy import Connection, text

USUAL = "Asia/Shanghai"  # of a source or a region that names no zone

# Kept beside the roll-ups, whose days it decides (queries/policy_changes/zone.py).
POLICY_ZONE = "(SELECT zone FROM derived.policy_zone)"
# Of a row `f` with its instant `at`, left joined to its region `r`.
DAY = f"(f.at AT TIME ZONE coalesce(r.time_zone, {POLICY_ZONE}))::date"
# Instants of the days of a period in any zone on earth, for an index; which day it was is then asked of DAY.
# Cast, because row-level security hides the statistics when timestamptz is compared with timestamp: the
# planner expected one row instead of 400,000.
SINCE = "CAST(CAST(:since AS date) - interval '14 h' AS timestamptz)"
WINDOW = f"({{0}} >= {SINCE} AND {{0}} < CAST(CAST(:until AS date) + interval '36 h' AS timestamptz))"

# Days before it are over everywhere on earth; after it none has begun anywhere.
OLDEST_TODAY = "(CAST(:now AS timestamptz) AT TIME ZONE 'Etc/GMT+12')::date"
NEWEST_TODAY = "(CAST(:now AS timestamptz) AT TIME ZONE 'Etc/GMT-14')::date"

LONGEST_DAY = "26 h"  # with the hour that clocks are turned back
ZONES = f"(SELECT time_zone AS zone FROM facts.region UNION SELECT {POLICY_ZONE})"
# Today at :now for each region, and for 0, where none is known; {0}: a row's region.
_TODAY = f"""(
    SELECT of_region, today::timestamp AT TIME ZONE zone AS day_began,
           (today + 1)::timestamp AT TIME ZONE zone AS day_ends,
           (today + 8)::timestamp AT TIME ZONE zone AS week_ends
    FROM (SELECT of_region, zone, (CAST(:now AS timestamptz) AT TIME ZONE zone)::date AS today
          FROM (SELECT region_id AS of_region, time_zone AS zone FROM facts.region
                UNION ALL SELECT 0, {POLICY_ZONE}) named) here)"""
JOIN_TODAY = f"JOIN {_TODAY} t ON t.of_region = coalesce({{0}}.region_id, 0)"


def page_zone(conn: Connection, regions: tuple[int, ...] | None) -> str:
    """Of whoever sees `regions` (None: all): their zone if they have one together, else the policy's."""
    zone: str = conn.execute(
        text(
            f"SELECT CASE WHEN count(DISTINCT time_zone) = 1 THEN min(time_zone) ELSE {POLICY_ZONE} END "
            "FROM facts.region WHERE CAST(:regions AS int[]) IS NULL OR region_id = ANY (:regions)"
        ),
        {"regions": None if regions is None else list(regions)},
    ).scalar_one()
    return zone

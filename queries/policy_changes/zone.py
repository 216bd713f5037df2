"""The policy's zone, whose days are those of complaints without a region."""

from sqlalchemy import Connection, text

from queries.clocks.derive import POLICY_LOCK
from queries.policies.history import policy_in_force

# Of every flow without a region, the day it was counted on and the one on which it counts from now on.
_MARK = """
INSERT INTO derived.dirty_day (day)
SELECT DISTINCT (f.at AT TIME ZONE z.zone)::date
FROM derived.flow f CROSS JOIN (SELECT zone FROM derived.policy_zone UNION SELECT :zone) z
WHERE f.region_id IS NULL
"""


def follow_policy_zone(conn: Connection) -> bool:
    """Whether the policy in force has another zone than the roll-ups: then it becomes theirs, and the days of
    complaints without a region are counted again.

    Whoever derives holds the lock meanwhile, so that no batch marks days of the zone that goes.
    """
    if _agrees(conn):
        return False
    conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": POLICY_LOCK})
    if _agrees(conn):
        return False
    zone = {"zone": policy_in_force(conn).zone}
    conn.execute(text(_MARK), zone)
    conn.execute(text("UPDATE derived.policy_zone SET zone = :zone"), zone)
    return True


def _agrees(conn: Connection) -> bool:
    kept: str = conn.execute(text("SELECT zone FROM derived.policy_zone")).scalar_one()
    return kept == policy_in_force(conn).zone

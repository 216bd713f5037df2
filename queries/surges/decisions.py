"""What a person decides of a surge: its complaints become tier 1 (N3), or it was none."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, text

from queries.db import Scope, raise_version
from queries.intake import door
from queries.organisation import agent_of
from queries.texts.proposals import STILL_PROPOSED

Verdict = Literal["tier_1", "no_surge"]
COMPLAINTS_A_DECISION = 500  # the others wait until the button is pressed again

# Of facts.complaint c and journal.surge s.
BELONGS = """
    c.category = s.category AND (s.product IS NULL OR c.product = s.product)
    AND (s.region_id IS NULL OR c.region_id IN (
        SELECT r.region_id FROM facts.region r WHERE s.region_id IN (r.region_id, r.parent_id)))
    AND c.received_at >= s.from_at AND c.received_at < coalesce(s.until_at, 'infinity')
"""
# Of journal.surge s and journal.surge_decision d: the decision covers the surge completely.
COVERS = "(d.regions IS NULL OR s.region_id = ANY (d.regions))"
# Two people who decide at once wait here for each other; the second sees what the first has left.
_WAITING_SQL = f"""
SELECT c.complaint_id FROM facts.complaint c
WHERE c.complaint_id IN (
    SELECT c.complaint_id FROM facts.complaint c JOIN journal.surge s ON {BELONGS}
    WHERE s.surge_id = :surge_id AND {STILL_PROPOSED} ORDER BY 1 LIMIT :at_once)
  AND {STILL_PROPOSED}
ORDER BY c.complaint_id FOR NO KEY UPDATE OF c
"""
_INSERT_DECISION_SQL = """
INSERT INTO journal.surge_decision (surge_id, revision, decided_at, person, verdict, regions, complaints)
VALUES (:surge_id, :revision, :now, :person, :verdict, :regions, :complaints) ON CONFLICT DO NOTHING
"""
_INSERT_AUDIT_SQL = """
INSERT INTO journal.audit (happened_at, person, action, subject, detail)
SELECT :now, :person, 'decide_tier', 'complaint:' || id, CAST(:reason AS jsonb)
FROM unnest(CAST(:ids AS bigint[])) id
UNION ALL SELECT :now, :person, 'decide_surge', 'surge:' || :surge_id, CAST(:verdict AS jsonb)
"""


@dataclass(frozen=True, slots=True)
class Decided:
    """`is_first` False: somebody has decided before, so nothing was done."""

    is_first: bool
    complaints: int  # made tier 1


def decide(
    conn: Connection, surge_id: int, revision: int, verdict: Verdict, scope: Scope, now: datetime
) -> Decided:
    """`revision`: how many decisions the person had seen. Only complaints in the person's scope change."""
    ids: Sequence[int] = []
    if verdict == "tier_1":
        found = conn.execute(text(_WAITING_SQL), {"surge_id": surge_id, "at_once": COMPLAINTS_A_DECISION})
        ids = list(found.scalars())
    values: dict[str, Any] = {
        "surge_id": surge_id,
        "revision": revision,
        "now": now,
        "person": scope.person_login,
        "verdict": verdict,
        "regions": None if scope.regions is None else list(scope.regions),
        "complaints": len(ids),
    }
    if not conn.execute(text(_INSERT_DECISION_SQL), values).rowcount:
        return Decided(False, 0)
    if ids:
        door.correct_all(conn, ids, "tier", "1", agent_of(conn, scope.person_login), now)
    audit = {"reason": json.dumps({"tier": 1, "surge": surge_id}), "ids": ids}
    audit["verdict"] = json.dumps({"verdict": verdict, "complaints": len(ids)})
    conn.execute(text(_INSERT_AUDIT_SQL), values | audit | {"surge_id": str(surge_id)})
    raise_version(conn, now)
    return Decided(True, len(ids))

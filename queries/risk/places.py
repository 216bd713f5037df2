"""Where complaints were, since when: what a question about a past instant may know, and what is learned."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from config.policy import NOT_TARGETS
from queries.arrays import Floats, Numbers
from queries.risk.clocks import Clocks, Objects
from queries.risk.spells import Spells, put_together

_CALLBACKS = [kind for kind in NOT_TARGETS if kind != "promised"]
_MOVED_SQL = """
SELECT complaint_id, date_part('epoch', from_at), tier, department_id
FROM (SELECT complaint_id, from_at, seq, tier, department_id,
             lag(seq) OVER stints AS before, lag(tier) OVER stints AS old_tier,
             lag(department_id) OVER stints AS old_department
      FROM derived.stint WHERE complaint_id = ANY (CAST(:complaints AS bigint[]))
      WINDOW stints AS (PARTITION BY complaint_id ORDER BY seq)) stint
WHERE before IS NULL OR tier IS DISTINCT FROM old_tier OR department_id IS DISTINCT FROM old_department
ORDER BY from_at
"""


@dataclass(frozen=True, slots=True)
class Places:
    """`stints`: complaint, since, tier, department; in order of since. They are needed because the row of a
    deadline holds where it ended, which a question about its past cannot know yet."""

    stints: pd.DataFrame

    def similar(self, clocks: Clocks, rows: Numbers, at: Floats) -> tuple[Objects, Objects, Objects]:
        """Tier, department and category at those instants. A callback keeps what it began with, a co-owner's
        request its department; the category is as it is now."""
        tier, department, category = (column[rows] for column in clocks.similar)
        place, found = self._found(clocks, rows, at)
        tier[place] = found["tier"].to_numpy(dtype=object)
        own = clocks.keys[2][rows][place] != 0
        department[place] = np.where(own, department[place], found["department"].to_numpy(dtype=object))
        return tier, department, category

    def spells(self, clocks: Clocks, until: float) -> Spells:
        """Of each of the clocks, until it ended or `until`."""
        used, rows = clocks.used(until), np.arange(len(clocks.started))
        tier, department, _ = self.similar(clocks, rows, clocks.started)
        begun = Spells(rows, np.zeros(len(rows)), tier, department)
        moved = pd.DataFrame({"complaint": clocks.keys[0].astype(np.int64), "row": rows})
        moved = moved[~_is_callback(clocks, rows)].merge(self.stints, on="complaint")
        row, since = moved["row"].to_numpy(), moved["since"].to_numpy()
        wanted = (since > clocks.started[row]) & (since < np.fmin(clocks.ended_at[row], until))
        row, since, moved = row[wanted], since[wanted], moved[wanted]
        own = clocks.keys[2][row] != 0
        department = np.where(own, clocks.similar[1][row], moved["department"].to_numpy(dtype=object))
        later = Spells(row, clocks.only(row).used(since), moved["tier"].to_numpy(dtype=object), department)
        return put_together([begun, later], used)

    def _found(self, clocks: Clocks, rows: Numbers, at: Floats) -> tuple[Numbers, pd.DataFrame]:
        """The rows whose complaint has stints, and where it was; before its first stint, as in that."""
        wanted = pd.DataFrame({"complaint": clocks.keys[0][rows].astype(np.int64), "at": at})
        wanted = wanted[~_is_callback(clocks, rows) & wanted["complaint"].isin(self.stints["complaint"])]
        first = self.stints.drop_duplicates("complaint").set_index("complaint")["since"]
        wanted["at"] = np.maximum(wanted["at"], wanted["complaint"].map(first))
        wanted = wanted.sort_values("at")
        found = pd.merge_asof(wanted, self.stints, left_on="at", right_on="since", by="complaint")
        return wanted.index.to_numpy(), found


def _is_callback(clocks: Clocks, rows: Numbers) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = pd.Series(clocks.keys[1][rows]).isin(_CALLBACKS).to_numpy()
    return found


def read_places(conn: Connection, clocks: Clocks) -> Places:
    """Of the complaints of the clocks."""
    complaints = np.unique(clocks.keys[0].astype(np.int64)).tolist()
    rows = conn.execute(text(_MOVED_SQL), {"complaints": complaints}).all()
    columns = list(zip(*rows, strict=True)) or [()] * 4
    return Places(
        pd.DataFrame(
            {
                "complaint": np.array(columns[0], dtype=np.int64),
                "since": np.array(columns[1], dtype=np.float64),
                "tier": pd.Series(columns[2], dtype=object),
                "department": pd.Series(columns[3], dtype=object),
            }
        )
    )

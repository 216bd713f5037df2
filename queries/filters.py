"""The filters of a page: plain values that any query can bind."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from queries.days import USUAL


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty means all. `regions` holds a chosen province together with its cities. Days are inclusive."""

    since: date
    until: date
    regions: tuple[int, ...] = ()
    departments: tuple[int, ...] = ()
    tiers: tuple[int, ...] = ()
    zone: str = USUAL  # whose today the days were chosen by

    def values(self) -> dict[str, Any]:
        """For `NARROWED`: :regions, :departments, :tiers (null for all), :since, :until, :page_zone."""
        return {
            "regions": list(self.regions) or None,
            "departments": list(self.departments) or None,
            "tiers": list(self.tiers) or None,
            "since": self.since,
            "until": self.until,
            "page_zone": self.zone,
        }


# Where a row lies that is left joined to its region `r`, by whether cities are told apart; 0: not known.
PLACE = {False: "coalesce(r.parent_id, r.region_id, 0)", True: "coalesce(r.region_id, 0)"}

# Parameters arrive as literals, so the planner drops the branches that are null.
NARROWED = """
    (CAST(:regions AS int[]) IS NULL OR region_id = ANY (CAST(:regions AS int[])))
    AND (CAST(:departments AS int[]) IS NULL OR department_id = ANY (CAST(:departments AS int[])))
    AND (CAST(:tiers AS int[]) IS NULL OR tier = ANY (CAST(:tiers AS int[])))
"""

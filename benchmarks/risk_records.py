"""Past deadlines of public records, and what of them was visible at an instant."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from queries.arrays import Floats, Numbers
from queries.risk.model import DAY, Deadlines, Ended

HOUR = 3600


@dataclass(frozen=True, slots=True)
class Records:
    """Epoch seconds by the city's own clocks. `ended`: infinite where it never was."""

    target: NDArray[np.object_]
    tier: NDArray[np.object_]
    department: NDArray[np.object_]
    category: NDArray[np.object_]
    kind: NDArray[np.object_]
    started: Floats
    due: Floats
    ended: Floats
    breached: NDArray[np.bool_]
    region: NDArray[np.object_]
    channel: NDArray[np.object_]

    def seen(self, rows: Numbers, at: Floats) -> Deadlines:
        """As they stood at each instant, unmet."""
        similar = (getattr(self, name)[rows] for name in ("target", "tier", "department", "category", "kind"))
        started, due = self.started[rows], self.due[rows]
        return Deadlines(*similar, started, due, due - started, at - started)

    def known(self, now: float) -> tuple[Deadlines, Numbers]:
        """What had started, as known then: what ended later was still open."""
        rows = np.flatnonzero(self.started <= now)
        ended = np.where(self.ended[rows] <= now, int(Ended.MET), int(Ended.OPEN))
        return self.seen(rows, np.minimum(self.ended[rows], now)), ended


@dataclass(frozen=True, slots=True)
class Shots:
    """Deadlines that were running, each at one or more instants."""

    rows: Numbers
    at: Floats

    def only(self, wanted: NDArray[np.bool_]) -> "Shots":
        return Shots(self.rows[wanted], self.at[wanted])


def instant(day: str) -> float:
    return pd.Timestamp(day).timestamp()


def shots(records: Records, since: float, until: float, due_by: float, every: int = 12 * HOUR) -> Shots:
    """Every so many seconds, each that had started, was unmet and not past its due time."""
    found: list[Numbers] = []
    instants = np.arange(since, until + 1, every)
    for at in instants:
        running = (
            (records.started <= at) & (records.ended > at) & (records.due > at) & (records.due <= due_by)
        )
        found.append(np.flatnonzero(running))
    return Shots(np.concatenate(found), np.repeat(instants, [len(rows) for rows in found]))


def boston(folder: Path) -> Records:
    """Requests with a target. `queue` and `department` show where a request ended up, which was not visible
    before: subject, reason and type stand for department, category and kind."""
    frame = pd.read_csv(folder / "boston311_2011.csv.gz", dtype=str)
    frame = frame[frame["target_dt"].notna()]
    started, due, ended = (_seconds(frame[name], None) for name in ("open_dt", "target_dt", "closed_dt"))
    nothing = np.full(len(frame), None, dtype=object)
    return Records(
        np.full(len(frame), "promised", dtype=object), nothing, _words(frame["subject"]),
        _words(frame["reason"]), _words(frame["type"]), started, due, ended, ended > due,
        _words(frame["neighborhood"]), _words(frame["source"]),
    )  # fmt: skip


def uci(folder: Path, now: float) -> Records:
    """Incidents as their first event shows them; ended by the event that closed them. The log has no due
    time: each priority's budget is the one that tells `made_sla` best among those closed by `now`."""
    log = pd.read_csv(folder / "uci_incident_event_log.csv.gz", dtype=str, na_values="?")
    happened = _seconds(log["sys_updated_at"], "%d/%m/%Y %H:%M")
    log = log.assign(happened=happened)
    frame = log.drop_duplicates("number")
    final = log.drop_duplicates("number", keep="last").set_index("number").loc[frame["number"]]
    started = _seconds(frame["opened_at"], "%d/%m/%Y %H:%M")
    late = (final["made_sla"] == "false").to_numpy()
    ended, priority = final["happened"].to_numpy(), frame["priority"].str[0].to_numpy(dtype=object)
    budget = np.zeros(len(frame))
    for one in np.unique(priority):
        closed = (priority == one) & (ended <= now)
        budget[priority == one] = _dividing((ended - started)[closed], late[closed])
    return Records(
        np.full(len(frame), "sla", dtype=object), priority, _words(frame["assignment_group"]),
        _words(frame["category"]), _words(frame["subcategory"]), started, started + budget, ended, late,
        _words(frame["location"]), _words(frame["contact_type"]),
    )  # fmt: skip


def _dividing(lasted: Floats, late: NDArray[np.bool_]) -> float:
    """The duration up to which calling it on time errs least."""
    order = np.argsort(lasted)
    lasted, late = lasted[order], late[order]
    errors = np.cumsum(late) - np.cumsum(~late)
    return float(lasted[int(np.argmin(errors))])


def _seconds(column: "pd.Series[str]", form: str | None) -> Floats:
    times = pd.to_datetime(column, format=form)
    seconds: Floats = ((times - pd.Timestamp(0)) / pd.Timedelta(seconds=1)).to_numpy(dtype=np.float64)
    return np.where(np.isnan(seconds), np.inf, seconds)


def _words(column: "pd.Series[str]") -> NDArray[np.object_]:
    return column.astype(object).where(column.notna(), None).to_numpy(dtype=object)


def week_hour(at: Floats) -> Floats:
    hours: Floats = at // HOUR % (7 * DAY // HOUR)
    return hours

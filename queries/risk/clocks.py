"""Deadlines and callbacks as the breach risk counts them: budget and time used in their own hours, read
set by set and measured without a loop over rows (docs/architecture.md: Breach risk)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from queries.arrays import Floats, Numbers
from queries.hours.working_time import Hours
from queries.policies.history import PolicyHistory, load_policy_history
from queries.policies.resolved import Place
from queries.risk.model import Deadlines, Ended

SAMPLE_SIZE = 300_000  # deadlines and callbacks to learn from, about 1 KiB each
HISTORY = timedelta(days=365)
RECORD_ENDED = timedelta(days=28)  # a record in which nothing began for so long has ended
Objects = NDArray[np.object_]
_KEY = "complaint_id, target, party_id, episode"
_STANDING = {
    False: "NULL::real, NULL::int, NULL::int, NULL::text, NULL::int, NULL::real",
    True: "r.p, r.k, r.n, r.level, r.region_id, r.afresh",
}
_JOINED = {False: "", True: f"LEFT JOIN derived.risk r USING ({_KEY})"}


# Of a large history only every n-th complaint is read, with all its deadlines.
_DEADLINES = {
    False: "started_at BETWEEN :since AND :now AND complaint_id % :every = 0",
    True: "met_at IS NULL AND cancelled_at IS NULL",
}
_CALLBACKS = {
    False: "resolved_at BETWEEN :since AND :now AND complaint_id % :every = 0",
    True: "ended_at IS NULL",
}
_COUNT_SQL = """
SELECT (SELECT count(*) FROM derived.deadline WHERE started_at BETWEEN :since AND :now)
     + (SELECT count(*) FROM derived.callback WHERE resolved_at BETWEEN :since AND :now)
"""
_IS_RUNNING_SQL = """
SELECT EXISTS (SELECT FROM derived.deadline WHERE started_at BETWEEN :since AND :now)
    OR EXISTS (SELECT FROM derived.callback WHERE resolved_at BETWEEN :since AND :now)
"""
_NEWEST_SQL = """
SELECT max(began) FILTER (WHERE began <= :now), max(ended) FILTER (WHERE ended <= :now)
FROM (SELECT started_at AS began, coalesce(met_at, cancelled_at) AS ended FROM derived.deadline
      UNION ALL SELECT resolved_at, ended_at FROM derived.callback) seen
"""


@dataclass(frozen=True, slots=True)
class Year:
    """The last year on record. What began between `since` and `newest` is read, as known at `until`: now, or
    the newest fact of a record that ended long ago, as nobody knows what became of the rest after it."""

    since: datetime
    newest: datetime
    until: datetime


def last_year(conn: Connection, now: datetime) -> Year:
    values = {"now": now, "since": now - RECORD_ENDED}
    if not conn.execute(text(_IS_RUNNING_SQL), values).scalar_one():
        newest, ended = conn.execute(text(_NEWEST_SQL), {"now": now}).one()
        if newest is not None:
            return Year(newest - HISTORY, newest, max(newest, ended or newest))
    return Year(now - HISTORY, now, now)


def _select(is_open: bool) -> str:
    """Only deadlines need a place; a complaint without a known region has the time zone of its source."""
    return f"""
    SELECT complaint_id, target, party_id, episode, d.region_id, d.tier, d.department_id, d.category,
           d.policy_version, CASE WHEN z.region_id IS NULL THEN coalesce((
               SELECT s.time_zone FROM facts.complaint c JOIN facts.source s USING (source)
               WHERE c.complaint_id = d.complaint_id), 'UTC') END,
           date_part('epoch', started_at), date_part('epoch', due_at),
           date_part('epoch', coalesce(met_at, cancelled_at)),
           CASE WHEN met_at IS NOT NULL THEN {Ended.MET:d} WHEN cancelled_at IS NOT NULL
                THEN {Ended.CANCELLED:d} ELSE {Ended.OPEN:d} END,
           CAST(left_seconds AS float8), {_STANDING[is_open]}
    FROM derived.deadline d LEFT JOIN facts.region z ON z.region_id = d.region_id {_JOINED[is_open]}
    WHERE {_DEADLINES[is_open]}
    UNION ALL
    SELECT complaint_id, target, 0, episode, d.region_id, d.tier, d.department_id, d.category, 0, '',
           date_part('epoch', resolved_at), date_part('epoch', due_at), date_part('epoch', ended_at),
           CASE WHEN ended_at IS NULL THEN {Ended.OPEN:d} WHEN outcome IN ('cancelled', 'exhausted')
                THEN {Ended.CANCELLED:d} ELSE {Ended.MET:d} END,
           NULL, {_STANDING[is_open]}
    FROM (SELECT *, kind AS target, 0::bigint AS party_id FROM derived.callback) d {_JOINED[is_open]}
    WHERE {_CALLBACKS[is_open]}
    """


@dataclass(frozen=True, slots=True)
class Clocks:
    """Columns of equal length; epoch seconds, NaN where there is none. `standing`: of derived.risk."""

    keys: tuple[Objects, ...]  # complaint_id, target, party_id, episode, region_id
    similar: tuple[Objects, Objects, Objects]  # tier, department, category
    started: Floats
    due: Floats
    ended_at: Floats
    ended: Numbers
    left: Floats  # while paused
    standing: tuple[Objects, ...]  # p, k, n, level, region_id, afresh
    hours: tuple[tuple[Hours, Numbers], ...]  # of calendars, and their rows; all others run around the clock
    pauses: tuple[tuple[int, float, float], ...]  # row, from, until

    def used(self, until: float | Floats) -> Floats:
        """Until each ended or `until`, without pauses; past its due time always more than its budget."""
        return self._used(np.fmin(self.ended_at, until))

    def budget(self, now: float) -> Floats:
        end = np.fmin(self.ended_at, now)
        left = np.where(np.isnan(self.due), self.left, self._between(end, self.due))
        return self._used(end) + left

    def only(self, rows: Numbers) -> "Clocks":
        """Those rows, repeated as often as they are given."""
        which = np.full(len(self.started), -1)
        for number, (_, mine) in enumerate(self.hours):
            which[mine] = number
        which = which[rows]
        paused = pd.DataFrame(self.pauses, columns=["row", "since", "until"])
        named = pd.DataFrame({"row": rows, "place": np.arange(len(rows))})
        found = paused.merge(named, on="row") if self.pauses else None
        return Clocks(
            tuple(column[rows] for column in self.keys),
            (self.similar[0][rows], self.similar[1][rows], self.similar[2][rows]),
            self.started[rows],
            self.due[rows],
            self.ended_at[rows],
            self.ended[rows],
            self.left[rows],
            tuple(column[rows] for column in self.standing),
            tuple((one, np.flatnonzero(which == number)) for number, (one, _) in enumerate(self.hours)),
            () if found is None else tuple(zip(found["place"], found["since"], found["until"], strict=True)),
        )

    def measured(self, now: float, until: float | None = None) -> Deadlines:
        """With the time used at `until`, or now."""
        budget, end = self.budget(now), now if until is None else until
        used = self.used(end)
        late = np.fmin(self.ended_at, end) > self.due
        used = np.where(
            late, np.maximum(used, budget + 1), used
        )  # no hours pass after closing time, so that being late would not show
        kind = np.full(len(used), None, dtype=object)
        tier, department, category = self.similar
        return Deadlines(self.keys[1], tier, department, category, kind, self.started, self.due, budget, used)

    def _used(self, end: Floats) -> Floats:
        used = self._between(self.started, end)
        for hours, rows, since, until in self._paused():
            upto = np.fmin(until, end[rows])
            np.subtract.at(used, rows, np.maximum(_between(hours, np.fmin(since, upto), upto), 0))
        return used

    def _between(self, a: Floats, b: Floats) -> Floats:
        found: Floats = b - a
        for hours, rows in self.hours:
            found[rows] = _between(hours, a[rows], b[rows])
        return found

    def _paused(self) -> Iterator[tuple[Hours | None, Numbers, Floats, Floats]]:
        if not self.pauses:
            return
        row, since, until = (np.array(column) for column in zip(*self.pauses, strict=True))
        around = ~np.isin(row, np.concatenate([rows for _, rows in self.hours] or [row[:0]]))
        yield None, row[around], since[around], until[around]
        for hours, rows in self.hours:
            mine = np.isin(row, rows)
            yield hours, row[mine], since[mine], until[mine]


def _between(hours: Hours | None, a: Floats, b: Floats) -> Floats:
    if hours is None or not len(a):
        return b - a
    hours = hours.laid_for(*_bounds(a, b))
    starts, ends = np.array(hours.starts, dtype=float), np.array(hours.ends, dtype=float)
    before = np.array(hours.before, dtype=float)

    def position(instant: Floats) -> Floats:
        index = np.searchsorted(starts, instant, "right") - 1
        found: Floats = before[index] + np.minimum(instant, ends[index]) - starts[index]
        return found

    return position(b) - position(a)


def _bounds(a: Floats, b: Floats) -> tuple[int, int]:
    known = np.concatenate([a, b])
    known = known[~np.isnan(known)]
    return (int(known.min()), int(known.max())) if len(known) else (0, 0)


def sampling_step(conn: Connection, since: datetime, now: datetime, most: int = SAMPLE_SIZE) -> int:
    """The n for which reading every n-th complaint gives about `most` rows; 1: all."""
    rows: int = conn.execute(text(_COUNT_SQL), {"since": since, "now": now}).scalar_one()
    return -(-rows // most) or 1


def read_history(conn: Connection, since: datetime, now: datetime, every: int = 1) -> Clocks:
    """What started between the two instants, of every `every`-th complaint."""
    return _read(conn, False, {"since": since, "now": now, "every": every})


def read_open(conn: Connection) -> Clocks:
    return _read(conn, True, {})


def _read(conn: Connection, is_open: bool, values: dict[str, Any]) -> Clocks:
    rows = conn.execute(text(_select(is_open)), values).all()
    columns = [_column(column) for column in zip(*rows, strict=True)] if rows else [_column(())] * 21
    floats = [np.asarray(columns[place], dtype=np.float64) for place in (10, 11, 12, 14)]
    return Clocks(
        keys=tuple(columns[:5]),
        similar=(columns[5], columns[6], columns[7]),
        started=floats[0],
        due=floats[1],
        ended_at=floats[2],
        ended=columns[13].astype(np.int64),
        left=floats[3],
        standing=tuple(columns[15:]),
        hours=_hours(load_policy_history(conn), columns[8], columns[1], columns[4], columns[9]),
        pauses=_pauses(conn, columns[:4], is_open),
    )


def _column(values: tuple[Any, ...]) -> Objects:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def _hours(
    history: PolicyHistory, version: Objects, target: Objects, region: Objects, zone: Objects
) -> tuple[tuple[Hours, Numbers], ...]:
    """`zone`: the source's, of complaints without a region."""
    numbers: dict[Place, int] = {}
    place = np.fromiter(
        (
            numbers.setdefault(history.region_place(of) or Place(own or ""), len(numbers))
            for of, own in zip(region, zone, strict=True)
        ),
        dtype=np.int64,
        count=len(region),
    )
    places = list(numbers)
    codes = [pd.factorize(column, use_na_sentinel=False) for column in (version, target, place)]
    sizes = [max(len(values), 1) for _, values in codes]
    code = (codes[0][0] * sizes[1] + codes[1][0]) * sizes[2] + codes[2][0]
    found = []
    for one in np.unique(code).tolist():
        rest, at = divmod(one, sizes[2])
        of, named = divmod(rest, sizes[1])
        hours = history.hours(codes[0][1][of], codes[1][1][named], places[codes[2][1][at]])
        if hours.calendar is not None:
            found.append((hours, np.flatnonzero(code == one)))
    return tuple(found)


# The pauses of open deadlines, or of all complaints that were read.
_PAUSED = {
    False: "complaint_id = ANY (CAST(:complaints AS bigint[]))",
    True: """EXISTS (
    SELECT FROM derived.deadline d WHERE d.complaint_id = p.complaint_id AND d.target = p.target
    AND d.party_id = p.party_id AND d.episode = p.episode AND d.met_at IS NULL AND d.cancelled_at IS NULL)""",
}


def _pauses(conn: Connection, keys: list[Objects], is_open: bool) -> tuple[tuple[int, float, float], ...]:
    paused = conn.execute(
        text(
            f"SELECT {_KEY}, date_part('epoch', from_at), "
            "coalesce(date_part('epoch', until_at), 'infinity') FROM derived.deadline_span p "
            f"WHERE paused AND {_PAUSED[is_open]}"
        ),
        {} if is_open else {"complaints": np.unique(keys[0].astype(np.int64)).tolist()},
    ).all()
    if not paused:
        return ()
    place = {key: number for number, key in enumerate(zip(*keys, strict=True))}
    return tuple((place[key], row[4], row[5]) for row in paused if (key := tuple(row[:4])) in place)

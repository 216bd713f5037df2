"""A past split by time: what would have been learned at a cut, and the questions that came after it.

A question sees tier and department as they were at its instant, category and due time as they are known now.
"""

from dataclasses import dataclass, fields
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from config.policy import NOT_TARGETS
from queries.risk_clocks import Clocks, Objects
from queries.risk_curves import Curves
from queries.risk_groups import Numbers
from queries.risk_model import DAY, Deadlines, Ended, learn, predict
from queries.risk_rhythm import Floats
from queries.risk_scores import Truth

HISTORY = timedelta(days=365)
SLICE = 28 * DAY  # the last part of the history, which tests; a fifth of it where it is short
AGES = (0.0, 0.25, 0.5, 0.75)  # shares of the budget at which each deadline of the slice is asked about
_CALLBACKS = [kind for kind in NOT_TARGETS if kind != "promised"]


@dataclass(frozen=True, slots=True)
class Questions:
    unmet: Deadlines
    rows: Numbers  # of the clocks that are asked about, each up to four times
    at: Floats  # epoch
    breached: Truth


@dataclass(frozen=True, slots=True)
class Trial:
    """Curves that know nothing of what came after `cut`, and what they answer; NaN: no number."""

    cut: float
    curves: Curves
    kind: Objects  # of what had come due by the cut, as in `kinds`
    late: Truth
    asked: Questions
    p: Floats


@dataclass(frozen=True, slots=True)
class Changes:
    """Of complaints that changed tier or department: what they had, from when."""

    stints: pd.DataFrame  # complaint, since, tier, department; in order of since

    def similar(self, clocks: Clocks, rows: Numbers, at: Floats) -> tuple[Objects, Objects, Objects]:
        """As at those instants, or last where one is NaN. A callback keeps what it began with, a co-owner's
        request its department."""
        tier, department, category = (column[rows] for column in clocks.similar)
        target, party = clocks.keys[1][rows], clocks.keys[2][rows]
        asked = pd.DataFrame({"complaint": clocks.keys[0][rows].astype(np.int64), "at": at})
        asked = asked[asked["complaint"].isin(self.stints["complaint"])].dropna().sort_values("at")
        found = pd.merge_asof(asked, self.stints, left_on="at", right_on="since", by="complaint")
        place = asked.index.to_numpy()
        known = found["since"].notna().to_numpy() & ~np.isin(target[place].astype(str), _CALLBACKS)
        tier[place[known]] = found["tier"].to_numpy(dtype=object)[known]
        known &= (party[place] == 0).astype(bool)
        department[place[known]] = found["department"].to_numpy(dtype=object)[known]
        return tier, department, category


def take_time(conn: Connection) -> None:
    """Until the transaction ends: counting a year takes longer than a job may leave one idle."""
    conn.execute(text("SET LOCAL idle_in_transaction_session_timeout = '30min'"))


def read_changes(conn: Connection) -> Changes:
    rows = conn.execute(
        text(
            "SELECT complaint_id, date_part('epoch', from_at), tier, department_id FROM derived.stint "
            "JOIN (SELECT complaint_id FROM derived.stint GROUP BY 1 HAVING min(tier) <> max(tier) "
            "OR min(department_id) <> max(department_id) OR count(tier) NOT IN (0, count(*)) "
            "OR count(department_id) NOT IN (0, count(*))) moved USING (complaint_id) ORDER BY from_at"
        )
    ).all()
    columns = list(zip(*rows, strict=True)) or [()] * 4
    return Changes(
        pd.DataFrame(
            {
                "complaint": np.array(columns[0], dtype=np.int64),
                "since": np.array(columns[1], dtype=np.float64),
                "tier": pd.Series(columns[2], dtype=object),
                "department": pd.Series(columns[3], dtype=object),
            }
        )
    )


def cut_of(clocks: Clocks, now: float) -> float:
    return float(now - min(SLICE, (now - clocks.started.min()) / 5))


def try_out(clocks: Clocks, changes: Changes, now: float, cut: float, offset: int) -> Trial:
    past, ended = known_at(clocks, changes, now, cut)
    late = np.asarray(past.used) > np.asarray(past.budget)
    due = late | ((ended == Ended.MET) & (np.asarray(past.due_at) <= cut))
    curves = learn(past, ended, int(cut), offset)
    asked = ask(clocks, changes, cut, now)
    return Trial(cut, curves, kinds(past)[due], late[due], asked, predict(curves, asked.unmet).p)


def known_at(clocks: Clocks, changes: Changes, now: float, cut: float) -> tuple[Deadlines, Numbers]:
    """What had started, as it stood at the cut."""
    rows = np.flatnonzero(clocks.started <= cut)
    is_over = clocks.ended_at[rows] <= cut
    past = _only(clocks.measured(now, cut), rows)
    similar = changes.similar(clocks, rows, np.where(is_over, np.nan, cut))
    return _placed(past, similar), np.where(is_over, clocks.ended[rows], Ended.OPEN)


def ask(clocks: Clocks, changes: Changes, cut: float, now: float) -> Questions:
    """About each deadline whose outcome is known, at the ages that it reached unmet after `cut`."""
    whole = clocks.measured(now)
    budget, used = np.asarray(whole.budget), np.asarray(whole.used)
    late = used > budget
    known = (late | (clocks.ended == Ended.MET)) & (clocks.due <= now)
    asked, ages, instants = [], [], []
    for age in AGES:
        reached = clocks.started + age * (clocks.due - clocks.started)
        rows = np.flatnonzero(known & (reached >= cut) & (used > age * budget))
        asked.append(rows)
        ages.append(np.full(len(rows), age))
        instants.append(reached[rows])
    rows, at = np.concatenate(asked), np.concatenate(instants)
    unmet = _placed(_only(whole, rows), changes.similar(clocks, rows, at), np.concatenate(ages))
    return Questions(unmet, rows, at, late[rows])


def kinds(deadlines: Deadlines) -> Objects:
    """Target and category in one."""
    target, category = (pd.Series(column).astype(str) for column in (deadlines.target, deadlines.category))
    return (target + "|" + category).to_numpy(dtype=object)


def _only(whole: Deadlines, rows: Numbers) -> Deadlines:
    return Deadlines(*(np.asarray(getattr(whole, one.name))[rows] for one in fields(Deadlines)))


def _placed(
    found: Deadlines, similar: tuple[Objects, Objects, Objects], age: NDArray[np.float64] | None = None
) -> Deadlines:
    """With what made it similar then, and the used share of its budget if given."""
    used = found.used if age is None else age * np.asarray(found.budget)
    clock = (found.started_at, found.due_at, found.budget, used)
    return Deadlines(found.target, *similar, found.kind, *clock)

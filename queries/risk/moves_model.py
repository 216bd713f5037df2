"""The next five moves (docs/moves.md): which actions avoid the most expected breaches. Pure.

An action is what one person can do in one go. Its gain is the sum, over the deadlines that it helps, of their
breach risk minus the risk that remains afterwards. A call meets its deadline. Chasing and reassigning add a
second, independent attempt to the one under way: the deadline breaches only if both fail. A deadline without
a number gains nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from queries.arrays import Floats, Numbers

MOST_MOVES = 5
WORTH = 0.1  # expected breaches; an action that gains less is not proposed
HELPS = 0.01  # a deadline that gains less is not part of an action


class Verb(IntEnum):
    CALL = 0  # the first contact
    CALL_BACK = 1
    CHASE = 2  # a co-owner
    REASSIGN = 3
    NOTHING = 4  # helps for now


@dataclass(frozen=True, slots=True)
class Due:
    """Deadlines that fall due soon, as columns of equal length, in a stable order. 0: none."""

    verb: Numbers  # what would help
    complaint: Numbers
    department: Numbers
    owner: Numbers
    category: Numbers
    grade: Numbers  # rank that work on the complaint requires
    left: Floats  # seconds until it is due
    p: Floats  # NaN: no number
    afresh: Floats  # the chance that a second attempt, begun now, fails
    after: Floats = field(init=False)  # the p that remains once the action is done
    gain: Floats = field(init=False)

    def __post_init__(self) -> None:
        fails = np.where(self.verb <= Verb.CALL_BACK, 0, np.where(self.verb == Verb.NOTHING, 1, self.afresh))
        object.__setattr__(self, "after", self.p * fails)
        object.__setattr__(self, "gain", np.nan_to_num(self.p - self.after))


@dataclass(frozen=True, slots=True)
class Person:
    number: int
    department: int
    grade: int
    load: int  # open complaints that this person owns
    skills: frozenset[int]  # categories


@dataclass(frozen=True, slots=True)
class Picked:
    verb: Verb
    department: int
    giver: int  # of a reassignment, else 0
    taker: int
    rows: Numbers  # of Due, the riskiest first
    gain: float


def pick(due: Due, people: tuple[Person, ...], call_takes: float) -> tuple[Picked, ...]:
    """Greedily by gain: each deadline counts once, and each person gives or takes once."""
    groups = [*_calls(due, call_takes), *_chases(due)]
    owners, found = _Owners(due, people), list[Picked]()
    while len(found) < MOST_MOVES:
        best = min([*groups, *owners.best()], key=_order, default=None)
        if best is None or best.gain < WORTH:
            break
        found.append(best)
        if best.verb == Verb.REASSIGN:
            owners.busy |= {best.giver, best.taker}
        else:
            groups.remove(best)
    return tuple(found)


def _order(one: Picked) -> tuple[float, int, int, int, int]:
    return -round(one.gain, 6), one.verb, one.department, one.giver, one.taker


def _picked(due: Due, rows: Numbers, verb: Verb, giver: int = 0, taker: int = 0) -> Picked:
    rows = rows[np.lexsort((rows, due.left[rows], -due.p[rows]))]
    return Picked(verb, int(due.department[rows[0]]), giver, taker, rows, float(due.gain[rows].sum()))


def _groups(due: Due, verb: Verb, by: Numbers) -> Iterator[Numbers]:
    """Rows that this verb would help, by department or owner; rows without one are left out."""
    rows = np.flatnonzero((due.verb == verb) & (due.gain >= HELPS) & (by > 0))
    rows = rows[np.argsort(by[rows], kind="stable")]
    yield from (one for one in np.split(rows, np.flatnonzero(np.diff(by[rows])) + 1) if len(one))


def _calls(due: Due, call_takes: float) -> list[Picked]:
    return [
        _picked(due, made, verb)
        for verb in (Verb.CALL, Verb.CALL_BACK)
        for rows in _groups(due, verb, due.department)
        if len(made := rows[in_time(due.left[rows], due.gain[rows], call_takes)])
    ]


def in_time(left: Floats, gain: Floats, call_takes: float) -> Numbers:
    """Which calls one person makes, one after the other, for the largest sum of gains; each must end in time.
    Greedy by gain is exact for tasks of equal length with due times."""
    last = np.floor(left / call_takes).astype(
        np.int64
    )  # the last slot that ends in time, from 1 on; 0: too late
    free = list(range(int(last.max(initial=0)) + 1))  # slot → the latest free one up to it
    made = []
    for row in np.lexsort((np.arange(len(left)), left, -gain)).tolist():
        slot = _latest_free(free, int(last[row]))
        if slot:
            free[slot] = slot - 1
            made.append(row)
    return np.sort(np.array(made, dtype=np.int64))


def _latest_free(free: list[int], slot: int) -> int:
    while free[slot] != slot:
        free[slot] = free[free[slot]]
        slot = free[slot]
    return slot


def _chases(due: Due) -> list[Picked]:
    return [_picked(due, rows, Verb.CHASE) for rows in _groups(due, Verb.CHASE, due.department)]


@dataclass(frozen=True, slots=True)
class _Work:
    """Complaints of one owner that could be reassigned, the largest gain first."""

    rows: Numbers
    complaints: Numbers
    department: Numbers
    category: Numbers
    grade: Numbers
    gain: Floats

    @classmethod
    def of(cls, due: Due, rows: Numbers) -> "_Work":
        complaints, first, which = np.unique(due.complaint[rows], return_index=True, return_inverse=True)
        gain: Floats = np.bincount(which, due.gain[rows]).astype(np.float64)
        order = np.argsort(-gain, kind="stable")
        first = rows[first[order]]
        department, category, grade = (column[first] for column in (due.department, due.category, due.grade))
        return cls(rows, complaints[order], department, category, grade, gain[order])

    def given(self, taker: Person, room: int) -> Numbers:
        """The places of at most `room` complaints that this person may and can handle."""
        fits = (self.department == taker.department) & (self.grade <= taker.grade)
        fits &= np.array([category in taker.skills for category in self.category.tolist()], dtype=bool)
        return np.flatnonzero(fits)[:room]


def _loaded(people: tuple[Person, ...]) -> set[int]:
    loads: dict[int, list[int]] = {}
    for person in people:
        loads.setdefault(person.department, []).append(person.load)
    means = {department: sum(found) / len(found) for department, found in loads.items()}
    return {person.number for person in people if person.load > means[person.department]}


class _Owners:
    """Reassignments, from people with more open complaints than the mean of their department to people with
    fewer. The gain of all complaints of an owner bounds that of any part, so few owners need to be tried."""

    def __init__(self, due: Due, people: tuple[Person, ...]) -> None:
        self.due, self.busy = due, set[int]()
        self.loads = {person.number: person.load for person in people}
        self.loaded = _loaded(people)
        self.takers = sorted(people, key=lambda person: (person.load, person.number))
        rows = [(float(due.gain[one].sum()), one) for one in _groups(due, Verb.REASSIGN, due.owner)]
        self.bounds = sorted(rows, key=lambda one: (-one[0], due.owner[one[1][0]]))

    def best(self) -> list[Picked]:
        found: list[Picked] = []
        for bound, rows in self.bounds:
            if bound < (found[0].gain - 1e-9 if found else WORTH):
                break
            owner = int(self.due.owner[rows[0]])
            if owner in self.loaded - self.busy:
                found = sorted([*found, *self._given(owner, _Work.of(self.due, rows))], key=_order)[:1]
        return found

    def _given(self, owner: int, work: _Work) -> Iterator[Picked]:
        """To the person with whom it gains most; of two the less loaded one."""
        most, chosen, to = 0.0, np.empty(0, dtype=np.int64), 0
        for taker in self._less_loaded(owner, work):
            room = (self.loads[owner] - taker.load) // 2
            if work.gain[:room].sum() <= most + 1e-9:
                break
            places = work.given(taker, room)
            if (gain := float(work.gain[places].sum())) > most + 1e-9:
                most, chosen, to = gain, places, taker.number
        if to:
            rows = work.rows[np.isin(self.due.complaint[work.rows], work.complaints[chosen])]
            yield _picked(self.due, rows, Verb.REASSIGN, owner, to)

    def _less_loaded(self, owner: int, work: _Work) -> Iterator[Person]:
        departments = set(work.department.tolist())
        for taker in self.takers:
            if self.loads[owner] - taker.load < 2:
                break
            if taker.department in departments and taker.number not in {owner, *self.busy}:
                yield taker

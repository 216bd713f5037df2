"""From look to look: which findings are a new surge, which belong to a known one, which is over. Pure.

Of cells within each other the most specific one that explains the findings is proposed; what a known surge
explains is not proposed again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log

import numpy as np
from numpy.typing import NDArray

from queries.arrays import Numbers
from queries.chance import at_least
from queries.surges.cells import Seen
from queries.surges.model import Baseline
from queries.surges.scan import EVERY, WINDOWS, Finding, GapsBetween, Watch, cost_of, people

REACH = max(WINDOWS) * 60.0  # seconds: after its end a surge still explains what such a window holds
CALM = (30, 60)  # minutes: over, when the last ones are
CALM_FROM = 0.05  # as probable as this
EXPLAINED = 0.01  # what a narrower cell leaves is no surprise from this probability on
CLEAR = 3600.0  # seconds
LONGEST = 86_400.0  # seconds, then it is told of again


@dataclass(frozen=True, slots=True)
class Surge:
    """Epoch seconds. `number` 0: new. `error`: of its most improbable finding."""

    number: int
    cell: int
    from_at: float
    found_at: float
    until_at: float | None
    error: float
    is_decided: bool = False
    merged_into: int = 0


@dataclass(frozen=True)
class Board:
    """What a look knows. `seen` reaches back to the start of the surges that run."""

    baseline: Baseline
    seen: Seen
    now: float
    stretches: GapsBetween
    watch: Watch

    @cached_property
    def cells(self) -> Numbers:
        return self.baseline.grid.cells_of(self.seen)

    def rows(self, cell: int, since: float, until: float) -> NDArray[np.bool_]:
        at = self.seen.at
        found: NDArray[np.bool_] = (self.cells == cell).any(axis=1) & (at >= since) & (at < until)
        return found

    def usual(self, cell: int, since: float, until: float) -> tuple[float, float]:
        """How many are usual, and their dispersion."""
        if until <= since:
            return 0.0, 0.0
        hours, one = self.stretches(since, until), np.array([cell])
        usual = self.baseline.usual(one, hours)
        return float(usual[0]), float(self.baseline.spread(one, hours, usual)[0])

    def chance(self, cell: int, minutes: int) -> float:
        """Of as many in the last minutes."""
        since = self.now - minutes * 60
        return at_least(
            people(self.seen, self.rows(cell, since, self.now)), *self.usual(cell, since, self.now)
        )


def advance(board: Board, findings: Sequence[Finding], known: Iterable[Surge]) -> list[Surge]:
    """The known surges as they are now, and the new ones. `known`: running, or over for less than REACH."""
    surges = [_ended(board, one) for one in known]
    for found in findings:
        if _rest(board, found, surges) > board.watch.level:
            continue
        told = _narrowed(board, found, findings)
        inside = [one for one in surges if _is_taken(board, told.cell, one)]
        if inside:
            surges = _widened(board, told, surges, inside)
        else:
            start = began(board, told.cell, board.now - REACH)
            surges.append(Surge(0, told.cell, start, board.now, None, told.error))
    return [_renewed(board, one, findings) for one in surges]


def _ended(board: Board, one: Surge) -> Surge:
    if one.until_at is not None:
        return one
    calm = all(board.chance(one.cell, minutes) > CALM_FROM for minutes in CALM)
    if not calm and board.now - one.from_at < LONGEST:
        return one
    return replace(one, until_at=max(board.now - min(CALM) * 60.0, one.found_at))


def _renewed(board: Board, one: Surge, findings: Sequence[Finding]) -> Surge:
    """In its first hour, and until somebody decides on it, it becomes clearer when it began."""
    if one.until_at is not None:
        return one
    errors = [found.error for found in findings if found.cell == one.cell]
    start = one.from_at
    if not one.is_decided and 0 < board.now - one.found_at <= CLEAR:
        start = min(began(board, one.cell, one.found_at - REACH), one.found_at)
    return replace(one, from_at=start, error=min([one.error, *errors]))


def _rest(board: Board, found: Finding, surges: Sequence[Surge]) -> float:
    """The error of the finding without what the surges explain of it."""
    since = board.now - found.minutes * 60
    rows, usual = board.rows(found.cell, since, board.now), found.usual
    for one in surges:
        meet = None if one.merged_into else board.baseline.grid.meet(found.cell, one.cell)
        if meet is not None:
            until = board.now if one.until_at is None else one.until_at
            rows &= ~board.rows(meet, since, until)
            usual -= board.usual(meet, since, until)[0]
    count = people(board.seen, rows)
    if count == found.count:
        return found.error
    chance = at_least(count, max(usual, 1e-6), found.spread)
    return chance * float(cost_of(board.baseline.grid)[found.cell])


def _narrowed(board: Board, found: Finding, findings: Sequence[Finding]) -> Finding:
    """The most specific one that leaves nothing to explain."""
    since = board.now - found.minutes * 60
    grid, rows = board.baseline.grid, board.rows(found.cell, since, board.now)
    best = found
    for one in findings:
        if one.usual < best.usual and one.cell != found.cell and grid.covers(found.cell, one.cell):
            inside = board.usual(one.cell, since, board.now)[0]
            left = people(board.seen, rows & ~board.rows(one.cell, since, board.now))
            if at_least(left, max(found.usual - inside, 1e-6), found.spread) > EXPLAINED:
                best = one
    return best


def _is_taken(board: Board, cell: int, one: Surge) -> bool:
    """Whether the cell is the surge's own, wider or narrower: a decided one takes only its own, and one that
    lasted longest nothing more."""
    if one.merged_into or board.now - one.from_at >= LONGEST:
        return False
    grid = board.baseline.grid
    return grid.covers(one.cell, cell) or (not one.is_decided and grid.covers(cell, one.cell))


def _widened(board: Board, told: Finding, surges: list[Surge], inside: list[Surge]) -> list[Surge]:
    """The oldest goes on, as wide as both; younger ones that no person has decided on become part of it."""
    first, *others = sorted(inside, key=lambda one: one.found_at)
    wide = told.cell if board.baseline.grid.covers(told.cell, first.cell) else first.cell
    start = min([one.from_at for one in inside])
    kept = replace(first, cell=wide, until_at=None, from_at=start, error=min(first.error, told.error))
    gone = {id(one) for one in others if not one.is_decided and board.baseline.grid.covers(wide, one.cell)}
    result = []
    for one in surges:
        if one is first:
            result.append(kept)
        elif id(one) not in gone:
            result.append(one)
        elif one.number:
            result.append(replace(one, merged_into=first.number, until_at=board.now))
    return result


def began(board: Board, cell: int, earliest: float) -> float:
    """The start that the counts until now make most likely, in steps of a look."""
    best, start = 0.0, earliest
    for since in np.arange(board.now - EVERY * 60, earliest - 1, -EVERY * 60).tolist():
        count = people(board.seen, board.rows(cell, since, board.now))
        usual = board.usual(cell, since, board.now)[0]
        gain = count * log(count / usual) - count + usual if count > usual > 0 else 0.0
        if gain > best:
            best, start = gain, since
    return start

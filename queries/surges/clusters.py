"""From scan to scan: which findings are a new surge or belong to a known one, and which surge is over. Pure.

Of nested cells the most specific one that explains the findings is proposed; what a known surge explains is
not proposed again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import log

import numpy as np
from numpy.typing import NDArray

from queries.arrays import Numbers
from queries.chance import at_least
from queries.surges.cells import Complaints
from queries.surges.model import Baseline
from queries.surges.scan import EVERY, WINDOWS, Finding, HoursBetween, Watch, cost_of, people

REACH = max(WINDOWS) * 60.0  # seconds: a window that contains its end is still explained by a surge
CALM = (30, 60)  # minutes: a surge is over when both windows are calm
CALM_FROM = 0.05  # the probability from which a window is calm
EXPLAINED = 0.01  # a narrower cell explains a finding if what it leaves is at least this probable
CLEAR = 3600.0  # seconds in which the start of a surge may still be corrected
LONGEST = 86_400.0  # seconds; a surge that lasts longer ends, and what follows is a new one


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
    """What a scan knows. `seen` reaches back to the start of the surges that run."""

    baseline: Baseline
    seen: Complaints
    now: float
    hours_between: HoursBetween
    watch: Watch

    @cached_property
    def cells(self) -> Numbers:
        return self.baseline.grid.cells_of(self.seen)

    def rows(self, cell: int, since: float, until: float) -> NDArray[np.bool_]:
        at = self.seen.at
        found: NDArray[np.bool_] = (self.cells == cell).any(axis=1) & (at >= since) & (at < until)
        return found

    def usual(self, cell: int, since: float, until: float) -> tuple[float, float]:
        """The usual number of complainants, and its dispersion."""
        if until <= since:
            return 0.0, 0.0
        hours, one = self.hours_between(since, until), np.array([cell])
        usual = self.baseline.usual(one, hours)
        return float(usual[0]), float(self.baseline.spread(one, hours, usual)[0])

    def chance(self, cell: int, minutes: int) -> float:
        """The probability of at least as many complainants in the last minutes."""
        since = self.now - minutes * 60
        return at_least(
            people(self.seen, self.rows(cell, since, self.now)), *self.usual(cell, since, self.now)
        )


def advance(board: Board, findings: Sequence[Finding], known: Iterable[Surge]) -> list[Surge]:
    """The known surges as they are now, and new ones. `known`: running, or over for less than REACH."""
    surges = [_ended(board, one) for one in known]
    for found in findings:
        if _unexplained_error(board, found, surges) > board.watch.level:
            continue
        finding = _narrowed(board, found, findings)
        inside = [one for one in surges if _is_taken(board, finding.cell, one)]
        if inside:
            surges = _widened(board, finding, surges, inside)
        else:
            start = began(board, finding.cell, board.now - REACH)
            surges.append(Surge(0, finding.cell, start, board.now, None, finding.error))
    return [_refreshed(board, one, findings) for one in surges]


def _ended(board: Board, one: Surge) -> Surge:
    if one.until_at is not None:
        return one
    calm = all(board.chance(one.cell, minutes) > CALM_FROM for minutes in CALM)
    if not calm and board.now - one.from_at < LONGEST:
        return one
    return replace(one, until_at=max(board.now - min(CALM) * 60.0, one.found_at))


def _refreshed(board: Board, one: Surge, findings: Sequence[Finding]) -> Surge:
    """Its start is estimated again during its first hour, until somebody decides on it."""
    if one.until_at is not None:
        return one
    errors = [found.error for found in findings if found.cell == one.cell]
    start = one.from_at
    if not one.is_decided and 0 < board.now - one.found_at <= CLEAR:
        start = min(began(board, one.cell, one.found_at - REACH), one.found_at)
    return replace(one, from_at=start, error=min([one.error, *errors]))


def _unexplained_error(board: Board, found: Finding, surges: Sequence[Surge]) -> float:
    """The error of the finding after subtracting what the surges explain."""
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
    """The most specific finding that leaves nothing unexplained."""
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
    """Whether the cell belongs to the surge: it lies within it or, while nobody has decided, contains it. A
    surge that has lasted LONGEST takes nothing more."""
    if one.merged_into or board.now - one.from_at >= LONGEST:
        return False
    grid = board.baseline.grid
    return grid.covers(one.cell, cell) or (not one.is_decided and grid.covers(cell, one.cell))


def _widened(board: Board, finding: Finding, surges: list[Surge], inside: list[Surge]) -> list[Surge]:
    """The oldest goes on, widened to contain both; younger ones without a decision are merged into it."""
    first, *others = sorted(inside, key=lambda one: one.found_at)
    wide = finding.cell if board.baseline.grid.covers(finding.cell, first.cell) else first.cell
    start = min([one.from_at for one in inside])
    kept = replace(first, cell=wide, until_at=None, from_at=start, error=min(first.error, finding.error))
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
    """The most likely start, given the counts until now, in steps of one scan."""
    best, start = 0.0, earliest
    for since in np.arange(board.now - EVERY * 60, earliest - 1, -EVERY * 60).tolist():
        count = people(board.seen, board.rows(cell, since, board.now))
        usual = board.usual(cell, since, board.now)[0]
        gain = count * log(count / usual) - count + usual if count > usual > 0 else 0.0
        if gain > best:
            best, start = gain, since
    return start

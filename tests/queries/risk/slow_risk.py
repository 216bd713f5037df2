"""Breach risk counted row by row, as its description in docs/risk.md says. Written apart from
queries/risk/model.py on purpose: no arrays, one question at a time."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

STEPS = 80
EDGES = [(number / STEPS) ** 2 for number in range(STEPS + 1)]
Similar = tuple[int | str | None, ...]
Path = tuple[tuple[int, int | str], ...]
HALF_LIFE, AT_RISK, SETTLED, FEWEST, MOST = 90 * 86_400, 10, 30, 30, 100


class Row(NamedTuple):
    similar: tuple[int | str | None, ...]  # target, tier, department, category, kind
    started: int
    due: int
    budget: int
    used: int
    met: bool = False
    moved: tuple[tuple[int, Similar], ...] = ()  # what it had used when it came somewhere else, and where


class Answer(NamedTuple):
    p: float | None
    k: int = 0
    n: int = 0
    level: int = -1


class SlowRisk:
    def __init__(self, past: Sequence[Row], now: int) -> None:
        self.now = now
        self.sizes = Counter(
            start
            for row in past
            for start in {path[:length] for path in _places(row) for length in range(1, len(path) + 1)}
        )
        self.met_hours = Counter(
            (row.similar[0], (row.started + row.used) // 3600 % 168)
            for row in past
            if row.met and _straight(row)
        )
        self.past = [(row, self._spells(row), self._share(row)) for row in past]
        self.curves: dict[Path, tuple[list[float], list[float]]] = {}

    def ask(self, row: Row) -> Answer:
        place, share = self._path(_values(row)), self._share(row)
        settled = [one for one, _, _ in self.past if _values(one)[:1] == place[:1] and self._settled(one)]
        if not place or sum(one.budget >= row.budget for one in settled) < FEWEST:
            return Answer(None)
        step = max(number for number in range(STEPS) if EDGES[number] <= share)
        chain = [place[: length + 1] for length in range(len(place))]
        enough = [path for path in chain if self._evidence(path, step)[1] >= FEWEST]
        if not enough:
            return Answer(None)
        k, n = self._evidence(enough[-1], step)
        low, high = _wilson(k / n, min(n, MOST))
        _, curve = self._curve(place)
        part = (share - EDGES[step]) / (EDGES[step + 1] - EDGES[step])
        rising = [max(curve[: edge + 1]) for edge in (step, step + 1)]
        p = rising[0] + part * (rising[1] - rising[0])
        return Answer(min(max(p, low), high), k, n, enough[-1][-1][0])

    def _spells(self, row: Row) -> list[tuple[Path, float, float]]:
        """(where, share on entering, share on leaving or when last seen)"""
        begun = [(0, row.similar), *((used, where) for used, where in row.moved if used < row.used)]
        shares = [self._share(row._replace(used=used)) for used, _ in begun] + [self._end(row)]
        paths = [self._path(_values(row._replace(similar=where))) for _, where in begun]
        return list(zip(paths, shares, shares[1:], strict=False))

    def _end(self, row: Row) -> float:
        return 1.0 if row.used > row.budget else self._share(row)

    def _path(self, path: Path) -> Path:
        """Down as far as there are enough rows; a whole target may have few."""
        for length in range(1, len(path) + 1):
            if self.sizes[path[:length]] < (FEWEST if length > 1 else 1):
                return path[: length - 1]
        return path

    def _settled(self, row: Row) -> bool:
        return row.used > row.budget or (row.met and row.due <= self.now)

    def _evidence(self, path: Path, step: int) -> tuple[int, int]:
        """(breached, settled) of those that were there, unmet on entering the step."""
        k = n = 0
        for row, spells, _ in self.past:
            for place, (its, came, went) in enumerate(spells, start=1):
                is_here = came <= EDGES[step] and (EDGES[step] < went or place == len(spells))
                if its[: len(path)] == path and is_here and self._settled(row):
                    breached = row.used > row.budget
                    is_unmet = breached or self._share(row) >= EDGES[step]
                    k, n = k + (breached and is_unmet), n + is_unmet
        return k, n

    def _curve(self, path: Path) -> tuple[list[float], list[float]]:
        """(hazard per step, chance to breach per edge)"""
        if path not in self.curves:
            above = self._curve(path[:-1]) if len(path) > 1 else None
            hazards = [self._hazard(path, step, above and above[0][step]) for step in range(STEPS)]
            kept = [1.0]
            for hazard in reversed(hazards):
                kept.insert(0, kept[0] * (1 - hazard))
            if above:
                seen = [self._evidence(path, min(edge, STEPS - 1))[1] for edge in range(STEPS + 1)]
                parts = zip(seen, kept, above[1], strict=True)
                kept = [(n * own + SETTLED * wider) / (n + SETTLED) for n, own, wider in parts]
            self.curves[path] = hazards, kept
        return self.curves[path]

    def _hazard(self, path: Path, step: int, above: float | None) -> float:
        at_risk = met = 0.0
        for row, spells, reached in self.past:
            entered = row.started + EDGES[step] * (row.due - row.started)
            weight = 0.5 ** (max(self.now - entered, 0) / HALF_LIFE)
            ends_here = EDGES[step] <= reached and (reached < EDGES[step + 1] or step == STEPS - 1)
            is_met = ends_here and row.met and row.used <= row.budget
            for place, (its, came, went) in enumerate(spells, start=1):
                if its[: len(path)] != path:
                    continue
                ends = is_met and place == len(spells)
                at_risk += weight * ((1 if ends else _part(step, went)) - _part(step, came))
                met += weight * ends
        if above is None:
            return met / at_risk if at_risk else 0.0
        return (met + AT_RISK * above) / (at_risk + AT_RISK)

    def _share(self, row: Row) -> float:
        if not _straight(row):
            return min(row.used / row.budget, 1)
        return min(self._work(row, row.used) / self._work(row, row.budget), 1)

    def _work(self, row: Row, seconds: int) -> float:
        """The hours from its start, each by how much was met in that hour of the week."""
        total, at, end = 0.0, row.started, row.started + seconds
        met = sum(count for (target, _), count in self.met_hours.items() if target == row.similar[0])
        while at < end:
            until = min(at // 3600 * 3600 + 3600, end)
            count = self.met_hours[row.similar[0], at // 3600 % 168]
            total += (until - at) / 3600 * (count + 1) / (met + 168) * 168
            at = until
        return total


def _values(row: Row) -> Path:
    return tuple((level, value) for level, value in enumerate(row.similar) if value is not None)


def _places(row: Row) -> list[Path]:
    return [
        _values(row),
        *(_values(row._replace(similar=where)) for used, where in row.moved if used < row.used),
    ]


def _part(step: int, share: float) -> float:
    """Of the step, that lies before."""
    return min(max((share - EDGES[step]) / (EDGES[step + 1] - EDGES[step]), 0), 1)


def _straight(row: Row) -> bool:
    return row.due - row.started == row.budget


def _wilson(share: float, n: int) -> tuple[float, float]:
    """The two p for which share is one standard error away: (share − p)² = p (1 − p) / n."""
    a, b, c = 1 + 1 / n, -(2 * share + 1 / n), share * share
    root = math.sqrt(max(b * b - 4 * a * c, 0))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)

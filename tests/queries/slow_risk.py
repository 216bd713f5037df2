"""Breach risk counted row by row, as its description in docs/risk.md says. Written apart from
queries/risk_model.py on purpose: no arrays, one question at a time."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

STEPS = 80
EDGES = [(number / STEPS) ** 2 for number in range(STEPS + 1)]
HALF_LIFE, AT_RISK, SETTLED, FEWEST, MOST = 90 * 86_400, 10, 30, 30, 100


class Row(NamedTuple):
    similar: tuple[int | str | None, ...]  # target, tier, department, category, kind
    started: int
    due: int
    budget: int
    used: int
    met: bool = False


class Answer(NamedTuple):
    p: float | None
    k: int = 0
    n: int = 0
    level: int = -1


Path = tuple[tuple[int, int | str], ...]


class SlowRisk:
    def __init__(self, past: Sequence[Row], now: int) -> None:
        self.now = now
        self.sizes = Counter(
            path[:length] for row in past for path in (_values(row),) for length in range(1, len(path) + 1)
        )
        self.met_hours = Counter(
            (row.similar[0], (row.started + row.used) // 3600 % 168)
            for row in past
            if row.met and _straight(row)
        )
        self.past = [(row, self._path(row), self._share(row)) for row in past]
        self.curves: dict[Path, tuple[list[float], list[float]]] = {}

    def ask(self, row: Row) -> Answer:
        place, share = self._path(row), self._share(row)
        settled = [one for one, path, _ in self.past if path[:1] == place[:1] and self._settled(one)]
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

    def _path(self, row: Row) -> Path:
        """Down as far as there are enough rows; a whole target may have few."""
        path = _values(row)
        for length in range(1, len(path) + 1):
            if self.sizes[path[:length]] < (FEWEST if length > 1 else 1):
                return path[: length - 1]
        return path

    def _settled(self, row: Row) -> bool:
        return row.used > row.budget or (row.met and row.due <= self.now)

    def _evidence(self, path: Path, step: int) -> tuple[int, int]:
        """(breached, settled) of those that were unmet on entering the step."""
        k = n = 0
        for row, its, share in self.past:
            if its[: len(path)] == path and self._settled(row):
                breached = row.used > row.budget
                k, n = k + breached, n + (breached or share >= EDGES[step])
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
        for row, its, reached in self.past:
            if its[: len(path)] != path:
                continue
            entered = row.started + EDGES[step] * (row.due - row.started)
            weight = 0.5 ** (max(self.now - entered, 0) / HALF_LIFE)
            share = 1.0 if row.used > row.budget else reached
            ends_here = EDGES[step] <= share and (share < EDGES[step + 1] or step == STEPS - 1)
            if ends_here and row.met and row.used <= row.budget:
                at_risk, met = at_risk + weight, met + weight
            elif share > EDGES[step]:
                at_risk += weight * min((share - EDGES[step]) / (EDGES[step + 1] - EDGES[step]), 1)
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


def _straight(row: Row) -> bool:
    return row.due - row.started == row.budget


def _wilson(share: float, n: int) -> tuple[float, float]:
    """The two p for which share is one standard error away: (share − p)² = p (1 − p) / n."""
    a, b, c = 1 + 1 / n, -(2 * share + 1 / n), share * share
    root = math.sqrt(max(b * b - 4 * a * c, 0))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)

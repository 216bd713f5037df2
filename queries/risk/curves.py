"""The learned curves of breach risk: what is counted, how it is shrunk (docs/architecture.md: Breach risk).

Pure. A curve has 80 steps of the share of its budget that a deadline has used, finer where it is young.
"""

import io
import json
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from queries.arrays import Floats, Numbers
from queries.risk.groups import Group, Tree
from queries.risk.rates import LateRates, from_lists
from queries.risk.rhythm import Rhythm

STEPS = 80
EDGES = (np.arange(STEPS + 1) / STEPS) ** 2
CHUNK = 20_000  # rows × steps held at once


@dataclass(frozen=True, slots=True)
class Tuning:
    """Chosen on months before the tested ones (docs/risk.md). Counts are deadlines."""

    half_life_days: float = 90  # the age at which a deadline counts half
    hazard_prior: float = 10  # weight of the group above in the hazard of a step, as deadlines at risk
    settled_prior: float = 30  # and in the probability, as settled deadlines
    fewest: int = 30  # similar deadlines needed for a number
    errors: float = 1  # p stays within so many standard errors of k of n
    most: int = 100  # n counts as this many at most: with thousands, recent changes would have no weight
    rhythm: bool = True


@dataclass(frozen=True, slots=True)
class Exposure:
    """One row for each spell of a deadline in one group; shares of the budget."""

    group: Numbers
    begun: Floats
    share: Floats  # when it left the group, was met or last seen; 1 and not met: breached
    is_last: NDArray[np.bool_]  # of its deadline
    is_met: NDArray[np.bool_]  # in this spell
    is_settled: NDArray[np.bool_]  # the deadline, wherever it came due
    is_breached: NDArray[np.bool_]
    started: Floats  # of the deadline, in half-lives from now; a row weighs by when it entered the step
    length: Floats

    def only(self, rows: slice) -> "Exposure":
        return Exposure(*(getattr(self, one.name)[rows] for one in fields(Exposure)))


@dataclass(frozen=True, slots=True)
class Counts:
    """Per group and step, groups below included."""

    at_risk: Floats  # unmet in the step, weighted by recency; in part for those that enter or leave in it
    met: Floats  # of them, met in it
    settled: Numbers  # whose due time has passed, there and unmet on entering the step: plain counts
    breached: Numbers  # of the settled ones


@dataclass(frozen=True, slots=True)
class Curves:
    learned_at: int
    tree: Tree
    rhythm: Rhythm
    p: Floats  # per group and edge
    settled: Numbers
    breached: Numbers
    evidence: Numbers  # per group and step: the narrowest group upwards with enough settled; -1: none
    longest: Floats  # per target: the longest budget (s) that enough settled deadlines had or exceeded
    tuning: Tuning
    learned_from: int
    left_out: int  # impossible rows, see `learn`
    rates: LateRates | None = None  # used instead of the curves, where they did better in the trial

    def to_bytes(self) -> bytes:
        """For journal.risk_curve; some 350 bytes a group."""
        about = {
            "learned_at": self.learned_at,
            "learned_from": self.learned_from,
            "left_out": self.left_out,
            "utc_offset": self.rhythm.utc_offset,
            "tuning": [getattr(self.tuning, name) for name in Tuning.__slots__],
            "groups": self.tree.groups,
            "rates": self.rates.as_lists() if self.rates else [],
        }
        file = io.BytesIO()
        np.savez_compressed(
            file,
            about=np.frombuffer(json.dumps(about, ensure_ascii=False).encode(), dtype=np.uint8),
            p=self.p.astype(np.float32),
            rhythm=self.rhythm.weights.astype(np.float32),
            settled=self.settled.astype(np.int32),
            breached=self.breached.astype(np.int32),
            longest=self.longest,
        )
        return file.getvalue()


def from_bytes(stored: bytes) -> Curves:
    with np.load(io.BytesIO(stored), allow_pickle=False) as file:
        about = json.loads(file["about"].tobytes())
        tree = Tree(tuple(Group(*group) for group in about["groups"]))
        tuning = Tuning(*about["tuning"])
        settled = file["settled"].astype(np.int64)
        return Curves(
            about["learned_at"],
            tree,
            Rhythm(file["rhythm"].astype(np.float64), about["utc_offset"]),
            file["p"].astype(np.float64),
            settled,
            _by_step(file["breached"].astype(np.int64)),
            find_evidence(tree, settled, tuning.fewest),
            file["longest"],
            tuning,
            about["learned_from"],
            about["left_out"],
            from_lists(about["rates"]) if about.get("rates") else None,
        )


def _by_step(breached: Numbers) -> Numbers:
    """Curves stored by an earlier version have one number for all steps of a group."""
    return np.repeat(breached[:, None], STEPS, axis=1) if breached.ndim == 1 else breached


def step_of(share: Floats) -> Numbers:
    """The step that a share of 0 … 1 lies in."""
    return np.clip(np.searchsorted(EDGES, share, "right") - 1, 0, STEPS - 1)


def count(tree: Tree, exposure: Exposure) -> Counts:
    shape = (len(tree.groups), STEPS)
    at_risk, met = np.zeros(shape), np.zeros(shape)
    step = step_of(exposure.share)
    for since in range(0, len(exposure.group), CHUNK):
        rows = slice(since, since + CHUNK)
        part, its_step = exposure.only(rows), step[rows]
        weights = np.exp2(np.minimum(part.started[:, None] + part.length[:, None] * EDGES[:-1], 0))
        upto = _passed(part.share)
        ended = np.flatnonzero(part.is_met)
        upto[ended, its_step[ended]] = 1
        moved = np.flatnonzero(part.begun > 0)
        upto[moved] -= _passed(part.begun[moved])
        np.add.at(at_risk, part.group, upto * weights)
        np.add.at(met, (part.group[ended], its_step[ended]), weights[ended, its_step[ended]])
    settled = _seen(exposure, exposure.is_settled, len(tree.groups))
    breached = _seen(exposure, exposure.is_breached, len(tree.groups))
    for counted in (at_risk, met, settled, breached):
        tree.add_up(counted)
    return Counts(at_risk, met, settled, breached)


def _passed(share: Floats) -> Floats:
    """Which part of each step lies before the share."""
    found: Floats = np.clip((share[:, None] - EDGES[:-1]) / np.diff(EDGES), 0, 1)
    return found


def _seen(exposure: Exposure, wanted: NDArray[np.bool_], groups: int) -> Numbers:
    """How many of the wanted were in the group and unmet at the beginning of each step."""
    begun = np.searchsorted(EDGES, exposure.begun, "left")
    ended = np.where(
        exposure.is_last, step_of(exposure.share) + 1, np.searchsorted(EDGES, exposure.share, "left")
    )
    rows = wanted & (begun < ended) & (begun < STEPS)
    found = np.zeros((groups, STEPS + 2), dtype=np.int64)
    np.add.at(found, (exposure.group[rows], begun[rows]), 1)
    np.add.at(found, (exposure.group[rows], np.minimum(ended[rows], STEPS)), -1)
    return np.cumsum(found, axis=1)[:, :STEPS]


def shrink(tree: Tree, counts: Counts, tuning: Tuning) -> Floats:
    """P(breach) per group and edge. Twice from the top down: first the hazard of each step by the number
    still at risk in it, then the probability that follows by the number of settled ones still unmet."""
    parents = tree.parents
    at_risk, met, prior = counts.at_risk, counts.met, tuning.hazard_prior
    hazard = np.divide(met, at_risk, out=np.zeros_like(met), where=at_risk > 0)
    for groups in tree.generations():
        above = hazard[parents[groups]]
        hazard[groups] = (met[groups] + prior * above) / (at_risk[groups] + prior)
    p = _until_due(np.minimum(hazard, 1))
    weight = np.concatenate([counts.settled, counts.settled[:, -1:]], axis=1)
    for groups in tree.generations():
        seen, above = weight[groups], p[parents[groups]]
        part = tuning.settled_prior / np.maximum(seen + tuning.settled_prior, 1)
        p[groups] += part * (above - p[groups])
    return np.maximum.accumulate(p, axis=1)


def _until_due(hazard: Floats) -> Floats:
    """The chance to stay unmet from each edge to the last."""
    kept = np.cumprod((1 - hazard)[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([kept, np.ones((len(hazard), 1))], axis=1)


def find_longest(targets: int, target: Numbers, budget: Floats, fewest: int) -> Floats:
    """Of settled deadlines; 0 for a target with fewer of them."""
    found = np.zeros(targets)
    for number in range(targets):
        budgets = np.sort(budget[target == number])
        if len(budgets) >= fewest:
            found[number] = budgets[-fewest]
    return found


def find_evidence(tree: Tree, settled: Numbers, fewest: int) -> Numbers:
    found = np.where(settled >= fewest, np.arange(len(tree.groups))[:, None], -1)
    parents = tree.parents
    for groups in tree.generations():
        found[groups] = np.where(found[groups] >= 0, found[groups], found[parents[groups]])
    return found

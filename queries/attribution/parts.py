"""Whose time it was (X3), and which breaches co-owners caused. Pure; instants are whole seconds.

The life of a complaint is [received_at, closed_at or withdrawn_at, else now). Each second of it has one
holder, by status:
- waiting_customer: the customer;
- waiting_co_owner: the co-owner on the critical path. Among the requests open at that instant (requested_at
  <= t < the first of opinion, cancelled, resolved) this is the one that ends last; of those still open, or
  with equal ends, the one requested first, then the lower number. If none is open: the lead department;
- received, in_progress: the lead department, or None before there is one;
- resolved, or closed and re-opened later: follow-up.

Late seconds are those that a co-owner holds while one of its own deadlines is past due. A breached deadline
of the lead owner that has ended (met, or cancelled with its episode) was avoidable if there were late
seconds in its running time (from start to end, without pauses) and at least as many as from its due time to
its end: without them it would have ended in time. Both are counted in the deadline's own hours. The breach
is attributed to the department with most of these seconds, of equals to the lower number. While the
deadline is open the verdict is not known yet. Nothing that happened after `now` is taken into account.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from queries.hours.working_time import Hours
from queries.intake.facts import ENDED

Holder = Literal["customer", "lead", "co_owner", "follow_up"]
HOLDER_OF: dict[str, Holder] = {
    "received": "lead",
    "in_progress": "lead",
    "waiting_co_owner": "lead",  # unless a request is open
    "waiting_customer": "customer",
    "resolved": "follow_up",
    "closed": "follow_up",
    "withdrawn": "follow_up",
    "merged": "follow_up",
    "vanished": "follow_up",
}
TEAM: frozenset[Holder] = frozenset({"lead", "co_owner"})
Outcome = Literal["avoidable", "own", "no_telling"]
Interval = tuple[int, int]
OPEN_END = 1 << 60  # later than any instant


class Stint(NamedTuple):
    from_at: int
    until_at: int | None
    status: str
    department_id: int | None


class Request(NamedTuple):
    request_id: int
    department_id: int | None
    requested_at: int
    ended_at: int | None  # the first of opinion, cancelled, resolved

    def end(self, now: int) -> int:
        return self.ended_at if self.ended_at is not None and self.ended_at <= now else OPEN_END


class Piece(NamedTuple):
    from_at: int
    until_at: int
    holder: Holder
    department_id: int | None  # of a lead or a co-owner
    request_id: int  # of a co-owner, else 0


class Overdue(NamedTuple):
    """A time during which one deadline of a request was past due."""

    request_id: int
    from_at: int
    until_at: int


class Promise(NamedTuple):
    """A deadline of the lead owner. `due_at` None: paused, or not yet begun."""

    target: str
    episode: int
    started_at: int
    due_at: int | None
    ended_at: int | None  # met or cancelled
    paused: Sequence[Interval]
    hours: Hours


@dataclass(frozen=True, slots=True)
class Part:
    """All seconds of one holder; those of a department also in the team's hours."""

    holder: Holder
    department_id: int | None
    seconds: int
    open_seconds: int
    late_seconds: int  # of a co-owner


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one breached deadline. `caused`: (co-owner department, late seconds), the most first."""

    target: str
    episode: int
    due_at: int
    ended_at: int | None
    outcome: Outcome
    over_seconds: int  # from its due time to its end or to now, in its own hours
    caused: tuple[tuple[int | None, int], ...]


def pieces(stints: Iterable[Stint], requests: Iterable[Request], now: int) -> list[Piece]:
    """The life up to `now`, in order and without gaps; neighbouring pieces differ."""
    requested = [one for one in requests if one.requested_at <= now]
    found: list[Piece] = []
    for stint, ended in _with_ends(stints, now):
        for since, until in pairwise(_cuts(stint, ended, requested)):
            piece = _piece(stint, requested, since, until, now)
            if found and found[-1][2:] == piece[2:]:
                piece = piece._replace(from_at=found.pop().from_at)
            found.append(piece)
    return found


def _with_ends(stints: Iterable[Stint], now: int) -> Iterator[tuple[Stint, int]]:
    """With their ends. A complaint that is closed at `now` is over, even if it is re-opened later."""
    known = [one for one in stints if one.from_at <= now]
    while known and known[-1].status in ENDED:
        known.pop()
    for one in known:
        yield one, now if one.until_at is None else min(one.until_at, now)


def _cuts(stint: Stint, ended: int, requested: Iterable[Request]) -> list[int]:
    """Instants at which the holder may change."""
    edges = {stint.from_at, ended}
    if stint.status == "waiting_co_owner":
        edges |= {at for one in requested for at in (one.requested_at, one.ended_at) if at is not None}
    return sorted(at for at in edges if stint.from_at <= at <= ended)


def _piece(stint: Stint, requested: Iterable[Request], since: int, until: int, now: int) -> Piece:
    holder = HOLDER_OF[stint.status]
    if stint.status == "waiting_co_owner":
        there = [one for one in requested if one.requested_at <= since < one.end(now)]
        if there:
            last = min(there, key=lambda one: (-one.end(now), one.requested_at, one.request_id))
            return Piece(since, until, "co_owner", last.department_id, last.request_id)
    return Piece(since, until, holder, stint.department_id if holder == "lead" else None, 0)


def late(held: Iterable[Piece], overdue: Sequence[Overdue]) -> list[Piece]:
    """The times in which the holding co-owner is past one of its limits, in order, not overlapping."""
    found: list[Piece] = []
    for piece in held:
        if piece.holder == "co_owner":
            over = [(one.from_at, one.until_at) for one in overdue if one.request_id == piece.request_id]
            shared = _within(_joined(over), piece.from_at, piece.until_at)
            found += [piece._replace(from_at=since, until_at=until) for since, until in shared]
    return found


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    """Merges overlapping intervals."""
    found: list[Interval] = []
    for since, until in sorted(intervals):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        elif since < until:
            found.append((since, until))
    return found


def _within(intervals: Iterable[Interval], since: int, until: int) -> list[Interval]:
    cut = ((max(a, since), min(b, until)) for a, b in intervals)
    return [(a, b) for a, b in cut if a < b]


def _without(interval: Interval, left_out: Iterable[Interval]) -> Iterator[Interval]:
    since, until = interval
    for a, b in _within(_joined(left_out), since, until):
        if since < a:
            yield since, a
        since = b
    if since < until:
        yield since, until


def parts(held: Sequence[Piece], delays: Iterable[Piece], team: Hours) -> tuple[Part, ...]:
    """Sums by holder and department, in the order of their first piece; together they are the whole life."""
    sums: dict[tuple[Holder, int | None], list[int]] = {}
    for piece in held:
        of = sums.setdefault((piece.holder, piece.department_id), [0, 0, 0])
        of[0] += piece.until_at - piece.from_at
        of[1] += team.between(piece.from_at, piece.until_at) if piece.holder in TEAM else 0
    for piece in delays:
        sums[piece.holder, piece.department_id][2] += piece.until_at - piece.from_at
    return tuple(Part(*key, *found) for key, found in sums.items())


def verdicts(promises: Iterable[Promise], delays: Sequence[Piece], now: int) -> tuple[Verdict, ...]:
    """On each deadline that is breached at `now`."""
    found = []
    for promise in promises:
        ended = promise.ended_at if promise.ended_at is not None and promise.ended_at <= now else None
        until = now if ended is None else ended
        if promise.due_at is None or until <= promise.due_at:
            continue
        over = promise.hours.between(promise.due_at, until)
        caused = _caused(promise, delays, until)
        total = sum(caused.values())
        outcome: Outcome = "avoidable" if total and total >= over else "own"
        found.append(
            Verdict(
                promise.target,
                promise.episode,
                promise.due_at,
                ended,
                "no_telling" if ended is None else outcome,
                over,
                tuple(sorted(caused.items(), key=lambda one: (-one[1], one[0] or 0))),
            )
        )
    return tuple(found)


def _caused(promise: Promise, delays: Iterable[Piece], until: int) -> Mapping[int | None, int]:
    found: dict[int | None, int] = {}
    for piece in delays:
        for interval in _within([(piece.from_at, piece.until_at)], promise.started_at, until):
            for a, b in _without(interval, promise.paused):
                seconds = promise.hours.between(a, b)
                if seconds:
                    found[piece.department_id] = found.get(piece.department_id, 0) + seconds
    return found

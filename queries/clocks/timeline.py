"""The timeline that follows from a complaint's observations: states, milestones, episodes, stints. Pure.

Instants are whole seconds since 1970 (int). Nothing here depends on now or on the order of arrival.
"""

from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple

from config.vocabulary import MILESTONE_FIELDS, OPEN_STATUSES
from queries.intake.facts import ENDED, MERGED, PARENT, UNRESOLVED_ENDS, VANISHED

RESOLVED_OR_ENDED = ENDED | {"resolved"}
WAITING = frozenset({"waiting_customer", "waiting_co_owner"})


class Observed(NamedTuple):
    """One observation; lists of them are ordered by (happened_at, source_seq)."""

    at: int
    party_id: int
    field: str
    origin: str
    value: str | None


class Stint(NamedTuple):
    from_at: int
    until_at: int | None
    episode: int
    status: str
    tier: int | None
    department: int | None
    owner: int | None

    @property
    def counts_as_open(self) -> bool:
        return self.status in OPEN_STATUSES


class Milestone(NamedTuple):
    episode: int
    name: str
    at: int


@dataclass(slots=True)
class Request:
    request_id: int
    requested_at: int
    department: int | None
    responded_at: int | None
    opinion_at: int | None
    cancelled_at: int | None
    episode: int


@dataclass(slots=True)
class Timeline:
    """`states[f]` holds (from, value) changes, the first at received_at; episodes are 1-based."""

    received_at: int
    ended_at: int | None
    states: dict[str, list[tuple[int, str | None]]]
    episodes: list[tuple[int, int | None]]  # started, over (resolved or ended)
    reopened: list[int | None]  # when each episode was ended by a re-opening
    milestones: list[Milestone] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def at(self, name: str, instant: int) -> str | None:
        """The value of a state in force at `instant`."""
        value = None
        for since, latest in self.states.get(name, ()):
            if since > instant:
                break
            value = latest
        return value

    def last(self, name: str) -> str | None:
        changes = self.states.get(name)
        return changes[-1][1] if changes else None

    def first_met(self, name: str, episode: int) -> int | None:
        for found, milestone, at in self.milestones:
            if found == episode and milestone == name:
                return at
        return None

    def episode_at(self, instant: int) -> int:
        number = 1
        for index, (started, _) in enumerate(self.episodes):
            if started <= instant:
                number = index + 1
        return number

    def followed_up_at(self, instant: int) -> int:
        """The episode that a callback made at `instant` follows up. The call that re-opens one is of it."""
        return 1 + sum(started < instant for started, _ in self.episodes[1:])


def build_timeline(received_at: int, observations: list[Observed]) -> Timeline:
    states = _states(received_at, observations)
    for name, shown in ((PARENT, MERGED), (VANISHED, VANISHED)):
        if name in states:
            states["status"] = _shown_while(states["status"], states[name], shown)
    status = states["status"]
    milestones, episodes, reopened = _episodes(received_at, status)
    timeline = Timeline(received_at, _end(status), states, episodes, reopened, milestones)
    _add_reported(timeline, observations)
    timeline.requests = _requests(timeline, observations)
    return timeline


def _states(received_at: int, observations: list[Observed]) -> dict[str, list[tuple[int, str | None]]]:
    """Changes only. An origin that repeats its last value is ignored, so that a person's correction lasts."""
    last_values: dict[tuple[str, str], str | None] = {}
    states: dict[str, list[tuple[int, str | None]]] = {}
    for at, party_id, name, origin, value in observations:
        if party_id or name in MILESTONE_FIELDS:
            continue
        key = (name, origin)
        if key in last_values and last_values[key] == value:
            continue
        last_values[key] = value
        at = max(at, received_at)
        changes = states.setdefault(name, [])
        if not changes:
            changes.append((received_at, _first(name, value, at > received_at)))
        if changes[-1][1] == value:
            continue
        if changes[-1][0] == at:
            changes.pop()
            if changes and changes[-1][1] == value:
                continue
        changes.append((at, value))
    states.setdefault("status", [(received_at, "received")])
    return states


def _first(name: str, value: str | None, is_later: bool) -> str | None:
    """The first known state reaches back to receipt, unless it ended it, or waits since a later instant."""
    if name == VANISHED or (name == PARENT and is_later):
        return None
    reaches_back = value in OPEN_STATUSES and not (is_later and value in WAITING)
    return value if name != "status" or reaches_back else "received"


def _shown_while(
    status: list[tuple[int, str | None]], held: list[tuple[int, str | None]], shown: str
) -> list[tuple[int, str | None]]:
    """`shown` in place of `status` while `held` has a value, unless it had ended before and stays so."""
    found: list[tuple[int, str | None]] = []
    was, value, is_held, had_ended = None, None, False, False
    both = [(at, 0, one) for at, one in held] + [(at, 1, one) for at, one in status]
    for at, which, new in sorted(both, key=lambda one: one[:2]):
        if which == 1:
            value = new
            had_ended = had_ended and new in ENDED
        else:
            had_ended = value in ENDED if new is not None and not is_held else had_ended
            is_held = new is not None
        now = shown if is_held and not had_ended else value
        if now != was:
            if found and found[-1][0] == at:
                found.pop()
            if not found or found[-1][1] != now:
                found.append((at, now))
            was = now
    return found


def _end(status: list[tuple[int, str | None]]) -> int | None:
    """closed_at or withdrawn_at: when the run of ended statuses began that lasts until the end."""
    ended = None
    for at, value in status:
        if value not in ENDED:
            ended = None
        elif ended is None:
            ended = at
    return ended


def _episodes(
    received_at: int, status: list[tuple[int, str | None]]
) -> tuple[list[Milestone], list[tuple[int, int | None]], list[int | None]]:
    number, started, over = 1, received_at, None
    milestones = [Milestone(1, "received", received_at)]
    episodes: list[tuple[int, int | None]] = []
    reopened: list[int | None] = []
    noted: set[str] = set()
    for at, value in status:
        if value in RESOLVED_OR_ENDED:
            names = ("resolved",) if value == "resolved" else (value, "resolved")
            for name in names:
                if name is None or name in noted or (name == "resolved" and value in UNRESOLVED_ENDS):
                    continue
                noted.add(name)
                milestones.append(Milestone(number, name, at))
            over = at if over is None else over
        elif over is not None:
            episodes.append((started, over))
            reopened.append(at)
            number, started, over, noted = number + 1, at, None, set()
            milestones.append(Milestone(number, "reopened", at))
    episodes.append((started, over))
    reopened.append(None)
    return milestones, episodes, reopened


def _add_reported(timeline: Timeline, observations: list[Observed]) -> None:
    noted: set[tuple[int, str]] = set()
    for at, party_id, name, _origin, _value in observations:
        if party_id or name not in MILESTONE_FIELDS:
            continue
        at = max(at, timeline.received_at)
        episode = timeline.episode_at(at)
        if (episode, name) not in noted:
            noted.add((episode, name))
            timeline.milestones.append(Milestone(episode, name, at))


def _requests(timeline: Timeline, observations: list[Observed]) -> list[Request]:
    """A party's requests are told apart by their instants; what it answers is for all that wait for it."""
    requests: dict[int, list[Request]] = {}
    for at, party_id, name, _origin, value in observations:
        if party_id and name == "requested":
            _ask(timeline, requests.setdefault(party_id, []), party_id, max(at, timeline.received_at), value)
    for at, party_id, name, _origin, _value in observations:
        # An answer may arrive before its request, which will make the complaint dirty again.
        if party_id in requests and name != "requested":
            for one in _waiting(requests[party_id], f"{name}_at", max(at, timeline.received_at)):
                setattr(one, f"{name}_at", max(at, timeline.received_at))
    for several in requests.values():
        _replace_unanswered(several)
    return [one for _party, several in sorted(requests.items()) for one in several]


def _ask(timeline: Timeline, before: list[Request], party_id: int, at: int, value: str | None) -> None:
    if before and before[-1].requested_at == at:
        return
    department, number = int(value) if value else None, _further(party_id, at) if before else party_id
    before.append(Request(number, at, department, None, None, None, timeline.episode_at(at)))


def _waiting(requests: list[Request], step: str, at: int) -> list[Request]:
    """Those that a step at this instant is of. One requested at the same instant waits for a later step, if
    others were waiting."""
    open_ones = [
        one
        for one in requests
        if getattr(one, step) is None
        and (len(requests) == 1 or one.cancelled_at is None or one.cancelled_at >= at)
    ]
    before = [one for one in requests if one.requested_at < at]
    asked = [one for one in before if one.department == before[-1].department and one in open_ones]
    asked = asked or [one for one in open_ones if one.requested_at == at]
    if not asked and at < requests[0].requested_at:
        asked = [one for one in requests[:1] if one in open_ones]
    return asked


def _replace_unanswered(requests: list[Request]) -> None:
    """A request that another department got in its place, before it gave its opinion, is over then."""
    for one, following in pairwise(requests):
        is_answered = one.opinion_at is not None or one.cancelled_at is not None
        if one.department != following.department and not is_answered:
            one.cancelled_at = following.requested_at


def _further(party_id: int, at: int) -> int:
    """The number of a request after the first of its party: 62 bits of a hash, the same everywhere."""
    return int.from_bytes(blake2b(f"{party_id} {at}".encode(), digest_size=8).digest(), "big") >> 2 or 1


def stopped_at(timeline: Timeline, request: Request) -> int | None:
    """When it ended unanswered: cancelled, or with its episode; one made after that ends at once."""
    over, cancelled = timeline.episodes[request.episode - 1][1], request.cancelled_at
    ends = [max(over, request.requested_at)] if over is not None else []
    if cancelled is not None and cancelled >= request.requested_at:
        ends.append(cancelled)
    return min(ends, default=None)


def stints(timeline: Timeline) -> list[Stint]:
    """Intervals of one status, tier, department and owner; together exactly the life of the complaint."""
    names = ("status", "tier", "department", "owner")
    moments = sorted(
        {at for name in names for at, _ in timeline.states.get(name, ())} | {timeline.received_at}
    )
    if timeline.ended_at is not None:
        moments = [at for at in moments if at < timeline.ended_at]
    if timeline.ended_at == timeline.received_at:
        return []
    found: list[Stint] = []
    for index, at in enumerate(moments):
        until = moments[index + 1] if index + 1 < len(moments) else timeline.ended_at
        status, tier, department, owner = (timeline.at(name, at) for name in names)
        found.append(
            Stint(
                at,
                until,
                timeline.episode_at(at),
                status or "received",
                _number(tier),
                _number(department),
                _number(owner),
            )
        )
    return found


def _number(value: str | None) -> int | None:
    return int(value) if value else None

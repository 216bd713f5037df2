"""What may be done with a complaint in the state in which it is, and what each action observes. Pure.

Instants are whole seconds since 1970, as in queries/clocks/timeline.py.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from config.vocabulary import MILESTONE_FIELDS, OPEN_STATUSES
from queries.clocks.timeline import WAITING, Timeline, stopped_at
from queries.intake.facts import MERGED, PARENT

Name = Literal[
    "take_over",
    "first_contact",
    "plan",
    "verification_started",
    "feedback",
    "answered",
    "wait_customer",
    "wait_co_owner",
    "go_on",
    "ask",
    "respond",
    "opinion",
    "cancel_request",
    "resolve",
    "close",
    "reopen",
    "tier",
    "department",
    "owner",
    "merge",
    "unmerge",
    "withdraw",
    "note",
]
Takes = Literal["", "tier", "department", "owner", "parent", "request"]
Text = Literal["no", "may", "must", "if_changed"]  # if_changed: must, where it replaces a value

# A plan of tier 1 is given by supervisor level or above (N2).
MAY_PLAN_TIER_1 = ("supervisor", "manager", "administrator")
_TO_STATUS = {
    "wait_customer": "waiting_customer",
    "wait_co_owner": "waiting_co_owner",
    "go_on": "in_progress",
    "resolve": "resolved",
    "close": "closed",
    "reopen": "in_progress",
    "withdraw": "withdrawn",
}
# Work on a complaint that was only received has begun with these.
_BEGIN = frozenset({"take_over", "first_contact", "plan", "verification_started", "feedback", "ask"})
_REQUEST_STEP = {"respond": "responded", "opinion": "opinion", "cancel_request": "cancelled"}
_SETS = {
    "tier": ("tier",),
    "department": ("department", "owner"),
    "owner": ("owner",),
    "take_over": ("owner",),
}
_REOPENED_FROM = frozenset({"resolved", "closed", "withdrawn"})


class Seen(NamedTuple):
    """An observation of one complaint."""

    field: str
    value: str | None = None
    party_id: int = 0


@dataclass(frozen=True, slots=True)
class Action:
    name: Name
    takes: Takes = ""
    text: Text = "may"


ACTIONS: tuple[Action, ...] = (
    Action("take_over", text="if_changed"),
    Action("first_contact"),
    Action("plan"),
    Action("verification_started"),
    Action("feedback"),
    Action("answered", text="must"),
    Action("wait_customer"),
    Action("wait_co_owner"),
    Action("go_on"),
    Action("ask", takes="department", text="must"),
    Action("respond", takes="request"),
    Action("opinion", takes="request", text="must"),
    Action("cancel_request", takes="request", text="must"),
    Action("resolve", text="must"),
    Action("close"),
    Action("reopen", text="must"),
    Action("tier", takes="tier", text="if_changed"),
    Action("department", takes="department", text="if_changed"),
    Action("owner", takes="owner", text="if_changed"),
    Action("merge", takes="parent"),
    Action("unmerge", text="must"),
    Action("withdraw", text="must"),
    Action("note", text="must"),
)
BY_NAME: dict[str, Action] = {one.name: one for one in ACTIONS}


@dataclass(frozen=True, slots=True)
class Request:
    """A co-owner request that runs: neither cancelled nor over with its episode, its opinion not given."""

    request_id: int
    department_id: int | None
    requested_at: int
    responded_at: int | None


@dataclass(frozen=True, slots=True)
class State:
    """`since`: when each of these last became what it is. `done`: milestones of the running episode; the
    first contact of any."""

    received_at: int
    status: str
    tier: int | None
    department_id: int | None
    owner_id: int | None
    parent_id: int | None
    since: tuple[tuple[str, int], ...]
    began_at: int
    done: frozenset[str]
    requests: tuple[Request, ...]

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES


def state_of(timeline: Timeline) -> State:
    episode = len(timeline.episodes)
    done = {
        one.name for one in timeline.milestones if one.episode == episode and one.name in MILESTONE_FIELDS
    }
    done |= {"first_contact" for one in timeline.milestones if one.name == "first_contact"}
    since = [(name, changes[-1][0]) for name, changes in sorted(timeline.states.items())]
    return State(
        received_at=timeline.received_at,
        status=timeline.last("status") or "received",
        tier=_number(timeline.last("tier")),
        department_id=_number(timeline.last("department")),
        owner_id=_number(timeline.last("owner")),
        parent_id=_number(timeline.last(PARENT)),
        since=tuple(since),
        began_at=timeline.episodes[-1][0],
        done=frozenset(done),
        requests=tuple(_running(timeline)),
    )


def _running(timeline: Timeline) -> Iterable[Request]:
    for one in timeline.requests:
        if stopped_at(timeline, one) is None and one.opinion_at is None:
            yield Request(one.request_id, one.department, one.requested_at, one.responded_at)


def _number(value: str | None) -> int | None:
    return int(value) if value else None


def offered(state: State, role: str, agent_id: int) -> tuple[Action, ...]:
    """In the order of a complaint's life."""
    return tuple(one for one in ACTIONS if _is_offered(one.name, state, role, agent_id))


def _is_offered(name: Name, state: State, role: str, agent_id: int) -> bool:
    if name == "note":
        return True
    if name in ("close", "reopen", "unmerge"):
        return _is_offered_after_the_end(name, state)
    if not state.is_open:
        return False
    if name == "plan" and state.tier == 1 and role not in MAY_PLAN_TIER_1:
        return False
    if name in MILESTONE_FIELDS:
        return name not in state.done
    waits = state.status in WAITING
    running = state.requests
    return {
        "take_over": state.owner_id != agent_id,
        "wait_customer": not waits,
        "wait_co_owner": not waits and bool(running),
        "go_on": waits,
        "respond": any(one.responded_at is None for one in running),
        "opinion": bool(running),
        "cancel_request": bool(running),
    }.get(name, True)


def _is_offered_after_the_end(name: Name, state: State) -> bool:
    if name == "close":
        return state.status == "resolved"
    if name == "reopen":
        return state.status in _REOPENED_FROM
    return state.status == MERGED and state.parent_id is not None


def choices(name: str, state: State) -> tuple[int, ...]:
    """The requests that an action is about, or the tiers that it may give."""
    if name == "tier":
        return tuple(one for one in (1, 2, 3) if one != state.tier)
    if name == "respond":
        return tuple(one.request_id for one in state.requests if one.responded_at is None)
    return tuple(one.request_id for one in state.requests)


def needs_text(action: Action, state: State) -> bool:
    """Whoever changes what was said before gives a reason."""
    if action.text == "if_changed":
        return replaced(action.name, state) is not None
    return action.text == "must"


def replaced(name: str, state: State) -> int | None:
    """The value that an action replaces, where there is one."""
    values = {"tier": state.tier, "department": state.department_id}
    return values.get(name, state.owner_id if name in ("owner", "take_over") else None)


def concern(name: str, state: State, value: int | None) -> tuple[object, ...]:
    """What an action is about: whoever saw another one of it is told, instead of overwriting it unseen."""
    if name in _TO_STATUS or name in ("merge", "unmerge"):
        return state.status, state.parent_id
    if name in MILESTONE_FIELDS:
        return (name in state.done,)
    if name in _REQUEST_STEP:
        return tuple(one for one in state.requests if one.request_id == value)
    return () if name in ("ask", "note") else (replaced(name, state),)


def earliest(name: str, state: State, value: int | None) -> int:
    """Not before what it follows: an earlier instant would change the past behind what is known of it."""
    since = dict(state.since)
    if name in _TO_STATUS or name in ("merge", "unmerge"):
        return max(since.get("status", state.received_at), since.get(PARENT, 0), state.received_at)
    if name in _REQUEST_STEP:
        steps = [one for one in state.requests if one.request_id == value]
        return max((one.responded_at or one.requested_at for one in steps), default=state.began_at)
    if name in _SETS:
        return max(since.get(one, state.received_at) for one in _SETS[name])
    return state.began_at


def observations(name: str, state: State, value: int | None, agent_id: int, place: int) -> tuple[Seen, ...]:
    """What follows from it; `place`: its number among the actions, which a new request is named by."""
    begun = (Seen("status", "in_progress"),) if name in _BEGIN and state.status == "received" else ()
    if name in _TO_STATUS:
        return (Seen("status", _TO_STATUS[name]),)
    if name in MILESTONE_FIELDS:
        return Seen(name), *begun
    if name in _REQUEST_STEP:
        return _of_request(name, state, value or 0)
    if name == "department":
        nobody = (Seen("owner", None),) if state.owner_id is not None else ()
        return Seen("department", str(value)), *nobody
    stated: dict[str, Seen] = {
        "take_over": Seen("owner", str(agent_id)),
        "owner": Seen("owner", str(value)),
        "tier": Seen("tier", str(value)),
        "merge": Seen(PARENT, str(value)),
        "unmerge": Seen(PARENT, None),
        # Below zero: numbers of a source's own requests are above.
        "ask": Seen("requested", str(value), -place),
    }
    return (stated[name], *begun) if name in stated else ()


def _of_request(name: str, state: State, request_id: int) -> tuple[Seen, ...]:
    """Whoever gives an opinion has responded."""
    is_silent = any(one.request_id == request_id and one.responded_at is None for one in state.requests)
    responded = (Seen("responded", None, request_id),) if name == "opinion" and is_silent else ()
    return *responded, Seen(_REQUEST_STEP[name], None, request_id)

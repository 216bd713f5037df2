"""What a policy would change, of open deadlines or, when given for the past, of all that it concerns (X4):
both are derived from the same facts, with and without it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from sqlalchemy import Connection, Engine, text

from config.policy import Policy, Target, parse
from queries.clocks.derive import read_facts
from queries.clocks.outcome import Facts, callbacks_of, clocks_of
from queries.clocks.timeline import Timeline, build_timeline
from queries.db import DERIVE_CHANNEL, Scope, raise_version, writing
from queries.policies.history import PolicyHistory, apply_policy, load_policy_history
from queries.policies.resolved import ResolvedPolicies
from queries.policy_changes.alerts import Alerting, Crossing, would_alert
from queries.policy_changes.versions import alone, check_past, check_regions, next_in_force
from queries.policy_changes.withdraw import derive_past

BATCH = 2_000
State = Literal["safe", "at_risk", "breached", "paused", "over", "ended"]


class Standing(NamedTuple):
    """A deadline or callback; instants in whole seconds."""

    due_at: int | None
    warn_at: int | None
    left_seconds: int | None
    ended_at: int | None

    def state(self, now: int) -> State:
        if self.ended_at is not None:
            return "breached" if self.due_at is not None and self.due_at < self.ended_at else "over"
        if self.due_at is None:
            return "paused"
        if self.due_at < now:
            return "breached"
        return "at_risk" if self.warn_at is not None and self.warn_at <= now else "safe"

    def crossed_at(self, now: int, alerts_from: int | None) -> int | None:
        """When it crossed the instant that raises an alert: its due time, before that its warning."""
        if self.ended_at is not None or self.due_at is None:
            return None
        at = self.due_at if self.due_at <= now else self.warn_at
        passed = at is not None and at <= now and (alerts_from is None or at > alerts_from)
        return at if passed else None


@dataclass(frozen=True, slots=True)
class Move:
    """One deadline that the policy would change. No `due_after`: paused, or not promised. `before` is 'ended'
    if only the new policy has it, `after` if only the old one has."""

    complaint_id: int
    target: str
    party_id: int
    episode: int
    tier: int | None
    department_id: int | None
    region_id: int | None
    due_before: datetime | None
    due_after: datetime | None
    before: State
    after: State
    crossed_at: datetime | None = None
    alerting: Alerting | None = None  # the alert that it would raise


@dataclass(frozen=True, slots=True)
class Trial:
    """A policy to try: from now on, moving open deadlines, or from `since` on, which is in the past."""

    policy: str
    since: datetime | None = None
    move_open: bool = True


@dataclass(frozen=True, slots=True)
class Effect:
    """Of a group of moves. `later` and `earlier` leave out those that end, pause or keep their due time."""

    moved: int
    earlier: int
    later: int
    begun: int
    ended: int
    become_breached: int
    no_longer_breached: int
    become_at_risk: int
    no_longer_at_risk: int
    alerts: int


def effect(moves: Iterable[Move]) -> Effect:
    found = list(moves)
    both = [(one.due_before, one.due_after) for one in found if one.due_before and one.due_after]
    return Effect(
        moved=len(found),
        earlier=sum(after < before for before, after in both),
        later=sum(after > before for before, after in both),
        begun=sum(one.before == "ended" for one in found),
        ended=sum(one.after == "ended" for one in found),
        become_breached=sum(one.before != "breached" and one.after == "breached" for one in found),
        no_longer_breached=sum(one.before == "breached" and one.after != "breached" for one in found),
        become_at_risk=sum(one.before != "at_risk" and one.after == "at_risk" for one in found),
        no_longer_at_risk=sum(one.before == "at_risk" and one.after in ("safe", "ended") for one in found),
        alerts=sum(one.alerting is not None for one in found),
    )


def newly_promised(old: Policy, new: Policy) -> list[Target]:
    """Targets that are switched on or cover more than before; they start only for later complaints."""
    before = {target.name: target for target in old.targets if target.on}
    return [
        target
        for target in new.targets
        if target.on and (target.name not in before or _covers_more(target, before[target.name]))
    ]


def _covers_more(new: Target, old: Target) -> bool:
    names = ("tiers", "channels", "categories", "customer_values")
    pairs = [(set(getattr(old, name)), set(getattr(new, name))) for name in names]
    return any(was and not (now and now <= was) for was, now in pairs)


def running_complaints(conn: Connection) -> list[int]:
    """Those with an open deadline or a pending callback, in id order."""
    return list(conn.execute(text(f"{_RUNNING} ORDER BY 1")).scalars())


_RUNNING = (
    "SELECT complaint_id FROM derived.deadline WHERE met_at IS NULL AND cancelled_at IS NULL "
    "UNION SELECT complaint_id FROM derived.callback WHERE ended_at IS NULL"
)


def concerned(conn: Connection, trial: Trial) -> list[int]:
    """Complaints that it can change, in id order."""
    if trial.since is None:
        return running_complaints(conn)
    rows = conn.execute(
        text("SELECT complaint_id FROM facts.complaint WHERE received_at < :until ORDER BY 1"),
        {"until": next_in_force(conn, trial.since)},
    )
    return list(rows.scalars())


def moves_of(conn: Connection, trial: Trial, ids: list[int], now: datetime) -> list[Move]:
    """What would change in these complaints if the policy were applied now, and which alerts it would
    raise."""
    history, applied = load_policy_history(conn), trial.since or now
    new = history.with_version(trial.policy, int(applied.timestamp()), trial.move_open)
    found: list[Move] = []
    for facts in read_facts(conn, ids):
        found += _moves(facts, history, new, int(now.timestamp()), trial.since is not None)
    return _with_alerts(conn, found, now)


def _with_alerts(conn: Connection, moves: list[Move], now: datetime) -> list[Move]:
    crossings = (
        Crossing(*_key(move), move.tier, move.crossed_at, move.crossed_at != move.due_after)
        for move in moves
        if move.crossed_at is not None
    )
    alerting = would_alert(conn, crossings, now)
    return [replace(move, alerting=alerting.get(_key(move))) for move in moves]


def _key(move: Move) -> tuple[int, str, int, int]:
    return move.complaint_id, move.target, move.party_id, move.episode


def dry_run(conn: Connection, trial: Trial, now: datetime) -> Iterator[tuple[int, int, list[Move]]]:
    """(complaints looked at, of how many, what changes of the batch), batch by batch; raises NotAllowed."""
    check_regions(conn, parse(trial.policy))
    if trial.since is not None:
        check_past(conn, trial.since, now)
    ids = concerned(conn, trial)
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        yield min(start + BATCH, len(ids)), len(ids), moves_of(conn, trial, batch, now)


def _moves(facts: Facts, history: PolicyHistory, new: PolicyHistory, now: int, past: bool) -> Iterator[Move]:
    """Changes of open deadlines; for the past also of ended ones and of those that would have existed."""
    timeline = build_timeline(facts.received_at, facts.observations)
    region = int(timeline.last("region") or 0) or None
    reported = history.milestones(facts.source)
    key = (region, facts.source, facts.customer_value)
    before = _standing(facts, timeline, history.policies(*key), reported, past)
    after = _standing(facts, timeline, new.policies(*key), reported, past)
    for one in dict.fromkeys([*before, *after] if past else before):
        was, becomes = before.get(one), after.get(one)
        if was == becomes:
            continue
        target, party_id, episode = one
        co_owner = next((q.department for q in timeline.requests if q.request_id == party_id), None)
        crossed_at = becomes.crossed_at(now, facts.alerts_from) if becomes else None
        yield Move(
            complaint_id=facts.complaint_id,
            target=target,
            party_id=party_id,
            episode=episode,
            tier=_number(timeline.last("tier")),
            department_id=co_owner if party_id else _number(timeline.last("department")),
            region_id=region,
            due_before=_instant(was.due_at) if was else None,
            due_after=_instant(becomes.due_at) if becomes else None,
            before=was.state(now) if was else "ended",
            after=becomes.state(now) if becomes else "ended",
            crossed_at=_instant(crossed_at),
        )


def _standing(
    facts: Facts, timeline: Timeline, policies: ResolvedPolicies, reported: frozenset[str], past: bool
) -> dict[tuple[str, int, int], Standing]:
    """Open deadlines and callbacks; for the past, all."""
    found = {
        (clock.target, clock.party_id, clock.episode): Standing(
            clock.due_at, clock.warn_at, clock.left_seconds, clock.ended_at
        )
        for clock in clocks_of(timeline, policies, reported)
    }
    if "callback" in reported:
        for one in callbacks_of(timeline, facts, policies):
            found[one.kind, 0, one.episode] = Standing(one.due_at, None, None, one.ended_at)
    return found if past else {key: one for key, one in found.items() if one.ended_at is None}


def _number(value: str | None) -> int | None:
    return int(value) if value else None


def _instant(value: int | None) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value, UTC)


def apply(
    conn: Connection, policy_text: str, move_open: bool, person: str, since: datetime | None = None
) -> int:
    """From the command line: a new version, from now on or, before the board's first one, from `since` on.
    Raises PolicyError, NotAllowed. Jobs derive the complaints that it concerns."""
    now = alone(conn)
    check_regions(conn, parse(policy_text))
    if since is not None:
        check_past(conn, since, now)
    version = apply_policy(conn, policy_text, now, person, move_open, since)
    if since is None:
        _derive_again(conn, move_open, now)
    else:
        derive_past(conn, since)
        raise_version(conn, now)
    return version


def apply_as(engine: Engine, scope: Scope, policy_text: str, move_open: bool, effect_text: str) -> int:
    """From the page: the database checks that the person is an administrator, and records it. Raises
    PolicyError, NotAllowed."""
    policy = parse(policy_text)
    with writing(engine, scope) as conn:
        now = alone(conn)
        check_regions(conn, policy)
        version: int = conn.execute(
            text("SELECT journal.apply_policy(:policy, :move_open, :now, CAST(:effect AS jsonb))"),
            {"policy": policy_text, "move_open": move_open, "now": now, "effect": effect_text},
        ).scalar_one()
        _derive_again(conn, move_open, now)
        return version


def _derive_again(conn: Connection, move_open: bool, now: datetime) -> None:
    if move_open:
        conn.execute(text(f"INSERT INTO derived.dirty (complaint_id) {_RUNNING}"))
        conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})
    raise_version(conn, now)

"""What applying a policy would do to what runs now (X4): derived from the same facts with and without it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from sqlalchemy import Connection, Engine, text

from config.policy import parse
from queries.db import DERIVE_CHANNEL, Scope, board_now, raise_version, writing
from queries.derive import POLICY_LOCK, read_facts
from queries.editions import Editions
from queries.lifecycle import Life, read_life
from queries.outcome import Facts, callbacks_of, clocks_of
from queries.plans import Book, apply_policy, load_book

BATCH = 2_000
State = Literal["safe", "at_risk", "breached", "paused", "ended"]


class Running(NamedTuple):
    """A deadline or callback that has not ended; instants in whole seconds."""

    due_at: int | None
    warn_at: int | None
    left_seconds: int | None
    policy_version: int

    def state(self, now: int) -> State:
        if self.due_at is None:
            return "paused"
        if self.due_at < now:
            return "breached"
        return "at_risk" if self.warn_at is not None and self.warn_at <= now else "safe"


@dataclass(frozen=True, slots=True)
class Move:
    """One deadline that the policy would change. No `due_after`: paused, or ended for want of a promise."""

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


@dataclass(frozen=True, slots=True)
class Effect:
    """Of a group of moves. `later` and `earlier` leave out those that end, pause or keep their due time."""

    moved: int
    earlier: int
    later: int
    ended: int
    become_breached: int
    become_at_risk: int
    no_longer_at_risk: int


def effect(moves: Iterable[Move]) -> Effect:
    found = list(moves)
    both = [(one.due_before, one.due_after) for one in found if one.due_before and one.due_after]
    return Effect(
        moved=len(found),
        earlier=sum(after < before for before, after in both),
        later=sum(after > before for before, after in both),
        ended=sum(one.after == "ended" for one in found),
        become_breached=sum(one.after == "breached" != one.before for one in found),
        become_at_risk=sum(one.after == "at_risk" != one.before for one in found),
        no_longer_at_risk=sum(one.before == "at_risk" and one.after in ("safe", "ended") for one in found),
    )


def running_complaints(conn: Connection) -> list[int]:
    """Those with an open deadline or a pending callback, in id order."""
    return list(conn.execute(text(f"{_RUNNING} ORDER BY 1")).scalars())


_RUNNING = (
    "SELECT complaint_id FROM derived.deadline WHERE met_at IS NULL AND cancelled_at IS NULL "
    "UNION SELECT complaint_id FROM derived.callback WHERE ended_at IS NULL"
)


def moves_of(conn: Connection, policy_text: str, ids: list[int], now: datetime) -> list[Move]:
    """What would move of these complaints if that policy were applied now, and moved what is open."""
    at = int(now.timestamp())
    book = load_book(conn)
    new = book.with_version(policy_text, at, move_open=True)
    found: list[Move] = []
    for facts in read_facts(conn, ids):
        found += _moves(facts, book, new, at)
    return found


def dry_run(conn: Connection, policy_text: str, now: datetime) -> Iterator[tuple[int, int, list[Move]]]:
    """(complaints looked at, of how many, what moves of the batch), batch by batch."""
    ids = running_complaints(conn)
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        yield start + len(batch), len(ids), moves_of(conn, policy_text, batch, now)


def _moves(facts: Facts, book: Book, new: Book, now: int) -> Iterator[Move]:
    life = read_life(facts.received_at, facts.seen)
    region = int(life.last("region") or 0) or None
    reported = book.milestones(facts.source)
    key = (region, facts.source, facts.customer_value)
    before = _running(facts, life, book.editions(*key), reported)
    after = _running(facts, life, new.editions(*key), reported)
    for one, was in before.items():
        becomes = after.get(one)
        if becomes is not None and becomes[:3] == was[:3]:
            continue
        target, party_id, episode = one
        asked = next((q.department for q in life.requests if q.request_id == party_id), None)
        yield Move(
            complaint_id=facts.complaint_id,
            target=target,
            party_id=party_id,
            episode=episode,
            tier=_number(life.last("tier")),
            department_id=asked if party_id else _number(life.last("department")),
            region_id=region,
            due_before=_instant(was.due_at),
            due_after=_instant(becomes.due_at) if becomes else None,
            before=was.state(now),
            after=becomes.state(now) if becomes else "ended",
        )


def _running(
    facts: Facts, life: Life, editions: Editions, reported: frozenset[str]
) -> dict[tuple[str, int, int], Running]:
    found = {
        (clock.target, clock.party_id, clock.episode): Running(
            clock.due_at, clock.warn_at, clock.left_seconds, clock.policy_version
        )
        for clock in clocks_of(life, editions, reported)
        if clock.ended_at is None
    }
    if "callback" in reported:
        for one in callbacks_of(life, facts, editions):
            if one.ended_at is None:
                found[one.kind, 0, one.episode] = Running(one.due_at, None, None, one.policy_version)
    return found


def _number(value: str | None) -> int | None:
    return int(value) if value else None


def _instant(value: int | None) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value, UTC)


def apply(conn: Connection, policy_text: str, move_open: bool, person: str) -> int:
    """From the command line: the newest version, from now on; raises PolicyError. Jobs derive what moves."""
    now = _alone(conn)
    version = apply_policy(conn, policy_text, now, person, move_open)
    _derive_again(conn, move_open, now)
    return version


def apply_as(engine: Engine, scope: Scope, policy_text: str, move_open: bool, effect_text: str) -> int:
    """From the page: the database checks that it is an administrator, and writes it down."""
    parse(policy_text)
    with writing(engine, scope) as conn:
        now = _alone(conn)
        version: int = conn.execute(
            text("SELECT journal.apply_policy(:policy, :move_open, :now, CAST(:effect AS jsonb))"),
            {"policy": policy_text, "move_open": move_open, "now": now, "effect": effect_text},
        ).scalar_one()
        _derive_again(conn, move_open, now)
        return version


def _alone(conn: Connection) -> datetime:
    """While a batch derives by the versions that it has read, no version comes in between."""
    conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": POLICY_LOCK})
    return board_now(conn)


def _derive_again(conn: Connection, move_open: bool, now: datetime) -> None:
    if move_open:
        conn.execute(text(f"INSERT INTO derived.dirty (complaint_id) {_RUNNING}"))
        conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})
    raise_version(conn, now)

"""The one door by which facts come in: staged with COPY, merged set-based, in the caller's transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from config import StartRefused
from config.instants import EARLIEST, LATEST, YEARS
from queries import intake_merge, intake_stage
from queries.db import DERIVE_CHANNEL

# Fields of the complaint itself; `department`, `region` and `owner` carry the source's code.
STATE_FIELDS = (
    "status",
    "tier",
    "department",
    "owner",
    "region",
    "category",
    "channel",
    "product",
    "promised",
)
MILESTONE_FIELDS = ("first_contact", "plan", "verification_started", "feedback", "answered")
# Fields of a co-owner request (party_id is its number); `requested` carries the department's code.
REQUEST_FIELDS = ("requested", "responded", "opinion", "cancelled")
STATUSES = (
    "received",
    "in_progress",
    "waiting_customer",
    "waiting_co_owner",
    "resolved",
    "closed",
    "withdrawn",
)
OPEN_STATUSES = frozenset(STATUSES[:4])


class NewComplaint(NamedTuple):
    external_id: str
    received_at: datetime
    title: str | None = None
    body: str | None = None
    customer: str | None = None  # the customer's own number at the source


class Observation(NamedTuple):
    """A field of a complaint had `value` from `happened_at` on; milestones have no value."""

    external_id: str
    field: str
    happened_at: datetime
    value: str | None = None
    source_seq: int = 0
    party_id: int = 0


class Customer(NamedTuple):
    external_id: str
    name: str | None = None
    phone: str | None = None
    address: str | None = None
    value: str | None = None


class Survey(NamedTuple):
    external_id: str
    survey_id: int
    channel: str
    sent_at: datetime


class Answer(NamedTuple):
    external_id: str
    survey_id: int
    answered_at: datetime
    scores: tuple[int, ...]  # each 1..5
    nps: int | None = None


class Attempt(NamedTuple):
    external_id: str
    kind: str
    episode: int
    attempt_key: str
    attempted_at: datetime
    outcome: str
    agent: str | None = None  # login
    call_again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    complaints: Iterable[NewComplaint] = ()
    observations: Iterable[Observation] = ()
    customers: Iterable[Customer] = ()
    surveys: Iterable[Survey] = ()
    answers: Iterable[Answer] = ()
    attempts: Iterable[Attempt] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """`milestones`: what it reports, of ALL_MILESTONES; a target ending with another gets no deadline."""

    name: str
    milestones: tuple[str, ...]
    time_zone: str = "Asia/Shanghai"
    is_history: bool = False  # an import of the past: what crossed before now alerts nobody
    expected_every: int | None = None  # a live source: the seconds from one word of it to the next


# "callback": its resolved complaints are called back (3+7).
ALL_MILESTONES = (*MILESTONE_FIELDS, "resolved", "responded", "opinion", "callback")


@dataclass(frozen=True, slots=True)
class Taken:
    """What was new to the board; all zero when everything was known."""

    complaints: int
    observations: int
    others: int  # surveys, answers, attempts
    touched: int  # complaints that must be derived again


class FarInstant(StartRefused):
    """Nothing of the batch was taken; the message names one complaint and its instant."""


def take(conn: Connection, source: Source, batch: Batch, now: datetime, hash_key: bytes = b"") -> Taken:
    open_stage(conn)
    stage(conn, batch, hash_key)
    return merge(conn, source, now)


def open_stage(conn: Connection) -> None:
    """Make the staging tables of this connection, or empty them."""
    conn.execute(text(intake_stage.TABLES))


def stage(conn: Connection, batch: Batch, hash_key: bytes = b"") -> None:
    """Add to what the next `merge` of this transaction takes; may be called many times."""
    intake_stage.copy_batch(conn, batch, hash_key)


def merge(conn: Connection, source: Source, now: datetime) -> Taken:
    """Merge what is staged; marks the touched complaints dirty and wakes the derivers at commit. Raises
    FarInstant."""
    _refuse_far_instants(conn)
    params = {
        "source": source.name,
        "zone": source.time_zone,
        "milestones": list(source.milestones),
        "is_history": source.is_history,
        "now": now,
        "expected_every": source.expected_every,
    }
    counts = {name: conn.execute(text(sql), params).rowcount for name, sql in intake_merge.MERGE.items()}
    refresh_current(conn)
    touched = conn.execute(text(intake_merge.MARK_DIRTY)).rowcount
    conn.execute(text(intake_merge.FEED), params)
    conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})
    return Taken(
        complaints=counts["refs"],
        observations=counts["events"],
        others=counts["surveys"] + counts["answers"] + counts["attempts"],
        touched=touched,
    )


def _refuse_far_instants(conn: Connection) -> None:
    far = conn.execute(text(intake_merge.FAR), {"earliest": EARLIEST, "latest": LATEST}).one_or_none()
    if far is not None:
        raise FarInstant(f"Complaint '{far[0][:60]}': {far[1]} is at {far[2]}, which lies outside {YEARS}.")


def refresh_current(conn: Connection) -> None:
    """Set facts.complaint and facts.co_owner_request of the touched complaints to their last observations."""
    for sql in intake_merge.CURRENT:
        conn.execute(text(sql))


def correct(
    conn: Connection, complaint_id: int, field: str, value: str | None, agent_id: int | None, now: datetime
) -> None:
    """A person's own observation of a state field or milestone (ids, not codes, for references)."""
    correct_all(conn, [complaint_id], field, value, agent_id, now)


def correct_all(
    conn: Connection,
    complaint_ids: Sequence[int],
    field: str,
    value: str | None,
    agent_id: int | None,
    now: datetime,
) -> None:
    """The same of each of these complaints."""
    ids = sorted(complaint_ids)
    conn.execute(
        text(
            "SELECT FROM facts.complaint WHERE complaint_id = ANY (:ids) ORDER BY complaint_id "
            "FOR NO KEY UPDATE"
        ),
        {"ids": ids},
    )
    conn.execute(
        text(
            "INSERT INTO facts.complaint_event (complaint_id, field, happened_at, origin, value, agent_id, "
            "recorded_at) SELECT id, :field, :now, 'person', :value, :agent_id, :now "
            "FROM unnest(CAST(:ids AS bigint[])) id"
        ),
        {"ids": ids, "field": field, "value": value, "agent_id": agent_id, "now": now},
    )
    conn.execute(text(intake_merge.CURRENT_STATE_OF), {"ids": ids})
    mark_dirty(conn, ids)


def mark_dirty(conn: Connection, complaint_ids: Iterable[int]) -> None:
    """For facts that a person wrote: derive these complaints again soon."""
    conn.execute(
        text("INSERT INTO derived.dirty (complaint_id) SELECT unnest(CAST(:ids AS bigint[]))"),
        {"ids": list(complaint_ids)},
    )
    conn.execute(text("SELECT pg_notify(:channel, '')"), {"channel": DERIVE_CHANNEL})


def reveal_phone(conn: Connection, complaint_id: int) -> str | None:
    """Inside the person's scope, at most 60 an hour, written to journal.audit by the database itself."""
    found: str | None = conn.execute(
        text("SELECT facts.reveal_phone(:complaint_id)"), {"complaint_id": complaint_id}
    ).scalar_one()
    return found

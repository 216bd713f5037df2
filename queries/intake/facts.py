"""Facts as a source or a person states them, and the fields that they have."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from queries.days import USUAL

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

PARENT = "parent"  # a state too: the number of the complaint that this one was merged into
REOPENED = "reopened"  # as a milestone: from then on it is in progress again

# Of the 5W1H and the demand, in the order in which they are shown (F2).
DETAILS = ("who", "when", "where", "what", "why", "impact", "demand")

# No source states these: a complaint has them while it has a parent, or is missing from a complete export.
MERGED, VANISHED = "merged", "vanished"
ENDED = frozenset({"closed", "withdrawn", MERGED, VANISHED})
UNRESOLVED_ENDS = ENDED - {"closed"}  # ended without having been resolved


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


class Cell(NamedTuple):
    """What a snapshot states of one field.

    A state: `value` held at `stated_at`; `at`: since when, where the source tells. A milestone, a status that
    was reached at an instant, or a step of a co-owner request (`is_milestone`): it happened at `at`; None:
    stated not to have happened. A cell that says nothing is not given.
    """

    field: str  # of STATE_FIELDS, MILESTONE_FIELDS or REQUEST_FIELDS; or PARENT, REOPENED
    value: str | None = None  # a state; the status that was reached; the department of a request
    at: datetime | None = None
    party_id: int = 0
    is_milestone: bool = False


class Snapshot(NamedTuple):
    """How a complaint stood at its source at `stated_at`. None of the texts: not stated."""

    external_id: str
    stated_at: datetime
    place: int  # decides between statements of one instant within a batch
    cells: tuple[Cell, ...]
    received_at: datetime | None = None
    title: str | None = None
    body: str | None = None
    customer: str | None = None
    details: tuple[tuple[str, str], ...] = ()  # (5W1H or demand, text), see DETAILS


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
    stated_at: datetime | None = None  # of a snapshot: a newer one corrects an older one


class Answer(NamedTuple):
    external_id: str
    survey_id: int
    answered_at: datetime
    scores: tuple[int, ...]  # each 1..5
    nps: int | None = None
    stated_at: datetime | None = None


class Attempt(NamedTuple):
    external_id: str
    kind: str
    episode: int  # 0: the one that its instant tells
    attempt_key: str
    attempted_at: datetime
    outcome: str
    agent: str | None = None  # login
    call_again_at: datetime | None = None
    stated_at: datetime | None = None


class Booking(NamedTuple):
    """A callback agreed with the customer."""

    external_id: str
    kind: str
    episode: int  # as of an attempt
    booking_key: str
    booked_at: datetime
    starts_at: datetime
    agent: str | None = None  # login
    stated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    complaints: Iterable[NewComplaint] = ()
    observations: Iterable[Observation] = ()
    customers: Iterable[Customer] = ()
    surveys: Iterable[Survey] = ()
    answers: Iterable[Answer] = ()
    attempts: Iterable[Attempt] = ()
    bookings: Iterable[Booking] = ()
    snapshots: Iterable[Snapshot] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """`milestones`: those of ALL_MILESTONES that it reports; a target met by any other gets no deadline."""

    name: str
    milestones: tuple[str, ...]
    time_zone: str = USUAL
    is_history: bool = False  # an import of the past: what crossed before now raises no alert
    expected_every: int | None = None  # of a live source: seconds between its messages
    import_id: int | None = None  # of the file that states it
    complete_at: datetime | None = None  # its snapshots are all that it had then
    known_words: tuple[tuple[str, str], ...] = ()  # (field, word) that its map gives
    instants_are_rows: bool = False  # each snapshot has an instant of its own: of equal ones the later counts


@dataclass(frozen=True, slots=True)
class Taken:
    """How much was new to the board; all zero if everything was known."""

    complaints: int
    observations: int
    others: int  # surveys, answers, attempts, bookings
    touched: int  # complaints that are to be derived again
    new: int = 0  # of the snapshots: of complaints of which nothing was stated before,
    changed: int = 0  # other than what was stated before,
    same: int = 0  # the same,
    older: int = 0  # older than what was known, put in their place

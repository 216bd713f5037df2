"""What programs may send: a complaint as it stands, or what happened to one."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from config.instants import YEARS, is_believed
from config.vocabulary import Outcome, RequestStep, Status, Step

MOST = 1_000  # of one request
CLOCKS_DIFFER = timedelta(minutes=5)  # by which an instant may lie ahead of the board's clock

# No control characters, and no blank at either end: a number with one looks like another number.
PLAIN = r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"
Code = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=PLAIN)]
Words = Annotated[str, StringConstraints(max_length=10_000)]
Phone = Annotated[str, StringConstraints(max_length=60, pattern=r"^\+?[0-9][0-9 ()/+-]*[0-9]$")]


def _believed(at: datetime) -> datetime:
    if not is_believed(at):
        raise PydanticCustomError("far_instant", "lies outside {years}", {"years": YEARS})
    return at


def _past(at: datetime, info: ValidationInfo) -> datetime:
    now: datetime = info.context["now"] if info.context else at
    if at > now + CLOCKS_DIFFER:
        raise PydanticCustomError("future", "lies in the future")
    return at


Instant = Annotated[AwareDatetime, AfterValidator(_believed)]
Past = Annotated[AwareDatetime, AfterValidator(_believed), AfterValidator(_past)]


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, json_schema_extra={})


class Customer(Said):
    """As the source names them. Name, phone and address are shown to nobody but by a reveal."""

    number: Code
    name: Annotated[str, StringConstraints(max_length=200)] | None = None
    phone: Phone | None = None
    address: Annotated[str, StringConstraints(max_length=500)] | None = None
    value: Code | None = None


class Details(Said):
    """5W1H and the demand."""

    who: Words | None = None
    when: Words | None = None
    where: Words | None = None
    what: Words | None = None
    why: Words | None = None
    impact: Words | None = None
    demand: Words | None = None


class State(Said):
    """What holds. Left out: nothing is said of it. null: it has none."""

    tier: Literal[1, 2, 3] | None = None
    department: Code | None = None
    owner: Code | None = None
    region: Code | None = None
    category: Code | None = None
    channel: Code | None = None
    product: Code | None = None
    promised: Instant | None = None
    parent: Code | None = Field(None, description="Number of the complaint into which this one was merged.")


class Since(Said):
    """Since when it holds, where the source knows; else since the statement that told it first."""

    status: Past | None = None
    tier: Past | None = None
    department: Past | None = None
    owner: Past | None = None
    region: Past | None = None
    category: Past | None = None
    channel: Past | None = None
    product: Past | None = None


class Reached(Said):
    """When it got there, in the order of a life. null: stated not to have happened."""

    first_contact: Past | None = None
    plan: Past | None = None
    verification_started: Past | None = None
    feedback: Past | None = None
    answered: Past | None = None
    waiting_customer: Past | None = None
    waiting_co_owner: Past | None = None
    in_progress: Past | None = None
    reopened: Past | None = None
    resolved: Past | None = None
    closed: Past | None = None
    withdrawn: Past | None = None


class Request(Said):
    """To a co-owner. Without a number it is known by its place in the list."""

    number: Code | None = None
    department: Code
    requested: Past | None = None
    responded: Past | None = None
    opinion: Past | None = None
    cancelled: Past | None = None


class Survey(Said):
    """`scores` only once it was answered. Without a number it is known by its place in the list."""

    number: Code | None = None
    channel: Code = "source"
    sent_at: Past
    answered_at: Past | None = None
    scores: list[Annotated[int, Field(ge=1, le=5)]] = Field(default_factory=list, max_length=10)
    nps: Annotated[int, Field(ge=0, le=10)] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "Survey":
        if bool(self.scores) != (self.answered_at is not None):
            raise PydanticCustomError("half_answer", "scores and answered_at go together")
        if self.answered_at is not None and self.answered_at < self.sent_at:
            raise PydanticCustomError("order", "was answered before it was sent")
        return self


class Callback(Said):
    number: Code | None = Field(None, description="None: its instant.")
    kind: Literal["confirm_solved", "experience", "dissatisfied"]
    episode: Annotated[int, Field(ge=1, le=1000)] = 1
    agent: Code | None = Field(None, description="Login.")


class Attempt(Callback):
    """A callback that was tried."""

    at: Past
    outcome: Outcome
    call_again_at: Instant | None = None


class Booking(Callback):
    """A callback that was agreed with the customer."""

    booked_at: Past
    starts_at: Instant


class Complaint(State):
    """How a complaint stands at `stated_at`, which is now where it is left out. Sent again with other
    content, it changes from then on; with the same, nothing happens."""

    number: Code
    stated_at: Past | None = None
    received_at: Past | None = None
    title: Annotated[str, StringConstraints(max_length=1_000)] | None = None
    body: Annotated[str, StringConstraints(max_length=100_000)] | None = None
    details: Details | None = None
    customer: Customer | None = None
    status: Status | None = Field(None, description="null says nothing.")
    since: Since | None = None
    reached: Reached | None = None
    co_owners: list[Request] = Field(default_factory=list, max_length=50)
    surveys: list[Survey] = Field(default_factory=list, max_length=20)
    attempts: list[Attempt] = Field(default_factory=list, max_length=50)
    bookings: list[Booking] = Field(default_factory=list, max_length=50)


class RequestUpdate(Said):
    """A step of a request to a co-owner. Without a number the request is known by its department."""

    number: Code | None = None
    department: Code
    step: RequestStep


class Update(State):
    """What happened to a complaint at `happened_at`, or held from then on."""

    number: Code
    happened_at: Past
    order: Annotated[int, Field(ge=0, le=1_000_000_000)] = Field(
        0, description="Which of several updates of one instant comes first, by the source's own count."
    )
    received_at: Past | None = None
    status: Status | None = Field(None, description="null says nothing.")
    reached: Step | Literal["reopened"] | None = None
    co_owner: RequestUpdate | None = None
    survey: Survey | None = None
    attempt: Attempt | None = None
    booking: Booking | None = None


class Accepted(BaseModel):
    """They are committed; deadlines and alerts follow within seconds."""

    accepted: Annotated[int, Field(ge=0)]


class Mistake(BaseModel):
    path: str = Field(description="Where in the body, such as $[3].reached.resolved.")
    reason: str


class Problem(BaseModel):
    """application/problem+json"""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    mistakes: list[Mistake] = Field(default_factory=list)

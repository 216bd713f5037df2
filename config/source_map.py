"""The map of a source, a TOML file: which of its columns become which of our fields. Mistakes by key."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from config.date_format import ISO, DateFormat
from config.mistakes import Problem, WrongFile, read_text, read_toml
from config.policy import Zone
from config.source_file import FileFormat

HERE = Path(__file__).with_name("sources")

Status = Literal[
    "received", "in_progress", "waiting_customer", "waiting_co_owner", "resolved", "closed", "withdrawn"
]
Reachable = Literal[
    "first_contact",
    "plan",
    "verification_started",
    "feedback",
    "answered",
    "in_progress",
    "waiting_customer",
    "waiting_co_owner",
    "resolved",
    "closed",
    "withdrawn",
]
Milestone = Literal[
    "first_contact",
    "plan",
    "verification_started",
    "feedback",
    "answered",
    "resolved",
    "responded",
    "opinion",
    "callback",
]
STATUSES = (
    "received",
    "in_progress",
    "waiting_customer",
    "waiting_co_owner",
    "resolved",
    "closed",
    "withdrawn",
)
TIERS = ("1", "2", "3")


class SourceMapError(WrongFile):
    pass


class UnknownMap(SourceMapError):
    """No such name; the message lists those that there are."""


def _one_group(value: object) -> str:
    try:
        groups = re.compile(str(value)).groups
    except re.error as error:
        raise ValueError(f"'{value}' is not a regular expression ({error})") from None
    if groups != 1:
        raise ValueError(f"'{value}' has {groups} groups; put exactly the part to take in one ( )")
    return str(value)


def _named_column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


OneGroup = Annotated[str, BeforeValidator(_one_group)]


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Spec(Table):
    """What one field is read from. In this order: joined, null, take, translate."""

    column: str | None = None
    columns: tuple[str, ...] = ()
    joined_by: str = " "
    constant: str | None = None
    nulls: tuple[str, ...] = ()  # besides those of the whole map
    take: OneGroup | None = None  # where it does not match: null
    translate: dict[str, str] = {}  # what is not named stays as it is
    dates: tuple[DateFormat, ...] = ()  # in place of those of the whole map

    @model_validator(mode="after")
    def _one_origin(self) -> "Spec":
        given = [self.column is not None, bool(self.columns), self.constant is not None]
        if sum(given) != 1:
            raise ValueError("give exactly one of 'column', 'columns' and 'constant'")
        return self

    @property
    def read(self) -> tuple[str, ...]:
        """The columns it needs."""
        return self.columns or ((self.column,) if self.column is not None else ())


Value = Annotated[Spec, BeforeValidator(_named_column)]


class Complaint(Table):
    number: Value
    received_at: Value | None = None
    title: Value | None = None
    body: Value | None = None


class Customer(Table):
    number: Value
    name: Value | None = None
    phone: Value | None = None
    address: Value | None = None
    value: Value | None = None


class State(Table):
    """`province`: the parent of `region`, where regions are cities."""

    status: Value | None = None
    tier: Value | None = None
    department: Value | None = None
    owner: Value | None = None
    region: Value | None = None
    province: Value | None = None
    category: Value | None = None
    channel: Value | None = None
    product: Value | None = None
    promised: Value | None = None

    @model_validator(mode="after")
    def _known_results(self) -> "State":
        for name, known in (("status", STATUSES), ("tier", TIERS)):
            spec: Spec | None = getattr(self, name)
            if spec is None:
                continue
            results = [*spec.translate.values(), *([spec.constant] if spec.constant is not None else [])]
            for result in results:
                if result not in known:
                    raise ValueError(f"'{result}' is no {name}; known are {', '.join(known)}")
        if self.province is not None and self.region is None:
            raise ValueError("'province' needs 'region', whose parent it is")
        return self


class Update(Table):
    """`order`: a whole number that decides between updates of one instant; then the rows' order does."""

    happened_at: Value
    order: str | None = None


class SourceMap(Table, FileFormat):
    format: Literal[1]
    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
    title: str
    rows: Literal["complaint", "update"]
    time_zone: Zone
    nulls: tuple[str, ...] = ()  # empty is always null
    dates: tuple[DateFormat, ...] = (ISO,)  # tried in order
    milestones: tuple[Milestone, ...]
    complaint: Complaint
    customer: Customer | None = None
    state: State = State()
    reached: dict[Reachable, Value] = {}  # of a complaint row: the instants at which it got there
    as_of: Value | None = None  # of a complaint row: when its status was seen
    update: Update | None = None

    @model_validator(mode="after")
    def _rows_fit(self) -> "SourceMap":
        wrong = _wrong_of_updates(self) if self.rows == "update" else _wrong_of_complaints(self)
        if wrong:
            raise ValueError(wrong)
        return self


def _wrong_of_updates(given: SourceMap) -> str:
    if given.update is None:
        return "rows = 'update' needs [update] with 'happened_at'"
    if given.reached or given.as_of is not None:
        return "[reached] and 'as_of' are for rows = 'complaint'; an update tells of its happened_at"
    needs_reception = given.complaint.title or given.complaint.body or given.customer
    if needs_reception and given.complaint.received_at is None:
        return "title, body and [customer] need complaint.received_at"
    return ""


def _wrong_of_complaints(given: SourceMap) -> str:
    if given.update is not None:
        return "[update] is for rows = 'update'"
    if given.complaint.received_at is None:
        return "rows = 'complaint' needs complaint.received_at"
    if (given.state.status is None) != (given.as_of is None):
        return "state.status of a complaint row and 'as_of', when it was seen, need each other"
    return ""


def names() -> list[str]:
    return sorted(file.stem for file in HERE.glob("*.toml"))


def load(name: str) -> SourceMap:
    """`name` is one of `names()`, or the path of a .toml file."""
    if name.endswith(".toml"):
        return _read(Path(name))
    if name not in names():
        known = ", ".join(names())
        raise UnknownMap(name, [Problem("map", f"none has this name; known are {known}, or FILE.toml")])
    return _read(HERE / f"{name}.toml")


def _read(path: Path) -> SourceMap:
    return parse(read_text(path, SourceMapError), str(path))


def parse(text: str, name: str = "map") -> SourceMap:
    raw = read_toml(text, name, SourceMapError)
    try:
        return SourceMap.model_validate(raw)
    except ValidationError as error:
        raise SourceMapError(name, [_problem(dict(one)) for one in error.errors()]) from None


def _problem(error: dict[str, Any]) -> Problem:
    what = str(error["msg"]).removeprefix("Value error, ")
    return Problem(".".join(map(str, error["loc"])) or "map", what)

"""The map of a source, a TOML file: which of its columns become which of our fields. Mistakes by key. The
keys are explained in docs/source-maps.md, which config/source_maps/keys.py writes from these types."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from config.mistakes import Problem, WrongFile, read_text, read_toml
from config.policy import Zone
from config.source_maps.dates import ISO, DateFormat
from config.source_maps.file import FileFormat
from config.source_maps.keys import DOCUMENT, nearest
from config.source_maps.organisation import Department, Person, Region, Team
from config.source_maps.subjects import (
    Attempt,
    Booking,
    Complaint,
    CoOwner,
    Customer,
    Pause,
    State,
    Survey,
    Update,
)
from config.source_maps.values import OneGroup, Spec, Value
from config.vocabulary import Milestone, Reachable

HERE = Path(__file__).parents[1] / "sources"


class SourceMapError(WrongFile):
    pass


class UnknownMap(SourceMapError):
    """No such name; the message lists those that there are."""


def _as_many(value: object) -> object:
    return [value] if isinstance(value, dict) else value


CoOwners = Annotated[tuple[CoOwner, ...], BeforeValidator(_as_many)]
Pauses = Annotated[tuple[Pause, ...], BeforeValidator(_as_many)]
Surveys = Annotated[tuple[Survey, ...], BeforeValidator(_as_many)]
Attempts = Annotated[tuple[Attempt, ...], BeforeValidator(_as_many)]
Bookings = Annotated[tuple[Booking, ...], BeforeValidator(_as_many)]


class AnyMap(FileFormat):
    format: Literal[1] = Field(description="The version of this language.", examples=[1])
    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")] = Field(
        description="Short name of the source: small letters, digits and _. Complaints are known by it "
        "and their number, so all maps of one source name the same.",
        examples=["crm"],
    )
    title: str = Field(description="Name of the source, for people.", examples=["CRM, daily export"])
    time_zone: Zone = Field(
        description="Whose time an instant without offset is.", examples=["Asia/Shanghai"]
    )
    nulls: tuple[str, ...] = Field(
        default=(), description="Cells that count as empty, in all columns.", examples=[["?", "n/a"]]
    )
    dates: tuple[DateFormat, ...] = Field(
        default=(ISO,),
        description="Date formats, tried in order; see below.",
        examples=[["%Y/%m/%d %H:%M", "%Y/%m/%d"]],
    )


class SourceMap(AnyMap):
    """A file of complaints."""

    rows: Literal["complaint", "update"] = Field(
        description='What a row is. "complaint": how a complaint stood when the file was made. "update": '
        "something that happened to one.",
        examples=["complaint"],
    )
    milestones: tuple[Milestone, ...] = Field(
        description="What this source reports; a target that is met by anything else gets no deadline. "
        "The same in all maps of a source.",
        examples=[["first_contact", "resolved", "callback"]],
    )
    as_of: Value | None = Field(
        default=None,
        description="When the file was made: of which instant it tells how complaints stood. A day alone "
        "means its end. `board import --as-of` goes before it; without all of these: when the file was "
        "last changed.",
        examples=["导出时间", {"constant": "2026-11-26T08:00:00"}],
    )
    as_of_name: OneGroup | None = Field(
        default=None,
        description="In place of `as_of`: a regular expression whose one group is the instant in the "
        "file's name.",
        examples=[r"complaints_(\d{8})\.csv"],
    )
    complete: bool = Field(
        default=False,
        description="Whether the file holds every complaint that the source has. One that an earlier "
        "file had and this one lacks is then shown as vanished at the source.",
        examples=[True],
    )
    updated_at: Value | None = Field(
        default=None,
        description="When this row was last changed at the source; goes before `as_of`.",
        examples=["更新时间"],
    )
    complaint: Complaint
    customer: Customer | None = None
    state: State = State()
    reached: dict[Reachable, Value] = Field(
        default={},
        description="Instants at which the complaint got there; a day alone means its end. `reopened`: "
        "it was in progress again.",
        examples=[{"first_contact": "首次联系时间", "closed": "办结时间"}],
    )
    update: Update | None = None
    co_owner: CoOwners = ()
    pause: Pauses = ()
    survey: Surveys = ()
    attempt: Attempts = ()
    booking: Bookings = ()

    @model_validator(mode="after")
    def _rows_fit(self) -> "SourceMap":
        wrong = _wrong_of_updates(self) if self.rows == "update" else _wrong_of_complaints(self)
        if wrong:
            raise ValueError(wrong)
        return self


class OrganisationMap(AnyMap):
    """A file of customers, or of the organisation."""

    rows: Literal["customer", "person", "region", "department", "team"] = Field(
        description="What a row is; the table of the same name says where its parts stand.",
        examples=["person"],
    )
    customer: Customer | None = None
    person: Person | None = None
    region: Region | None = None
    department: Department | None = None
    team: Team | None = None

    @model_validator(mode="after")
    def _rows_fit(self) -> "OrganisationMap":
        for name in ("customer", "person", "region", "department", "team"):
            given = getattr(self, name) is not None
            if given != (name == self.rows):
                wrong = f"[{name}] is for rows = '{name}'" if given else f"rows = '{name}' needs [{name}]"
                raise ValueError(wrong)
        return self


def _wrong_of_updates(given: SourceMap) -> str:
    if given.update is None:
        return "rows = 'update' needs [update] with 'happened_at'"
    if given.reached or given.pause:
        return "[reached] and [[pause]] are for rows = 'complaint'; an update tells of its happened_at"
    if given.as_of or given.as_of_name or given.updated_at or given.complete:
        return (
            "'as_of', 'as_of_name', 'updated_at' and 'complete' are for rows = 'complaint'; an update "
            "tells of its happened_at"
        )
    return ""


def _wrong_of_complaints(given: SourceMap) -> str:
    if given.update is not None:
        return "[update] is for rows = 'update'"
    if any(one.step is not None for one in given.co_owner):
        return "'step' of [co_owner] is for rows = 'update'; give the instants"
    if given.as_of is not None and given.as_of_name is not None:
        return "give only one of 'as_of' and 'as_of_name'"
    return ""


def specs(part: object) -> Iterator[Spec]:
    """Every value of a map or of a part of it."""
    if isinstance(part, Spec):
        yield part
    if isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from specs(getattr(part, name))
    elif isinstance(part, dict | tuple):
        for one in part.values() if isinstance(part, dict) else part:
            yield from specs(one)


def names() -> list[str]:
    return sorted(file.stem for file in HERE.glob("*.toml"))


def load(name: str) -> SourceMap:
    """`name` is one of `names()`, or the path of a .toml file. Of complaints only."""
    return _of_complaints(load_any(name), name)


def load_any(name: str) -> SourceMap | OrganisationMap:
    if name.endswith(".toml"):
        return _read(Path(name))
    if name not in names():
        known = ", ".join(names())
        raise UnknownMap(name, [Problem("map", f"none has this name; known are {known}, or FILE.toml")])
    return _read(HERE / f"{name}.toml")


def _read(path: Path) -> SourceMap | OrganisationMap:
    return parse_any(read_text(path, SourceMapError), str(path))


def parse(text: str, name: str = "map") -> SourceMap:
    return _of_complaints(parse_any(text, name), name)


def _of_complaints(found: SourceMap | OrganisationMap, name: str) -> SourceMap:
    if isinstance(found, OrganisationMap):
        what = f"is '{found.rows}'; here a map of complaints or updates is needed"
        raise SourceMapError(name, [Problem("rows", what)])
    return found


def parse_any(text: str, name: str = "map") -> SourceMap | OrganisationMap:
    raw = read_toml(text, name, SourceMapError)
    organisation = raw.get("rows") in OrganisationMap.model_fields["rows"].annotation.__args__  # type: ignore[union-attr]
    kind: type[SourceMap | OrganisationMap] = OrganisationMap if organisation else SourceMap
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise SourceMapError(name, problems_of(kind, error)) from None


def problems_of(kind: type[BaseModel], error: ValidationError) -> list[Problem]:
    return [_problem(kind, dict(one)) for one in error.errors()]


def _problem(kind: type[BaseModel], error: dict[str, Any]) -> Problem:
    loc = [step for step in error["loc"] if step != "[key]"]
    what = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] in ("extra_forbidden", "literal_error") and "[key]" in (*error["loc"], "[key]"):
        what = _unknown_key(kind, error, what)
    return Problem(".".join(map(str, loc)) or "map", re.sub(r"^Input should", "should", what))


def _unknown_key(kind: type[BaseModel], error: dict[str, Any], what: str) -> str:
    if error["type"] == "literal_error" and "[key]" not in error["loc"]:
        return what
    meant = nearest(kind, [str(step) for step in error["loc"] if isinstance(step, str) and step != "[key]"])
    hint = f"; do you mean '{meant}'?" if meant else "."
    return f"there is no such key{hint} Every key is explained in {DOCUMENT}."

"""The policy file: its types, its loading, and every mistake in it named by key."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

FORMAT = 1
DEFAULT = Path(__file__).with_name("policy.toml")

Tier = Literal[1, 2, 3]
Status = Literal["received", "in_progress", "waiting_customer", "waiting_co_owner"]
Milestone = Literal[
    "first_contact",
    "plan",
    "verification_started",
    "feedback",
    "answered",
    "resolved",
    "responded",
    "opinion",
]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class Problem:
    """Where in the file, and what is wrong and would be right."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class PolicyError(Exception):
    def __init__(self, name: str, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(f"{name}: " + "; ".join(map(str, problems)))


@dataclass(frozen=True, slots=True)
class Budget:
    """Seconds of the target's hours, or whole working days (never both)."""

    seconds: int = 0
    working_days: int = 0


def parse_seconds(value: object) -> int:
    """'90s', '10m', '2h', '15d' → seconds."""
    match = re.fullmatch(r"(\d+)\s*([smhd])", str(value))
    if not match or int(match[1]) == 0:
        raise ValueError(f"'{value}' is not a duration above zero; write such as '10m', '2h' or '15d'")
    return int(match[1]) * UNITS[match[2]]


def _budget(value: object) -> Budget:
    match = re.fullmatch(r"(\d+) working days?", str(value))
    if match and int(match[1]) > 0:
        return Budget(working_days=int(match[1]))
    try:
        return Budget(seconds=parse_seconds(value))
    except ValueError:
        raise ValueError(
            f"'{value}' is not a budget above zero; write such as '10m', '2h', '3 working days'"
        ) from None


def _span(value: object) -> tuple[int, int]:
    match = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", str(value))
    if not match:
        raise ValueError(f"'{value}' is not a span; write such as '09:00-12:00'")
    hours = [int(part) for part in match.groups()]
    start, end = hours[0] * 3600 + hours[1] * 60, hours[2] * 3600 + hours[3] * 60
    if hours[1] > 59 or hours[3] > 59 or end > 86400:
        raise ValueError(f"'{value}' names a time that no day has; the last is 24:00")
    if start >= end:
        raise ValueError(f"'{value}' ends before it begins; write the earlier time first")
    return start, end


def _zone(value: object) -> str:
    if value not in available_timezones():
        raise ValueError(f"'{value}' is no time zone; write such as 'Asia/Shanghai'")
    return str(value)


Seconds = Annotated[int, BeforeValidator(parse_seconds)]
BudgetText = Annotated[Budget, BeforeValidator(_budget)]
DaySpan = Annotated[tuple[int, int], BeforeValidator(_span)]
Zone = Annotated[str, BeforeValidator(_zone)]
Share = Annotated[float, Field(gt=0, lt=1)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Calendar(Part):
    """Weekly hours in seconds of the day; `zone` None: each region's own."""

    zone: Zone | None = None
    holidays: Literal["cn", "none"] = "none"
    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], tuple[DaySpan, ...]]
    make_up_hours_of: Literal["mon", "tue", "wed", "thu", "fri"] = "mon"
    overrides: dict[date, tuple[DaySpan, ...]] = {}

    @model_validator(mode="after")
    def _spans_in_order(self) -> "Calendar":
        named = [*self.hours.items(), *((str(day), spans) for day, spans in self.overrides.items())]
        for day, spans in named:
            for before, after in pairwise(spans):
                if after[0] < before[1]:
                    raise ValueError(f"the spans of {day} overlap or are out of order")
        if not any(self.hours.values()):
            raise ValueError("the calendar has no open hours at all; give at least one day a span")
        return self


class Target(Part):
    """One promised duration. `starts`: the milestone, or 'tier' for the instant it became one of `tiers`."""

    name: str
    label: str
    label_zh: str
    rule: str = ""
    term: str = ""
    tiers: tuple[Tier, ...] = ()
    channels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    customer_values: tuple[str, ...] = ()
    starts: Literal["received", "tier", "requested"]
    met_by: Milestone
    budget: BudgetText
    hours: str = "always"
    pauses_on: tuple[Status, ...] = ()
    warn_share: Share | None = None
    warn_left: Seconds | None = None
    again_on_reopen: bool = True
    owner: Literal["lead", "co_owner"] = "lead"
    on: bool = True
    assumption: bool = False

    @model_validator(mode="after")
    def _co_owner_clocks(self) -> "Target":
        about_request = self.met_by in ("responded", "opinion")
        if about_request != (self.starts == "requested"):
            raise ValueError("a target met by 'responded' or 'opinion' starts at 'requested', and only such")
        if self.budget.working_days and self.hours == "always":
            raise ValueError("a budget in working days needs a calendar in 'hours'")
        return self


class Callbacks(Part):
    """Natural days after the resolution, due at the end of that day."""

    confirm_solved_days: Annotated[int, Field(gt=0)]
    experience_days: Annotated[int, Field(gt=0)]
    dissatisfied_days: Annotated[int, Field(gt=0)]
    most_attempts: Annotated[int, Field(gt=0)]
    retry: dict[Literal["no_answer", "wrong_number", "call_later"], Seconds]


class Step(Part):
    who: Literal["owner", "team_lead", "supervisor", "manager"]
    after: Seconds


class Goals(Part):
    satisfaction: float
    resolution_rate: float
    repeat_rate: float
    nps: float


class Policy(Part):
    format: Literal[1]
    zone: Zone
    warn_share: Share
    calendars: dict[str, Calendar]
    targets: tuple[Target, ...]
    callbacks: Callbacks
    escalation: tuple[Step, ...]
    goals: Goals

    @model_validator(mode="after")
    def _names_fit(self) -> "Policy":
        names = [target.name for target in self.targets]
        for target in self.targets:
            if target.hours != "always" and target.hours not in self.calendars:
                known = ", ".join(["always", *self.calendars])
                raise ValueError(f"target '{target.name}' has hours '{target.hours}'; known are {known}")
            if names.count(target.name) > 1:
                raise ValueError(f"two targets are named '{target.name}'; each has a name of its own")
        return self

    @cached_property
    def labels(self) -> dict[str, tuple[str, str]]:
        return {target.name: (target.label, target.label_zh) for target in self.targets}


def parse(text: str, name: str = "policy") -> Policy:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(name, [Problem("syntax", str(error))]) from None
    found = raw.get("format")
    if isinstance(found, int) and found > FORMAT:
        raise PolicyError(
            name, [Problem("format", f"{found} is newer than {FORMAT}, which this board reads")]
        )
    try:
        return Policy.model_validate(raw)
    except ValidationError as error:
        raise PolicyError(name, [_problem(raw, dict(one)) for one in error.errors()]) from None


def load(path: Path = DEFAULT) -> Policy:
    try:
        return parse(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise PolicyError(str(path), [Problem("file", f"cannot be read ({error.strerror})")]) from None


def check(path: Path) -> list[Problem]:
    try:
        load(path)
    except PolicyError as error:
        return error.problems
    return []


def _problem(raw: dict[str, Any], error: dict[str, Any]) -> Problem:
    """The key's path, with a target's name in place of its number."""
    words: list[str] = []
    here: Any = raw
    for step in error["loc"]:
        here = here[step] if isinstance(here, dict | list) and _has(here, step) else None
        named = isinstance(step, int) and isinstance(here, dict) and here.get("name")
        words.append(f"{here['name']}" if named else str(step))
    what = str(error["msg"]).removeprefix("Value error, ")
    return Problem(".".join(words) or "policy", what)


def _has(here: Any, step: Any) -> bool:
    return step in here if isinstance(here, dict) else isinstance(step, int) and step < len(here)

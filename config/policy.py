"""The policy file: its types, its loading, and every mistake in it named by key."""

from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, PrivateAttr, ValidationError, model_validator

from config.instants import YEARS, is_believed_day
from config.mistakes import Problem, WrongFile, key, message, read_text, read_toml
from config.policy_excuses import USUAL as USUAL_EXCUSES
from config.policy_excuses import ExcuseReason
from config.policy_overrides import RegionOverride, twice
from config.policy_values import Budget, Grade, Part, budget, own_zone, parse_seconds, span, zone
from config.retention import Retention
from config.risk import USUAL, Risk
from config.shifts import WHOLE_DAY, Shift, problem
from config.surge import Surge
from config.vocabulary import RETRIED, MetBy, OpenStatus, Retried
from config.wall import Wall

FORMAT = 1
NOT_TARGETS = {  # deadlines beside them, with their labels in English and Chinese
    "promised": ("Promised by the source", "来源承诺"),
    "confirm_solved": ("3-day callback", "3 日回访"),
    "experience": ("7-day callback", "7 日回访"),
    "dissatisfied": ("Second follow-up", "二次跟进"),
}
DEFAULT = Path(__file__).with_name("policy.toml")

Tier = Literal[1, 2, 3]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


class PolicyError(WrongFile):
    pass


Seconds = Annotated[int, BeforeValidator(parse_seconds)]
BudgetText = Annotated[Budget, BeforeValidator(budget)]
DaySpan = Annotated[tuple[int, int], BeforeValidator(span)]
Zone = Annotated[str, BeforeValidator(zone)]
Days = Annotated[int, Field(gt=0, le=3650)]
Share = Annotated[float, Field(gt=0, lt=1)]


class Calendar(Part):
    """Weekly hours in seconds of the day; `zone` None: each region's own. Overrides win over holidays, and
    those of a region, which hold in all regions below it, win over the calendar's own."""

    label: str = ""
    label_zh: str = ""
    zone: Annotated[Zone | None, BeforeValidator(own_zone)] = None
    holidays: Literal["cn", "none"] = "none"
    hours: dict[Weekday, tuple[DaySpan, ...]]
    make_up_hours_of: Weekday = "mon"
    overrides: dict[date, tuple[DaySpan, ...]] = Field(default_factory=dict)
    override: tuple[RegionOverride, ...] = ()
    _reasons: dict[date, str] = PrivateAttr(default_factory=dict)  # in a region, of its overrides

    @model_validator(mode="after")
    def _spans_in_order(self) -> "Calendar":
        far = next((day for day in self.overrides if not is_believed_day(day)), None)
        if far:
            raise ValueError(f"the override of {far} lies outside {YEARS}; write a nearer day")
        named = [*self.hours.items(), *((str(day), spans) for day, spans in self.overrides.items())]
        for day, spans in named:
            for before, after in pairwise(spans):
                if after[0] < before[1]:
                    raise ValueError(f"the spans of {day} overlap or are out of order; list them by time")
        again = twice(self.override)
        if again:
            raise ValueError(f"region '{again[0]}' has two overrides for {again[1]}; leave one")
        if not any(self.hours.values()):
            raise ValueError("the calendar has no open hours at all; give at least one day a span")
        if self.holidays == "cn" and not self.hours.get(self.make_up_hours_of):
            raise ValueError(
                f"make-up working days have the hours of '{self.make_up_hours_of}', which has none; "
                "name another weekday in 'make_up_hours_of'"
            )
        return self

    @property
    def regions(self) -> frozenset[str]:
        """Codes of the regions that have overrides of their own."""
        return frozenset(one.region for one in self.override)

    def in_regions(self, codes: Sequence[str]) -> "Calendar":
        """As it holds in the last of these regions; `codes` from the top of the tree downwards."""
        mine = [one for one in self.override if one.region in codes]
        mine.sort(key=lambda one: codes.index(one.region))
        days = {day: one for one in mine for day in one.days}
        overrides = self.overrides | {day: one.hours for day, one in days.items()}
        there = self.model_copy(update={"override": (), "overrides": overrides})
        there._reasons = {day: one.reason for day, one in days.items()}
        return there

    def reason(self, day: date) -> str | None:
        """Why the region has other hours on that day."""
        return self._reasons.get(day)


class Target(Part):
    """One promised duration. `starts`: the milestone, or 'tier' for the instant it became one of `tiers`."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    label: str
    label_zh: str
    rule: str = ""
    term: str = ""
    tiers: tuple[Tier, ...] = ()
    channels: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    customer_values: tuple[str, ...] = ()
    starts: Literal["received", "tier", "requested"]
    met_by: MetBy
    budget: BudgetText
    hours: str = "always"
    pauses_on: tuple[OpenStatus, ...] = ()
    warn_share: Share | None = None
    warn_left: Seconds | None = None
    again_on_reopen: bool = True
    owner: Literal["lead", "co_owner"] = "lead"
    by_grade: Grade = "agent"  # or above, of who works on it
    on: bool = True
    assumption: bool = False

    @model_validator(mode="before")
    @classmethod
    def _days_of_hours(cls, raw: Any) -> Any:
        """In a calendar, is '2d' two working days or 48 open hours? Let the file say which."""
        budget = str(raw.get("budget", "")) if isinstance(raw, dict) else ""
        if budget.endswith("d") and raw.get("hours", "always") != "always":
            raise ValueError(f"'{budget}' in a calendar is unclear; write such as '2 working days' or '16h'")
        return raw

    @model_validator(mode="after")
    def _co_owner_clocks(self) -> "Target":
        about_request = self.met_by in ("responded", "opinion")
        if about_request != (self.starts == "requested"):
            raise ValueError("a target met by 'responded' or 'opinion' starts at 'requested', and only such")
        if self.budget.working_days and self.hours == "always":
            raise ValueError("a budget in working days needs a calendar in 'hours'")
        if (self.owner == "co_owner") != about_request:
            raise ValueError("'owner' is 'co_owner' for targets that start at 'requested', else 'lead'")
        return self

    @model_validator(mode="after")
    def _warns_once(self) -> "Target":
        if self.warn_left is None:
            return self
        if self.warn_share is not None:
            raise ValueError("it warns by 'warn_share' or by 'warn_left'; leave one out")
        if self.budget.seconds and self.warn_left >= self.budget.seconds:
            raise ValueError("'warn_left' is as long as the budget; write a shorter time")
        return self


class Callbacks(Part):
    """Natural days after the resolution, due at the end of that day."""

    confirm_solved_days: Days
    experience_days: Days
    dissatisfied_days: Days
    most_attempts: Annotated[int, Field(gt=0)]
    retry: dict[Retried, Seconds]

    @model_validator(mode="after")
    def _complete(self) -> "Callbacks":
        if self.experience_days <= self.confirm_solved_days:
            raise ValueError("'experience_days' comes after 'confirm_solved_days'; write a larger number")
        missing = [outcome for outcome in RETRIED if outcome not in self.retry]
        if missing:
            raise ValueError(f"'retry' says nothing of {', '.join(missing)}; give each a time such as '2h'")
        return self


class Step(Part):
    who: Literal["owner", "team_lead", "supervisor", "manager"]
    after: Seconds


class Goals(Part):
    """Of a month (N9): mean of 1 to 5, shares, and points from -100 to 100."""

    satisfaction: Annotated[float, Field(ge=1, le=5)]
    resolution_rate: Annotated[float, Field(ge=0, le=1)]
    repeat_rate: Annotated[float, Field(ge=0, le=1)]
    nps: Annotated[float, Field(ge=-100, le=100)]


class Policy(Part):
    format: Literal[1]
    zone: Zone
    warn_share: Share
    team_hours: str = "always"
    calendars: dict[str, Calendar]
    targets: tuple[Target, ...]
    callbacks: Callbacks
    escalation: tuple[Step, ...]
    shifts: tuple[Shift, ...] = WHOLE_DAY
    risk: Risk = USUAL
    surge: Surge = Surge()
    retention: Retention = Retention()
    wall: Wall = Wall()
    excuses: Annotated[tuple[ExcuseReason, ...], Field(min_length=1)] = USUAL_EXCUSES
    goals: Goals

    @model_validator(mode="after")
    def _names_fit(self) -> "Policy":
        if "always" in self.calendars:
            raise ValueError("a calendar is named 'always', which means around the clock; name it otherwise")
        known = ["always", *self.calendars]
        if self.team_hours not in known:
            raise ValueError(f"'team_hours' is '{self.team_hours}'; known are {', '.join(known)}")
        names = [target.name for target in self.targets]
        for target in self.targets:
            if target.hours not in known:
                raise ValueError(
                    f"target '{target.name}' has hours '{target.hours}'; known are {', '.join(known)}"
                )
            if names.count(target.name) > 1:
                raise ValueError(f"two targets are named '{target.name}'; each has a name of its own")
            if target.name in NOT_TARGETS:
                raise ValueError(
                    f"'{target.name}' is a deadline that is no target; name the target otherwise"
                )
        return self

    @model_validator(mode="after")
    def _excuses_have_names(self) -> "Policy":
        names = [one.name for one in self.excuses]
        again = next((name for name in names if names.count(name) > 1), None)
        if again:
            raise ValueError(f"two excuses are named '{again}'; each has a name of its own")
        return self

    @model_validator(mode="after")
    def _ladder_climbs(self) -> "Policy":
        for before, step in pairwise(self.escalation):
            if step.after <= before.after:
                raise ValueError(
                    f"escalation: '{step.who}' is told no later than '{before.who}'; write a longer 'after'"
                )
        return self

    @model_validator(mode="after")
    def _shifts_follow_each_other(self) -> "Policy":
        wrong = problem(self.shifts)
        if wrong:
            raise ValueError(wrong)
        return self

    @cached_property
    def labels(self) -> dict[str, tuple[str, str]]:
        return NOT_TARGETS | {target.name: (target.label, target.label_zh) for target in self.targets}


def parse(text: str, name: str = "policy") -> Policy:
    raw = read_toml(text, name, PolicyError)
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
    return parse(read_text(path, PolicyError), str(path))


def check(path: Path) -> list[Problem]:
    try:
        load(path)
    except PolicyError as error:
        return error.problems
    return []


def _problem(raw: dict[str, Any], error: dict[str, Any]) -> Problem:
    return Problem(key(raw, error["loc"], "name") or "policy", _what(error))


def _what(error: dict[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        known = {name for part in Part.__subclasses__() for name in part.model_fields}
        near = get_close_matches(str(error["loc"][-1]), known, n=1)
        return "is no key of a policy" + (f"; did you mean '{near[0]}'?" if near else "; leave it out")
    if error["type"] == "missing":
        return "is missing; the default policy shows how it is written"
    return message(error)

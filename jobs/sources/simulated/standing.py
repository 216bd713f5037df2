"""How one complaint stands in the operator's own table, renewed fact by fact."""

from dataclasses import dataclass, field
from datetime import datetime

from config.vocabulary import MILESTONE_FIELDS, REQUEST_FIELDS
from jobs.sources.simulated.life import Fact, Timed
from queries.intake.facts import ENDED, Answer, Attempt, Customer, NewComplaint, Observation, Survey

OVER = ENDED | {"resolved"}


@dataclass(slots=True)
class Request:
    """The first instant of each step; what is asked again changes nothing."""

    department: str | None = None
    steps: dict[str, datetime] = field(default_factory=dict)


@dataclass(slots=True)
class Pause:
    began_at: datetime
    ended_at: datetime | None = None


@dataclass(slots=True)
class Standing:
    """`since`: of each state in `states`. `reached`: the latest instant of each milestone and of the statuses
    that end something; reopened too. `pause`: the latest wait for the customer."""

    complaint: NewComplaint
    customer: Customer | None = None
    states: dict[str, str | None] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    reached: dict[str, datetime] = field(default_factory=dict)
    requests: dict[int, Request] = field(default_factory=dict)
    pause: Pause | None = None
    surveys: dict[int, Survey] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)
    attempts: dict[str, Attempt] = field(default_factory=dict)  # the latest by kind
    updated_at: datetime | None = None

    @property
    def survey(self) -> Survey | None:
        """The latest; a row has room for one."""
        return next(reversed(self.surveys.values()), None)

    @property
    def answer(self) -> Answer | None:
        """Of the latest survey."""
        return self.answers.get(self.survey.survey_id) if self.survey else None

    @property
    def is_over(self) -> bool:
        return self.states.get("status") in OVER

    def take(self, timed: Timed) -> None:
        """The facts of a complaint in the order in which they happened."""
        self.updated_at = timed.at
        fact = timed.fact
        if isinstance(fact, Observation):
            self._observe(fact)
        else:
            self._told(fact)

    def _told(self, fact: Fact) -> None:
        match fact:
            case Customer():
                self.customer = fact
            case Survey():
                self.surveys[fact.survey_id] = fact
            case Answer():
                self.answers[fact.survey_id] = fact
            case Attempt():
                self.attempts[fact.kind] = fact

    def _observe(self, seen: Observation) -> None:
        if seen.field in REQUEST_FIELDS:
            request = self.requests.setdefault(seen.party_id, Request())
            if seen.field == "requested" and "requested" not in request.steps:
                request.department = seen.value
            request.steps.setdefault(seen.field, seen.happened_at)
        elif seen.field in MILESTONE_FIELDS:
            self.reached[seen.field] = seen.happened_at
        elif seen.field not in self.states or self.states[seen.field] != seen.value:
            if seen.field == "status" and seen.value is not None:
                self._turn(seen.value, seen.happened_at)
            self.states[seen.field] = seen.value
            self.since[seen.field] = seen.happened_at

    def _turn(self, status: str, at: datetime) -> None:
        before = self.states.get("status")
        if status in OVER:
            self.reached[status] = at
        elif before in OVER:
            self.reached["reopened"] = at
        if status == "waiting_customer":
            self.pause = Pause(at)
        elif before == "waiting_customer" and self.pause is not None:
            self.pause.ended_at = at

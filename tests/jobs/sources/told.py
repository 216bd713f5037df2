"""What an export can tell of a complaint, worked out from its life alone: no file, no map, no merge.

Facts as a log would state them, so that deriving them is deriving what was told.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from config.vocabulary import MILESTONE_FIELDS
from jobs.sources.simulated.life import Fact, Timed
from jobs.sources.simulated.standing import Standing
from queries.intake.facts import (
    STATE_FIELDS,
    Answer,
    Customer,
    NewComplaint,
    Observation,
    Survey,
)

FROM_THE_START = ("received", "in_progress")  # statuses that a complaint may have had since its receipt


@dataclass(slots=True)
class Told:
    """Of one complaint, statement after statement. `happened`: what a column gave the instant of."""

    number: str
    happened: dict[tuple[str, str | None, int], set[datetime]] = field(default_factory=dict)
    states: list[Observation] = field(default_factory=list)
    stated: set[str] = field(default_factory=set)
    others: dict[tuple[str, ...], Fact] = field(default_factory=dict)

    def facts(self) -> list[Fact]:
        events = [
            Observation(self.number, name, at, value, 0, party)
            for (name, value, party), instants in self.happened.items()
            for at in instants
        ]
        return [*self.others.values(), *events, *self.states]

    def happen(self, name: str, value: str | None, at: datetime | None, party: int = 0) -> None:
        if at is not None:
            self.happened.setdefault((name, value, party), set()).add(at)

    def state(self, name: str, value: str | None, stated_at: datetime, since: datetime | None) -> None:
        """That it differs from what was told before shows that it has changed: when, only `since` tells."""
        if name not in self.stated:
            self._first(name, value, since)
        known, held = self._in_force(name, stated_at)
        if not known or held != value:
            at = since or stated_at
            self.states.append(Observation(self.number, name, at, value, 1 + len(self.states)))

    def _first(self, name: str, value: str | None, since: datetime | None) -> None:
        """It reaches back to the receipt, unless it is told or to be seen that it cannot."""
        self.stated.add(name)
        born = self.others["complaint",]
        assert isinstance(born, NewComplaint)
        reaches_back = name != "status" or value in FROM_THE_START
        if since is None and not reaches_back:
            return
        if since is not None and since > born.received_at:
            value = "received" if name == "status" else None
        self.states.append(Observation(self.number, name, born.received_at, value, -1))

    def _in_force(self, name: str, at: datetime) -> tuple[bool, str | None]:
        told = [
            (one.happened_at, one.source_seq, one.value)
            for one in self.facts()
            if isinstance(one, Observation) and one.field == name and one.happened_at <= at
        ]
        return (True, max(told, key=lambda one: one[:2])[2]) if told else (False, None)


def tell_table(told: Told, standing: Standing, stated_at: datetime) -> None:
    """A row of the whole table, which has a since for every state."""
    _tell_table(told, standing, stated_at, standing.since)


def tell_delta(told: Told, standing: Standing, stated_at: datetime) -> None:
    """A row that has changed, which has not."""
    _tell_table(told, standing, stated_at, {})


def _tell_table(told: Told, standing: Standing, stated_at: datetime, since: dict[str, datetime]) -> None:
    _born(told, standing, standing.customer)
    for name, at in standing.reached.items():
        if name in MILESTONE_FIELDS:
            told.happen(name, None, at)
        else:
            told.happen("status", "in_progress" if name == "reopened" else name, at)
    for party, request in standing.requests.items():
        for step, at in request.steps.items():
            told.happen(step, request.department if step == "requested" else None, at, party)
    for name in STATE_FIELDS:
        if name in standing.states or name == "owner":  # an empty cell says that nobody leads
            told.state(name, standing.states.get(name), stated_at, since.get(name))
    if standing.survey is not None:
        told.others["survey", str(standing.survey.survey_id)] = standing.survey
    if standing.answer is not None:
        told.others["answer", str(standing.answer.survey_id)] = standing.answer
    for attempt in standing.attempts.values():
        told.others["attempt", attempt.attempt_key] = attempt


def tell_workflow(told: Told, standing: Standing, stated_at: datetime) -> None:
    """A row of the workflow table: instants, the level and the city; no status, no times of changes."""
    _born(told, standing, None)
    reached = standing.reached
    told.happen("first_contact", None, reached.get("first_contact"))
    told.happen("answered", None, reached.get("answered"))
    ends = {name: reached.get(name) if standing.is_over else None for name in ("resolved", "closed")}
    for status, at in ends.items():
        told.happen("status", status, at)
    if branch := standing.requests.get(1):
        for step in ("requested", "responded", "opinion"):
            value = branch.department if step == "requested" else None
            told.happen(step, value, branch.steps.get(step), 1)
    if pause := standing.pause:
        told.happen("status", "waiting_customer", pause.began_at)
        ended = pause.ended_at
        if ended is not None and ended not in ends.values():
            told.happen("status", "in_progress", ended)
    for name in ("tier", "region"):
        if name in standing.states:
            told.state(name, standing.states[name], stated_at, None)
    if standing.answer is not None:
        _score(told, standing.answer.scores[:1], ends["resolved"] or ends["closed"], stated_at)


def _score(told: Told, scores: tuple[int, ...], at: datetime | None, stated_at: datetime) -> None:
    """Without any instant it is as old as the first export that told it."""
    survey, answer = told.others.get(("survey", "1")), told.others.get(("answer", "1"))
    sent_at = at or (survey.sent_at if isinstance(survey, Survey) else stated_at)
    is_known = isinstance(answer, Answer) and answer.scores == scores
    answered_at = at or (answer.answered_at if isinstance(answer, Answer) and is_known else stated_at)
    told.others["survey", "1"] = Survey(told.number, 1, "source", sent_at, stated_at)
    told.others["answer", "1"] = Answer(told.number, 1, answered_at, scores, None, stated_at)


def _born(told: Told, standing: Standing, customer: Customer | None) -> None:
    complaint = standing.complaint if customer else standing.complaint._replace(customer=None)
    told.others["complaint",] = complaint
    if customer is not None:
        told.others["customer",] = customer


TELL = {"snapshot": tell_table, "delta": tell_delta, "workflow": tell_workflow}


@dataclass(slots=True)
class Operator:
    """The operator's table beside what each shape has told of it so far."""

    lives: dict[str, list[Timed]]
    table: dict[str, Standing] = field(default_factory=dict)
    told: dict[str, dict[str, Told]] = field(default_factory=lambda: {shape: {} for shape in TELL})

    def morning(self, since: datetime, at: datetime) -> None:
        for number, life in self.lives.items():
            news = [one for one in life if since < one.at <= at]
            for one in news:
                if isinstance(one.fact, NewComplaint):
                    self.table[number] = Standing(one.fact)
                self.table[number].take(one)
            if number not in self.table:
                continue
            for shape, tell in TELL.items():
                standing = self.table[number]
                if shape != "delta" or news:
                    stated_at = standing.updated_at if shape == "delta" else at
                    assert stated_at is not None
                    tell(self.told[shape].setdefault(number, Told(number)), standing, stated_at)

    def facts(self, shape: str, until: datetime) -> list[Fact]:
        if shape == "log":
            return [one.fact for life in self.lives.values() for one in life if one.at <= until]
        return [fact for told in self.told[shape].values() for fact in told.facts()]


def by_number(lives: Iterable[list[Timed]]) -> dict[str, list[Timed]]:
    """Each in its order; the complaint comes before all that is told of it, its customer just after."""
    found = {}
    for life in lives:
        born = next(one for one in life if isinstance(one.fact, NewComplaint))
        rest = [one for one in life if one is not born]
        rest.sort(key=lambda one: (one.at, not isinstance(one.fact, Customer)))
        found[born.fact.external_id] = [born, *rest]
    return found

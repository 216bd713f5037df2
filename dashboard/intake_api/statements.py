"""From what a program sent to facts."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from config.vocabulary import MILESTONE_FIELDS, REQUEST_FIELDS
from dashboard.intake_api.items import Attempt, Booking, Complaint, Reached, Since, State, Survey, Update
from queries.intake import facts
from queries.intake.facts import DETAILS, PARENT, REOPENED, Batch, Cell, Observation, Snapshot
from queries.intake.numbers import stable
from queries.intake.ties import TIE_BITS

Item = Complaint | Update


class Told(NamedTuple):
    """Lists to add to, as a Batch has them."""

    complaints: list[facts.NewComplaint]
    observations: list[Observation]
    customers: list[facts.Customer]
    surveys: list[facts.Survey]
    answers: list[facts.Answer]
    attempts: list[facts.Attempt]
    bookings: list[facts.Booking]
    snapshots: list[Snapshot]


def batch(items: Iterable[Item], now: datetime) -> Batch:
    """`now`: of statements that do not say when they held."""
    told = Told([], [], [], [], [], [], [], [])
    places: dict[tuple[str, datetime, int], int] = {}
    for place, item in enumerate(items):
        if isinstance(item, Complaint):
            _add_complaint(told, item, place, now)
        else:
            key = (item.number, item.happened_at, item.order)
            places[key] = tie = places.get(key, -1) + 1
            _add_update(told, item, item.order << TIE_BITS | tie)
    return Batch(*told)


def _add_complaint(told: Told, one: Complaint, place: int, now: datetime) -> None:
    stated_at = one.stated_at or now
    cells = [*_states(one), *_reached(one.reached), *_requests(one)]
    if one.status is not None:
        cells.append(Cell("status", one.status, one.since.status if one.since else None))
    customer, details = one.customer, one.details
    said = [(name, getattr(details, name)) for name in DETAILS] if details else []
    told.snapshots.append(
        Snapshot(
            one.number,
            stated_at,
            place,
            tuple(cells),
            one.received_at,
            one.title,
            one.body,
            customer.number if customer else None,
            tuple((name, text) for name, text in said if text),
        )
    )
    if customer:
        told.customers.append(
            facts.Customer(customer.number, customer.name, customer.phone, customer.address, customer.value)
        )
    for turn, survey in enumerate(one.surveys, 1):
        _add_survey(told, one.number, survey, stable(survey.number) if survey.number else turn, stated_at)
    _add_callbacks(told, one.number, one.attempts, one.bookings, stated_at)


def _stated(one: State) -> Iterator[tuple[str, str | None]]:
    """What is said, also that there is none."""
    for name in State.model_fields:
        if name in one.model_fields_set:
            value = getattr(one, name)
            if isinstance(value, datetime):
                value = value.isoformat()
            yield name, None if value is None or (name == PARENT and value == _number(one)) else str(value)


def _number(one: State) -> str | None:
    """Some sources give a complaint's own number where it was not merged."""
    return one.number if isinstance(one, Complaint | Update) else None


def _states(one: Complaint) -> Iterator[Cell]:
    since = one.since or Since()
    for name, value in _stated(one):
        yield Cell(name, value, getattr(since, name, None))


def _reached(reached: Reached | None) -> Iterator[Cell]:
    for name in Reached.model_fields if reached else ():
        if reached is not None and name in reached.model_fields_set:
            yield _milestone(name, getattr(reached, name))


def _milestone(name: str, at: datetime | None) -> Cell:
    if name in MILESTONE_FIELDS:
        return Cell(name, None, at, is_milestone=True)
    if name == REOPENED:
        return Cell(REOPENED, "in_progress", at, is_milestone=True)
    return Cell("status", name, at, is_milestone=True)


def _requests(one: Complaint) -> Iterator[Cell]:
    for turn, request in enumerate(one.co_owners, 1):
        party = stable(request.number) if request.number else turn
        for field in REQUEST_FIELDS:
            if field in request.model_fields_set:
                department = request.department if field == "requested" else None
                yield Cell(field, department, getattr(request, field), party, is_milestone=True)


def _add_update(told: Told, one: Update, seq: int) -> None:
    number, at = one.number, one.happened_at
    if one.received_at is not None:
        told.complaints.append(facts.NewComplaint(number, one.received_at))
    told.observations.extend(Observation(number, name, at, value, seq) for name, value in _stated(one))
    status = one.status
    if one.reached in MILESTONE_FIELDS:
        told.observations.append(Observation(number, str(one.reached), at, None, seq))
    elif one.reached == REOPENED:
        status = status or "in_progress"
    if status is not None:
        told.observations.append(Observation(number, "status", at, status, seq))
    if one.co_owner is not None:
        request = one.co_owner
        party = stable(request.number or f"department {request.department}")
        department = request.department if request.step == "requested" else None
        told.observations.append(Observation(number, request.step, at, department, seq, party))
    if one.survey is not None:
        known = one.survey.number or f"survey {one.survey.sent_at.astimezone(UTC).isoformat()}"
        _add_survey(told, number, one.survey, stable(known), None)
    attempts = [one.attempt] if one.attempt else []
    bookings = [one.booking] if one.booking else []
    _add_callbacks(told, number, attempts, bookings, None)


def _add_survey(told: Told, number: str, one: Survey, survey_id: int, stated_at: datetime | None) -> None:
    told.surveys.append(facts.Survey(number, survey_id, one.channel, one.sent_at, stated_at))
    if one.answered_at is not None:
        told.answers.append(
            facts.Answer(number, survey_id, one.answered_at, tuple(one.scores), one.nps, stated_at)
        )


def _add_callbacks(
    told: Told,
    number: str,
    attempts: Sequence[Attempt],
    bookings: Sequence[Booking],
    stated_at: datetime | None,
) -> None:
    for call in attempts:
        key = call.number or _key(call.at)
        told.attempts.append(
            facts.Attempt(
                number,
                call.kind,
                call.episode,
                key,
                call.at,
                call.outcome,
                call.agent,
                call.call_again_at,
                stated_at,
            )
        )
    for agreed in bookings:
        key = agreed.number or _key(agreed.starts_at)
        told.bookings.append(
            facts.Booking(
                number,
                agreed.kind,
                agreed.episode,
                key,
                agreed.booked_at,
                agreed.starts_at,
                agreed.agent,
                stated_at,
            )
        )


def _key(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S}"

"""From the facts of one complaint to its derived rows. Pure: no database, no clock."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import NamedTuple, Protocol

from queries.clocks.deadlines import complaint_clocks, promised_clock, request_clocks
from queries.clocks.follow_up import Attempt, Booking, Callback, callbacks
from queries.clocks.running_clock import Clock, Span
from queries.clocks.time_held import TimeHeld, time_held
from queries.clocks.timeline import Observed, Stint, Timeline, build_timeline, stints, stopped_at
from queries.db import NULL, copy_text
from queries.hours.working_time import OPEN_END, Hours
from queries.intake.facts import PARENT
from queries.policies.resolved import Place, ResolvedPolicies, ResolvedPolicy, in_force


class SurveySeen(NamedTuple):
    survey_id: int
    channel: str
    sent_at: int
    answered_at: int | None
    score: float | None  # mean of the answers
    overall: int | None  # the first question's answer
    nps: int | None


class Excuse(NamedTuple):
    """A person excused a breach, or undid that."""

    target: str
    party_id: int
    episode: int
    at: int
    is_excused: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of one complaint; instants in whole seconds, observations in order."""

    complaint_id: int
    source: str
    received_at: int
    alerts_from: int | None  # imported history: what crossed before this instant raises no alert
    observations: list[Observed]
    surveys: list[SurveySeen]
    attempts: list[Attempt]
    bookings: list[Booking]
    customer_value: str | None
    excuses: list[Excuse] = field(default_factory=list)  # the last of a deadline stands


class Organisation(Protocol):
    """What deriving needs besides the facts of one complaint."""

    def milestones(self, source: str) -> frozenset[str]: ...

    def policies(
        self, region_id: int | None, source: str, customer_value: str | None
    ) -> list[ResolvedPolicy]: ...

    def place(self, region_id: int | None, source: str) -> Place: ...

    def team_hours(self, place: Place, received_at: int) -> Hours: ...

    def target_hours(self, place: Place, policy_version: int, target: str) -> Hours: ...


TABLE_NAMES = (
    "stint",
    "milestone",
    "deadline",
    "deadline_span",
    "timer",
    "callback",
    "co_owner_request",
    "survey",
    "time_held",
)


@dataclass(slots=True)
class Rows:
    """Derived rows as COPY lines by table, columns in the order of queries/clocks/write.py TABLES."""

    lines: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in TABLE_NAMES})

    def of(self, complaint_id: int) -> dict[str, list[tuple[str, ...]]]:
        """The rows of one complaint as text, for tests and `explain`."""
        start = f"{complaint_id}\t"
        return {
            name: sorted(tuple(line[:-1].split("\t")) for line in lines if line.startswith(start))
            for name, lines in self.lines.items()
        }


class Dimensions(NamedTuple):
    """The last region, category and channel of a complaint, as texts ready for COPY."""

    region: str
    category: str
    channel: str


def decide(facts: Facts, organisation: Organisation, rows: Rows) -> Timeline:
    """Append to `rows` all that follows from `facts`."""
    timeline = build_timeline(facts.received_at, facts.observations)
    region = timeline.last("region")
    place = Dimensions(
        _number(region), copy_text(timeline.last("category")), copy_text(timeline.last("channel"))
    )
    region_id = int(region) if region else None
    policies = organisation.policies(region_id, facts.source, facts.customer_value)
    reported = organisation.milestones(facts.source)
    key = str(facts.complaint_id)
    complaint_stints = stints(timeline)
    rows.lines["stint"] += _stint_lines(key, timeline, place, complaint_stints)
    rows.lines["milestone"] += _milestone_lines(key, timeline, place)
    rows.lines["co_owner_request"] += _request_lines(key, timeline, place)
    rows.lines["survey"] += _survey_lines(key, timeline, place, facts.surveys)
    clocks = list(clocks_of(timeline, policies, reported))
    for clock in clocks:
        _add_clock(rows, key, timeline, place, clock, facts)
    if timeline.ended_at is not None:
        where = organisation.place(region_id, facts.source)
        hours = partial(organisation.target_hours, where)
        team = organisation.team_hours(where, timeline.received_at)
        held = time_held(timeline, complaint_stints, clocks, team, hours)
        rows.lines["time_held"] += _time_lines(key, timeline, place, held)
    if "callback" in reported:
        for callback in callbacks_of(timeline, facts, policies):
            _add_callback(rows, key, timeline, place, callback, facts.alerts_from)
    return timeline


def clocks_of(timeline: Timeline, policies: ResolvedPolicies, reported: frozenset[str]) -> Iterator[Clock]:
    """Clocks of the complaint, of its co-owner requests and of its source's promise."""
    yield from complaint_clocks(timeline, policies)
    for request in timeline.requests:
        yield from request_clocks(timeline, request, policies)
    promises = [(at, int(value)) for at, value in timeline.states.get("promised", ()) if value]
    promised = promised_clock(timeline, promises, policies[in_force(policies, timeline.received_at)])
    if promised is not None and "resolved" in reported:
        yield promised


def callbacks_of(timeline: Timeline, facts: Facts, policies: ResolvedPolicies) -> list[Callback]:
    """An overall answer of 1 or 2 requires a second follow-up (N15)."""
    bad = [s.answered_at for s in facts.surveys if s.answered_at and s.overall and s.overall <= 2]
    return callbacks(timeline, sorted(bad), facts.attempts, facts.bookings, policies)


def _number(value: object) -> str:
    return NULL if value is None else str(value)


@lru_cache(maxsize=8192)  # one instant of a complaint occurs in many of its rows
def _instant(value: int | None) -> str:
    return NULL if value is None else datetime.fromtimestamp(value, UTC).isoformat()


def _where(timeline: Timeline, at: int) -> str:
    tier, department = timeline.at("tier", at), timeline.at("department", at)
    return f"{_number(tier)}\t{_number(department)}"


def _place(place: Dimensions) -> str:
    return f"{place.region}\t{place.category}\t{place.channel}"


def _stint_lines(
    key: str, timeline: Timeline, place: Dimensions, complaint_stints: list[Stint]
) -> Iterator[str]:
    where, received = _place(place), _instant(timeline.received_at)
    for seq, stint in enumerate(complaint_stints, start=1):
        yield (
            f"{key}\t{seq}\t{_instant(stint.from_at)}\t{_instant(stint.until_at)}\t{stint.episode}\t"
            f"{stint.status}\t{_number(stint.tier)}\t{_number(stint.department)}\t{_number(stint.owner)}\t"
            f"{where}\t{'t' if stint.counts_as_open else 'f'}\t{received}\n"
        )


def _milestone_lines(key: str, timeline: Timeline, place: Dimensions) -> Iterator[str]:
    where, merged = _place(place), "f" if timeline.last(PARENT) is None else "t"
    for episode, name, at in timeline.milestones:
        yield f"{key}\t{episode}\t{name}\t{_instant(at)}\t{_where(timeline, at)}\t{where}\t{merged}\n"


def _request_lines(key: str, timeline: Timeline, place: Dimensions) -> Iterator[str]:
    where = _place(place)
    for request in timeline.requests:
        at = request.requested_at
        yield (
            f"{key}\t{request.request_id}\t{request.episode}\t{_instant(at)}\t"
            f"{_instant(request.responded_at)}\t{_instant(request.opinion_at)}\t"
            f"{_instant(stopped_at(timeline, request))}\t{_number(request.department)}\t"
            f"{_number(timeline.at('department', at))}\t{_number(timeline.at('tier', at))}\t{where}\n"
        )


def _survey_lines(
    key: str, timeline: Timeline, place: Dimensions, surveys: Iterable[SurveySeen]
) -> Iterator[str]:
    where = _place(place)
    for survey in surveys:
        yield (
            f"{key}\t{survey.survey_id}\t{copy_text(survey.channel)}\t{_instant(survey.sent_at)}\t"
            f"{_instant(survey.answered_at)}\t{_number(survey.score)}\t{_number(survey.nps)}\t"
            f"{_where(timeline, survey.sent_at)}\t{where}\n"
        )


def _time_lines(key: str, timeline: Timeline, place: Dimensions, held: Iterable[TimeHeld]) -> Iterator[str]:
    ended, tier = _instant(timeline.ended_at), _number(timeline.at("tier", (timeline.ended_at or 0) - 1))
    for seq, one in enumerate(held, start=1):
        yield (
            f"{key}\t{one.holder}\t{one.department_id or 0}\t{seq}\t"
            f"{_instant(timeline.received_at)}\t{ended}\t{tier}\t{place.region}\t{one.seconds}\t{one.open_seconds}\t{one.late_seconds}\t"
            f"{one.late_requests}\t{one.avoidable}\t{one.own}\n"
        )


def _add_clock(
    rows: Rows, key: str, timeline: Timeline, place: Dimensions, clock: Clock, facts: Facts
) -> None:
    known = f"{key}\t{clock.target}\t{clock.party_id}\t{clock.episode}"
    ended = clock.ended_at
    at = OPEN_END if ended is None else ended
    co_owner = next((r.department for r in timeline.requests if r.request_id == clock.party_id), None)
    department = _number(co_owner) if clock.party_id else _number(timeline.at("department", at))
    owner = NULL if clock.party_id else _number(timeline.at("owner", at))
    rows.lines["deadline"].append(
        f"{known}\t{_instant(clock.started_at)}\t{_instant(clock.due_at)}\t{_instant(clock.warn_at)}\t"
        f"{_number(clock.left_seconds)}\t{_instant(clock.met_at)}\t{_instant(clock.cancelled_at)}\t"
        f"{clock.policy_version}\t{'t' if clock.provisional else 'f'}\t{_number(timeline.at('tier', at))}\t"
        f"{department}\t{owner}\t{_place(place)}\t{_instant(_excused_at(facts.excuses, clock))}\n"
    )
    _add_spans(rows, known, clock.spans)
    alerts_from = facts.alerts_from
    if ended is None:
        for kind, fires in (("warn", clock.warn_at), ("due", clock.due_at)):
            if fires is not None and (alerts_from is None or fires > alerts_from):
                rows.lines["timer"].append(f"{known}\t{kind}\t{_instant(fires)}\n")


def _excused_at(excuses: Sequence[Excuse], clock: Clock) -> int | None:
    key = (clock.target, clock.party_id, clock.episode)
    last = next((one for one in reversed(excuses) if one[:3] == key), None)
    return last.at if last is not None and last.is_excused else None


def _add_spans(rows: Rows, known: str, spans: Iterable[Span]) -> None:
    for span in spans:
        rows.lines["deadline_span"].append(
            f"{known}\t{_instant(span.from_at)}\t{_instant(span.until_at)}\t{_instant(span.due_at)}\t"
            f"{_instant(span.warn_at)}\t{'t' if span.paused else 'f'}\t{_number(span.left_seconds)}\t"
            f"{span.policy_version}\n"
        )


def _add_callback(
    rows: Rows, key: str, timeline: Timeline, place: Dimensions, callback: Callback, alerts_from: int | None
) -> None:
    rows.lines["callback"].append(
        f"{key}\t{callback.kind}\t{callback.episode}\t{_instant(callback.resolved_at)}\t"
        f"{_instant(callback.due_at)}\t{_instant(callback.ended_at)}\t{_number(callback.outcome)}\t"
        f"{callback.attempts}\t{_number(callback.last_outcome)}\t{_instant(callback.next_at)}\t"
        f"{_number(callback.agent_id)}\t{callback.revision}\t{callback.policy_version}\t"
        f"{_where(timeline, callback.resolved_at)}\t{_place(place)}\n"
    )
    _add_spans(rows, f"{key}\t{callback.kind}\t0\t{callback.episode}", callback.spans)
    if callback.ended_at is None and (alerts_from is None or callback.due_at > alerts_from):
        rows.lines["timer"].append(
            f"{key}\t{callback.kind}\t0\t{callback.episode}\tdue\t{_instant(callback.due_at)}\n"
        )

"""One question to a calendar, without a complaint: when is it due, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from config import UserError
from config.instants import LATEST, YEARS, is_believed
from config.policy import Policy
from config.policy_values import Budget, budget
from config.policy_values import zone as known_zone
from queries.hours.segments import CountedDay, Pause, Segment, due_after_pauses, segments, working_days
from queries.hours.working_time import Due, Hours, around_the_clock, lay_out


class QuestionError(UserError):
    """The question cannot be answered; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Answer:
    zone: ZoneInfo
    start: int
    budget: Budget
    due: Due
    segments: list[Segment]
    days: list[CountedDay]  # of a budget in working days, else none


def ask(
    policy: Policy,
    calendar: str,
    start: str,
    budgeted: Budget,
    pauses: Sequence[str] = (),
    zone: str = "",
    regions: Sequence[str] = (),
) -> Answer:
    """`start` is ISO 8601, local where it names no offset; `pauses` are two such joined by '/'; `regions` the
    codes of a region and of those above it, from the top of the tree downwards."""
    hours = _hours(policy, calendar, _zone(zone or policy.zone), regions)
    begin = instant(start, hours.zone)
    stops = [_pause(pause, hours.zone) for pause in pauses]
    if budgeted.working_days:
        if hours.calendar is None:
            raise QuestionError(
                "Working days need a calendar, which 'always' is not: name one by --calendar."
            )
        days = working_days(hours, begin, budgeted.working_days, stops)
        due = Due(days[-1].close, hours.is_provisional(begin, days[-1].close))
    else:
        days, due = [], due_after_pauses(hours, begin, budgeted.seconds, stops)
    if due.at >= LATEST.timestamp():
        raise QuestionError(f"It would be due after {YEARS}; write a nearer start or a smaller budget.")
    return Answer(hours.zone, begin, budgeted, due, segments(hours, begin, due.at, stops), days)


def budget_of(seconds: str | None, working_days: int | None) -> Budget:
    """Of `--budget` and `--working-days`, of which one is given."""
    if (seconds is None) == (working_days is None):
        raise QuestionError("Give the budget by --budget such as 12h, or by --working-days such as 3.")
    try:
        return budget(seconds if seconds is not None else f"{working_days} working days")
    except ValueError as error:
        raise QuestionError(f"{error}.") from None


def _hours(policy: Policy, calendar: str, zone: str, regions: Sequence[str]) -> Hours:
    if calendar == "always":
        return around_the_clock(zone)
    if calendar not in policy.calendars:
        known = ", ".join(["always", *policy.calendars])
        raise QuestionError(f"The policy has no calendar '{calendar}'; known are {known}.")
    return lay_out(policy.calendars[calendar].in_regions(regions), zone)


def _zone(value: str) -> str:
    try:
        return known_zone(value)
    except ValueError as error:
        raise QuestionError(f"{error}.") from None


def instant(value: str, zone: ZoneInfo) -> int:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise QuestionError(f"'{value}' is not a valid time. Use for example 2026-09-30T16:20.") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if not is_believed(aware):
        raise QuestionError(f"'{value}' is outside {YEARS}; use a nearer time.")
    return int(aware.timestamp())


def _pause(value: str, zone: ZoneInfo) -> Pause:
    since, slash, until = value.partition("/")
    if not slash:
        raise QuestionError(f"'{value}' is not a pause. Use for example 2026-09-30T16:20/2026-10-09T09:00.")
    pause = Pause(instant(since, zone), instant(until, zone), "pause")
    if pause.until_at <= pause.from_at:
        raise QuestionError(f"The pause '{value}' ends before it begins; write the earlier time first.")
    return pause

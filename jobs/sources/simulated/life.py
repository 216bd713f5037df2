"""The life of one simulated complaint: all its facts, each with its instant."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import exp
from typing import NamedTuple
from zoneinfo import ZoneInfo

from config.vocabulary import CHANNELS
from jobs.sources.simulated import texts
from jobs.sources.simulated.draws import Day
from jobs.sources.simulated.organisation import CATEGORIES, GIVEN, SURNAMES, Operator
from queries.intake.facts import Answer, Attempt, Customer, NewComplaint, Observation, Survey

ZONE = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
SLOW_PROVINCES = {3: 1.5, 5: 1.25, 19: 1.5, 25: 1.6, 27: 1.4}  # their people answer later
LATE_DEPARTMENTS = {"NETOPS": 1.5, "IT": 2.0, "LEGAL": 1.4, "BROADBAND": 1.2}
SURVEY_CHANNELS = ("sms", "app_push", "ivr", "person")

Fact = NewComplaint | Observation | Customer | Survey | Answer | Attempt


class Timed(NamedTuple):
    at: datetime
    fact: Fact


class Maker:
    """Builds the facts of one complaint; `at` moves along its life in seconds since it was received."""

    def __init__(self, day: Day, index: int, operator: Operator) -> None:
        self.u = day.u[index]
        self.waits = day.waits[index]
        self.normal = day.lognormal[index]
        self.id = f"S{day.day:%y%m%d}-{index + 1:05d}"
        midnight = datetime(day.day.year, day.day.month, day.day.day, tzinfo=ZONE)
        # whole seconds: sources of this kind report no finer
        self.received = (midnight + timedelta(seconds=int(day.second[index]))).astimezone(UTC)
        self.category, self.department, self.asked, _, self.title_en, self.title_zh = CATEGORIES[
            day.category[index]
        ]
        self.city = operator.cities[day.city[index]]
        province = operator.province_of[self.city]
        self.slow = SLOW_PROVINCES.get(province, 1.0) * (1.4 if day.in_outage[index] else 1.0)
        self.mood = 4.15 - 0.25 * (self.slow - 1) + 0.12 * ((province * 7) % 5 - 2) / 2
        self.channel = CHANNELS[day.channel[index]]
        self.operator = operator
        self.facts: list[Timed] = []

    def add(self, seconds: float, name: str, value: str | None = None, party: int = 0) -> None:
        at = self.received + timedelta(seconds=int(seconds))
        self.facts.append(Timed(at, Observation(self.id, name, at, value, len(self.facts), party)))

    def when(self, seconds: float) -> datetime:
        return self.received + timedelta(seconds=int(seconds))

    def agent(self, department: str, draw: float) -> str:
        logins = self.operator.agents_of[department]
        return logins[int(draw * len(logins))]

    def spread(self, middle: float, index: int, sigma: float = 0.6) -> float:
        """A log-normal duration with this median, longer where the province is slow."""
        return middle * self.slow * exp(sigma * self.normal[index])


def life(day: Day, index: int, operator: Operator) -> list[Timed]:
    """In no order; instants after now are for later."""
    make = Maker(day, index, operator)
    u = make.u
    tier = _tier(make)
    _intake(make, tier)
    if u[1] < 0.012:
        make.add(make.waits[0] * 10 * HOUR, "status", "withdrawn")
        return make.facts
    _first_steps(make, tier)
    resolved = _work(make, tier)
    if u[2] < 0.05:
        _callbacks(make, resolved, 1, until=resolved + 2 * DAY * u[3])
        reopened = resolved + (0.2 + 2 * u[3]) * DAY
        make.add(reopened, "status", "in_progress")
        _milestones(make, tier, reopened)
        again = reopened + make.spread(22 * HOUR, 5)
        make.add(again, "status", "resolved")
        _finish(make, again, 2)
    else:
        _finish(make, resolved, 1)
    return make.facts


def _tier(make: Maker) -> int:
    if make.category == "suggestion":
        return 3
    draw = make.u[0]
    urgent = 0.09 if make.category in ("fraud_call", "enterprise_line") else 0.035
    return 1 if draw < urgent else 3 if draw > 0.82 else 2


def _intake(make: Maker, tier: int) -> None:
    u = make.u
    number = int(u[4] * 4_000_000)
    name = SURNAMES[number % len(SURNAMES)] + GIVEN[number % len(GIVEN)] + GIVEN[number // 97 % len(GIVEN)]
    customer = f"C{number:07d}"
    phone = f"1990000{number % 10000:04d}"
    value = "gold" if u[5] < 0.06 else "silver" if u[5] < 0.25 else "standard"
    english = u[6] < 0.03
    title = make.title_en if english else make.title_zh
    make.facts.append(Timed(make.received, Customer(customer, name, phone, None, value)))
    body = title if english else texts.body(make.category, title, u[7])
    make.facts.append(Timed(make.received, NewComplaint(make.id, make.received, title, body, customer)))
    for field, value_ in (
        ("status", "received"),
        ("region", make.city),
        ("category", make.category),
        ("channel", make.channel),
        ("tier", str(tier)),
        ("department", make.department if u[8] < 0.8 else "CARE"),
    ):
        make.add(0, field, value_)


def _first_steps(make: Maker, tier: int) -> None:
    u = make.u
    contact = make.spread(3.2 * MINUTE, 0, 0.75)
    make.add(contact, "owner", make.agent(make.department if u[8] < 0.8 else "CARE", u[9]))
    make.add(contact, "first_contact")
    make.add(contact + 30, "status", "in_progress")
    if u[8] >= 0.8:  # taken by customer care, handed to the department that can mend it
        handed = contact + make.spread(35 * MINUTE, 1)
        make.add(handed, "department", make.department)
        make.add(handed, "owner", make.agent(make.department, u[10]))
    if tier != 1 and u[11] < 0.01:
        make.add(contact + 2 * HOUR * u[12], "tier", "1")
        make.add(contact + 2 * HOUR * u[12] + make.spread(14 * MINUTE, 3, 0.7), "plan")
    _milestones(make, tier, 0)


def _milestones(make: Maker, tier: int, start: float) -> None:
    late = LATE_DEPARTMENTS.get(make.department, 1.0)
    if tier == 1:
        make.add(start + make.spread(15 * MINUTE, 3, 0.5), "plan")
    elif tier == 2:
        make.add(start + make.spread(46 * MINUTE, 3, 0.55) * late**0.5, "verification_started")
        make.add(start + make.spread(10 * HOUR, 4, 0.5) * late**0.6, "feedback")
    else:
        make.add(start + make.spread(1.7 * DAY, 4, 0.4), "answered")


def _work(make: Maker, tier: int) -> float:
    """Everything between first contact and resolution; returns when it was resolved."""
    u = make.u
    middle = {1: 20 * HOUR, 2: 98 * HOUR, 3: 150 * HOUR}[tier]
    resolved = make.spread(middle, 5, 0.7) + 30 * MINUTE
    for party, (draw, at) in enumerate(((u[13], 0.08), (u[14], 0.25)), start=1):
        if draw < (0.25 if party == 1 else 0.06):
            _co_owner(make, party, resolved * at, resolved)
    if u[15] < 0.18:
        asked = resolved * (0.3 + 0.2 * u[16])
        make.add(asked, "status", "waiting_customer")
        make.add(asked + (resolved - asked) * 0.5 * u[17], "status", "in_progress")
    make.add(resolved, "status", "resolved")
    return resolved


def _co_owner(make: Maker, party: int, asked: float, resolved: float) -> None:
    department = make.asked if party == 1 else "LEGAL" if make.asked != "LEGAL" else "IT"
    late = LATE_DEPARTMENTS.get(department, 1.0)
    make.add(asked, "requested", department, party)
    if party == 1:
        make.add(asked + 1, "status", "waiting_co_owner")
    answer = asked + make.spread(26 * MINUTE, 6, 0.7) * late
    opinion = answer + make.spread(75 * MINUTE, 7, 0.7) * late
    if answer < resolved:
        make.add(answer, "responded", None, party)
    if opinion < resolved:
        make.add(opinion, "opinion", None, party)
        if party == 1:
            make.add(opinion + 60, "status", "in_progress")


def _finish(make: Maker, resolved: float, episode: int) -> None:
    done = _callbacks(make, resolved, episode, until=None)
    bad = _survey(make, resolved)
    if bad is not None:
        _second_follow_up(make, bad, episode)
    make.add(max(done, resolved + 3 * DAY) + HOUR, "status", "closed")


def _callbacks(make: Maker, resolved: float, episode: int, until: float | None) -> float:
    """3+7 (N7): most are made in time, some are missed, some reach nobody at first."""
    u = make.u
    last = resolved
    for kind, days, draw, place in (("confirm_solved", 2.6, u[18], 0), ("experience", 6.6, u[19], 1)):
        at = _in_office(make, resolved + days * DAY * (0.45 + 0.55 * u[20 + place]))
        at += 2 * DAY if draw > 0.95 else 0.0  # some are late
        tries = [("no_answer", at)] if 0.6 < draw < 0.75 else []
        ending = "refused" if draw < 0.05 else "confirmed"
        tries.append((ending, at + 3 * HOUR if tries else at))
        for number, (outcome, when) in enumerate(tries):
            if until is None or when < until:
                instant = make.when(when)
                agent = make.agent("CARE", u[22])
                attempt = Attempt(make.id, kind, episode, f"{kind}-{number}", instant, outcome, agent)
                make.facts.append(Timed(instant, attempt))
                last = max(last, when)
    return last


def _in_office(make: Maker, seconds: float) -> float:
    """Callers work from nine to eight."""
    local = make.when(seconds).astimezone(ZONE)
    hour = local.hour + local.minute / 60
    return (
        seconds + (9.2 - hour) * HOUR
        if hour < 9
        else seconds - (hour - 19.5) * HOUR
        if hour > 20
        else seconds
    )


def _second_follow_up(make: Maker, answered: float, episode: int) -> None:
    """Of customers who answered 1 or 2 (N15); one in ten is late."""
    late = 3 * DAY if make.u[25] > 0.9 else 0.0
    instant = make.when(_in_office(make, answered + 20 * HOUR) + late)
    agent = make.agent("CARE", make.u[22])
    attempt = Attempt(make.id, "dissatisfied", episode, "dissatisfied-0", instant, "confirmed", agent)
    make.facts.append(Timed(instant, attempt))


def _survey(make: Maker, resolved: float) -> float | None:
    """Returns when a bad answer was given."""
    u = make.u
    sent = resolved + HOUR
    channel = SURVEY_CHANNELS[int(u[23] * 4)]
    number = 1
    make.facts.append(Timed(make.when(sent), Survey(make.id, number, channel, make.when(sent))))
    if u[24] > {"sms": 0.26, "app_push": 0.32, "ivr": 0.22, "person": 0.58}[channel]:
        return None
    answered = sent + make.waits[1] * 9 * HOUR
    at = make.when(answered)
    mean = make.mood + 0.75 * make.normal[2]
    scores = tuple(min(5, max(1, round(mean + 0.5 * make.normal[n % 8]))) for n in range(5))
    nps = min(10, max(0, round(2.05 * mean + 0.25 + 0.6 * make.normal[3])))
    make.facts.append(Timed(at, Answer(make.id, number, at, scores, nps)))
    return answered if scores[0] <= 2 else None


def lives(day: Day, operator: Operator) -> Iterator[list[Timed]]:
    for index in range(len(day.second)):
        yield life(day, index, operator)

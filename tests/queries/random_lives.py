"""Lives of complaints, drawn at random."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from config.policy import DEFAULT
from config.vocabulary import MILESTONE_FIELDS
from queries.intake.facts import Answer, Attempt, Batch, Observation, Survey
from tests.build import at, complaint

DAYS = 9


@dataclass(frozen=True, slots=True)
class Timed:
    at: datetime
    batch: Batch


def lives(seed: int, many: int) -> list[Timed]:
    """Facts of random complaints, each with its instant. What one is, is known when it is received."""
    random = Random(seed)
    return [timed for number in range(many) for timed in _life(random, f"C{number}")]


def _life(random: Random, number: str) -> list[Timed]:
    received = at(minutes=random.randrange(DAYS * 1440))
    born = complaint(
        number,
        received,
        tier=random.choice((1, 2, 2, 3)),
        department=random.choice(("NET", "BILL")),
        region=random.choice(("GD-01", "BJ-01", "GD")),
        channel=random.choice(("phone", "app")),
    )
    facts, moment = [Timed(received, born)], received
    episode, over = 1, False
    for step in range(random.randrange(14)):
        moment += timedelta(seconds=random.randrange(60, 60_000))
        if over and random.random() < 0.5:
            facts += _follow_up(random, number, episode, moment, step)
            continue
        field, value, party = _move(random, over)
        if field == "status":
            episode += over and value == "in_progress"
            over = value in ("resolved", "closed", "withdrawn")
        seen = Observation(number, field, moment, value, step + 1, party)
        facts.append(Timed(moment, Batch(observations=[seen])))
    return facts


def _move(random: Random, over: bool) -> tuple[str, str | None, int]:
    if over:
        return "status", random.choice(("in_progress", "closed", "closed")), 0
    moves: list[tuple[str, str | None, int]] = [
        ("status", random.choice(("in_progress", "waiting_customer", "waiting_co_owner")), 0),
        ("status", random.choice(("resolved", "resolved", "resolved", "withdrawn")), 0),
        ("tier", random.choice("123"), 0),
        ("department", random.choice(("NET", "BILL")), 0),
        ("owner", random.choice(("li", "scheduler")), 0),
        (random.choice(MILESTONE_FIELDS), None, 0),
        ("requested", random.choice(("NET", "BILL")), random.choice((1, 2))),
        (random.choice(("responded", "opinion", "cancelled")), None, random.choice((1, 2))),
    ]
    return random.choice(moves)


def _follow_up(random: Random, number: str, episode: int, moment: datetime, step: int) -> list[Timed]:
    draw = random.random()
    if draw < 0.35:
        answer = moment + timedelta(seconds=random.randrange(90_000))
        scores = tuple(random.randrange(1, 6) for _ in range(3))
        return [
            Timed(moment, Batch(surveys=[Survey(number, step, "sms", moment)])),
            Timed(answer, Batch(answers=[Answer(number, step, answer, scores, random.randrange(11))])),
        ]
    kind = random.choice(("confirm_solved", "experience", "dissatisfied"))
    outcome = random.choice(("no_answer", "call_later", "confirmed", "not_solved", "refused"))
    attempt = Attempt(number, kind, episode, f"a{step}", moment, outcome, "scheduler")
    return [Timed(moment, Batch(attempts=[attempt]))]


PAUSING = (
    DEFAULT.read_text("utf-8")
    .replace('budget = "24h"', 'budget = "24h"\npauses_on = ["waiting_customer"]')
    .replace('hours = "office"\n', 'hours = "office"\npauses_on = ["waiting_customer"]\n')
)

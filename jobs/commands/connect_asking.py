"""The questions of `board connect` at a terminal."""

from zoneinfo import available_timezones

import typer
from rich.console import Console

from config.source_maps.proposal import Answers, Choice, Proposal, Question, key_kind
from config.source_maps.proposed_map import questions_of

TIERS = {"1": "tier 1, urgent", "2": "tier 2, regular", "3": "tier 3, suggestion"}


def answered(console: Console, proposal: Proposal) -> Answers:
    """Asks what is not certain. Later questions depend on earlier answers."""
    answers = Answers()
    asked: set[str] = set()
    while question := _next(proposal, answers, asked):
        asked.add(question.id)
        answers.chosen[question.id] = ask(console, question)
    return answers


def _next(proposal: Proposal, answers: Answers, asked: set[str]) -> Question | None:
    open_ones = (one for one in questions_of(proposal, answers) if not one.certain and one.id not in asked)
    return next(open_ones, None)


def _shown(question: Question, choice: Choice) -> str:
    known = TIERS if key_kind(question.key) == "state.tier" else {}
    return known.get(choice.value, str(choice))


def ask(console: Console, question: Question) -> str:
    """One of the choices by its number or its word; of a free question, any that is right."""
    values = [one.value for one in question.choices]
    console.print(f"\n{question}", style="bold", markup=False, highlight=False)
    for number, choice in enumerate(question.choices, 1):
        console.print(f"  {number}  {_shown(question, choice)}", markup=False, highlight=False)
    default = str(values.index(question.default) + 1) if question.default in values else question.default
    while True:
        given = str(typer.prompt("Number", default=default)).strip()
        if given.isascii() and given.isdecimal() and 1 <= int(given) <= len(values):
            return values[int(given) - 1]
        if given in values or (question.free and given in available_timezones()):
            return given
        wrong = "names no time zone" if question.free else "is none of the choices"
        console.print(f"'{given}' {wrong}.", markup=False, highlight=False)

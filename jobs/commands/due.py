"""`board due`: one question to a calendar, without a complaint."""

from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.options import AsJson


def due(
    start: Annotated[str, typer.Option(help="ISO 8601; local time of the zone where it names no offset.")],
    calendar: Annotated[str, typer.Option(help="A calendar of the policy, or 'always'.")] = "always",
    budget: Annotated[str | None, typer.Option(help="Such as 30m, 12h, 2d of the calendar's hours.")] = None,
    working_days: Annotated[int | None, typer.Option(help="Instead of --budget.")] = None,
    pause: Annotated[list[str] | None, typer.Option(help="FROM/UNTIL; may be given several times.")] = None,
    zone: Annotated[str, typer.Option(help="Of the region; the policy's own where left out.")] = "",
    policy_file: Annotated[
        Path | None, typer.Option("--policy", help="Instead of the configured one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """When a budget is used up, segment by segment.

    Example: board due --calendar office --start 2026-09-18T16:00 --budget 12h
    """
    from config.policy import load
    from config.settings import settings
    from jobs.commands.due_text import print_answer
    from queries.hours.question import ask, budget_of

    asked = budget_of(budget, working_days)
    answer = ask(load(policy_file or settings().policy_file), calendar, start, asked, pause or (), zone)
    print_answer(answer, typer.echo, as_json)

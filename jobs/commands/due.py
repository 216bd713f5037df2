"""`board due`: one question to a calendar, without a complaint."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from config import UserError
from jobs.commands.options import AsJson

if TYPE_CHECKING:
    from config.policy import Policy
    from queries.policies.resolved import Place


def due(
    start: Annotated[str, typer.Option(help="ISO 8601; local time of the zone where it names no offset.")],
    calendar: Annotated[str, typer.Option(help="A calendar of the policy, or 'always'.")] = "always",
    budget: Annotated[str | None, typer.Option(help="Such as 30m, 12h, 2d of the calendar's hours.")] = None,
    working_days: Annotated[int | None, typer.Option(help="Instead of --budget.")] = None,
    pause: Annotated[list[str] | None, typer.Option(help="FROM/UNTIL; may be given several times.")] = None,
    zone: Annotated[str, typer.Option(help="Of the region; the policy's own where left out.")] = "",
    region: Annotated[
        str | None, typer.Option(help="Its code: with its zone, its closed days, and the policy in force.")
    ] = None,
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
    regions: tuple[str, ...] = ()
    in_force: Policy | None = None
    if region is not None:
        in_force, place = _of_region(region)
        zone, regions = zone or place.zone, place.regions
    policy = in_force if in_force and not policy_file else load(policy_file or settings().policy_file)
    print_answer(ask(policy, calendar, start, asked, pause or (), zone, regions), typer.echo, as_json)


def _of_region(code: str) -> tuple["Policy", "Place"]:
    """The policy in force, and where the region lies; raises UserError."""
    from config.settings import settings
    from queries import db
    from queries.policies.history import place_of, policy_in_force

    engine = db.engine(settings().url(), settings().database_role, application="board due")
    with engine.begin() as conn:
        place = place_of(conn, code)
        if place is None:
            raise UserError(f"No region has the code '{code}'; the People page lists those of the board.")
        return policy_in_force(conn), place

"""`board explain`."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from config import UserError
from jobs.commands.options import AsJson

if TYPE_CHECKING:
    from config.settings import Settings


def explain(
    complaint: Annotated[str, typer.Argument(help="Its source number or its board number.")],
    as_json: AsJson = False,
) -> None:
    """Every deadline of a complaint: why it is due when it is, segment by segment.

    Example: board explain C2611241234
    """
    from config.settings import settings

    run(settings(), complaint, typer.echo, as_json)


def run(settings: "Settings", wanted: str, say: Callable[[str], None], as_json: bool) -> None:
    from jobs.commands import explain_text
    from queries import db
    from queries.clocks.explain import number_of, of_complaint

    engine = db.engine(settings.url(), settings.database_role, application="board explain")
    with engine.begin() as conn:
        now = db.board_now(conn)
        number = number_of(conn, wanted)
        if number is None:
            raise UserError(f"No complaint '{wanted}'; use its source number or its board number.")
        found = of_complaint(conn, number, now)
    if as_json:
        say(json.dumps([explain_text.as_json(one) for one in found], ensure_ascii=False))
        return
    if not found:
        say("The policy sets no target that the source of this complaint reports.")
    for one in found:
        for line in explain_text.lines(one, int(now.timestamp())):
            say(line)
        say("")

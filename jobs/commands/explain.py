"""`board explain` at the terminal."""

import json
from collections.abc import Callable

from config import UserError
from config.settings import Settings
from jobs.commands import explain_text
from queries import db
from queries.clocks import explain


def run(settings: Settings, wanted: str, say: Callable[[str], None], as_json: bool) -> None:
    engine = db.engine(settings.url(), settings.database_role, application="board explain")
    with engine.begin() as conn:
        now = db.board_now(conn)
        number = explain.number_of(conn, wanted)
        if number is None:
            raise UserError(f"No complaint '{wanted}'; use its source number or its board number.")
        found = explain.of_complaint(conn, number, now)
    if as_json:
        say(json.dumps([explain_text.as_json(one) for one in found], ensure_ascii=False))
        return
    if not found:
        say("The policy sets no target for this complaint.")
    for one in found:
        for line in explain_text.lines(one, int(now.timestamp())):
            say(line)
        say("")

"""What `board doctor` prints."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from config import UserError
from config.settings import Settings
from jobs.checks import look_at
from jobs.checks.finding import Finding, State, fail
from queries import db

Say = Callable[[str], None]
WORST: tuple[State, ...] = ("fail", "warn", "ok")


def run(settings: Settings, clock: Callable[[], datetime], say: Say, as_json: bool) -> int:
    """1 where something fails."""
    if as_json:
        found = _for_programs(settings, clock)
        say(json.dumps({"state": _worst(found), "checks": [asdict(one) for one in found]}))
    else:
        found = _look(settings, clock)
        for one in found:
            for line in _lines(one):
                say(line)
        say(_total(found))
    return 1 if _worst(found) == "fail" else 0


def _look(settings: Settings, clock: Callable[[], datetime]) -> list[Finding]:
    engine = db.engine(settings.url(), settings.database_role, application="board doctor")
    try:
        return list(look_at(engine, settings, clock))
    finally:
        engine.dispose()


def _for_programs(settings: Settings, clock: Callable[[], datetime]) -> list[Finding]:
    """Also while the database is away."""
    try:
        return _look(settings, clock)
    except DBAPIError as error:
        return [fail("database", f"It did not answer ({db.describe(error)})", db.refusal(error))]
    except UserError as refused:
        return [fail("database", "It holds no board", str(refused))]


def _worst(found: list[Finding]) -> State:
    states = {one.state for one in found}
    return next(state for state in WORST if state in states or state == "ok")


def _lines(one: Finding) -> list[str]:
    lines = [f"{one.state:<5} {one.name}: {one.found}."]
    return [*lines, f"      {one.do}"] if one.do else lines


def _total(found: list[Finding]) -> str:
    counts = {state: sum(one.state == state for one in found) for state in WORST}
    return f"{counts['ok']} in order, {counts['warn']} to look at, {counts['fail']} failing."

"""`board learn`: what the night does, now."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from jobs.commands.options import AsJson

if TYPE_CHECKING:
    from config.settings import Settings
    from queries.risk.learning import Fallback, Learned
    from queries.risk.scores import Scores


def learn(as_json: AsJson = False) -> None:
    """Learn the breach risk now from the last year of data; it comes into force unless it is worse.

    Example: board learn
    """
    from config.settings import settings

    run(settings(), typer.echo, as_json)


def run(settings: "Settings", say: Callable[[str], None], as_data: bool) -> None:
    from queries import db
    from queries.risk.learning import as_json, learn_again, try_lock
    from queries.risk.skills import learn_skills

    engine = db.engine(settings.url(), settings.database_role or "board_jobs", application="board learn")
    with engine.begin() as conn:
        if not try_lock(conn):
            say(json.dumps({"busy": True}) if as_data else "Another process is learning at this moment.")
            return
        now = db.board_now(conn)
        learn_skills(conn, now)
        found = learn_again(conn, now)
    for line in [json.dumps(as_json(found))] if as_data else _lines(found):
        say(line)


def _lines(found: "Learned") -> list[str]:
    if found.version is None:
        return [f"Nothing learned: {found.settled} deadlines are settled, 30 are needed."]
    lines = [
        f"Curves {found.version}: learned from {found.learned_from} deadlines and callbacks, "
        f"{found.settled} of them settled, in {found.groups} groups."
    ]
    for name, one in (("without its last part", found.trial), ("in force until now", found.in_force)):
        if one is not None:
            lines.append(_scored(name, found.questions, one))
    if found.fallback is not None:
        lines.append(instead(found.fallback))
    return [*lines, "Set aside: worse than the curves in force." if found.kept_aside else "In force."]


def instead(fallback: "Fallback") -> str:
    rate, curves = fallback.late_rate, fallback.curves
    return (
        "The late rate of target and category did better than the curves and is shown instead: "
        f"AUC {rate.auc:.3f} against {curves.auc:.3f}, Brier {rate.brier:.4f} against {curves.brier:.4f}."
    )


def _scored(name: str, questions: int, one: "Scores") -> str:
    return (
        f"Learned {name}, {questions} questions: AUC {one.auc:.3f}, Brier {one.brier:.4f}, "
        f"calibration error {one.calibration:.3f}."
    )

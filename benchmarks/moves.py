"""Whether the next five moves avoid what they promise: simulated provinces, of which half make their moves.

Each province of the simulated operator is a scope with its own five moves, at one instant. Its lives from
then on are drawn many times, and each time a coin says whether the province makes its moves. What they avoid
is the difference between those that did and those that did not, each against its own expected breaches.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, text

from benchmarks import moves_speed
from benchmarks.moves_lives import Lives, lives_of
from benchmarks.scratch import board
from jobs.sources.simulated.life import ZONE
from jobs.sources.simulator import Simulation, fill
from queries.clocks.derive import derive_dirty
from queries.filters import Filters
from queries.pages.moves import Action, Moves, next_moves
from queries.risk.learning import learn_again
from queries.risk.refresh import refresh_risk
from queries.risk.skills import learn_skills

DAYS, PER_HOUR = 10, 100.0
NOW = datetime(2026, 3, 11, 16, 30, tzinfo=ZONE).astimezone(UTC)  # a late shift has begun
DRAWN = 2_000
Floats = NDArray[np.float64]
SECOND_TRIES: tuple[Action, ...] = ("chase", "reassign")

# Frozen, so that the operator's facts end at NOW.
_CLOCK = "INSERT INTO journal.clock (anchor, started, speed) VALUES (:now, clock_timestamp(), 0.000001)"
_DUE = """
SELECT d.complaint_id, d.target, d.party_id, d.episode, split_part(g.code, '-', 1) AS province,
       g.code AS city, d.category, e.code AS department, date_part('epoch', :now - d.since) AS age,
       date_part('epoch', d.due_at - d.since) AS budget, d.responded, r.p, r.afresh
FROM (SELECT d.complaint_id, d.target, d.party_id, d.episode, d.region_id, d.category, d.department_id,
             d.due_at, q.responded_at IS NOT NULL AS responded,
             CASE WHEN d.target = 'opinion' THEN coalesce(q.responded_at, d.started_at) ELSE d.started_at END
                 AS since
      FROM derived.deadline d LEFT JOIN derived.co_owner_request q
        ON q.complaint_id = d.complaint_id AND q.request_id = d.party_id
      WHERE d.met_at IS NULL AND d.cancelled_at IS NULL
      UNION ALL
      SELECT complaint_id, kind, 0, episode, region_id, category, department_id, due_at, false, resolved_at
      FROM derived.callback WHERE ended_at IS NULL) d
JOIN derived.risk r USING (complaint_id, target, party_id, episode)
JOIN facts.region g ON g.region_id = d.region_id
LEFT JOIN facts.department e ON e.department_id = d.department_id
WHERE d.due_at >= :now AND d.due_at <= :until
ORDER BY d.complaint_id, d.target, d.party_id, d.episode
"""


def run() -> list[str]:
    with board() as engine:
        _live(engine)
        with engine.begin() as conn:
            scopes = _scopes(conn)
            found = {code: next_moves(conn, filters, NOW) for code, filters in scopes.items()}
            until = next(iter(found.values())).until
            due = conn.execute(text(_DUE), {"now": NOW, "until": until}).all()
    return [*_told(found, list(due)), "", *moves_speed.run()]


def _live(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(text(_CLOCK), {"now": NOW})
    for _done in fill(engine, Simulation(per_hour=PER_HOUR), DAYS):
        pass
    while True:
        with engine.begin() as conn:
            if not derive_dirty(conn).taken:
                break
    with engine.begin() as conn:
        learn_again(conn, NOW)
        learn_skills(conn, NOW)
        refresh_risk(conn, NOW)


def _scopes(conn: Connection) -> dict[str, Filters]:
    rows = conn.execute(
        text(
            "SELECT p.code, array_agg(c.region_id) || p.region_id FROM facts.region p "
            "JOIN facts.region c ON c.parent_id = p.region_id GROUP BY p.region_id ORDER BY 1"
        )
    )
    days = (date(2026, 3, 1), date(2026, 3, 11))
    return {code: Filters(*days, regions=tuple(regions)) for code, regions in rows}


@dataclass(frozen=True, slots=True)
class Trial:
    """Per province; breaches also per draw."""

    promised: Floats
    expected: Floats
    alone: Floats  # breaches, nothing done
    moved: Floats  # breaches, all moves made


def _told(found: dict[str, Moves], due: list[Any]) -> list[str]:
    made = [move for moves in found.values() for move in moves.moves]
    counts = {action: sum(move.action == action for move in made) for action in get_args(Action)}
    expected = sum(float(row.p) for row in due)
    promised = sum(move.gain for move in made)
    return [
        "## Whether the next five moves avoid what they promise",
        "",
        f"{len(found)} provinces of the simulated operator at one instant: {len(due):,} deadlines and "
        f"callbacks due in the shift, {expected:.0f} expected breaches, {len(made)} moves ("
        + ", ".join(f"{count} {action.replace('_', ' ')}" for action, count in counts.items())
        + f") that promise to avoid {promised:.0f}.",
        f"Lives drawn {DRAWN:,} times; in each a coin says whether a province makes its moves. Breaches per "
        "province, with the 95 % interval:",
        "",
        "| how lives go on | moves | expected | actual, nothing done | promised to avoid | avoided | kept |",
        "|---|---|---:|---:|---:|---:|---:|",
        *_lines(found, due),
        "",
        "No record of the past can show what a move does, until moves have been made and noted.",
    ]


def _lines(found: dict[str, Moves], due: list[Any]) -> Iterator[str]:
    lives = lives_of(due)
    worlds = (
        ("as the board supposes: both tries by its curves", None, 0.0),
        ("as this operator works: both tries by its laws", lives, 0.0),
        ("half of what makes a try slow stays", lives, 0.5**0.5),
        ("all of it stays", lives, 1.0),
    )
    for name, known, stays in worlds:
        for word, actions in (("all", get_args(Action)), ("second tries", SECOND_TRIES)):
            yield _line(f"| {name} | {word} ", _trial(found, due, known, stays, actions))


def _trial(
    found: dict[str, Moves], due: list[Any], lives: Lives | None, stays: float, actions: tuple[Action, ...]
) -> Trial:
    """Without `lives` each is met or not by the board's own numbers, and a second try by itself."""
    random = np.random.default_rng(7)
    codes = list(found)
    p, afresh = (np.array([getattr(row, name) for row in due]) for name in ("p", "afresh"))
    first = random.random((len(due), DRAWN)) < p[:, None]
    second = random.random((len(due), DRAWN)) < afresh[:, None]
    if lives is not None:
        known = np.flatnonzero(lives.known)
        first[known], second[known] = lives.draw(random, DRAWN, stays)
    made = [[move for move in moves.moves if move.action in actions] for moves in found.values()]
    helped = {key: move.action for moves in made for move in moves for key, _after in move.deadlines}
    acted = np.array([helped.get(tuple(row[:4]), "") for row in due])
    fails = second & ~np.isin(acted, ("call", "call_back"))[:, None]
    moved = first & np.where(acted[:, None] == "", True, fails)
    by = np.eye(len(codes))[:, [codes.index(row.province) for row in due]]
    promised = np.array([sum(move.gain for move in moves) for moves in made])
    return Trial(promised, by @ p, by @ first, by @ moved)


def _line(named: str, trial: Trial) -> str:
    """A province makes its moves in one draw and does not in another, as in life: never both."""
    coin = np.random.default_rng(11).random(trial.alone.shape) < 0.5
    surprise = trial.expected[:, None] - np.where(coin, trial.moved, trial.alone)
    avoided = surprise[coin].mean() - surprise[~coin].mean()
    error = (surprise[coin].var() / coin.sum() + surprise[~coin].var() / (~coin).sum()) ** 0.5
    low, high = avoided - 1.96 * error, avoided + 1.96 * error
    promised = trial.promised.mean()
    return (
        f"{named}| {trial.expected.mean():.2f} | {trial.alone[~coin].mean():.2f} | {promised:.2f} "
        f"| {avoided:.2f} ({low:.2f} to {high:.2f}) | {avoided / promised:.0%} |"
    )

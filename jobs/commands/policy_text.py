"""What a policy would change, as text for the terminal."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import Progress
from sqlalchemy import Connection, Engine

from config.policy import parse
from queries import db, organisation
from queries.policies.history import policy_in_force
from queries.policy_changes.dry_run import Effect, Move, Trial, dry_run, effect, newly_promised
from queries.policy_changes.versions import next_in_force, versions

Say = Callable[[str], None]
LEVELS = ("critical", "warning", "info")


def try_it(engine: Engine, trial: Trial) -> list[Move]:
    console = Console(stderr=True)
    found: list[Move] = []
    with engine.begin() as conn, Progress(console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("Complaints", total=None)
        for done, total, moves in dry_run(conn, trial, db.board_now(conn)):
            bar.update(task, completed=done, total=total)
            found += moves
    return found


def print_changes(engine: Engine, trial: Trial, moves: list[Move], say: Say) -> None:
    with engine.begin() as conn:
        for line in _opening(conn, trial, moves):
            say(line)
        if moves:
            for line in _groups(conn, moves):
                say(line)


def _opening(conn: Connection, trial: Trial, moves: list[Move]) -> Iterator[str]:
    total = effect(moves)
    if trial.since is not None:
        yield from _period(conn, trial.since)
    if not moves:
        yield "No deadline that runs now would move." if trial.since is None else "No deadline would change."
    else:
        yield from _numbers(total, trial.since is not None)
    if trial.since is None:
        yield from _for_good(total)
        new = newly_promised(policy_in_force(conn), parse(trial.policy))
        if new:
            yield f"Starts only with what comes: {', '.join(target.name for target in new)}"
    else:
        yield "Once it is applied, `board policy withdraw` takes it back within a day; later nothing does."


def _period(conn: Connection, since: datetime) -> Iterator[str]:
    until = next_in_force(conn, since)
    following = next(row.version for row in reversed(versions(conn)) if row.in_force_from == until)
    yield f"In force from {_shown(since)} to {_shown(until)}, when version {following} follows"
    if not any(row.in_force_from < since and row.withdrawn_at is None for row in versions(conn)):
        yield "It would be the earliest: what started before follows it too."


def _shown(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _numbers(total: Effect, past: bool) -> Iterator[str]:
    begun = f", newly promised: {total.begun}" if past else ""
    kinds = f"earlier: {total.earlier}, later: {total.later}, ended: {total.ended}{begun}"
    yield f"Moving: {total.moved}; {kinds}"
    cleared = f", no longer breached: {total.no_longer_breached}" if past else ""
    yield (
        f"New breaches: {total.become_breached}{cleared}, newly at risk: {total.become_at_risk}, "
        f"no longer at risk: {total.no_longer_at_risk}"
    )


def _for_good(total: Effect) -> Iterator[str]:
    if total.become_breached or total.ended:
        yield (
            f"For good, whatever is applied later: {total.become_breached} breached, {total.ended} ended. "
            "Only `board policy withdraw` undoes that, within a day."
        )


def _groups(conn: Connection, moves: list[Move]) -> Iterator[str]:
    levels = Counter(move.alerting.level for move in moves if move.alerting)
    late = sum(move.alerting.found_late for move in moves if move.alerting)
    by_level = ", ".join(f"{level}: {levels[level]}" for level in LEVELS)
    yield f"Alerts: {levels.total()}; {by_level}; found late, told together: {late}"
    for head, of in _heads(conn).items():
        groups: dict[str, list[Move]] = defaultdict(list)
        for move in moves:
            groups[of(move)].append(move)
        yield f"By {head}:"
        for name, group in sorted(groups.items()):
            one = effect(group)
            yield (
                f"  {name}: {one.moved} moving, {one.become_breached} new breaches, {one.ended} ended, "
                f"{one.alerts} alerts"
            )


def _heads(conn: Connection) -> dict[str, Callable[[Move], str]]:
    departments = {one.department_id: one.name_en for one in organisation.departments(conn)}
    tree = {one.region_id: one for one in organisation.regions(conn)}
    provinces = {id_: tree.get(one.parent_id or 0, one).name_en for id_, one in tree.items()}
    return {
        "target": lambda move: move.target,
        "tier": lambda move: f"tier {move.tier}" if move.tier else "no tier",
        "department": lambda move: departments.get(move.department_id or 0, "no department"),
        "region": lambda move: provinces.get(move.region_id or 0, "no region"),
    }


def as_json(moves: list[Move]) -> str:
    return json.dumps([_fields(move) for move in moves], ensure_ascii=False)


def _fields(move: Move) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(move).items()
    }

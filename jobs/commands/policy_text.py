"""What a policy would change, told at the terminal."""

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


def tell(engine: Engine, trial: Trial, moves: list[Move], say: Say) -> None:
    with engine.begin() as conn:
        for line in _opening(conn, trial, moves):
            say(line)
        if moves:
            for line in _groups(conn, moves):
                say(line)


def _opening(conn: Connection, trial: Trial, moves: list[Move]) -> Iterator[str]:
    whole = effect(moves)
    if trial.since is not None:
        yield from _stretch(conn, trial.since)
    if not moves:
        yield "No deadline that runs now would move." if trial.since is None else "No deadline would change."
    else:
        yield from _numbers(whole, trial.since is not None)
    if trial.since is None:
        yield from _for_good(whole)
        new = newly_promised(policy_in_force(conn), parse(trial.policy))
        if new:
            yield f"Starts only with what comes: {', '.join(target.name for target in new)}"
    else:
        yield "Once it is applied, `board policy withdraw` takes it back within a day; later nothing does."


def _stretch(conn: Connection, since: datetime) -> Iterator[str]:
    until = next_in_force(conn, since)
    following = next(row.version for row in reversed(versions(conn)) if row.in_force_from == until)
    yield f"In force from {_shown(since)} to {_shown(until)}, when version {following} follows"
    if not any(row.in_force_from < since and row.withdrawn_at is None for row in versions(conn)):
        yield "It would be the earliest: what started before follows it too."


def _shown(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _numbers(whole: Effect, past: bool) -> Iterator[str]:
    begun = f", newly promised: {whole.begun}" if past else ""
    kinds = f"earlier: {whole.earlier}, later: {whole.later}, ended: {whole.ended}{begun}"
    yield f"Moving: {whole.moved}; {kinds}"
    cleared = f", no longer breached: {whole.no_longer_breached}" if past else ""
    yield (
        f"New breaches: {whole.become_breached}{cleared}, newly at risk: {whole.become_at_risk}, "
        f"no longer at risk: {whole.no_longer_at_risk}"
    )


def _for_good(whole: Effect) -> Iterator[str]:
    if whole.become_breached or whole.ended:
        yield (
            f"For good, whatever is applied later: {whole.become_breached} breached, {whole.ended} ended. "
            "Only `board policy withdraw` undoes that, within a day."
        )


def _groups(conn: Connection, moves: list[Move]) -> Iterator[str]:
    levels = Counter(move.alerting.level for move in moves if move.alerting)
    late = sum(move.alerting.found_late for move in moves if move.alerting)
    told = ", ".join(f"{level}: {levels[level]}" for level in LEVELS)
    yield f"Alerts: {levels.total()}; {told}; found late, told together: {late}"
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

"""Whose time it was, for single complaints: their derived rows as of an instant, attributed by
queries/attribution/parts.py."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from queries.attribution.parts import (
    TEAM,
    Overdue,
    Part,
    Promise,
    Request,
    Stint,
    Verdict,
    late,
    parts,
    pieces,
    verdicts,
)
from queries.policies.history import PolicyHistory, load_policy_history
from queries.policies.resolved import Place


@dataclass(frozen=True, slots=True)
class Attribution:
    """Seconds. The parts sum to the life."""

    complaint_id: int
    parts: tuple[Part, ...]
    verdicts: tuple[Verdict, ...]
    life: int
    waited: int  # of the customer, around the clock, until it was resolved
    worked: int  # of the departments, in the team's hours


def _seconds(column: str) -> str:
    return f"CAST(date_part('epoch', {column}) AS bigint)"


_STINTS = f"""
SELECT s.complaint_id, {_seconds("s.from_at")} AS from_at, {_seconds("s.until_at")} AS until_at,
       s.status, s.department_id, s.region_id, c.source
FROM derived.stint s JOIN facts.complaint c USING (complaint_id)
WHERE s.complaint_id = ANY (:ids) ORDER BY s.complaint_id, s.seq
"""
_REQUESTS = f"""
SELECT complaint_id, request_id, department_id, {_seconds("requested_at")} AS requested_at,
       {_seconds("least(opinion_at, ended_at)")} AS ended_at
FROM derived.co_owner_request WHERE complaint_id = ANY (:ids) ORDER BY complaint_id, request_id
"""
_SPANS = f"""
SELECT complaint_id, target, party_id, episode, {_seconds("from_at")} AS from_at,
       {_seconds("until_at")} AS until_at, {_seconds("due_at")} AS due_at, paused,
       until_at IS NULL OR until_at > :now AS running
FROM derived.deadline_span WHERE complaint_id = ANY (:ids) AND from_at <= :now
ORDER BY complaint_id, from_at
"""
_DEADLINES = f"""
SELECT complaint_id, target, episode, {_seconds("started_at")} AS started_at, {_seconds("due_at")} AS due_at,
       {_seconds("coalesce(met_at, cancelled_at)")} AS ended_at, policy_version
FROM derived.deadline WHERE complaint_id = ANY (:ids) AND party_id = 0
ORDER BY complaint_id, episode, due_at, target
"""


def attribution(conn: Connection, complaint_id: int, now: datetime) -> tuple[Attribution, ...]:
    """Empty if it is not in the person's scope, or ended in the second in which it was received."""
    return attributions(conn, (complaint_id,), now)


def attributions(conn: Connection, ids: Sequence[int], now: datetime) -> tuple[Attribution, ...]:
    params = {"ids": list(ids), "now": now.replace(microsecond=0)}
    stints, requests, spans, deadlines = (
        _by_complaint(conn, sql, params) for sql in (_STINTS, _REQUESTS, _SPANS, _DEADLINES)
    )
    history = load_policy_history(conn)
    instant = int(now.timestamp())
    found = []
    for key, rows in stints.items():
        place = history.place(rows[0].region_id, rows[0].source)
        held = pieces(map(_stint, rows), map(_request, requests[key]), instant)
        delays = late(held, list(_overdue(spans[key], instant)))
        promises = [_promise(row, spans[key], history, place, instant) for row in deadlines[key]]
        sums = parts(held, delays, history.team_hours(place, rows[0].from_at))
        found.append(_attribution(key, sums, verdicts(promises, delays, instant)))
    return tuple(one for one in found if one.parts)


def _stint(row: Any) -> Stint:
    return Stint(row.from_at, row.until_at, row.status, row.department_id)


def _request(row: Any) -> Request:
    return Request(row.request_id, row.department_id, row.requested_at, row.ended_at)


def _attribution(key: int, sums: tuple[Part, ...], found: tuple[Verdict, ...]) -> Attribution:
    return Attribution(
        key,
        sums,
        found,
        life=sum(part.seconds for part in sums),
        waited=sum(part.seconds for part in sums if part.holder != "follow_up"),
        worked=sum(part.open_seconds for part in sums if part.holder in TEAM),
    )


def _overdue(spans: Iterable[Any], now: int) -> Iterable[Overdue]:
    """Of the co-owners' deadlines."""
    for span in spans:
        until = now if span.until_at is None else min(span.until_at, now)
        if span.party_id and span.due_at is not None and max(span.from_at, span.due_at) < until:
            yield Overdue(span.party_id, max(span.from_at, span.due_at), until)


def _promise(row: Any, spans: Iterable[Any], history: PolicyHistory, place: Place, now: int) -> Promise:
    has_ended = row.ended_at is not None and row.ended_at <= now
    mine = [one for one in spans if (one.target, one.party_id, one.episode) == (row.target, 0, row.episode)]
    return Promise(
        row.target,
        row.episode,
        row.started_at,
        row.due_at if has_ended else _due_now(mine),
        row.ended_at if has_ended else None,
        [(one.from_at, one.until_at) for one in mine if one.paused and one.until_at is not None],
        history.target_hours(place, row.policy_version, row.target),
    )


def _due_now(spans: Sequence[Any]) -> int | None:
    """Of a deadline that has not ended: by its last span so far, unless a tier change stopped it since."""
    due: int | None = spans[-1].due_at if spans and spans[-1].running else None
    return due


def _by_complaint(conn: Connection, sql: str, params: dict[str, Any]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in conn.execute(text(sql), params):
        found[row[0]].append(row)
    return found

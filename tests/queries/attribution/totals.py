"""Totals over a scope, beside those summed complaint by complaint."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import get_args

from sqlalchemy import Connection

from queries.attribution.parts import Holder, Outcome
from queries.attribution.rows import Attribution, attributions
from queries.attribution.scope import Totals
from tests.build import rows


def one_by_one(conn: Connection, now: datetime) -> tuple[Attribution, ...]:
    ids = [int(str(key)) for (key,) in rows(conn, "SELECT complaint_id FROM facts.complaint ORDER BY 1")]
    return attributions(conn, ids, now)


def summed(lives: Iterable[Attribution]) -> dict[tuple[Holder, int | None], tuple[int, int]]:
    found: defaultdict[tuple[Holder, int | None], list[int]] = defaultdict(lambda: [0, 0])
    for part in (part for life in lives for part in life.parts):
        found[part.holder, part.department_id][0] += part.seconds
        found[part.holder, part.department_id][1] += part.open_seconds
    return {key: (seconds, of_it_open) for key, (seconds, of_it_open) in found.items()}


def outcomes(lives: Iterable[Attribution]) -> Counter[tuple[Outcome, int | None]]:
    """Of breaches in which a co-owner was late, by the one they are named after."""
    return Counter(
        (verdict.outcome, verdict.caused[0][0])
        for life in lives
        for verdict in life.verdicts
        if verdict.caused
    )


def assert_same(found: Totals, lives: tuple[Attribution, ...]) -> None:
    assert {
        (one.holder, one.department_id): (one.seconds, one.open_seconds) for one in found.shares
    } == summed(lives)
    assert (found.complaints, found.life) == (len(lives), sum(one.life for one in lives))
    assert (found.waited, found.worked) == (
        sum(one.waited for one in lives),
        sum(one.worked for one in lives),
    )
    late: Counter[int | None] = Counter()
    for part in (part for life in lives for part in life.parts):
        late[part.department_id] += part.late_seconds
    assert {cost.department_id: cost.late_seconds for cost in found.costs if cost.late_seconds} == +late
    counted = {
        (outcome, cost.department_id): getattr(cost, outcome)
        for cost in found.costs
        for outcome in get_args(Outcome)
        if getattr(cost, outcome)
    }
    assert counted == outcomes(lives)

"""The scheduler's list: callbacks to make, and what people write about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

from queries.as_of import PENDING_CALLBACKS
from queries.clocks.follow_up import ENDING
from queries.days import JOIN_TODAY, LONGEST_DAY
from queries.db import raise_version, row_of, rows_of
from queries.filters import NARROWED, Filters
from queries.intake.door import mark_dirty
from queries.intake.follow_up import BOOKED, CALLED
from queries.organisation import ACTIVE

When = Literal["overdue", "today", "upcoming"]
Key = tuple[int, str, int]  # complaint_id, kind, episode


@dataclass(frozen=True, slots=True)
class Callback:
    complaint_id: int
    external_id: str
    kind: str
    episode: int
    due_at: datetime
    agreed_at: datetime | None  # when the customer is to be called, by the last booking or call that says so
    attempts: int
    last_outcome: str | None
    agent_id: int | None
    agent_en: str | None
    agent_zh: str | None
    revision: int
    tier: int | None
    department_id: int | None
    region_id: int | None
    category: str | None
    customer: str | None  # masked
    of_customer: int  # pending callbacks of the same customer

    @property
    def key(self) -> Key:
        return self.complaint_id, self.kind, self.episode


@dataclass(frozen=True, slots=True)
class Counts:
    overdue: int
    today: int
    upcoming: int
    unassigned: int
    done_today: int


@dataclass(frozen=True, slots=True)
class Caller:
    agent_id: int
    name_en: str
    name_zh: str


class Outdated(Exception):
    """Somebody else has worked on this callback since it was shown; nothing was written."""


# The day of a callback is the day that its due time ends: due at midnight belongs to the day before.
# Joined to today `t` of its region (JOIN_TODAY).
_AFTER = "due_at >= t.{} + interval '1 second'"
_UNTIL = "due_at < t.{} + interval '1 second'"
WHEN: dict[When, str] = {
    "overdue": "due_at < :now",
    "today": f"due_at >= :now AND {_UNTIL.format('day_ends')}",
    "upcoming": f"{_AFTER.format('day_ends')} AND {_UNTIL.format('week_ends')}",
}


_OF_K = "{0}.complaint_id = k.complaint_id AND {0}.kind = k.kind AND {0}.retracted_at IS NULL"
_CALLS: dict[bool, str] = {
    past: f"facts.callback_attempt a WHERE {_OF_K.format('a')} AND {CALLED} = k.episode"
    f"{' AND attempted_at <= :now' if past else ''}"
    for past in (False, True)
}
_BOOKINGS: dict[bool, str] = {
    past: f"facts.callback_booking b WHERE {_OF_K.format('b')} AND {BOOKED} = k.episode"
    f"{' AND booked_at <= :now' if past else ''}"
    for past in (False, True)
}
# A call without a new agreed time cancels the one agreed before.
AGREED: dict[bool, str] = {
    past: f"""(
        SELECT agreed_at FROM (
            SELECT attempted_at AS stated_at, 0 AS place, attempt_key AS key, call_again_at AS agreed_at
            FROM {_CALLS[past]}
            UNION ALL SELECT booked_at, 1, booking_key, starts_at FROM {_BOOKINGS[past]}
            AND starts_at IS NOT NULL) statements
        ORDER BY stated_at DESC, place DESC, key DESC LIMIT 1)"""
    for past in (False, True)
}
# The state of callback k after calls and bookings, none of which had ended it at a past moment. Read from the
# facts, so that the person who saved one sees it before it is derived.
_WORKED: dict[bool, str] = {
    past: f"""(
        SELECT attempts, last_outcome, agent_id, (attempts + bookings)::int AS revision,
               {AGREED[past]} AS agreed_at
        FROM (SELECT count(*)::smallint AS attempts,
                     (array_agg(outcome ORDER BY attempted_at DESC, attempt_key DESC))[1] AS last_outcome
              FROM {_CALLS[past]}) tried
        CROSS JOIN (
              SELECT count(*) AS bookings,
                     (array_agg(agent_id ORDER BY booked_at DESC, booking_key DESC))[1] AS agent_id
              FROM {_BOOKINGS[past]}) booked)"""
    for past in (False, True)
}
# Those whose last call was made today; one that fell away was no call.
DONE_TODAY: dict[bool, str] = {
    past: f"""
        derived.callback d {JOIN_TODAY.format("d")}
        WHERE ended_at >= t.day_began AND ended_at >= CAST(:now AS timestamptz) - interval '{LONGEST_DAY}'
          {"AND ended_at <= :now" if past else ""} AND outcome <> 'cancelled' AND {NARROWED}"""
    for past in (False, True)
}
_COUNTED: dict[bool, str] = {False: "(SELECT k.agent_id)", True: _WORKED[True]}


def counts(conn: Connection, filters: Filters, now: datetime, past: bool = False) -> Counts:
    found = conn.execute(
        text(
            f"SELECT count(*) FILTER (WHERE {WHEN['overdue']}) AS overdue, "
            f"count(*) FILTER (WHERE {WHEN['today']}) AS today, "
            f"count(*) FILTER (WHERE {WHEN['upcoming']}) AS upcoming, "
            "count(*) FILTER (WHERE w.agent_id IS NULL) AS unassigned, "
            f"(SELECT count(*) FROM {DONE_TODAY[past]}) AS done_today "
            f"FROM (SELECT * FROM {PENDING_CALLBACKS[past]} p WHERE {NARROWED}) k {JOIN_TODAY.format('k')} "
            f"CROSS JOIN LATERAL {_COUNTED[past]} w"
        ),
        {**filters.values(), "now": now},
    )
    return row_of(Counts, found)


def pending(
    conn: Connection, filters: Filters, when: When, limit: int, now: datetime, past: bool = False
) -> tuple[Callback, ...]:
    """Earliest due first, without those that a call has ended but that are still to be derived."""
    rows = conn.execute(
        text(
            "SELECT k.complaint_id, c.external_id, k.kind, k.episode, k.due_at, w.agreed_at, "
            "w.attempts, w.last_outcome, w.agent_id, a.name_en AS agent_en, a.name_zh AS agent_zh, "
            "w.revision, k.tier, k.department_id, k.region_id, k.category, u.masked_name AS customer, "
            f"(SELECT count(*) FROM {PENDING_CALLBACKS[past]} o JOIN facts.complaint oc "
            "USING (complaint_id) WHERE oc.customer_id = c.customer_id) AS of_customer "
            f"FROM (SELECT p.* FROM {PENDING_CALLBACKS[past]} p {JOIN_TODAY.format('p')} "
            f"WHERE {WHEN[when]} AND {NARROWED} ORDER BY due_at, complaint_id, kind LIMIT :limit) k "
            f"CROSS JOIN LATERAL {_WORKED[past]} w "
            "JOIN facts.complaint c USING (complaint_id) LEFT JOIN facts.customer u USING (customer_id) "
            "LEFT JOIN facts.agent a ON a.agent_id = w.agent_id "
            "WHERE coalesce(w.last_outcome <> ALL (:ending), true) ORDER BY k.due_at, k.complaint_id, k.kind"
        ),
        {**filters.values(), "now": now, "limit": limit, "ending": list(ENDING)},
    )
    return rows_of(Callback, rows)


def callers(conn: Connection) -> tuple[Caller, ...]:
    """People who can be assigned: schedulers and agents of customer care, else everyone who works here."""
    rows = conn.execute(
        text(
            "SELECT a.agent_id, a.name_en, a.name_zh FROM facts.agent a LEFT JOIN facts.department d "
            "USING (department_id) WHERE a.grade IN ('agent', 'senior', 'scheduler') "
            f"AND NOT a.is_unknown AND {ACTIVE} "
            "ORDER BY coalesce(d.code = 'CARE', false) DESC, a.name_en LIMIT 120"
        )
    )
    return rows_of(Caller, rows)


def record_attempt(
    conn: Connection,
    key: Key,
    revision: int,
    attempt_key: str,
    outcome: str,
    agent_id: int | None,
    call_again_at: datetime | None,
    note: str | None,
    now: datetime,
) -> None:
    """`revision` is the one the person saw; raises Outdated. The same `attempt_key` twice is one attempt."""
    _check(conn, key, revision, "callback_attempt", "attempt_key", attempt_key)
    conn.execute(
        text(
            "INSERT INTO facts.callback_attempt (complaint_id, kind, episode, attempt_key, attempted_at, "
            "outcome, agent_id, call_again_at, note, recorded_at) VALUES (:complaint_id, :kind, :episode, "
            ":own_key, :now, :outcome, :agent_id, :again_at, :note, :now) ON CONFLICT DO NOTHING"
        ),
        {
            **_values(key),
            "own_key": attempt_key,
            "now": now,
            "outcome": outcome,
            "agent_id": agent_id,
            "again_at": call_again_at,
            "note": note,
        },
    )
    _rederive(conn, key, now)


def book(
    conn: Connection,
    key: Key,
    revision: int,
    booking_key: str,
    agent_id: int | None,
    starts_at: datetime | None,
    booked_by: int | None,
    now: datetime,
) -> None:
    """Assign, or agree on a time; raises Outdated."""
    _check(conn, key, revision, "callback_booking", "booking_key", booking_key)
    conn.execute(
        text(
            "INSERT INTO facts.callback_booking (complaint_id, kind, episode, booking_key, booked_at, "
            "agent_id, starts_at, booked_by, recorded_at) VALUES (:complaint_id, :kind, :episode, :own_key, "
            ":now, :agent_id, :starts_at, :booked_by, :now) ON CONFLICT DO NOTHING"
        ),
        {
            **_values(key),
            "own_key": booking_key,
            "now": now,
            "agent_id": agent_id,
            "starts_at": starts_at,
            "booked_by": booked_by,
        },
    )
    _rederive(conn, key, now)


def book_each(
    conn: Connection,
    rows: Sequence[Callback],
    booking_keys: Sequence[str],
    agent_id: int | None,
    starts_at: datetime | None,
    booked_by: int | None,
    now: datetime,
) -> tuple[Callback, ...]:
    """Returns the outdated ones, for which nothing was written; the others are booked. No agent: each keeps
    its own."""
    outdated = []
    for row, own_key in sorted(zip(rows, booking_keys, strict=True), key=lambda one: one[0].key):
        whom = row.agent_id if agent_id is None else agent_id
        try:
            book(conn, row.key, row.revision, own_key, whom, starts_at, booked_by, now)
        except Outdated:
            outdated.append(row)
    return tuple(outdated)


def _values(key: Key) -> dict[str, object]:
    return {"complaint_id": key[0], "kind": key[1], "episode": key[2]}


def _check(conn: Connection, key: Key, revision: int, table: str, column: str, own_key: str) -> None:
    """The complaint's row lock makes two people saving at once take turns; facts are counted."""
    conn.execute(
        text("SELECT FROM facts.complaint WHERE complaint_id = :complaint_id FOR NO KEY UPDATE"),
        _values(key),
    )
    same = "complaint_id = :complaint_id AND kind = :kind AND retracted_at IS NULL"
    written, mine = conn.execute(
        text(
            f"SELECT (SELECT count(*) FROM facts.callback_attempt a WHERE {same} AND {CALLED} = :episode) "
            f"+ (SELECT count(*) FROM facts.callback_booking b WHERE {same} AND {BOOKED} = :episode), "
            f"EXISTS (SELECT FROM facts.{table} WHERE {same} AND episode = :episode AND {column} = :own_key)"
        ),
        {**_values(key), "own_key": own_key},
    ).one()
    if not mine and written != revision:
        raise Outdated


def _rederive(conn: Connection, key: Key, now: datetime) -> None:
    mark_dirty(conn, [key[0]])
    raise_version(conn, now)

"""Everything about one complaint."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from queries.actions import record
from queries.actions.life import State
from queries.db import rows_of
from queries.organisation import ACTIVE
from queries.pages.callbacks import AGREED


@dataclass(frozen=True, slots=True)
class Headline:
    complaint_id: int
    source: str
    external_id: str
    received_at: datetime
    recorded_at: datetime
    status: str
    tier: int | None
    department_id: int | None
    region_id: int | None
    owner_en: str | None
    owner_zh: str | None
    category: str | None
    channel: str | None
    product: str | None
    promised_at: datetime | None
    title: str | None
    body: str | None
    customer: str | None  # masked
    phone: str | None  # masked
    value: str | None
    parent_id: int | None  # the complaint that it was merged into
    parent_number: str | None  # None: not in the person's scope, or not known yet
    vanished_at: datetime | None
    details: dict[str, str] | None  # see facts.DETAILS


@dataclass(frozen=True, slots=True)
class Seen:
    """Of an action of a person the first of its observations has what was written with it."""

    happened_at: datetime
    recorded_at: datetime
    party_id: int
    field: str  # 'note': only written, nothing observed
    value: str | None
    origin: str
    person_en: str | None
    person_zh: str | None
    owner_en: str | None  # where the field is the owner
    owner_zh: str | None
    parent: str | None  # where the field is the parent: its number
    note: str | None
    cause: str | None
    undone_at: datetime | None  # by the same person; from then on it did not count


@dataclass(frozen=True, slots=True)
class Stint:
    from_at: datetime
    until_at: datetime  # now, while it lasts
    status: str
    tier: int | None
    department_id: int | None
    episode: int


@dataclass(frozen=True, slots=True)
class Deadline:
    target: str
    party_id: int
    episode: int
    started_at: datetime
    due_at: datetime | None
    met_at: datetime | None
    cancelled_at: datetime | None
    left_seconds: int | None
    policy_version: int
    provisional: bool
    department_id: int | None
    excused_at: datetime | None
    excuse: str | None  # the reason's name
    p: float | None  # breach risk, of `n` similar ones `k` breached; None: no number, past due or ended
    k: int | None
    n: int | None
    level: str | None


@dataclass(frozen=True, slots=True)
class Callback:
    kind: str
    episode: int
    due_at: datetime
    agreed_at: datetime | None  # when the customer is to be called
    ended_at: datetime | None
    outcome: str | None
    attempts: int
    last_outcome: str | None
    p: float | None
    k: int | None
    n: int | None
    level: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    survey_channel: str
    sent_at: datetime
    answered_at: datetime | None
    score: float | None
    nps: int | None


@dataclass(frozen=True, slots=True)
class Handler:
    agent_id: int
    name_en: str
    name_zh: str
    department_id: int | None


@dataclass(frozen=True, slots=True)
class Found:
    complaint_id: int
    source: str
    external_id: str
    received_at: datetime
    status: str


def find(conn: Connection, wanted: str, phone_hash: str | None, limit: int) -> tuple[Found, ...]:
    """By the source's number, the board's, or the hash of the customer's phone number; newest first."""
    rows = conn.execute(
        text(
            "SELECT complaint_id, source, external_id, received_at, status FROM facts.complaint "
            "WHERE complaint_id IN (SELECT CAST(:number AS bigint) "
            "UNION ALL SELECT complaint_id FROM facts.complaint WHERE external_id = :wanted "
            "UNION ALL SELECT c.complaint_id FROM facts.complaint c JOIN facts.customer u "
            "USING (customer_id) WHERE u.phone_hash = :phone_hash "
            "UNION ALL SELECT c.complaint_id FROM facts.complaint c JOIN facts.customer u "
            "USING (customer_id) WHERE u.phone_hash LIKE '% %' "
            "AND string_to_array(u.phone_hash, ' ') @> ARRAY[CAST(:phone_hash AS text)]) "
            "ORDER BY received_at DESC, complaint_id DESC LIMIT :limit"
        ),
        {
            "wanted": wanted,
            "number": wanted if wanted.isdecimal() and len(wanted) < 19 else None,
            "phone_hash": phone_hash,
            "limit": limit,
        },
    )
    return rows_of(Found, rows)


def headline(conn: Connection, complaint_id: int) -> tuple[Headline, ...]:
    """Empty if it is not in the person's scope."""
    rows = conn.execute(
        text(
            "SELECT c.complaint_id, c.source, c.external_id, c.received_at, c.recorded_at, c.status, c.tier, "
            "c.department_id, c.region_id, a.name_en AS owner_en, a.name_zh AS owner_zh, c.category, "
            "c.channel, c.product, c.promised_at, c.title, c.body, u.masked_name AS customer, "
            "u.masked_phone AS phone, u.value, c.parent_id, m.external_id AS parent_number, c.vanished_at, "
            "c.details FROM facts.complaint c LEFT JOIN facts.complaint m ON m.complaint_id = c.parent_id "
            "LEFT JOIN facts.agent a ON a.agent_id = c.owner_id "
            "LEFT JOIN facts.customer u ON u.customer_id = c.customer_id "
            "WHERE c.complaint_id = :complaint_id"
        ),
        {"complaint_id": complaint_id},
    )
    return rows_of(Headline, rows)


def merged(conn: Connection, complaint_id: int) -> tuple[Found, ...]:
    """Those that were merged into it, the oldest first."""
    rows = conn.execute(
        text(
            "SELECT complaint_id, source, external_id, received_at, status FROM facts.complaint "
            "WHERE parent_id = :complaint_id ORDER BY received_at, complaint_id LIMIT 200"
        ),
        {"complaint_id": complaint_id},
    )
    return rows_of(Found, rows)


def state(conn: Connection, complaint_id: int) -> tuple[State, ...]:
    """Empty if it is not in the person's scope."""
    found = record.state(conn, complaint_id)
    return () if found is None else (found,)


def handlers(conn: Connection, department_id: int | None) -> tuple[Handler, ...]:
    """Who may own a complaint of this department: its own people first."""
    rows = conn.execute(
        text(
            "SELECT a.agent_id, a.name_en, a.name_zh, a.department_id FROM facts.agent a "
            f"WHERE {ACTIVE} ORDER BY coalesce(a.department_id = :department_id, false) DESC, a.name_en, "
            "a.agent_id LIMIT 2000"
        ),
        {"department_id": department_id},
    )
    return rows_of(Handler, rows)


def trail(conn: Connection, complaint_id: int) -> tuple[Seen, ...]:
    """By the time at which it happened, the latest first; with what its person has undone."""
    return rows_of(Seen, conn.execute(text(_TRAIL), {"complaint_id": complaint_id}))


_TRAIL = """
SELECT t.happened_at, t.recorded_at, t.party_id, t.field, t.value, t.origin, p.name_en AS person_en,
       p.name_zh AS person_zh, o.name_en AS owner_en, o.name_zh AS owner_zh, m.external_id AS parent,
       t.note, t.cause, t.undone_at
FROM (
    SELECT e.happened_at, e.recorded_at, e.party_id, e.field::text AS field, e.value,
           e.origin::text AS origin, e.agent_id, e.source_seq, CASE WHEN is_first THEN a.note END AS note,
           CASE WHEN is_first THEN a.cause END AS cause, a.undone_at
    FROM (SELECT *, row_number() OVER (PARTITION BY source_seq, origin
                                       ORDER BY field = 'status', field) = 1 AS is_first
          FROM facts.complaint_event WHERE complaint_id = :complaint_id) e
    LEFT JOIN facts.action a ON a.complaint_id = e.complaint_id AND e.origin = 'person'
         AND a.place = e.source_seq AND a.place > 0
    WHERE e.retracted_at IS NULL OR a.undone_at IS NOT NULL
    UNION ALL
    SELECT happened_at, recorded_at, 0, 'note', NULL, 'person', agent_id, place, note, cause, undone_at
    FROM facts.action WHERE complaint_id = :complaint_id AND action = 'note') t
LEFT JOIN facts.agent p USING (agent_id)
LEFT JOIN facts.agent o ON t.field = 'owner' AND o.agent_id::text = t.value
LEFT JOIN facts.complaint m ON t.field = 'parent' AND m.complaint_id = CASE t.field
    WHEN 'parent' THEN t.value::bigint END
ORDER BY t.happened_at DESC, t.source_seq DESC, t.field LIMIT 500
"""


def stints(conn: Connection, complaint_id: int, now: datetime) -> tuple[Stint, ...]:
    rows = conn.execute(
        text(
            "SELECT from_at, coalesce(until_at, greatest(from_at, :now)) AS until_at, status, tier, "
            "department_id, episode "
            "FROM derived.stint WHERE complaint_id = :complaint_id ORDER BY seq"
        ),
        {"complaint_id": complaint_id, "now": now},
    )
    return rows_of(Stint, rows)


def deadlines(conn: Connection, complaint_id: int, now: datetime) -> tuple[Deadline, ...]:
    rows = conn.execute(
        text(
            "SELECT d.target, d.party_id, d.episode, started_at, due_at, met_at, cancelled_at, left_seconds, "
            "policy_version, provisional, department_id, d.excused_at, CASE WHEN d.excused_at IS NOT NULL "
            "THEN (SELECT e.reason FROM facts.excuse e WHERE e.complaint_id = d.complaint_id "
            "AND e.target = d.target AND e.party_id = d.party_id AND e.episode = d.episode "
            "ORDER BY e.excuse_id DESC LIMIT 1) END AS excuse, r.p, r.k, r.n, r.level "
            "FROM derived.deadline d LEFT JOIN derived.risk r ON r.complaint_id = d.complaint_id "
            "AND r.target = d.target AND r.party_id = d.party_id AND r.episode = d.episode "
            "AND d.due_at >= :now AND met_at IS NULL AND cancelled_at IS NULL "
            "WHERE d.complaint_id = :complaint_id ORDER BY d.episode, started_at, due_at, d.target"
        ),
        {"complaint_id": complaint_id, "now": now},
    )
    return rows_of(Deadline, rows)


def callbacks(conn: Connection, complaint_id: int, now: datetime) -> tuple[Callback, ...]:
    rows = conn.execute(
        text(
            f"SELECT k.kind, k.episode, due_at, {AGREED[False]} AS agreed_at, ended_at, outcome, "
            "attempts, last_outcome, r.p, r.k, r.n, r.level "
            "FROM derived.callback k LEFT JOIN derived.risk r ON r.complaint_id = k.complaint_id "
            "AND r.target = k.kind AND r.party_id = 0 AND r.episode = k.episode "
            "AND k.due_at >= :now AND ended_at IS NULL "
            "WHERE k.complaint_id = :complaint_id ORDER BY k.episode, due_at"
        ),
        {"complaint_id": complaint_id, "now": now},
    )
    return rows_of(Callback, rows)


def answers(conn: Connection, complaint_id: int) -> tuple[Answer, ...]:
    rows = conn.execute(
        text(
            "SELECT survey_channel, sent_at, answered_at, score, nps FROM derived.survey "
            "WHERE complaint_id = :complaint_id ORDER BY sent_at"
        ),
        {"complaint_id": complaint_id},
    )
    return rows_of(Answer, rows)

"""Surges as people see them: what was found, how sure it is, what was decided, and the complaints of each."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from queries.db import row_of, rows_of
from queries.surges.decisions import BELONGS, Verdict
from queries.texts.proposals import STILL_PROPOSED

KEPT_DAYS = 30  # on the page


@dataclass(frozen=True, slots=True)
class SurgeRow:
    """`complaints` and `waiting` (for a decision on tier 1) are those in the person's scope; the other counts
    are of the surge in total."""

    surge_id: int
    category: str
    product: str | None
    region_id: int | None
    from_at: datetime
    found_at: datetime
    seen_at: datetime
    until_at: datetime | None
    people: int
    usual: float
    chance: float
    complaints: int
    waiting: int
    revision: int
    verdict: Verdict | None  # the last one
    person_en: str | None
    person_zh: str | None
    decided_at: datetime | None
    made_tier_1: int  # by all decisions
    looked_back: bool  # found by the backfill, so nobody was notified while it ran


@dataclass(frozen=True, slots=True)
class Bar:
    """Ten minutes; `until` leaves a gap between two columns."""

    since: datetime
    until: datetime
    people: int
    usual: float


@dataclass(frozen=True, slots=True)
class Member:
    complaint_id: int
    external_id: str
    received_at: datetime
    status: str
    tier: int | None
    region_id: int | None
    department_id: int | None
    channel: str | None
    waits: bool


@dataclass(frozen=True, slots=True)
class State:
    """Whether anything can be found yet."""

    learned_at: datetime | None
    known_hours: int
    scanned_at: datetime | None
    is_learned: bool


@dataclass(frozen=True, slots=True)
class Undecided:
    """A surge that runs and that nobody has decided on."""

    category: str
    people: int


_SURGES = f"""
SELECT s.surge_id, s.category, s.product, s.region_id, s.from_at, s.found_at, s.seen_at, s.until_at, s.people,
       s.usual::float AS usual, s.chance, m.complaints, m.waiting, coalesce(d.decisions, 0) AS revision,
       l.verdict, coalesce(p.name_en, l.person) AS person_en, coalesce(p.name_zh, l.person) AS person_zh,
       l.decided_at, coalesce(d.complaints, 0) AS made_tier_1, s.looked_back
FROM journal.surge s
LEFT JOIN LATERAL (
    SELECT count(*)::int AS complaints, count(*) FILTER (WHERE {STILL_PROPOSED})::int AS waiting
    FROM facts.complaint c WHERE {BELONGS}) m ON true
LEFT JOIN LATERAL (
    SELECT count(*)::int AS decisions, sum(complaints)::int AS complaints FROM journal.surge_decision d
    WHERE d.surge_id = s.surge_id) d ON true
LEFT JOIN LATERAL (
    SELECT * FROM journal.surge_decision d WHERE d.surge_id = s.surge_id
    ORDER BY revision DESC LIMIT 1) l ON true
LEFT JOIN facts.agent p ON p.login = l.person
WHERE s.merged_into IS NULL
"""


def surges(conn: Connection, now: datetime) -> tuple[SurgeRow, ...]:
    """Those that run first, then the newest, of the last KEPT_DAYS days."""
    rows = conn.execute(
        text(
            f"{_SURGES} AND (s.until_at IS NULL OR s.found_at >= :since) "
            "ORDER BY s.until_at IS NOT NULL, s.from_at DESC, s.surge_id LIMIT 200"
        ),
        {"since": now - timedelta(days=KEPT_DAYS)},
    )
    return rows_of(SurgeRow, rows)


def undecided(conn: Connection, now: datetime) -> tuple[Undecided, ...]:
    """The largest first; without names, for the wall."""
    rows = conn.execute(
        text(
            "SELECT category, people FROM journal.surge s WHERE merged_into IS NULL AND until_at IS NULL "
            "AND found_at <= :now AND NOT EXISTS (SELECT FROM journal.surge_decision d "
            "WHERE d.surge_id = s.surge_id) ORDER BY people DESC, surge_id"
        ),
        {"now": now},
    )
    return rows_of(Undecided, rows)


def surge(conn: Connection, surge_id: int) -> tuple[SurgeRow, ...]:
    """If it was merged, the surge that it was merged into; empty if not in the person's scope."""
    rows = conn.execute(
        text(
            f"{_SURGES} AND s.surge_id = (SELECT coalesce(merged_into, surge_id) FROM journal.surge "
            "WHERE surge_id = :surge_id)"
        ),
        {"surge_id": surge_id},
    )
    return rows_of(SurgeRow, rows)


def bars(conn: Connection, surge_id: int) -> tuple[Bar, ...]:
    rows = conn.execute(
        text(
            "SELECT s.bars_from + (n - 1) * interval '10 min' AS since, "
            "s.bars_from + (n * 10 - 1) * interval '1 min' AS until, s.bars[n] AS people, "
            "s.usual_bars[n]::float AS usual "
            "FROM journal.surge s, generate_subscripts(s.bars, 1) n WHERE s.surge_id = :surge_id "
            "ORDER BY n"
        ),
        {"surge_id": surge_id},
    )
    return rows_of(Bar, rows)


def members(conn: Connection, surge_id: int, limit: int) -> tuple[Member, ...]:
    """Newest first."""
    rows = conn.execute(
        text(
            "SELECT c.complaint_id, c.external_id, c.received_at, c.status, c.tier, c.region_id, "
            f"c.department_id, c.channel, {STILL_PROPOSED} AS waits "
            f"FROM journal.surge s JOIN facts.complaint c ON {BELONGS} WHERE s.surge_id = :surge_id "
            "ORDER BY c.received_at DESC, c.complaint_id LIMIT :limit"
        ),
        {"surge_id": surge_id, "limit": limit},
    )
    return rows_of(Member, rows)


def state(conn: Connection) -> State:
    found = conn.execute(
        text(
            "SELECT b.learned_at, coalesce(b.known_hours, 0) AS known_hours, l.scanned_at, "
            "coalesce(b.baseline IS NOT NULL, false) AS is_learned FROM (SELECT 1) one "
            "LEFT JOIN derived.surge_baseline b ON true LEFT JOIN derived.surge_scan l ON true"
        )
    )
    return row_of(State, found)


@dataclass(frozen=True, slots=True)
class Belonging:
    """A surge of a complaint. `person` and `decided_at`: who made the complaint tier 1 by it."""

    surge_id: int
    category: str
    product: str | None
    region_id: int | None
    from_at: datetime
    until_at: datetime | None
    people: int
    usual: float
    verdict: Verdict | None
    person_en: str | None
    person_zh: str | None
    decided_at: datetime | None


_OF_COMPLAINT = f"""
SELECT s.surge_id, s.category, s.product, s.region_id, s.from_at, s.until_at, s.people,
       s.usual::float AS usual, l.verdict, coalesce(p.name_en, a.person) AS person_en,
       coalesce(p.name_zh, a.person) AS person_zh, a.happened_at AS decided_at
FROM facts.complaint c
LEFT JOIN LATERAL (
    SELECT person, happened_at, (detail ->> 'surge')::bigint AS surge_id FROM journal.audit
    WHERE subject = 'complaint:' || c.complaint_id AND action = 'decide_tier' AND detail ? 'surge'
    ORDER BY audit_id DESC LIMIT 1) a ON true
JOIN journal.surge s
  ON s.surge_id = a.surge_id OR (a.surge_id IS NULL AND s.merged_into IS NULL AND {BELONGS})
LEFT JOIN LATERAL (
    SELECT verdict FROM journal.surge_decision d WHERE d.surge_id = s.surge_id
    ORDER BY revision DESC LIMIT 1) l ON true
LEFT JOIN facts.agent p ON p.login = a.person
WHERE c.complaint_id = :complaint_id ORDER BY s.from_at DESC LIMIT 3
"""


def of_complaint(conn: Connection, complaint_id: int) -> tuple[Belonging, ...]:
    """The surge by which a person made it tier 1, else those to which it belongs. Newest first."""
    rows = conn.execute(text(_OF_COMPLAINT), {"complaint_id": complaint_id})
    return rows_of(Belonging, rows)

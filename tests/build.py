"""Small builders: complaints that go through the door and are derived, as in life."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

from config.vocabulary import ALL_MILESTONES
from queries.alerts import rules
from queries.alerts.rule import Alert, find
from queries.clocks.derive import derive_dirty
from queries.intake import door
from queries.intake.facts import Batch, NewComplaint, Observation, Source
from queries.organisation import AgentRow, DepartmentRow, OrganisationRows, RegionRow, put_organisation

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai, an ordinary working week
SOURCE = Source("test", ALL_MILESTONES)


def at(hours: float = 0, minutes: float = 0, days: float = 0) -> datetime:
    return MONDAY + timedelta(days=days, hours=hours, minutes=minutes)


def organisation(conn: Connection) -> None:
    """Two provinces with a city each, two departments, and the four people who sign in."""
    zone = "Asia/Shanghai"
    put_organisation(
        conn,
        OrganisationRows(
            regions=[
                RegionRow("GD", None, "province", "Guangdong", "广东", zone),
                RegionRow("GD-01", "GD", "city", "Guangzhou", "广州", zone),
                RegionRow("BJ", None, "province", "Beijing", "北京", zone),
                RegionRow("BJ-01", "BJ", "city", "Haidian", "海淀", zone),
            ],
            departments=[
                DepartmentRow("NET", "Network", "网络部"),
                DepartmentRow("BILL", "Billing", "计费部"),
            ],
            teams=[],
            agents=[
                AgentRow("li", None, "NET", "Li Wei", "李伟", "agent"),
                AgentRow("supervisor", None, None, "Zhou Min", "周敏", "supervisor", True),
                AgentRow("manager", None, None, "Lin Hua", "林华", "manager", True, ("GD",)),
                AgentRow("scheduler", None, None, "He Yan", "何燕", "scheduler", True),
                AgentRow("administrator", None, None, "Xu Wen", "徐文", "administrator", True),
            ],
        ),
    )


def complaint(
    number: str,
    received: datetime = MONDAY,
    *observations: tuple[str, datetime, str | None],
    tier: int | None = 2,
    department: str | None = "NET",
    region: str | None = "GD-01",
    category: str = "billing_dispute",
    channel: str = "phone",
) -> Batch:
    """One complaint; each observation is (field, instant, value), `1.responded` for co-owner request 1."""
    given = {
        "status": "received",
        "tier": None if tier is None else str(tier),
        "department": department,
        "region": region,
        "category": category,
        "channel": channel,
    }
    seen = [Observation(number, name, received, value) for name, value in given.items() if value is not None]
    for place, (name, instant, value) in enumerate(observations, start=1):
        party, _, field = name.rpartition(".")
        seen.append(Observation(number, field, instant, value, place, int(party or 0)))
    return Batch(complaints=[NewComplaint(number, received, f"Title {number}")], observations=seen)


def take(conn: Connection, *batches: Batch, source: Source = SOURCE, now: datetime | None = None) -> None:
    for batch in batches:
        door.take(conn, source, batch, now or at(days=300))


def together(batches: Iterable[Batch]) -> Batch:
    """One batch, which the door takes at once: many complaints come in some times faster."""
    many = list(batches)
    return Batch(
        complaints=[one for batch in many for one in batch.complaints],
        observations=[one for batch in many for one in batch.observations],
    )


def derive(conn: Connection) -> None:
    while derive_dirty(conn).taken:
        pass


def settle(conn: Connection, *batches: Batch, source: Source = SOURCE) -> None:
    take(conn, *batches, source=source)
    derive(conn)


def rows(conn: Connection, sql: str, **params: object) -> list[tuple[object, ...]]:
    return [tuple(row) for row in conn.execute(text(sql), params)]


def cross_timers(conn: Connection, now: datetime) -> list[Alert]:
    """As the sweep does, for the rules that deadlines and callbacks have."""
    return [one for rule in rules.RULES if rule.waiting for one in find(conn, rule, now).alerts]


def id_of(conn: Connection, number: str) -> int:
    found: int = conn.execute(
        text("SELECT complaint_id FROM facts.complaint_ref WHERE external_id = :number"), {"number": number}
    ).scalar_one()
    return found


def say_risk(conn: Connection, number: str, target: str, p: float, now: datetime) -> None:
    """As the job that renews the breach risk would, of the first episode: of 44 similar ones 31 breached."""
    conn.execute(
        text(
            "INSERT INTO derived.risk (complaint_id, target, episode, p, k, n, level, curve_version, "
            "computed_at, region_id) SELECT complaint_id, :target, 1, :p, 31, 44, 'tier', 1, :now, region_id "
            "FROM facts.complaint WHERE external_id = :number"
        ),
        {"number": number, "target": target, "p": p, "now": now},
    )


def in_order(seen: Iterable[Observation]) -> list[Observation]:
    return sorted(seen, key=lambda one: (one.happened_at, one.source_seq))

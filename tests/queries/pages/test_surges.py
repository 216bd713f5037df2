"""A person's decision on a surge: whose complaints change, who was first, and what is said of it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from queries import db
from queries.db import Scope
from queries.organisation import scope_of
from queries.pages import surges
from queries.pages.surges import SurgeRow
from queries.surges import decisions
from queries.surges.decisions import Decided
from tests.build import MONDAY, at, complaint, derive, id_of, organisation, rows, settle

NOW = at(3)
TIERS = "SELECT external_id, tier FROM facts.complaint ORDER BY 1"
SURGE = """
INSERT INTO journal.surge (category, region_id, from_at, found_at, seen_at, until_at, people, usual, chance,
                           bars_from, bars, usual_bars)
VALUES ('no_signal', :region, :since, :since, :since, :until, 46, 9.2, 0.0064, :since, '{2, 30}',
        '{1.5, 1.6}')
RETURNING surge_id
"""


@pytest.fixture
def app(engine: Engine, database_url: str) -> Engine:
    """Two in Guangdong, one in Beijing; one resolved, one that a person decided on, one of before, one of
    another thing; and a surge of the whole country."""
    with engine.begin() as conn:
        organisation(conn)
        one = {"category": "no_signal"}
        settle(
            conn,
            complaint("GD1", at(1), **one),
            complaint("GD2", at(2), **one, tier=3),
            complaint("BJ1", at(1.5), **one, region="BJ-01"),
            complaint("done", at(1), ("status", at(1.2), "resolved"), **one),
            complaint("decided", at(1), **one),
            complaint("before", MONDAY, **one),
            complaint("other", at(1), category="app_failure"),
        )
        db_decide = "INSERT INTO facts.complaint_event (complaint_id, field, happened_at, origin, value) "
        conn.execute(
            text(db_decide + "VALUES (:id, 'tier', :now, 'person', '2')"),
            {"id": id_of(conn, "decided"), "now": at(1.5)},
        )
    put(engine)
    return db.engine(database_url, role="board_app")


def put(engine: Engine, region: str | None = None) -> int:
    with engine.begin() as conn:
        number = conn.execute(
            text("SELECT region_id FROM facts.region WHERE code = :code"), {"code": region}
        ).scalar_one_or_none()
        found: int = conn.execute(
            text(SURGE), {"region": number, "since": at(0.5), "until": None}
        ).scalar_one()
    return found


def scope(engine: Engine, login: str) -> Scope:
    with engine.begin() as conn:
        found = scope_of(conn, login)
    assert found is not None
    return found


def decide(app: Engine, who: Scope, revision: int = 0, verdict: str = "tier_1", number: int = 1) -> Decided:
    with db.writing(app, who) as conn:
        return decisions.decide(conn, number, revision, verdict, who, NOW)  # type: ignore[arg-type]


def shown(app: Engine, who: Scope) -> Sequence[SurgeRow]:
    with db.reading(app, who) as conn:
        return surges.surges(conn, NOW)


def test_what_is_open_and_undecided_becomes_tier_1_with_that_reason(engine: Engine, app: Engine) -> None:
    supervisor = scope(engine, "supervisor")
    assert [(one.complaints, one.waiting) for one in shown(app, supervisor)] == [(5, 3)]
    assert decide(app, supervisor) == Decided(True, 3)
    with engine.begin() as conn:
        derive(conn)
        assert dict(rows(conn, TIERS)) == {
            "GD1": 1, "GD2": 1, "BJ1": 1, "done": 2, "decided": 2, "before": 2, "other": 2,
        }  # fmt: skip
        assert rows(conn, "SELECT count(*) FROM derived.deadline WHERE target = 'plan'") == [(3,)]
        audited = "SELECT person, detail ->> 'surge' FROM journal.audit WHERE action = 'decide_tier'"
        assert rows(conn, audited) == [("supervisor", "1")] * 3
        (why,) = surges.of_complaint(conn, id_of(conn, "GD1"))
    assert (why.surge_id, why.person_en, why.decided_at) == (1, "Zhou Min", NOW)
    (row,) = shown(app, supervisor)
    assert (row.waiting, row.verdict, row.made_tier_1, row.revision) == (0, "tier_1", 3, 1)


def test_a_manager_sees_the_surge_and_decides_for_the_own_province_only(engine: Engine, app: Engine) -> None:
    manager, supervisor = scope(engine, "manager"), scope(engine, "supervisor")
    assert [(one.people, one.complaints, one.waiting) for one in shown(app, manager)] == [(46, 4, 2)]
    assert decide(app, manager) == Decided(True, 2)
    with engine.begin() as conn:
        tiers = dict(rows(conn, TIERS))
    assert (tiers["GD1"], tiers["BJ1"]) == (1, 2)
    assert decide(app, supervisor, revision=1) == Decided(True, 1)


def test_of_two_who_decide_at_once_one_is_first(engine: Engine, app: Engine) -> None:
    who = [scope(engine, "supervisor"), scope(engine, "manager")]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda one: decide(app, one), who))
    assert sorted(one.is_first for one in found) == [False, True]
    with engine.begin() as conn:
        made = rows(conn, "SELECT count(*) FROM facts.complaint WHERE tier = 1")
        assert rows(conn, "SELECT sum(complaints) FROM journal.surge_decision") == made


def test_who_comes_too_late_changes_nothing(engine: Engine, app: Engine) -> None:
    supervisor = scope(engine, "supervisor")
    assert decide(app, supervisor, verdict="no_surge") == Decided(True, 0)
    assert decide(app, scope(engine, "manager")) == Decided(False, 0)
    with engine.begin() as conn:
        assert rows(conn, "SELECT count(*) FROM facts.complaint WHERE tier = 1") == [(0,)]


def test_what_joins_later_waits_for_another_press(engine: Engine, app: Engine) -> None:
    supervisor = scope(engine, "supervisor")
    decide(app, supervisor)
    with engine.begin() as conn:
        settle(conn, complaint("GD3", at(2.5), category="no_signal"))
    (row,) = shown(app, supervisor)
    assert (row.waiting, row.revision) == (1, 1)
    assert decide(app, supervisor, revision=1) == Decided(True, 1)


def test_a_surge_of_another_province_is_not_there_for_a_manager(engine: Engine, app: Engine) -> None:
    number = put(engine, "BJ-01")
    own = put(engine, "GD-01")
    manager = scope(engine, "manager")
    assert {one.surge_id for one in shown(app, manager)} == {1, own}
    with db.reading(app, manager) as conn:
        assert surges.surge(conn, number) == ()
        assert surges.bars(conn, number) == ()


def test_who_sees_a_city_only_sees_the_surge_of_its_province(engine: Engine, app: Engine) -> None:
    number = put(engine, "GD")
    with engine.begin() as conn:
        conn.execute(text("UPDATE facts.agent SET scope_regions = (SELECT array_agg(region_id) FROM "
                          "facts.region WHERE code = 'GD-01') WHERE login = 'manager'"))  # fmt: skip
    assert number in {one.surge_id for one in shown(app, scope(engine, "manager"))}


def test_a_surge_that_became_part_of_another_leads_there(engine: Engine, app: Engine) -> None:
    other = put(engine, "GD")
    with engine.begin() as conn:
        conn.execute(text("UPDATE journal.surge SET merged_into = 1 WHERE surge_id = :id"), {"id": other})
    supervisor = scope(engine, "supervisor")
    assert [one.surge_id for one in shown(app, supervisor)] == [1]
    with db.reading(app, supervisor) as conn:
        assert [one.surge_id for one in surges.surge(conn, other)] == [1]


def test_its_list_is_what_it_counts_in_the_own_regions(engine: Engine, app: Engine) -> None:
    with db.reading(app, scope(engine, "manager")) as conn:
        found = surges.members(conn, 1, 50)
        assert [(one.external_id, one.waits) for one in found] == [
            ("GD2", True), ("GD1", True), ("done", False), ("decided", False)
        ]  # fmt: skip
        bars = surges.bars(conn, 1)
    assert [(one.since, one.people, round(one.usual, 1)) for one in bars] == [
        (at(0.5), 2, 1.5),
        (at(0.5) + timedelta(minutes=10), 30, 1.6),
    ]


def test_before_anybody_decides_a_complaint_tells_of_its_surge(engine: Engine, app: Engine) -> None:
    with db.reading(app, scope(engine, "manager")) as conn:
        (one,) = surges.of_complaint(conn, id_of(conn, "GD1"))
        assert surges.of_complaint(conn, id_of(conn, "other")) == ()
    assert (one.surge_id, one.decided_at, one.people) == (1, None, 46)

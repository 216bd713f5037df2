"""Curves learned from what the board derived, and what they say of what is open."""

from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, text

from jobs.sources.simulator import Simulation, fill
from queries import db
from queries.db import board_now
from queries.filters import Filters
from queries.pages.risk import open_deadlines
from queries.pages.riskiest import expected
from queries.risk.clocks import Year, last_year, read_history, read_open, sampled
from queries.risk.curves import Curves
from queries.risk.groups import LEVELS
from queries.risk.learning import Learned, curves_in_force, is_time, learn_again, try_lock
from queries.risk.model import Ended
from queries.risk.places import read_places
from queries.risk.refresh import renew
from tests.build import MONDAY, at, complaint, derive, organisation, rows, settle, take

DAYS = 4
NOW = at(days=10)


@pytest.fixture
def operator(engine: Engine) -> Engine:
    for _ in fill(engine, Simulation(1, 20.0), DAYS):
        pass
    with engine.begin() as conn:
        derive(conn)
    return engine


def floor(conn: Connection, count: int, late_every: int = 4) -> None:
    """As many tier-2 complaints of the past week; of each `late_every` one first contact comes too late."""
    organisation(conn)
    for number in range(count):
        since = at(minutes=150 * number % (7 * 24 * 60))
        late = number % late_every == 0
        contact = since + timedelta(minutes=14 if late else 4 + number % 5)
        take(conn, complaint(f"P{number}", since, ("first_contact", contact, None)))
    derive(conn)


def first_contacts(conn: Connection) -> list[tuple[object, ...]]:
    return rows(
        conn,
        "SELECT c.external_id, r.p, r.k, r.n, r.level FROM derived.risk r "
        "JOIN facts.complaint c USING (complaint_id) WHERE target = 'first_contact' ORDER BY 1",
    )


def test_a_simulated_operator_is_learned_and_every_number_has_its_evidence(operator: Engine) -> None:
    with operator.begin() as conn:
        now = board_now(conn)
        found = learn_again(conn, now)
        assert found.version is not None
        assert found.trial is not None
        assert 0.5 < found.trial.auc <= 1
        assert renew(conn, now) > 0
        said = rows(conn, "SELECT p, k, n, level FROM derived.risk")
        opened = len(read_open(conn).started)
        late = rows(
            conn,
            "SELECT count(*) FROM derived.risk r JOIN derived.deadline d "
            "USING (complaint_id, target, party_id, episode) WHERE d.due_at < :now",
            now=now,
        )
    assert 0 < len(said) <= opened
    for p, k, n, level in said:
        assert 0 <= p <= 1  # type: ignore[operator]
        assert 0 <= k <= n >= 30  # type: ignore[operator]
        assert level in LEVELS
    assert late == [(0,)]


def test_the_risk_of_an_open_deadline_is_the_share_of_similar_ones_that_breached(conn: Connection) -> None:
    floor(conn, 60)
    assert learn_again(conn, NOW).version == 1
    settle(conn, complaint("A", NOW))
    renew(conn, NOW + timedelta(seconds=1))
    ((_, p, k, n, level),) = first_contacts(conn)
    assert (k, n, level) == (15, 60, "category")
    assert p == pytest.approx(0.25, abs=0.06)


def test_the_list_shows_the_number_with_its_evidence_and_none_of_a_past_moment(conn: Connection) -> None:
    floor(conn, 60)
    learn_again(conn, NOW)
    settle(conn, complaint("A", NOW))
    renew(conn, NOW)
    by = Filters(date(2026, 3, 1), date(2026, 4, 1))

    def said(past: bool) -> list[tuple[int | None, int | None, str | None]]:
        found = open_deadlines(conn, by, "hour", None, 10, NOW, past)
        return [(one.k, one.n, one.level) for one in found if one.target == "first_contact"]

    hour, four, _ = expected(conn, by, NOW)
    ((_, p, *_),) = first_contacts(conn)
    assert (hour.breaches, hour.count, hour.unknown) == (pytest.approx(p), 1, 0)
    assert (four.count, four.unknown) == (2, 0)  # and its verification
    assert four.breaches > hour.breaches
    assert said(past=False) == [(15, 60, "category")]
    assert said(past=True) == [(None, None, None)]


def test_risk_rises_with_age_and_ends_with_its_deadline(conn: Connection) -> None:
    floor(conn, 120)
    learn_again(conn, NOW)
    settle(conn, complaint("A", NOW))
    renew(conn, NOW)
    young = first_contacts(conn)[0][1]
    renew(conn, NOW + timedelta(minutes=9, seconds=30))
    ((_, old, k, _, _),) = first_contacts(conn)
    assert old > young  # type: ignore[operator]
    assert k == 30
    renew(conn, NOW + timedelta(minutes=11))
    assert first_contacts(conn) == []


def test_how_a_second_try_would_fare_is_kept_beside_the_number(conn: Connection) -> None:
    """First contacts come within 8 minutes or late: with 9 minutes left a new one may, with 30 s not."""
    floor(conn, 120)
    learn_again(conn, NOW)
    settle(conn, complaint("A", NOW))

    def again() -> float:
        ((found,),) = rows(conn, "SELECT afresh FROM derived.risk WHERE target = 'first_contact'")
        return float(str(found))

    renew(conn, NOW + timedelta(minutes=1))
    assert again() == pytest.approx(0.25, abs=0.06)
    renew(conn, NOW + timedelta(minutes=9, seconds=30))
    assert again() > 0.9


def test_what_did_not_move_is_not_written_and_what_was_met_is_removed(conn: Connection) -> None:
    floor(conn, 60)
    learn_again(conn, NOW)
    settle(conn, complaint("A", NOW), complaint("B", NOW))
    assert renew(conn, NOW) >= 2
    assert renew(conn, NOW) == 0
    met = ("first_contact", NOW + timedelta(minutes=1), None)
    settle(conn, complaint("A", NOW, met))
    renew(conn, NOW + timedelta(minutes=1))
    assert [name for name, *_ in first_contacts(conn)] == ["B"]


def test_a_department_and_a_category_never_seen_have_the_risk_of_what_is_known(conn: Connection) -> None:
    floor(conn, 60)
    learn_again(conn, NOW)
    settle(conn, complaint("A", NOW, department="BILL"), complaint("B", NOW, category="unheard_of"))
    renew(conn, NOW)
    assert [level for *_, level in first_contacts(conn)] == ["tier", "department"]


def test_fewer_than_thirty_settled_teach_nothing(conn: Connection) -> None:
    organisation(conn)
    assert learn_again(conn, NOW) == Learned(None, 0, 0, 0, 0, None, None, False)
    take(conn, *(complaint(f"P{number}", MONDAY) for number in range(9)))
    derive(conn)
    found = learn_again(conn, NOW)
    assert (found.version, found.settled) == (None, 27)
    assert renew(conn, NOW) == 0
    assert rows(conn, "SELECT FROM journal.risk_curve") == []


@pytest.mark.parametrize("later", [timedelta(days=30), timedelta(days=4000)])
def test_a_record_that_ended_long_ago_is_learned_from_its_last_year(
    conn: Connection, later: timedelta
) -> None:
    """What was open when it ended did not breach since: nobody knows what became of it."""
    floor(conn, 60)
    newest = rows(conn, "SELECT max(met_at) FROM derived.deadline")[0][0]
    year = last_year(conn, NOW + later)
    assert year.until == newest
    assert year.since == year.newest - timedelta(days=365)
    found = learn_again(conn, NOW + later)
    assert found.version == 1
    assert found.questions > 30
    ((known,),) = rows(
        conn, "SELECT count(*) FROM derived.deadline WHERE coalesce(met_at, due_at) <= :at AND due_at <= :at",
        at=newest,
    )  # fmt: skip
    assert found.settled == known


def test_a_running_record_is_learned_as_it_stands_now(conn: Connection) -> None:
    floor(conn, 60)
    assert last_year(conn, NOW) == Year(NOW - timedelta(days=365), NOW, NOW)


def test_a_board_without_history_has_the_year_until_now(conn: Connection) -> None:
    assert last_year(conn, NOW) == Year(NOW - timedelta(days=365), NOW, NOW)


def kinds(conn: Connection, every: int = 180) -> None:
    """Of one category all first contacts come late, of the other none; too few in each department to see it
    there, and the departments take turns."""
    organisation(conn)
    for number in range(80):
        since, is_hard = at(minutes=every * number), number % 4 >= 2
        contact = since + timedelta(minutes=25 if is_hard else 9)
        seen = [(name, contact, None) for name in ("first_contact", "verification_started", "feedback")]
        where = {"department": "BILL" if number % 2 else "NET", "category": "hard" if is_hard else "easy"}
        take(conn, complaint(f"P{number}", since, *seen, **where))
    derive(conn)


def test_where_the_late_rate_does_better_it_is_said_and_named(conn: Connection) -> None:
    kinds(conn)
    found = learn_again(conn, NOW)
    assert found.fallback is not None
    assert found.fallback.late_rate.auc > found.fallback.curves.auc
    assert found.trial is not None
    assert found.trial.auc >= found.fallback.late_rate.auc
    settle(conn, complaint("A", NOW, category="hard"), complaint("B", NOW, category="never heard of"))
    for minute in (0, 5):  # however old they are
        renew(conn, NOW + timedelta(minutes=minute))
        assert first_contacts(conn) == [
            ("A", 1.0, 40, 40, "late_rate"),
            ("B", 0.5, 40, 80, "target_late_rate"),
        ]


def test_where_the_curves_do_better_they_are_said(conn: Connection) -> None:
    floor(conn, 240)
    found = learn_again(conn, at(days=7, hours=2))
    assert found.trial is not None
    assert found.fallback is None


def test_hand_offs_and_pauses_are_read_only_of_the_complaints_that_are_read(conn: Connection) -> None:
    floor(conn, 60)
    some = read_history(conn, NOW - timedelta(days=365), NOW, 5)
    assert set(read_places(conn, some).stints["complaint"]) == set(some.keys[0].tolist())


def test_worse_curves_are_kept_aside(conn: Connection) -> None:
    """What was learned from an easy week is not replaced by a week in which all contacts came late first."""
    floor(conn, 240)
    now = at(days=7, hours=2)
    good = learn_again(conn, now)
    assert not good.kept_aside
    conn.execute(
        text(
            "UPDATE derived.deadline SET met_at = started_at + interval '14 min' "
            "WHERE target = 'first_contact' AND started_at < "
            "(SELECT percentile_disc(0.7) WITHIN GROUP (ORDER BY started_at) FROM derived.deadline)"
        )
    )
    found = learn_again(conn, now)
    assert found.kept_aside
    assert found.trial is not None
    assert found.in_force is not None
    assert found.trial.brier > found.in_force.brier
    assert rows(conn, "SELECT version, in_force_from IS NULL FROM journal.risk_curve ORDER BY 1") == [
        (1, False),
        (2, True),
    ]
    standing = curves_in_force(conn)
    assert standing is not None
    assert standing[0] == 1


def test_only_one_process_learns_at_a_time_and_not_again_the_same_night(engine: Engine) -> None:
    with engine.begin() as first, engine.begin() as second:
        assert try_lock(first)
        assert not try_lock(second)
    with engine.begin() as conn:
        floor(conn, 60)
        assert is_time(conn, NOW)
        learn_again(conn, NOW)
        assert not is_time(conn, NOW + timedelta(hours=19))
        assert is_time(conn, NOW + timedelta(hours=31))


def test_budget_and_use_are_in_the_deadlines_own_hours(conn: Connection) -> None:
    """Tier 3 from Monday 09:00: until the close of Thursday 8 h a day; the board knows nothing of nights."""
    organisation(conn)
    settle(conn, complaint("A", MONDAY, tier=3))
    clocks = read_history(conn, MONDAY, NOW)
    row = clocks.keys[1].tolist().index("answer")
    hour = 3600
    for instant, used in ((at(1), 1), (at(10), 8), (at(24), 8), (at(26), 10)):
        found = clocks.measured(NOW.timestamp(), instant.timestamp())
        assert np.asarray(found.budget)[row] == 32 * hour
        assert np.asarray(found.used)[row] == used * hour
    late = clocks.measured(NOW.timestamp())
    assert np.asarray(late.used)[row] > np.asarray(late.budget)[row]
    assert clocks.ended[row] == Ended.OPEN


def test_curves_are_stored_as_they_were_learned(conn: Connection) -> None:
    floor(conn, 60)
    learn_again(conn, NOW)
    found = curves_in_force(conn)
    assert found is not None
    assert isinstance(found[1], Curves)
    assert found[1].learned_at == int(NOW.timestamp())


def test_a_large_history_is_read_by_whole_complaints(conn: Connection) -> None:
    floor(conn, 60)
    since = NOW - timedelta(days=365)
    whole = read_history(conn, since, NOW)
    every = sampled(conn, since, NOW, len(whole.ended) // 4)
    assert every in (4, 5)
    some = read_history(conn, since, NOW, every)
    chosen = set(some.keys[0].tolist())
    assert 60 / every - 1 <= len(chosen) <= 60 / every + 1
    assert len(some.ended) == sum(one in chosen for one in whole.keys[0].tolist())
    assert sampled(conn, since, NOW) == 1
    assert sampled(conn, since, since) == 1  # nothing at all


def test_learning_may_take_longer_than_a_job_may_idle(engine: Engine, database_url: str) -> None:
    """Reading a year and counting it are one transaction."""
    jobs = db.engine(database_url, role="board_jobs")
    with jobs.begin() as conn:
        learn_again(conn, NOW)
        assert rows(conn, "SHOW idle_in_transaction_session_timeout") == [("30min",)]
    with jobs.begin() as conn:
        assert rows(conn, "SHOW idle_in_transaction_session_timeout") != [("30min",)]

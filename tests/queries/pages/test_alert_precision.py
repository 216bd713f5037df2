"""What became of the warnings of a small floor, counted by hand."""

from datetime import date, datetime
from itertools import product

import pytest
from sqlalchemy import Connection, Engine

from config.vocabulary import ALL_MILESTONES
from jobs import risk, sweep
from queries.filters import Filters
from queries.intake.facts import Attempt, Batch, Observation, Source
from queries.pages import alert_precision, alert_recall, alerts
from queries.pages.alert_precision import RULES, Outcome, PrecisionRow, Rule, Slice
from queries.pages.alert_recall import Recall
from queries.rates import Rate, rate
from tests.build import MONDAY, at, complaint, cross_timers, organisation, rows, settle
from tests.jobs.alerting import floor, judged, say, work

ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))
NOW = at(43)
DONE = (("first_contact", at(minutes=1), None), ("verification_started", at(minutes=2), None))
OUTCOMES: tuple[Outcome, ...] = ("came_true", "acted", "untouched", "cancelled", "open")


def seen(number: str, field: str, instant: datetime, value: str | None = None, party: int = 0) -> Batch:
    return Batch(observations=[Observation(number, field, instant, value, 9, party)])


def begin(engine: Engine, *names: str, department: str = "NET", received: datetime = MONDAY) -> None:
    """Their feedback alone is still to come, 24 hours after they were received."""
    later = received - MONDAY
    done = [(field, instant + later, value) for field, instant, value in DONE]
    floor(engine, *(complaint(name, received, *done, department=department) for name in names))


@pytest.fixture
def rung(engine: Engine) -> Engine:
    """The feedback of A to E, due at 24 h, was warned of at 19.3 h by its share of time, at 23 h by its risk.

    A breached. B was acknowledged and C got another status before both were met; D was met, nothing else.
    E was withdrawn. F, due at 44 h, was warned of at 40 and 42.5 h and is open now, at 43 h. H missed its
    first contact while nobody warned: the jobs stood still. B and H belong to Billing.
    """
    begin(engine, "A", "C", "D", "E")
    begin(engine, "B", department="BILL")
    begin(engine, "F", received=at(20))
    floor(engine, complaint("H", MONDAY, DONE[1], ("feedback", at(1), None), department="BILL"))
    sweep.run(work(engine, at(19.3)))
    judged(engine, at(23), A=0.9, B=0.9, C=0.9, D=0.9, E=0.9)
    with engine.begin() as conn:
        (of_b,) = [
            one for one in alerts.alerts(conn, ALL, "all", 99, at(23)) if _is(one, "B", "likely_breach")
        ]
        alerts.acknowledge(conn, [of_b.alert_id], "supervisor", None, at(23, 10))
    floor(
        engine,
        seen("B", "feedback", at(23, 30)),
        seen("C", "status", at(23, 10), "in_progress"),
        seen("C", "feedback", at(23, 30)),
        seen("D", "feedback", at(23, 30)),
        seen("E", "status", at(23, 20), "withdrawn"),
    )
    for hours in (24.1, 40):
        sweep.run(work(engine, at(hours)))
    judged(engine, at(42.5), F=0.9)
    return engine


def _whole(one: PrecisionRow) -> bool:
    return (one.rule, one.tier, one.department_id) == ("likely_breach", None, None)


def _is(one: alerts.Alert, number: str, rule: str) -> bool:
    return one.external_id == number and one.rule == rule


def figures(
    conn: Connection, now: datetime = NOW, by: Filters = ALL
) -> dict[tuple[object, ...], PrecisionRow]:
    found = alert_precision.figures(conn, by, now)
    return {(one.rule, one.tier, one.department_id): one for one in found}


def counts(one: PrecisionRow) -> tuple[int, ...]:
    return (one.alerts, one.came_true, one.acted, one.untouched, one.cancelled, one.open)


def test_every_warning_is_counted_by_what_became_of_it(rung: Engine) -> None:
    with rung.begin() as conn:
        found = figures(conn)
    likely, share = found["likely_breach", None, None], found["at_risk", None, None]
    assert counts(likely) == (6, 1, 2, 1, 1, 1)
    assert counts(share) == (6, 1, 1, 2, 1, 1)  # nobody acknowledged the warning of B by its share of time
    assert (likely.lead_median, likely.lead_shortest) == (3600, 3600)
    assert share.lead_median == pytest.approx(4.7 * 3600)
    assert share.lead_shortest == pytest.approx(4.35 * 3600)  # half way from F's 4 h to 4.7 h
    assert (likely.precision, likely.decided) == (None, 4)  # too few for a percentage


def test_tiers_and_departments_hold_their_part(rung: Engine) -> None:
    with rung.begin() as conn:
        ids = dict(rows(conn, "SELECT code, department_id FROM facts.department"))
        found = figures(conn)
        of_billing = figures(conn, by=Filters(ALL.since, ALL.until, departments=(int(str(ids["BILL"])),)))
    assert counts(found["likely_breach", 2, None]) == (6, 1, 2, 1, 1, 1)
    assert counts(found["likely_breach", None, ids["BILL"]]) == (1, 0, 1, 0, 0, 0)
    assert counts(found["likely_breach", None, ids["NET"]]) == (5, 1, 1, 1, 1, 1)
    assert counts(of_billing["likely_breach", None, None]) == (1, 0, 1, 0, 0, 0)


def test_breaches_say_whether_and_how_long_before_they_were_warned_of(rung: Engine) -> None:
    with rung.begin() as conn:
        found = {(one.rule, one.tier, one.department_id): one for one in alert_recall.recall(conn, ALL, NOW)}
        ids = dict(rows(conn, "SELECT code, department_id FROM facts.department"))
    assert found["likely_breach", None, None] == Recall("likely_breach", None, None, 2, 0, 1, 3600, 3600)
    share = found["at_risk", None, None]
    assert (share.breached, share.warned, share.before_median) == (2, 1, pytest.approx(4.7 * 3600))
    of_billing = found["likely_breach", None, ids["BILL"]]
    assert (of_billing.breached, of_billing.warned, of_billing.before_median) == (1, 0, None)


def test_every_number_leads_to_exactly_its_rows(rung: Engine) -> None:
    with rung.begin() as conn:
        for (rule, tier, department), told in figures(conn).items():
            for outcome in (None, *OUTCOMES):
                part = Slice(rule, outcome, tier, department)  # type: ignore[arg-type]
                listed = alert_precision.warnings(conn, ALL, part, 99, NOW)
                assert len(listed) == (getattr(told, outcome) if outcome else told.alerts)
                assert {one.outcome for one in listed} <= ({outcome} if outcome else set(OUTCOMES))
        for one, was_warned in product(alert_recall.recall(conn, ALL, NOW), (None, True, False)):
            part = Slice(one.rule, None, one.tier, one.department_id)
            found = alert_recall.breaches(conn, ALL, part, was_warned, 99, NOW)
            known = {None: one.breached, True: one.warned, False: one.breached - one.warned}
            assert len(found) == known[was_warned]


def test_the_lists_name_what_the_hand_counted(rung: Engine) -> None:
    with rung.begin() as conn:
        listed = {
            outcome: {one.external_id for one in _listed(conn, "likely_breach", outcome)}
            for outcome in OUTCOMES
        }
        assert listed == {
            "came_true": {"A"},
            "acted": {"B", "C"},
            "untouched": {"D"},
            "cancelled": {"E"},
            "open": {"F"},
        }
        (of_a,) = _listed(conn, "likely_breach", "came_true")
        assert (of_a.decided_at, of_a.due_at, of_a.ended_at) == (at(23), at(24), None)
        assert (of_a.p, of_a.k, of_a.n) == (pytest.approx(0.9), 633, 700)
        missed = alert_recall.breaches(conn, ALL, Slice("likely_breach"), False, 9, NOW)
        assert [(one.external_id, one.target, one.found_late) for one in missed] == [
            ("H", "first_contact", True)
        ]


def _listed(conn: Connection, rule: Rule, outcome: Outcome) -> tuple[alert_precision.FiredAlert, ...]:
    return alert_precision.warnings(conn, ALL, Slice(rule, outcome), 9, NOW)


@pytest.mark.parametrize(
    ("trace", "outcome"),
    [
        (seen("A", "owner", at(23, 5), "li"), "acted"),
        (seen("A", "department", at(23, 5), "BILL"), "acted"),
        (seen("A", "status", at(23, 5), "waiting_co_owner"), "acted"),
        (seen("A", "requested", at(23, 5), "BILL", 1), "acted"),
        (seen("A", "answered", at(23, 5)), "acted"),
        (seen("A", "plan", at(23, 5)), "acted"),
        (seen("A", "department", at(23, 5), "NET"), "untouched"),  # it had it before
        (seen("A", "owner", at(22), "li"), "untouched"),  # before the alert
        (seen("A", "owner", at(23, 45), "li"), "untouched"),  # after it was met
        (seen("A", "status", at(23, 30), "in_progress"), "untouched"),  # with what met it
    ],
)
def test_only_what_somebody_did_between_alert_and_meeting_is_a_trace(
    engine: Engine, trace: Batch, outcome: Outcome
) -> None:
    begin(engine, "A")
    judged(engine, at(23), A=0.9)
    floor(engine, trace, seen("A", "feedback", at(23, 30)))
    with engine.begin() as conn:
        assert [
            one.outcome for one in alert_precision.warnings(conn, ALL, Slice("likely_breach"), 9, NOW)
        ] == [outcome]


@pytest.mark.parametrize(("tried", "outcome"), [(True, "acted"), (False, "untouched")])
def test_of_a_callback_an_attempt_before_the_one_that_ended_it_is_a_trace(
    engine: Engine, tried: bool, outcome: Outcome
) -> None:
    begin(engine, "A")
    floor(engine, seen("A", "feedback", at(0.5)), seen("A", "status", at(1), "resolved"))
    with engine.begin() as conn:
        say(conn, "A", "confirm_solved", 0.9, at(86))
    risk.run(work(engine, at(86)))
    calls = [Attempt("A", "confirm_solved", 1, "k2", at(86, 30), "confirmed")]
    if tried:
        calls.insert(0, Attempt("A", "confirm_solved", 1, "k1", at(86, 10), "no_answer"))
    floor(engine, Batch(attempts=calls))
    with engine.begin() as conn:
        (found,) = alert_precision.warnings(conn, ALL, Slice("likely_breach"), 9, at(88))
    assert (found.outcome, found.due_at) == (outcome, at(87))


def test_an_overdue_callback_counts_as_a_breach_that_its_share_of_time_never_warned_of(
    engine: Engine,
) -> None:
    begin(engine, "A")
    floor(engine, seen("A", "feedback", at(0.5)), seen("A", "status", at(1), "resolved"))
    sweep.run(work(engine, at(87.1)))
    with engine.begin() as conn:
        found = alert_recall.recall(conn, ALL, at(88))
    assert {(one.rule, one.breached, one.warned) for one in found} == {("likely_breach", 1, 0)}


def test_as_of_an_earlier_moment_nothing_later_had_happened(rung: Engine) -> None:
    def then(now: datetime) -> tuple[int, ...]:
        with rung.begin() as conn:
            found = alert_precision.figures(conn, ALL, now, past=True)
        return next((counts(one) for one in found if _whole(one)), ())

    assert then(at(22.9)) == ()
    assert then(at(23, 5)) == (5, 0, 0, 0, 0, 5)
    assert then(at(23, 25)) == (5, 0, 0, 0, 1, 4)
    assert then(at(23, 40)) == (5, 0, 2, 1, 1, 1)
    assert then(at(24, 1)) == (5, 1, 2, 1, 1, 0)
    assert then(NOW) == (6, 1, 2, 1, 1, 1)


def test_a_breach_that_a_late_fact_withdrew_was_none(rung: Engine) -> None:
    floor(rung, seen("A", "feedback", at(23, 50)))
    sweep.run(work(rung, at(42.8)))
    with rung.begin() as conn:
        assert counts(figures(conn)["likely_breach", None, None]) == (6, 0, 2, 2, 1, 1)
        found = {one.rule: one.breached for one in alert_recall.recall(conn, ALL, NOW)}
        before = {one.rule: one.breached for one in alert_recall.recall(conn, ALL, at(42.7))}
    assert (found["likely_breach"], before["likely_breach"]) == (1, 2)


def test_only_what_was_decided_or_fell_due_in_the_period_counts(rung: Engine) -> None:
    """19.3 h are on Tuesday in Shanghai; H's first contact was due on Monday."""
    monday = Filters(date(2026, 3, 2), date(2026, 3, 2))
    with rung.begin() as conn:
        assert alert_precision.figures(conn, monday, NOW) == ()
        found = alert_recall.breaches(conn, monday, Slice("likely_breach"), None, 9, NOW)
    assert [one.external_id for one in found] == ["H"]


def test_an_import_of_history_brings_no_warning_and_no_breach(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A"), source=Source("old", ALL_MILESTONES, is_history=True))
    cross_timers(conn, NOW)
    assert alert_precision.figures(conn, ALL, NOW) == ()
    assert alert_recall.recall(conn, ALL, NOW) == ()


def test_a_share_comes_with_wilsons_interval_and_of_fewer_than_thirty_not_at_all() -> None:
    assert rate(29, 29) is None
    assert rate(40, 50) == Rate(0.8, pytest.approx(0.6696, abs=1e-4), pytest.approx(0.8876, abs=1e-4))  # type: ignore[arg-type]
    none = rate(0, 30)
    assert none is not None
    assert (none.low, none.high) == (0, pytest.approx(0.1135, abs=1e-4))
    assert set(RULES) == {"likely_breach", "at_risk"}

"""Alerts: each crossing once, digests for storms, nothing for history, ended when it is over."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import Engine

from config.vocabulary import ALL_MILESTONES
from jobs import sweep
from queries.intake import door, facts
from queries.intake.facts import Batch, Customer, Observation
from queries.pages.alerts import Digest, of_digest
from tests.build import MONDAY, SOURCE, at, complaint, organisation, settle
from tests.jobs.alerting import ALL, found, work

LIVE = facts.Source("test", ALL_MILESTONES, expected_every=20)  # silent after a minute


def fill(engine: Engine, *batches: Batch, source: facts.Source = SOURCE) -> None:
    with engine.begin() as conn:
        organisation(conn)
        settle(conn, *batches, source=source)


def test_a_crossing_alerts_once_however_often_the_sweep_runs(engine: Engine) -> None:
    fill(engine, complaint("A"))
    for minutes in (5, 8.5, 9, 10.5, 11):
        sweep.run(work(engine, at(minutes=minutes)))
    assert found(engine) == [
        ("at_risk", "info", "first_contact", False),
        ("breached", "warning", "first_contact", False),
    ]


def test_tier_1_breaches_are_critical_and_go_out_with_their_stars(engine: Engine) -> None:
    fill(engine, complaint("A", tier=1))
    sweep.run(work(engine, at(minutes=31)))
    sent = found(
        engine,
        "SELECT d.outlet, d.state, d.message ->> 'stars', d.message ->> 'title' FROM journal.delivery d "
        "JOIN journal.alert a USING (alert_id) WHERE a.target = 'plan'",
    )
    assert sent == [("webhook", "waiting", "★★★", "Breached: Preliminary plan of complaint A")]


def test_deriving_again_does_not_ring_again(engine: Engine) -> None:
    fill(engine, complaint("A"))
    sweep.run(work(engine, at(minutes=11)))
    fill(engine, Batch(observations=[Observation("A", "owner", at(minutes=12), "li")]))
    sweep.run(work(engine, at(minutes=13)))
    assert len([one for one in found(engine) if one[0] == "breached"]) == 1


def test_what_was_met_in_time_alerts_nobody(engine: Engine) -> None:
    fill(engine, complaint("A", MONDAY, ("first_contact", at(minutes=4), None)))
    sweep.run(work(engine, at(minutes=11)))
    assert found(engine) == []


def test_importing_history_alerts_nobody(engine: Engine) -> None:
    past = facts.Source("old", ALL_MILESTONES, is_history=True)
    fill(engine, complaint("A"), source=past)
    sweep.run(work(engine, at(days=31)))
    assert found(engine) == []


def test_a_storm_becomes_one_digest(engine: Engine) -> None:
    fill(engine, *(complaint(f"A{n}", tier=1) for n in range(7)))
    sweep.run(work(engine, at(minutes=31)))
    sent = found(
        engine,
        "SELECT digest_of, message -> 'by_tier', jsonb_array_length(message -> 'first') "
        "FROM journal.delivery JOIN journal.alert USING (alert_id) WHERE rule = 'breached'",
    )
    # seven first contacts and seven plans, all critical: one digest
    assert sent == [(14, {"1": 14}, 14)]


def test_the_link_of_a_digest_leads_to_exactly_its_alerts(engine: Engine) -> None:
    fill(engine, *(complaint(f"A{n}", tier=1) for n in range(7)))
    sweep.run(work(engine, at(minutes=11)))  # first contacts
    sweep.run(work(engine, at(minutes=31)))  # plans
    paths = found(
        engine, "SELECT message ->> 'path' FROM journal.delivery WHERE message ->> 'level' = 'critical'"
    )
    with engine.begin() as conn:
        listed = []
        for (path,) in paths:
            asked = dict(parse_qsl(urlsplit(str(path)).query))
            decided = datetime.fromisoformat(asked["decided"])
            digest = Digest(asked["rule"], asked["level"], decided, asked.get("late") == "1")
            listed.append(sorted(str(one.target) for one in of_digest(conn, ALL, digest, 99, at(1))))
    assert sorted(listed) == [["first_contact"] * 7, ["plan"] * 7]


def test_what_is_found_late_goes_into_a_digest_and_says_so(engine: Engine) -> None:
    fill(engine, complaint("A"))
    sweep.run(work(engine, at(5)))
    assert ("breached", "warning", "first_contact", True) in found(engine)
    assert found(engine, "SELECT digest_of FROM journal.delivery") == [(2,)]


def test_an_alert_ends_when_its_deadline_is_met(engine: Engine) -> None:
    fill(engine, complaint("A"))
    sweep.run(work(engine, at(minutes=11)))
    fill(engine, Batch(observations=[Observation("A", "first_contact", at(minutes=20))]))
    sweep.run(work(engine, at(minutes=21)))
    ended = "SELECT ended_at, withdrawn_at FROM journal.alert WHERE rule = 'breached'"
    assert found(engine, ended) == [(at(minutes=20), None)]


def test_a_fact_that_was_late_to_arrive_withdraws_the_breach_and_keeps_the_row(engine: Engine) -> None:
    fill(engine, complaint("A"))
    sweep.run(work(engine, at(minutes=11)))
    fill(engine, Batch(observations=[Observation("A", "first_contact", at(minutes=9))]))
    sweep.run(work(engine, at(minutes=12)))
    withdrawn = "SELECT withdrawn_at FROM journal.alert WHERE rule = 'breached'"
    assert found(engine, withdrawn) == [(at(minutes=12),)]


def test_a_breach_cancels_the_warning_that_was_not_sent_yet(engine: Engine) -> None:
    fill(engine, complaint("A", tier=1))
    sweep.run(work(engine, at(minutes=9)))
    sweep.run(work(engine, at(minutes=11)))
    states = (
        "SELECT a.rule, d.state FROM journal.delivery d JOIN journal.alert a USING (alert_id) "
        "WHERE a.target = 'first_contact' ORDER BY 1"
    )
    assert found(engine, states) == [("at_risk", "cancelled"), ("breached", "waiting")]


def test_a_silent_feed_is_told_once_and_ends_when_it_is_heard_again(engine: Engine) -> None:
    with engine.begin() as conn:
        door.take(conn, LIVE, complaint("A", MONDAY, ("first_contact", at(minutes=1), None)), at(minutes=1))
    for minutes in (1.5, 2.5, 3):
        sweep.run(work(engine, at(minutes=minutes)))
    silent = "SELECT rule, ended_at IS NOT NULL FROM journal.alert WHERE rule = 'feed_silent'"
    assert found(engine, silent) == [("feed_silent", False)]
    with engine.begin() as conn:
        door.take(conn, LIVE, Batch(), at(minutes=4))
    sweep.run(work(engine, at(minutes=4)))
    assert found(engine, silent) == [("feed_silent", True)]


def test_in_a_replay_nothing_leaves_the_board(engine: Engine) -> None:
    fill(engine, complaint("A", tier=1))
    with engine.begin() as conn:
        conn.exec_driver_sql("INSERT INTO journal.clock (anchor, started, speed) VALUES (now(), now(), 10)")
    sweep.run(work(engine, at(minutes=31)))
    assert found(engine) != []
    assert found(engine, "SELECT * FROM journal.delivery") == []


HUSH = {
    "title": "Title-hush",
    "body": "Body-hush",
    "name": "欧阳春花",
    "phone": "13912345678",
    "address": "Lane-hush",
}


@pytest.mark.parametrize("many", [False, True], ids=["one by one", "a digest"])
def test_no_text_of_an_alert_holds_a_name_a_phone_or_the_complaint_itself(engine: Engine, many: bool) -> None:
    """Neither what its customer nor what its owner is called."""
    ids = [f"A{number}" for number in range(8 if many else 2)]
    customer = Customer("K", HUSH["name"], HUSH["phone"], HUSH["address"])
    for batch in (complaint(one, tier=1) for one in ids):
        told = batch.complaints[0]._replace(title=HUSH["title"], body=HUSH["body"], customer="K")
        owned = Observation(told.external_id, "owner", MONDAY, "li")
        fill(
            engine,
            replace(
                batch, complaints=[told], customers=[customer], observations=[*batch.observations, owned]
            ),
        )
    for minutes in (9, 31):
        sweep.run(work(engine, at(minutes=minutes)))

    told = [str(message) for (message,) in found(engine, "SELECT message::text FROM journal.delivery")]
    assert any("Breached" in message or "alerts: breached" in message for message in told)
    assert bool(found(engine, "SELECT 1 FROM journal.delivery WHERE digest_of > 0")) == many
    kept = found(engine, "SELECT c.title, c.body, p.name, p.phone FROM facts.complaint c "
                         "JOIN facts.customer_pii p USING (customer_id) LIMIT 1")  # fmt: skip
    assert kept == [(HUSH["title"], HUSH["body"], HUSH["name"], HUSH["phone"])]
    words = [*HUSH.values(), "李伟", "Li Wei", HUSH["phone"][-4:]]
    assert [(word, message) for message in told for word in words if word in message] == []

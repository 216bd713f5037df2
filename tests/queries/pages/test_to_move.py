"""Who must move first, and whose it is."""

from datetime import date

from sqlalchemy import Connection, Engine, text

from queries.filters import Filters
from queries.pages import to_move
from tests.build import at, complaint, id_of, organisation, say_risk, settle
from tests.jobs.alerting import floor, judged

ALL = Filters(date(2026, 3, 1), date(2026, 3, 8))


def shown(found: to_move.Moves) -> list[tuple[str, str, str]]:
    return [(one.group, one.external_id, one.target) for one in found.rows]


def test_what_is_past_due_comes_first_by_tier_then_the_longest(conn: Connection) -> None:
    organisation(conn)
    settle(
        conn,
        complaint("old", at(-9), ("first_contact", at(-8.9), None)),
        complaint("urgent", at(-3), ("first_contact", at(-2.9), None), tier=1),
        complaint("new", at(), ("first_contact", at(0.1), None)),
    )
    found = to_move.to_move(conn, ALL, 4, at(0.2))
    past = [one for one in found.rows if one.group == "past_due"]
    assert [one.external_id for one in past][:1] == ["urgent"]
    assert [one.external_id for one in past if one.tier == 2] == ["old"]
    assert {one.of for one in past} == {len(past)}
    assert [one.due_at for one in found.rows if one.group == "next"] == sorted(
        one.due_at for one in found.rows if one.group == "next"
    )


def test_likely_ones_stand_by_risk_times_weight_within_the_time_of_the_policy(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", at(), tier=1), complaint("B", at()), complaint("C", at()))
    for number, target, p in (
        ("A", "first_contact", 0.75),  # × 3, the weight of tier 1
        ("B", "first_contact", 0.95),
        ("C", "first_contact", 0.69),  # below the policy's limit
        ("B", "feedback", 0.99),  # due too late to be alerted now
    ):
        say_risk(conn, number, target, p, at(0.1))
    found = to_move.to_move(conn, ALL, 9, at(0.1))
    assert found.within == 7200
    likely = [one for one in found.rows if one.group == "likely"]
    assert [(one.external_id, one.target, one.p) for one in likely] == [
        ("A", "first_contact", 0.75),
        ("B", "first_contact", 0.95),
    ]
    then = to_move.to_move(conn, ALL, 9, at(0.1), past=True)
    assert {one.group for one in then.rows} == {"next"}
    assert {one.p for one in then.rows} == {None}


def test_who_has_it_and_whether_the_alert_was_acknowledged(engine: Engine) -> None:
    floor(engine, complaint("A", at(), ("owner", at(0.2), "li")), complaint("B"))
    judged(engine, at(23), A=0.9, B=0.9)
    with engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO journal.acknowledgement (alert_id, acknowledged_at, acknowledged_by) "
                "SELECT alert_id, :at, 'zhou' FROM journal.alert WHERE complaint_id = :a"
            ),
            {"at": at(23, 5), "a": id_of(conn, "A")},
        )
        for past in (False, True):
            rows = to_move.to_move(conn, ALL, 30, at(23, 10), past).rows
            mine = {
                one.external_id: (one.has_owner, one.alerted_at, one.acknowledged_at)
                for one in rows
                if one.target == "feedback"
            }
            assert mine == {"A": (True, at(23), at(23, 5)), "B": (False, at(23), None)}
        before = to_move.to_move(conn, ALL, 30, at(23, 2), past=True).rows
        assert {one.acknowledged_at for one in before} == {None}
        assert not any(one.has_owner for one in to_move.to_move(conn, ALL, 30, at(0.1), past=True).rows)


def test_urgent_ones_are_counted_by_department_and_the_longest_is_placed(conn: Connection) -> None:
    organisation(conn)
    settle(
        conn,
        complaint("A", at(-9), tier=1),
        complaint("B", at(-2), tier=1, region="BJ-01"),
        complaint("routine", at(-9)),
    )
    (found,) = to_move.urgent(conn, ALL, at())
    rows = [one for one in to_move.to_move(conn, ALL, 30, at()).rows if one.group == "past_due"]
    urgent = [one for one in rows if one.tier == 1]
    assert found.deadlines == len(urgent) > 2
    assert found.oldest_due_at == min(one.due_at for one in urgent)
    assert found.oldest_region_id == urgent[0].region_id
    assert to_move.urgent(conn, ALL, at(), past=True) == (found,)


def test_a_co_owner_s_load_counts_requests_not_their_targets(conn: Connection) -> None:
    organisation(conn)
    settle(conn, complaint("A", at(), ("1.requested", at(), "BILL"), ("2.requested", at(0.5), "BILL")))
    (found,) = to_move.co_owner_loads(conn, ALL, at(1.2))
    assert (found.requests, found.overdue, found.oldest_due_at) == (2, 1, at(1))
    (then,) = to_move.co_owner_loads(conn, ALL, at(0.2), past=True)
    assert (then.requests, then.overdue, then.oldest_due_at) == (1, 0, None)

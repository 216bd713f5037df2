"""Who keeps whom waiting now."""

from datetime import datetime

import pytest
from sqlalchemy import Connection

from queries.attribution.blocking import Blocked, blocked, blockers
from queries.attribution.rows import attributions
from tests.build import MONDAY, at, complaint, organisation, rows, settle
from tests.queries.attribution.co_owner_lives import ALL, AMID, NOW, some_lives


@pytest.fixture
def waiting(conn: Connection) -> Connection:
    """A waits on BILL, then on NET; B's feedback is past due; C asked nobody; D goes on by itself."""
    organisation(conn)
    waits = ("status", at(1), "waiting_co_owner")
    settle(
        conn,
        complaint(
            "A",
            MONDAY,
            ("first_contact", at(0.1), None),
            waits,
            ("1.requested", at(1), "BILL"),
            ("1.responded", at(2), None),
            ("1.opinion", at(5), None),
            ("2.requested", at(3), "NET"),
            department="BILL",
        ),
        complaint("B", at(days=-2), waits, ("1.requested", at(0), "BILL"), tier=2),
        complaint("C", MONDAY, waits),
        complaint("D", MONDAY, ("1.requested", at(1), "BILL")),
        complaint("E", MONDAY, waits, ("1.requested", at(2), "NET"), tier=3),
    )
    return conn


def told(found: tuple[Blocked, ...]) -> list[tuple[str, str | None, datetime]]:
    return [(one.external_id, one.target, one.since) for one in found]


def test_what_can_still_be_saved_comes_first_then_what_is_past_due(waiting: Connection) -> None:
    assert told(blocked(waiting, ALL, None, 9, at(4), past=True)) == [
        ("A", "feedback", at(1)),
        ("E", "answer", at(2)),
        ("B", "feedback", at(1)),
    ]


def test_the_longest_asked_is_on_the_critical_path_until_it_answers(waiting: Connection) -> None:
    codes = dict(rows(waiting, "SELECT department_id, code FROM facts.department"))

    def of_a(hours: float) -> Blocked:
        return next(one for one in blocked(waiting, ALL, None, 9, at(hours), True) if one.external_id == "A")

    assert (codes[of_a(4).department_id], of_a(4).since, of_a(4).limit_at) == ("BILL", at(1), at(5))
    assert (codes[of_a(6).department_id], of_a(6).since, of_a(6).limit_at) == ("NET", at(3), at(4))
    assert of_a(6).lead_department_id == of_a(4).department_id


def test_counts_by_department_lead_to_their_complaints(waiting: Connection) -> None:
    found = blockers(waiting, ALL, at(6))
    assert [(one.complaints, one.oldest_at) for one in found] == [(2, at(2)), (1, at(1))]
    for one in found:
        assert len(blocked(waiting, ALL, one.department_id, 9, at(6))) == one.complaints


@pytest.mark.parametrize(("now", "past"), [(AMID, True), (NOW, False)])
def test_who_blocks_is_who_holds_it_by_the_rules_of_attribution(
    board: Connection, now: datetime, past: bool
) -> None:
    settle(board, some_lives(21))
    found = blocked(board, ALL, None, 999, now, past)
    assert found
    held = {one.complaint_id: one for one in attributions(board, [one.complaint_id for one in found], now)}
    for one in found:
        (mine,) = (
            part
            for part in held[one.complaint_id].parts
            if (part.holder, part.department_id) == ("co_owner", one.department_id)
        )
        assert mine.seconds >= (now - one.since).total_seconds() > 0

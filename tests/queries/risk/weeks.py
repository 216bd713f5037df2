"""Weeks of complaints from which breach risk can be learned."""

from datetime import timedelta

from sqlalchemy import Connection, text

from queries.risk.backtest import Trial, run_trial
from queries.risk.clocks import HISTORY, read_history
from queries.risk.places import read_places
from queries.risk.quality import Quality, measure
from tests.build import at, complaint, derive, organisation, take, together

CUT, NOW = at(days=5), at(days=7, hours=2, minutes=1)


def week(conn: Connection, until: float = 7.0, late_every: int = 4) -> None:
    """A tier-2 complaint each half hour until that day; of each `late_every` one first contact is late, in
    Billing of each second."""
    organisation(conn)
    batches = []
    for number in range(int(until * 48)):
        since, bills = at(minutes=30 * number), number % 3 == 0
        late = number % (2 if bills else late_every) == 0
        contact = since + timedelta(minutes=14 if late else 2 + number % 7)
        seen = [("first_contact", contact, None)] if contact <= at(days=until) else []
        batches.append(complaint(f"P{number}", since, *seen, department="BILL" if bills else "NET"))
    take(conn, together(batches))
    derive(conn)


def tried(conn: Connection) -> Trial:
    clocks = read_history(conn, NOW - HISTORY, NOW)
    return run_trial(clocks, read_places(conn, clocks), NOW.timestamp(), CUT.timestamp(), 0)


def measured(conn: Connection) -> Quality:
    found = measure(tried(conn), NOW.timestamp())
    assert found is not None
    return found


def floor(conn: Connection, count: int, late_every: int = 4) -> None:
    """As many tier-2 complaints of the past week; of each `late_every` one first contact comes too late."""
    organisation(conn)
    batches = []
    for number in range(count):
        since = at(minutes=150 * number % (7 * 24 * 60))
        late = number % late_every == 0
        contact = since + timedelta(minutes=14 if late else 4 + number % 5)
        batches.append(complaint(f"P{number}", since, ("first_contact", contact, None)))
    take(conn, together(batches))
    derive(conn)


def kinds(conn: Connection, every: int = 180) -> None:
    """Of one category all first contacts come late, of the other none; too few in each department to see it
    there, and the departments take turns."""
    organisation(conn)
    batches = []
    for number in range(80):
        since, is_hard = at(minutes=every * number), number % 4 >= 2
        contact = since + timedelta(minutes=25 if is_hard else 9)
        seen = [(name, contact, None) for name in ("first_contact", "verification_started", "feedback")]
        where = {"department": "BILL" if number % 2 else "NET", "category": "hard" if is_hard else "easy"}
        batches.append(complaint(f"P{number}", since, *seen, **where))
    take(conn, together(batches))
    derive(conn)


def numbers(conn: Connection, p: float = 0.25) -> None:
    """For everything that is open, as if it had been learned."""
    conn.execute(text("DELETE FROM derived.risk"))
    conn.execute(
        text(
            "INSERT INTO derived.risk SELECT complaint_id, target, party_id, episode, :p, 8, 32, 'target', "
            "1, started_at, region_id FROM derived.deadline WHERE met_at IS NULL AND cancelled_at IS NULL"
        ),
        {"p": p},
    )

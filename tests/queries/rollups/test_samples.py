"""What was written down at T is what deriving from what was known at T gives, read as of T."""

from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import Connection, Engine, text

from queries.clocks import write
from queries.clocks.derive import read_facts
from queries.clocks.outcome import Rows, decide
from queries.clocks.rebuild import NEXT
from queries.intake.facts import Batch, NewComplaint, Observation
from queries.policies.history import PolicyHistory, apply_policy, load_policy_history
from queries.rollups import samples
from queries.rollups.samples import ProvinceCounts
from tests.build import MONDAY, at, complaint, derive, organisation, rows, take
from tests.queries.random_lives import PAUSING, lives

STRICTER = PAUSING.replace('budget = "10m"', 'budget = "2m"').replace('budget = "2h"', 'budget = "20m"')
APPLIED = at(days=2, hours=7)
STOPS = tuple(at(hours=hours) for hours in range(3, 9 * 24, 9))


def late(random: Random, happened: datetime, batch: Batch) -> list[tuple[datetime, Batch]]:
    """When the board learns of it: mostly at once, some hours or days late, the parts of one out of order."""
    delay = random.choice((0, 0, 0, 5, 3_000, 40_000, 170_000))
    if not batch.complaints:
        return [(happened + timedelta(seconds=delay), batch)]
    told = [*batch.complaints]
    later = timedelta(seconds=delay + random.choice((0, 20_000)))
    known = happened + timedelta(seconds=delay), Batch(observations=batch.observations)
    if random.random() < 0.2:  # at first with a reception that turns out to have been earlier
        wrong = [one._replace(received_at=one.received_at + timedelta(hours=2)) for one in told]
        first = happened + timedelta(hours=2), Batch(complaints=wrong)
        return [known, first, (happened + timedelta(hours=2) + later, Batch(complaints=told))]
    return [known, (happened + later, Batch(complaints=told))]


@pytest.fixture(params=[11, 12, 13])
def sampled(engine: Engine, request: pytest.FixtureRequest) -> Engine:
    """Facts come late and out of order, a policy changes in between, and each stop is written down."""
    random = Random(request.param)
    coming = [told for timed in lives(request.param, 50) for told in late(random, timed.at, timed.batch)]
    coming.sort(key=lambda one: one[0])
    with engine.begin() as conn:
        organisation(conn)
        apply_policy(conn, PAUSING, at(days=-30), "test", move_open=False)
    applied = False
    for stop in STOPS:
        with engine.begin() as conn:
            if not applied and stop > APPLIED:
                apply_policy(conn, STRICTER, APPLIED, "test", move_open=False)
                applied = True
            while coming and coming[0][0] <= stop:
                recorded, batch = coming.pop(0)
                take(conn, batch, now=recorded)
            derive(conn)
            assert samples.sample(conn, stop, stop + timedelta(seconds=3)) > 0
    return engine


def known_at(conn: Connection, moment: datetime) -> tuple[ProvinceCounts, ...]:
    """As of `moment`, derived from what was recorded by then under the policies of then."""
    for table in write.TABLES:
        conn.execute(text(f"CREATE TABLE {NEXT}.{table.name} (LIKE derived.{table.name} INCLUDING ALL)"))
    ids = [int(str(one)) for (one,) in rows(conn, "SELECT complaint_id FROM facts.complaint")]
    history = load_policy_history(conn)
    versions = [one for one in history.versions if one.applied_at <= moment.timestamp()]
    derived, then = Rows(), PolicyHistory(versions, history.regions, history.sources)
    for facts in read_facts(conn, ids, moment):
        decide(facts, then, derived)
    write.write(conn, ids, derived, NEXT)
    conn.execute(text("ALTER SCHEMA derived RENAME TO derived_now"))
    conn.execute(text(f"ALTER SCHEMA {NEXT} RENAME TO derived"))
    return samples.counted(conn, None, moment, past=True)


def test_a_sample_is_what_was_known_read_as_of_its_instant(sampled: Engine) -> None:
    """And late facts did make a difference, or there would be nothing to tell apart."""
    moved = 0
    for stop in STOPS:
        with sampled.connect() as conn:
            written = samples.recorded(conn, None, stop)
            assert written is not None
            assert written.shown_at == stop + timedelta(seconds=3)
            moved += samples.counted(conn, None, written.shown_at, past=True) != written.counts
            assert known_at(conn, written.shown_at) == written.counts
            conn.rollback()
    assert moved > len(STOPS) / 3


def test_an_earlier_reception_that_is_told_later_does_not_reach_back_to_what_was_known(
    conn: Connection,
) -> None:
    organisation(conn)
    take(conn, complaint("A", at(2)), now=at(2))
    take(conn, Batch(complaints=[NewComplaint("A", MONDAY)]), now=at(5))
    ids = [int(str(one)) for (one,) in rows(conn, "SELECT complaint_id FROM facts.complaint")]
    seen = [read_facts(conn, ids, moment)[0].received_at for moment in (at(2), at(4), at(5), None)]
    assert seen == [int(one.timestamp()) for one in (at(2), at(2), MONDAY, MONDAY)]


def test_until_its_reception_is_told_a_complaint_was_known_from_its_first_observation(
    conn: Connection,
) -> None:
    organisation(conn)
    take(conn, Batch(observations=[Observation("A", "tier", at(3), "2")]), now=at(3))
    take(conn, Batch(observations=[Observation("A", "region", at(2), "GD-01")]), now=at(4))
    take(conn, Batch(complaints=[NewComplaint("A", at(1))]), now=at(6))
    ids = [int(str(one)) for (one,) in rows(conn, "SELECT complaint_id FROM facts.complaint")]
    seen = [read_facts(conn, ids, moment)[0].received_at for moment in (at(3), at(5), at(6), None)]
    assert seen == [int(one.timestamp()) for one in (at(3), at(2), at(1), at(1))]


def test_a_quiet_floor_is_written_down_too(conn: Connection) -> None:
    organisation(conn)
    assert samples.sample(conn, MONDAY, MONDAY) == 3  # two provinces, and no region
    assert samples.is_sampled(conn, MONDAY)
    written = samples.recorded(conn, None, MONDAY)
    assert written is not None
    assert {one.open_complaints for one in written.counts} == {0}


def test_the_first_sample_of_a_minute_is_kept(conn: Connection) -> None:
    organisation(conn)
    samples.sample(conn, MONDAY, MONDAY)
    take(conn, complaint("A", MONDAY))
    derive(conn)
    assert samples.sample(conn, MONDAY, at(minutes=0.5)) == 0


def test_samples_are_of_whole_provinces(conn: Connection) -> None:
    organisation(conn)
    take(conn, complaint("A", MONDAY), complaint("B", MONDAY, region="GD"), complaint("C", region="BJ-01"))
    derive(conn)
    guangdong = int(str(rows(conn, "SELECT region_id FROM facts.region WHERE code = 'GD'")[0][0]))
    samples.sample(conn, at(1), at(1))
    written = samples.recorded(conn, (guangdong,), at(1))
    assert written is not None
    # Two first contacts are past due; two verifications fall due in exactly an hour, which is within it.
    assert written.counts == (ProvinceCounts(guangdong, 2, 0, 2, 2, 0, 0, 0),)
    assert samples.counted(conn, (guangdong,), at(1), past=True) == written.counts
    assert samples.recorded(conn, None, at(2)) is None
    assert samples.nearest(conn, at(2)) == (at(1), None)


def test_what_stays_the_same_is_not_written_again(conn: Connection) -> None:
    """Every minute is there all the same, and shows what it showed."""
    organisation(conn)
    take(conn, complaint("A", MONDAY, tier=None))
    derive(conn)
    shown = {}
    for minute in range(30):
        if minute == 20:
            take(conn, complaint("B", at(minutes=20), tier=None))
            derive(conn)
        now = at(minutes=minute, hours=1)
        samples.sample(conn, now, now + timedelta(seconds=2))
        shown[now] = samples.counted(conn, None, now + timedelta(seconds=2))
    assert rows(conn, "SELECT count(*) FROM journal.board_sample") == [(4,)]  # three regions, then one anew
    assert rows(conn, "SELECT count(*) FROM journal.sampled_minute") == [(30,)]
    for now, counts in shown.items():
        assert samples.recorded(conn, None, now) == samples.Sample(now + timedelta(seconds=2), counts)


def test_a_minute_that_nobody_wrote_down_shows_nothing_of_the_one_before(conn: Connection) -> None:
    organisation(conn)
    samples.sample(conn, MONDAY, MONDAY)
    samples.sample(conn, at(minutes=2), at(minutes=2))
    assert samples.recorded(conn, None, at(minutes=1)) is None
    assert samples.nearest(conn, at(minutes=1)) == (MONDAY, at(minutes=2))


def test_a_late_process_does_not_write_a_minute_before_the_last(conn: Connection) -> None:
    organisation(conn)
    samples.sample(conn, at(minutes=2), at(minutes=2))
    assert samples.is_sampled(conn, at(minutes=1))
    assert samples.sample(conn, at(minutes=1), at(minutes=1)) == 0
    assert samples.recorded(conn, None, at(minutes=1)) is None


def test_what_is_no_province_any_more_has_nothing_from_then_on(conn: Connection) -> None:
    organisation(conn)
    take(conn, complaint("A", MONDAY, region="BJ"))
    derive(conn)
    samples.sample(conn, at(1), at(1))
    beijing = int(str(rows(conn, "SELECT region_id FROM facts.region WHERE code = 'BJ'")[0][0]))
    conn.execute(
        text("UPDATE facts.region SET parent_id = region_id - 2 WHERE region_id = :b"), {"b": beijing}
    )
    samples.sample(conn, at(2), at(2))
    then, now = (samples.recorded(conn, (beijing,), at(hours)) for hours in (1, 2))
    assert then is not None
    assert now is not None
    assert [one.open_complaints for one in (*then.counts, *now.counts)] == [1, 0]

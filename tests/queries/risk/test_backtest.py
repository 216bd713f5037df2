"""The past split by time: nothing later is known before it, and every figure is what counting gives."""

import json
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, text

from jobs.sources.simulator import Simulation, fill
from queries.intake.replay import start_clock
from queries.rates import wilson
from queries.risk.backtest import Trial, try_out
from queries.risk.clocks import HISTORY, Clocks, read_history
from queries.risk.learning import as_json, learn_again
from queries.risk.model import learn
from queries.risk.places import read_places
from queries.risk.quality import FEWEST, Group, Quality, from_json, measure
from tests.build import MONDAY, at, complaint, derive, organisation, rows, take
from tests.queries.risk.slow_risk import _wilson as wilson_by_roots

CUT, NOW = at(days=5), at(days=7, hours=2, minutes=1)


def week(conn: Connection, until: float = 7.0, late_every: int = 4) -> None:
    """A tier-2 complaint each half hour until that day; of each `late_every` one first contact is late, in
    Billing of each second."""
    organisation(conn)
    for number in range(int(until * 48)):
        since, bills = at(minutes=30 * number), number % 3 == 0
        late = number % (2 if bills else late_every) == 0
        contact = since + timedelta(minutes=14 if late else 2 + number % 7)
        seen = [("first_contact", contact, None)] if contact <= at(days=until) else []
        take(conn, complaint(f"P{number}", since, *seen, department="BILL" if bills else "NET"))
    derive(conn)


def tried(conn: Connection) -> Trial:
    clocks = read_history(conn, NOW - HISTORY, NOW)
    return try_out(clocks, read_places(conn, clocks), NOW.timestamp(), CUT.timestamp(), 0)


def measured(conn: Connection) -> Quality:
    found = measure(tried(conn), NOW.timestamp())
    assert found is not None
    return found


def test_what_comes_after_the_cut_changes_nothing_that_was_learned(conn: Connection) -> None:
    """Not the deadlines met since then, not those that began since, not what moved to another department."""
    week(conn, until=5)
    known = read_history(conn, CUT - HISTORY, CUT)
    then = learn(known.measured(CUT.timestamp()), known.ended, int(CUT.timestamp()), 0)
    for number in range(200, 240):  # received before the cut: their feedback is still open
        moved = [("department", at(days=5, hours=1), "BILL"), ("feedback", at(days=5, hours=2), None)]
        moved += [("tier", at(days=5, hours=3), "1"), ("status", at(days=5, hours=4), "closed")]
        take(conn, complaint(f"P{number}", at(minutes=30 * number), *moved))
    take(conn, *(complaint(f"N{number}", at(days=5, minutes=number + 1)) for number in range(120)))
    derive(conn)
    now = tried(conn).curves
    assert now.tree == then.tree
    assert (now.learned_from, now.left_out) == (then.learned_from, then.left_out)
    for name in ("settled", "breached", "longest"):
        np.testing.assert_array_equal(getattr(now, name), getattr(then, name))
    np.testing.assert_allclose(now.p, then.p)


def test_a_question_sees_tier_and_department_as_they_were(conn: Connection) -> None:
    organisation(conn)
    moves = [("department", at(days=6, hours=10), "BILL"), ("feedback", at(days=6, hours=23), None)]
    take(conn, complaint("A", at(days=6), *moves))
    derive(conn)
    asked = tried(conn).asked
    codes = {number: code for code, number in rows(conn, "SELECT code, department_id FROM facts.department")}
    feedback = np.asarray(asked.unmet.target) == "feedback"
    assert [codes[number] for number in np.asarray(asked.unmet.department)[feedback]] == [
        "NET", "NET", "BILL", "BILL",
    ]  # fmt: skip
    hours = (asked.at[feedback] - at(days=6).timestamp()) / 3600
    assert hours.tolist() == [0, 6, 12, 18]


def test_a_question_does_not_see_the_hand_off_that_comes_with_the_end(conn: Connection) -> None:
    """Whoever answers and closes a complaint moves it to Billing in the same update."""
    organisation(conn)
    end = at(days=6, hours=23)
    done = [("department", end, "BILL"), ("feedback", end, None), ("status", end, "closed")]
    take(conn, complaint("A", at(days=6), *done))
    derive(conn)
    asked = tried(conn).asked
    codes = {number: code for code, number in rows(conn, "SELECT code, department_id FROM facts.department")}
    feedback = np.asarray(asked.unmet.target) == "feedback"
    assert [codes[number] for number in np.asarray(asked.unmet.department)[feedback]] == ["NET"] * 4


SCRAMBLE = """
UPDATE facts.complaint_event e SET recorded_at = clock_timestamp(), source_seq = 1000 + place,
    happened_at = CAST(:at AS timestamptz) + {moved}
FROM (SELECT e.*, row_number() OVER (PARTITION BY complaint_id ORDER BY happened_at, e.source_seq) AS place
      FROM facts.complaint_event e JOIN facts.complaint c USING (complaint_id)
      WHERE received_at <= :at AND happened_at > :at) o
WHERE (e.complaint_id, e.party_id, e.field, e.happened_at, e.source_seq, e.origin)
    = (o.complaint_id, o.party_id, o.field, o.happened_at, o.source_seq, o.origin);
INSERT INTO facts.complaint_event (complaint_id, field, happened_at, source_seq, value)
SELECT complaint_id, CAST(field AS facts.observed), happened_at, 1000000 + row_number() OVER (), told
FROM (SELECT complaint_id, happened_at, random() AS chance,
             CAST((SELECT min(department_id) FROM facts.department) + floor(random() * 12) AS text) AS value
      FROM facts.complaint_event JOIN facts.complaint USING (complaint_id)
      WHERE received_at <= :at AND happened_at > :at) later,
     LATERAL (VALUES ('department', later.value),
                     ('tier', CASE WHEN chance < 0.1 THEN '1' END), ('status', {closed})) of (field, told)
WHERE told IS NOT NULL;
INSERT INTO derived.dirty (complaint_id) SELECT complaint_id FROM facts.complaint
"""


@pytest.mark.parametrize(
    ("moved", "closed"),
    [
        ("(e.happened_at - :at) * (0.2 + 1.6 * random())", "CAST(NULL AS text)"),
        ("(1 + e.complaint_id % 97) * interval '20 min'", "'closed'"),
    ],
    ids=["sooner or later", "all at once, with the end"],
)
def test_nothing_that_happens_after_a_question_moves_its_number(
    engine: Engine, moved: str, closed: str
) -> None:
    """From an instant on all comes at other times, and every update hands its complaint to somebody."""
    now, then, cut = at(days=12), at(days=10), at(days=8.5)
    with engine.begin() as conn:
        start_clock(conn, now, 0.001)
    for _ in fill(engine, Simulation(1, 12.0), 5):
        pass
    told = []
    for statement in (
        "SELECT CAST(:at AS timestamptz)",
        f"SELECT setseed(0.5); {SCRAMBLE.format(moved=moved, closed=closed)}",
    ):
        with engine.begin() as conn:
            for part in statement.split(";"):
                conn.execute(text(part), {"at": then} if ":at" in part else {})
            derive(conn)
            clocks = read_history(conn, now - HISTORY, now)
            trial = try_out(clocks, read_places(conn, clocks), now.timestamp(), cut.timestamp(), 0)
        told.append((clocks, trial))
    (before, one), (after, other) = told
    assert (np.asarray(one.curves.p) == other.curves.p).all()
    found, again = answered(before, one, then.timestamp()), answered(after, other, then.timestamp())
    both = found.keys() & again.keys()
    assert len(both) > 300
    assert {key: found[key] for key in both} == {key: again[key] for key in both}
    ends = [
        dict(zip(zip(*clocks.keys[:4], strict=True), clocks.similar[1], strict=True)) for clocks, _ in told
    ]
    assert sum(ends[0][key[:4]] != ends[1][key[:4]] for key in both) > 100


def answered(clocks: Clocks, trial: Trial, until: float) -> dict[tuple[object, ...], object]:
    """By deadline and instant: what the questions saw and were told, of those asked by then."""
    asked, keys = trial.asked, [column[trial.asked.rows] for column in clocks.keys[:4]]
    seen = (np.asarray(column) for column in (*asked.unmet.similar, asked.unmet.used, asked.unmet.budget))
    told = list(zip(*seen, np.nan_to_num(trial.p, nan=-1), strict=True))
    places = zip(zip(*keys, asked.at.tolist(), strict=True), told, strict=True)
    return {key: said for key, said in places if float(str(key[4])) <= until}


def by_hand(breached: Sequence[bool], p: Sequence[float]) -> tuple[float, float, float, float, float]:
    """AUC over all pairs; precision at each late one, ties together; Brier; ten bins; the riskiest tenth."""
    late, fine = (
        [one for one, was in zip(p, breached, strict=True) if was is side] for side in (True, False)
    )
    pairs = sum((a > b) + (a == b) / 2 for a in late for b in fine) / (len(late) * len(fine))
    precision = [
        sum(was for was, two in zip(breached, p, strict=True) if two >= one) / sum(two >= one for two in p)
        for one in late
    ]
    brier = sum((one - was) ** 2 for one, was in zip(p, breached, strict=True)) / len(p)
    order = sorted(range(len(p)), key=lambda row: p[row])
    ends = np.cumsum([len(p) // 10 + (number < len(p) % 10) for number in range(10)])
    bins = [order[end - size : end] for end, size in zip(ends, np.diff([0, *ends]), strict=True)]
    alike = [[was for was, other in zip(breached, p, strict=True) if other == one] for one in p]
    share = [sum(some) / len(some) for some in alike]  # of those with the same p: their order says nothing
    off = sum(abs(sum(share[row] - p[row] for row in one)) for one in bins) / len(p)
    top = sorted(range(len(p)), key=lambda row: -p[row])[: len(p) // 10]
    return pairs, sum(precision) / len(late), brier, off, sum(share[row] for row in top) / len(top)


def test_the_figures_are_those_that_counting_gives(conn: Connection) -> None:
    week(conn)
    trial, found = tried(conn), measured(conn)
    told = np.isfinite(trial.p)
    breached, p = trial.asked.breached[told].tolist(), trial.p[told].tolist()
    ours = found.ways[0]
    assert (ours.auc, ours.average_precision, ours.brier, ours.calibration, ours.riskiest) == pytest.approx(
        by_hand(breached, p)
    )
    assert (found.questions, found.told, found.breached) == (len(trial.p), len(p), sum(breached))
    age = (np.asarray(trial.asked.unmet.used) / np.asarray(trial.asked.unmet.budget)).tolist()
    left = (trial.asked.at - np.asarray(trial.asked.unmet.due_at)).tolist()
    ranked = {way.name: way for way in found.of_all}
    every = trial.asked.breached.tolist()
    assert ranked["share_used"].auc == pytest.approx(by_hand(every, age)[0])
    assert ranked["next_due_first"].auc == pytest.approx(by_hand(every, left)[0])
    assert ranked["share_used"].brier is ranked["next_due_first"].calibration is None
    assert sum(one.questions for one in found.bins) == sum(one.questions for one in found.tenths) == len(p)
    assert sum(one.said * one.questions for one in found.bins) == pytest.approx(sum(p))


def test_groups_add_up_and_know_which_department_is_worse(conn: Connection) -> None:
    week(conn)
    found = measured(conn)
    for groups in (found.targets, found.tiers, found.departments):
        assert sum(group.questions for group in groups) == found.told
        assert sum(group.breached for group in groups) == found.breached
    codes = dict(rows(conn, "SELECT code, department_id FROM facts.department"))
    share = {group.key: group.expected / group.questions for group in found.departments}
    assert share[codes["BILL"]] > share[codes["NET"]]
    assert [group.key for group in found.tiers] == [2]


def test_a_group_with_one_outcome_or_few_questions_has_no_auc(conn: Connection) -> None:
    week(conn)
    done = ("first_contact", at(days=6, minutes=1), None)
    take(conn, complaint("T1", at(days=6), done, tier=1, department=None))
    derive(conn)
    found = measured(conn)
    verification = next(group for group in found.targets if group.key == "verification")
    assert verification.breached == verification.questions >= FEWEST  # nobody ever began one
    assert verification.auc is None
    assert verification.brier is not None
    small = next(group for group in found.departments if group.key is None)
    assert small.questions < FEWEST
    assert (small.auc, small.brier) == (None, None)


def test_what_a_run_stored_is_read_back_and_an_old_run_has_none(conn: Connection) -> None:
    week(conn)
    said = json.loads(json.dumps(as_json(learn_again(conn, NOW))))
    found = from_json(said["quality"])
    assert found.ways[0].auc == pytest.approx(said["trial"]["auc"])
    assert isinstance(found.targets[0], Group)
    assert rows(conn, "SELECT scores->'quality'->'told' FROM journal.risk_curve") == [(found.told,)]


def test_nothing_to_ask_and_nothing_learned_give_no_figures(conn: Connection) -> None:
    organisation(conn)
    take(conn, *(complaint(f"P{number}", MONDAY) for number in range(9)))
    derive(conn)
    trial = tried(conn)
    assert (trial.settled, len(trial.p)) == (27, 0)
    assert measure(trial, NOW.timestamp()) is None


@pytest.mark.parametrize(("k", "n"), [(0, 30), (15, 60), (30, 30), (1, 1000)])
def test_the_interval_of_a_share_is_wilsons(k: int, n: int) -> None:
    low, high = wilson(np.array(k / n), np.array(float(n)), 1.0)
    assert (float(low), float(high)) == pytest.approx(wilson_by_roots(k / n, n))

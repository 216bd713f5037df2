"""Breach risk by hand, against a slow count row by row, and with everything that history can get wrong."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.risk_records import boston, instant, shots
from queries.risk.curves import EDGES, Curves, Tuning, from_bytes
from queries.risk.groups import LEVELS
from queries.risk.model import DAY, Deadlines, Ended, Risk, afresh, learn, predict
from queries.risk.scores import scores
from queries.risk.spells import Spells, put_together
from tests.queries.risk.slow_risk import Answer, Row, SlowRisk

HOUR = 3600
NOW = 20_000 * DAY
BUDGET = 100 * HOUR
EVEN = Tuning(rhythm=False, half_life_days=float("inf"))
Similar = tuple[int | str | None, ...]
ALL: Similar = ("feedback", None, None, None, None)


def row(
    used: int,
    met: bool = False,
    days: int = 60,
    budget: int = BUDGET,
    similar: tuple[int | str | None, ...] = ALL,
) -> Row:
    started = NOW - days * DAY
    return Row(similar, started, started + budget, budget, used, met)


def columns(rows: Sequence[Row]) -> Deadlines:
    similar = list(zip(*(one.similar for one in rows), strict=True)) or [()] * len(LEVELS)
    numbers = ([getattr(one, name) for one in rows] for name in ("started", "due", "budget", "used"))
    return Deadlines(*similar, *numbers)


def learned(rows: Sequence[Row], tuning: Tuning = EVEN) -> Curves:
    ended = [Ended.MET if one.met else Ended.CANCELLED for one in rows]
    return learn(columns(rows), ended, NOW, tuning=tuning, spells=spells(rows))


def spells(rows: Sequence[Row]) -> Spells:
    moved = [(place, used, where) for place, one in enumerate(rows) for used, where in one.moved]
    parts = [[(place, 0, one.similar) for place, one in enumerate(rows)], moved]
    found = [
        Spells(
            np.array([place for place, _, _ in part], dtype=np.int64),
            np.array([used for _, used, _ in part], dtype=np.float64),
            np.array([where[1] for _, _, where in part], dtype=object),
            np.array([where[2] for _, _, where in part], dtype=object),
        )
        for part in parts
    ]
    return put_together(found, np.array([one.used for one in rows], dtype=np.float64))


def ask(curves: Curves, *rows: Row) -> Risk:
    return predict(curves, columns(rows))


def answers(risk: Risk) -> list[Answer]:
    columns = zip(risk.p.tolist(), risk.k.tolist(), risk.n.tolist(), risk.level.tolist(), strict=True)
    return [Answer(None if np.isnan(p) else p, k, n, level) for p, k, n, level in columns]


def nothing(risk: Risk) -> bool:
    return answers(risk) == [Answer(None)] * len(risk.p)


HALF_LATE = [row(10 * HOUR, met=True)] * 30 + [row(BUDGET + 1, met=True)] * 30


def test_half_breached_and_later_all_that_were_left() -> None:
    risk = ask(learned(HALF_LATE), row(0), row(50 * HOUR))
    assert answers(risk) == [Answer(pytest.approx(0.5), 30, 60, 0), Answer(pytest.approx(1.0), 30, 30, 0)]


def test_a_second_try_has_the_time_that_is_left() -> None:
    """What is met is met at a tenth of the budget: with half of it left every second new one is met, with a
    twentieth left none."""
    unmet = columns([row(0), row(50 * HOUR), row(95 * HOUR), row(BUDGET + 1)])
    curves = learned(HALF_LATE)
    found = afresh(curves, unmet, predict(curves, unmet).p)
    assert found[:3].tolist() == pytest.approx([0.5, 0.5, 1.0])
    assert np.isnan(found[3])


def test_a_second_try_at_a_quiet_hour_has_less_of_the_week_left() -> None:
    """All is met in the hour after 08:00: of two with two hours left, one has that hour still before it."""
    day = NOW - 60 * DAY
    past = [
        Row(ALL, day + hour * HOUR, day + hour * HOUR + DAY, DAY, (32 - hour) % 24 * HOUR + 600, True)
        for hour in range(24)
        for _ in range(9)
    ] + [Row(ALL, day, day + DAY, DAY, DAY + 1, True)] * 40
    curves = learned(past, Tuning(half_life_days=float("inf")))
    before, after = (
        Row(ALL, day + hour * HOUR - 22 * HOUR, day + hour * HOUR + 2 * HOUR, DAY, 22 * HOUR, False)
        for hour in (7, 10)
    )
    unmet = columns([before, after])
    found = afresh(curves, unmet, np.array([0.5, 0.5]))
    assert found[0] < found[1]


def test_what_was_cancelled_early_does_not_count_as_met() -> None:
    cancelled = [row(5 * HOUR)] * 40
    with_them = ask(learned(HALF_LATE + cancelled), row(0))
    assert answers(with_them) == [Answer(pytest.approx(0.5), 30, 60, 0)]


def test_a_third_met_in_one_step_and_half_of_the_rest_in_another() -> None:
    """Kaplan–Meier by hand: 90 at risk, 30 met; 20 censored; 40 at risk, 20 met; 20 breach."""
    past = (
        [row(10 * HOUR, met=True)] * 30
        + [row(30 * HOUR)] * 20
        + [row(60 * HOUR, met=True)] * 20
        + [row(BUDGET + 1)] * 20
    )
    free = replace(EVEN, errors=1e6)
    p = ask(learned(past, free), row(0), row(20 * HOUR), row(65 * HOUR)).p
    assert p[:2].tolist() == pytest.approx([2 / 3 * 1 / 2, 1 / 2])
    assert np.isnan(p[2])  # twenty are left: too few


def test_a_hand_off_counts_where_it_was_and_what_comes_late_to_a_place_only_from_there_on() -> None:
    """Dispatch (1) hands everything on at 40 h; half is met by the field (2) at 60 h, the rest breaches."""
    passed_on = ((40 * HOUR, similar(2, 2, None, None)),)
    met = row(60 * HOUR, met=True, similar=similar(2, 1, None, None))._replace(moved=passed_on)
    late = row(BUDGET + 1, similar=similar(2, 1, None, None))._replace(moved=passed_on)
    curves = learned([met] * 40 + [late] * 40)
    young, there, old = (
        row(used, similar=similar(2, department, None, None))
        for used, department in ((0, 1), (50 * HOUR, 2), (70 * HOUR, 2))
    )
    found = answers(ask(curves, young, there, old))
    assert [one[1:] for one in found] == [(40, 80, 2), (40, 80, 2), (40, 40, 2)]
    assert found[1].p == pytest.approx(0.5)
    early = answers(ask(curves, young._replace(similar=similar(2, 2, None, None))))
    assert early[0][1:] == (40, 80, 1)  # nothing so young was ever in the field: its tier answers


def test_an_end_that_comes_with_a_hand_off_belongs_to_where_it_was() -> None:
    """Whoever closes a complaint puts it into the archive (9): no question ever stood there."""
    archived = ((30 * HOUR, similar(2, 9, None, None)),)
    past = [row(30 * HOUR, met=True, similar=similar(2, 1, None, None))._replace(moved=archived)] * 40
    past += [row(BUDGET + 1, similar=similar(2, 1, None, None))] * 40
    curves = learned(past)
    (found,) = answers(ask(curves, row(0, similar=similar(2, 1, None, None))))
    assert found[1:] == (40, 80, 2)
    assert found.p == pytest.approx(0.5)
    assert [group.value for group in curves.tree.groups] == ["feedback", 2, 1]


def test_met_exactly_at_its_due_time_is_on_time() -> None:
    past = [row(BUDGET, met=True)] * 40
    assert answers(ask(learned(past), row(0))) == [Answer(pytest.approx(0.0), 0, 40, 0)]


@pytest.mark.parametrize(("seed", "hands"), [(0, 0), (1, 0), (4, 3)])
def test_every_answer_is_that_of_a_slow_count(seed: int, hands: int) -> None:
    draw = random.Random(seed)
    past = [_handed_on(draw, _drawn(draw), hands) for _ in range(1200)]
    questions = [_running(_drawn(draw)) for _ in range(60)]
    questions += [
        row(0),
        row(0, budget=80 * HOUR),
        row(0, budget=72 * HOUR, similar=similar(2, 7, "new", None)),
    ]
    slow = SlowRisk(past, NOW)
    found = answers(ask(learned(past, Tuning()), *questions))
    expected = [slow.ask(one) for one in questions]
    assert [one[1:] for one in found] == [one[1:] for one in expected]
    assert [one.p for one in found] == [one.p if one.p is None else pytest.approx(one.p) for one in expected]
    assert {one.level for one in found} >= {-1, 0, 1, 2, 3}


def _drawn(draw: random.Random) -> Row:
    similar = (
        draw.choice(["feedback", "feedback", "feedback", "plan"]),
        draw.choice([2, 2, 1, None]),
        draw.choice([7, 7, 8, None]),
        draw.choice(["billing", "billing", "network"]),
        draw.choice(["rare" + str(draw.randrange(20)), "common", "common", None]),
    )
    budget = draw.choice([4, 24, 72]) * HOUR
    started = NOW - draw.randrange(1, 200 * 24) * HOUR
    used = round(budget * draw.choice([draw.random() ** 2, draw.random(), 1.5]))
    paused = draw.choice([0, 0, 0, HOUR])
    return Row(
        similar, started, started + budget + paused, budget, min(used, NOW - started), draw.random() < 0.8
    )


def _handed_on(draw: random.Random, one: Row, hands: int) -> Row:
    """To another tier or department, some with its end and some past due."""
    if not hands:
        return one
    used = sorted({*draw.sample(range(1, max(one.used, 9)), draw.randrange(hands)), one.used})
    return one._replace(
        moved=tuple(
            (instant, (one.similar[0], draw.choice([1, 2]), draw.choice([7, 8, 9]), *one.similar[3:]))
            for instant in used
        )
    )


def _running(one: Row) -> Row:
    return one._replace(used=min(one.used, one.budget))


@pytest.fixture(scope="module")
def mixed() -> Curves:
    draw = random.Random(11)
    return learned([_drawn(draw) for _ in range(3000)], Tuning())


def test_the_longer_it_waits_the_higher_its_risk_on_the_same_evidence(mixed: Curves) -> None:
    similar = ("feedback", 2, 8, "network", "common")
    used = [*range(0, 24 * HOUR, 600)]
    risk = ask(mixed, *(Row(similar, NOW - one, NOW - one + 24 * HOUR, 24 * HOUR, one) for one in used))
    same = np.flatnonzero(np.diff(risk.level) == 0)
    assert len(same) > 100
    assert (np.diff(risk.p)[same] >= -1e-12).all()


def test_more_breaches_in_the_past_mean_more_risk() -> None:
    late = [row(BUDGET + 1)]
    rising = [ask(learned(HALF_LATE + late * more), row(HOUR)).p[0] for more in range(0, 60, 10)]
    assert rising == sorted(rising)
    assert rising[0] < rising[-1]


def test_a_probability_never_contradicts_its_evidence(mixed: Curves) -> None:
    draw = random.Random(3)
    risk = ask(mixed, *(_running(_drawn(draw)) for _ in range(2000)))
    told = ~np.isnan(risk.p)
    p, share, n = risk.p[told], risk.k[told] / risk.n[told], risk.n[told]
    assert told.any()
    assert (np.abs(p - share) <= np.sqrt(p * (1 - p) / np.minimum(n, 100)) + 1e-9).all()
    assert (risk.n[told] >= 30).all()
    assert (risk.k <= risk.n).all()


def test_recent_history_weighs_more() -> None:
    better = [row(HOUR, met=True, days=10)] * 50 + [row(BUDGET + 1, days=300)] * 50
    worse = [row(HOUR, met=True, days=300)] * 50 + [row(BUDGET + 1, days=10)] * 50
    asked = [ask(learned(past, Tuning(rhythm=False)), row(0)) for past in (better, worse)]
    assert asked[0].p[0] < 0.47
    assert asked[1].p[0] > 0.53
    assert [(one.k[0], one.n[0]) for one in asked] == [(50, 100)] * 2


def test_below_thirty_there_is_no_number() -> None:
    assert nothing(ask(learned([row(HOUR, met=True)] * 29), row(0)))
    assert not nothing(ask(learned([row(HOUR, met=True)] * 30), row(0)))


def test_below_thirty_left_at_this_age_there_is_no_number() -> None:
    past = [row(HOUR, met=True)] * 100 + [row(BUDGET + 1)] * 29
    risk = ask(learned(past), row(0), row(50 * HOUR))
    assert risk.n.tolist() == [129, 0]
    assert nothing(ask(learned(past), row(50 * HOUR)))


def test_what_is_not_settled_is_no_evidence() -> None:
    """Met in time, but their due times are still to come: those that breach would be missing."""
    early = [row(HOUR, met=True, days=1)] * 50
    assert nothing(ask(learned(early), row(0)))
    assert ask(learned(early + HALF_LATE), row(0)).n.tolist() == [60]


def test_a_promise_longer_than_any_that_came_due_has_no_number() -> None:
    longer = [row(HOUR, budget=2 * BUDGET, met=True)] * 29
    assert nothing(ask(learned(HALF_LATE + longer), row(0, budget=2 * BUDGET)))
    assert not nothing(ask(learned([*HALF_LATE, *longer, longer[0]]), row(0, budget=2 * BUDGET)))


def similar(*values: int | str | None) -> Similar:
    return ("feedback", *values)


def test_a_department_seen_for_the_first_time_has_the_risk_of_its_tier() -> None:
    past = [one._replace(similar=similar(2, 7, "billing", "bill")) for one in HALF_LATE]
    past += [row(HOUR, met=True, similar=similar(1, 7, "billing", "bill"))] * 60
    found = answers(
        ask(learned(past), *(row(0, similar=similar(tier, 99, "billing", "bill")) for tier in (1, 2)))
    )
    assert [(one.k, one.n, LEVELS[one.level]) for one in found] == [(0, 60, "tier"), (30, 60, "tier")]


def test_a_category_with_one_complaint_has_the_risk_of_its_department() -> None:
    past = [one._replace(similar=similar(2, 7, "billing", None)) for one in HALF_LATE]
    past.append(row(BUDGET + 1, similar=similar(2, 7, "odd", None)))
    found = answers(ask(learned(past), row(0, similar=similar(2, 7, "odd", None))))
    assert [(one.k, one.n, LEVELS[one.level]) for one in found] == [(31, 61, "department")]


def test_a_small_kind_is_drawn_towards_its_category() -> None:
    category = [row(HOUR, met=True, similar=similar(2, 7, "billing", "usual"))] * 200
    kind = [row(BUDGET + 1, similar=similar(2, 7, "billing", "hard"))] * 40
    free = replace(EVEN, errors=1e6)
    hard, usual = ask(
        learned(category + kind, free),
        row(0, similar=similar(2, 7, "billing", "hard")),
        row(0, similar=similar(2, 7, "billing", "usual")),
    ).p
    assert 0.5 < hard < 0.95
    assert usual < 0.1


@pytest.mark.parametrize(
    "question",
    [
        row(0, budget=0),
        row(0, budget=round(-8.7 * HOUR)),
        row(0, budget=423_904 * HOUR),
        row(-1),
        row(BUDGET + 1),
        row(0, similar=("other", None, None, None, None)),
        row(0, similar=(None, None, None, None, None)),
    ],
)
def test_no_number_is_made_up_for(question: Row) -> None:
    assert nothing(ask(learned(HALF_LATE), question))


@pytest.mark.parametrize("name", ["started_at", "budget", "used"])
def test_a_time_that_is_not_known_gives_no_number(name: str) -> None:
    asked = replace(columns([row(0)]), **{name: [float("nan")]})
    assert nothing(predict(learned(HALF_LATE), asked))


def test_history_that_no_clock_can_have_made_is_left_out_and_counted() -> None:
    absurd = [
        row(HOUR, met=True, budget=round(-8.7 * HOUR)),
        row(HOUR, met=True, budget=0),
        row(-HOUR, met=True),
        row(HOUR, met=True, days=-1),  # started tomorrow
        row(80 * HOUR, met=True, days=2),  # met the day after tomorrow
        row(HOUR, met=True, similar=(None, None, None, None, None)),
    ]
    curves = learned(HALF_LATE + absurd)
    assert (curves.learned_from, curves.left_out) == (60, 6)
    assert answers(ask(curves, row(0))) == answers(ask(learned(HALF_LATE), row(0)))


def test_an_absurdly_long_budget_in_the_past_changes_nothing_much() -> None:
    forever = row(20 * HOUR, met=True, budget=423_904 * HOUR)
    found = answers(ask(learned([*HALF_LATE, forever], Tuning()), row(50 * HOUR)))
    assert [one[1:] for one in found] == [(30, 30, 0)]


@pytest.mark.parametrize("past", [[], [row(HOUR, met=True, days=-1)] * 50])
def test_without_history_there_is_no_number_and_no_error(past: list[Row]) -> None:
    curves = learned(past, Tuning())
    assert nothing(ask(curves, row(0), row(HOUR)))
    assert nothing(ask(from_bytes(curves.to_bytes()), row(0)))


def test_no_question_no_answer() -> None:
    assert answers(ask(learned(HALF_LATE))) == []


def test_a_month_without_data_is_no_error() -> None:
    past = [replaced for one in HALF_LATE for replaced in (one, one._replace(started=one.started - 90 * DAY))]
    past = [one._replace(due=one.started + one.budget) for one in past]
    assert ask(learned(past, Tuning()), row(0)).n.tolist() == [120]


def test_a_paused_deadline_goes_by_what_is_used() -> None:
    paused = replace(columns([row(50 * HOUR)]), due_at=[float("nan")])
    assert answers(predict(learned(HALF_LATE), paused)) == answers(ask(learned(HALF_LATE), row(50 * HOUR)))


def test_hours_in_which_nothing_is_met_hardly_count() -> None:
    """All is met from 9 to 17: a deadline due in the morning has used by midnight what it will use."""
    midnight = NOW - 60 * DAY
    past = [
        Row(ALL, midnight - day * DAY, midnight - (day - 1) * DAY, DAY, hour * HOUR, True)
        for day in range(1, 50)
        for hour in range(9, 17)
    ] + [row(DAY + 1, budget=DAY, days=90)] * 100
    curves = learned(past, replace(EVEN, rhythm=True, errors=1e6))
    evening = Row(ALL, NOW - 12 * HOUR, NOW + 12 * HOUR, DAY, 6 * HOUR)  # noon to noon, now 18 h
    night = evening._replace(used=12 * HOUR)
    p = ask(curves, evening, night).p
    even = ask(learned(past, replace(EVEN, errors=1e6)), evening, night).p
    assert 0 < p[1] - p[0] < (even[1] - even[0]) / 2


def test_the_rhythm_is_that_of_the_clocks_of_the_place() -> None:
    past = [row(hour * HOUR, met=True, days=60 + day) for day in range(20) for hour in range(9, 17)]
    ended = [Ended.MET] * len(past)
    home = learn(columns(past), ended, NOW)
    away = learn(columns(past), ended, NOW, utc_offset=8 * HOUR)
    assert np.roll(home.rhythm.weights, 8, axis=1).tolist() == away.rhythm.weights.tolist()
    found = [answers(predict(curves, columns([row(HOUR)]))) for curves in (home, away)]
    assert found[0] == [one._replace(p=pytest.approx(one.p)) for one in found[1]]


def test_the_order_of_rows_does_not_matter() -> None:
    draw = random.Random(5)
    past = [_drawn(draw) for _ in range(500)]
    questions = [_running(_drawn(draw)) for _ in range(50)]
    shuffled = draw.sample(past, len(past))
    one, other = (answers(ask(learned(rows, Tuning()), *questions)) for rows in (past, shuffled))
    assert [found[1:] for found in one] == [found[1:] for found in other]
    assert [found.p for found in one] == [
        found.p if found.p is None else pytest.approx(found.p, abs=1e-12) for found in other
    ]


def test_the_same_history_gives_the_same_bytes() -> None:
    assert learned(HALF_LATE, Tuning()).to_bytes() == learned(HALF_LATE, Tuning()).to_bytes()


def test_stored_curves_answer_as_before(mixed: Curves) -> None:
    draw = random.Random(8)
    questions = [_running(_drawn(draw)) for _ in range(500)]
    stored = from_bytes(mixed.to_bytes())
    before, after = answers(ask(mixed, *questions)), answers(ask(stored, *questions))
    assert [one[1:] for one in before] == [one[1:] for one in after]
    assert [one.p for one in before] == [
        one.p if one.p is None else pytest.approx(one.p, abs=1e-6) for one in after
    ]
    assert (stored.learned_at, stored.learned_from, stored.left_out, stored.tuning, stored.tree) == (
        mixed.learned_at, mixed.learned_from, mixed.left_out, mixed.tuning, mixed.tree,
    )  # fmt: skip
    assert stored.to_bytes() == from_bytes(stored.to_bytes()).to_bytes()


def test_departments_may_be_numbers_or_words_and_stay_apart() -> None:
    past = [one._replace(similar=similar(2, 7, None, None)) for one in HALF_LATE]
    past += [row(HOUR, met=True, similar=similar(2, "7", None, None))] * 60
    for curves in (learned(past), from_bytes(learned(past).to_bytes())):
        found = answers(ask(curves, *(row(0, similar=similar(2, one, None, None)) for one in (7, "7"))))
        assert [(one.k, one.n) for one in found] == [(30, 60), (0, 60)]


def test_a_column_of_numbers_with_gaps_is_the_same_column() -> None:
    past = columns([one._replace(similar=similar(2, 7, None, None)) for one in HALF_LATE])
    gaps = replace(past, tier=np.full(len(HALF_LATE), 2.0))
    for history in (past, gaps):
        curves = learn(history, [Ended.MET] * len(HALF_LATE), NOW, tuning=EVEN)
        asked = columns([row(0, similar=similar(2, 7, None, None))] * 2)
        risk = predict(curves, replace(asked, tier=[2.0, np.nan]))
        assert [LEVELS[level] for level in risk.level] == ["department", "target"]


def test_the_steps_reach_from_start_to_due() -> None:
    assert (EDGES[0], EDGES[-1]) == (0, 1)
    assert (np.diff(EDGES) > 0).all()


def test_on_the_boston_requests_it_is_as_good_as_its_page_says(real_data: Path) -> None:
    """Learned at the end of October 2011, asked each 12 hours until 15 December (docs/risk.md)."""
    records, then = boston(real_data), instant("2011-11-01")
    asked = shots(records, then, instant("2011-12-15"), instant("2011-12-31"))
    risk = predict(learn(*records.known(then), int(then)), records.seen(asked.rows, asked.at))
    told = ~np.isnan(risk.p)
    found = scores(records.breached[asked.rows][told], risk.p[told])
    assert 0.73 < told.mean() < 0.75
    assert found.auc > 0.86
    assert found.calibration < 0.03
    assert found.brier < 0.14

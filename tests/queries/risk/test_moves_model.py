"""Which moves are picked, on columns made by hand; every gain can be added up."""

import itertools

import numpy as np
import pytest

from queries.risk.moves_model import Due, Person, Picked, Verb, in_time, pick

CALL_TAKES = 300.0  # seconds
HOUR = 3600.0
Row = dict[str, float]


def row(verb: Verb, p: float, afresh: float = 1.0, **more: float) -> Row:
    """Of department 1, due in an hour; `complaint` is its own where none is named."""
    return {"verb": verb, "p": p, "afresh": afresh, "left": HOUR, "department": 1} | more


def due(*rows: Row) -> Due:
    def column(name: str, usual: float = 0) -> list[float]:
        return [one.get(name, usual) for one in rows]

    complaints = [one.get("complaint", 100 + place) for place, one in enumerate(rows)]
    whole = {name: np.array(column(name), dtype=np.int64) for name in ("verb", "department", "owner")}
    whole |= {name: np.array(column(name), dtype=np.int64) for name in ("category", "grade")}
    parts = {name: np.array(column(name), dtype=np.float64) for name in ("left", "p", "afresh")}
    return Due(complaint=np.array(complaints, dtype=np.int64), **whole, **parts)


def work(p: float, owner: int, complaint: int, **more: float) -> Row:
    return row(Verb.REASSIGN, p, 0.5, owner=owner, complaint=complaint, category=7) | more


def person(
    number: int, load: int, grade: int = 0, skills: tuple[int, ...] = (7,), department: int = 1
) -> Person:
    return Person(number, department, grade, load, frozenset(skills))


def picked(found: Due, *people: Person) -> list[tuple[str, int, int, float]]:
    return [(one.verb.name, len(one.rows), one.taker, round(one.gain, 3)) for one in pick_of(found, *people)]


def pick_of(found: Due, *people: Person) -> tuple[Picked, ...]:
    return pick(found, people, CALL_TAKES)


def test_a_call_avoids_the_whole_risk_and_a_chase_what_a_second_try_would() -> None:
    """0.4 + 0.2; and 0.5 × (1 − 0.2) + 0.3 × (1 − 0.5)."""
    found = due(
        row(Verb.CALL, 0.4), row(Verb.CALL, 0.2), row(Verb.CHASE, 0.5, 0.2), row(Verb.CHASE, 0.3, 0.5)
    )
    assert picked(found) == [("CALL", 2, 0, 0.6), ("CHASE", 2, 0, 0.55)]


def test_the_riskiest_comes_first_and_the_largest_gain_leads() -> None:
    found = due(row(Verb.CHASE, 0.3, 0.0), row(Verb.CHASE, 0.6, 0.5, department=2), row(Verb.CHASE, 0.4, 0.0))
    first, second = pick_of(found)
    assert (first.department, first.rows.tolist(), second.department) == (1, [2, 0], 2)


def test_at_most_five_and_none_below_a_tenth_of_a_breach() -> None:
    many = [row(Verb.CHASE, 0.9, 0.0, department=n) for n in range(1, 9)]
    assert len(pick_of(due(*many))) == 5
    assert picked(due(row(Verb.CALL, 0.0999))) == []
    assert picked(due(row(Verb.CALL, 0.1))) == [("CALL", 1, 0, 0.1)]


def test_without_a_number_nothing_is_gained_and_nothing_invented() -> None:
    found = due(row(Verb.CALL, np.nan), row(Verb.CHASE, np.nan, 0.1), row(Verb.CALL, 0.5))
    (only,) = pick_of(found)
    assert (only.rows.tolist(), only.gain) == ([2], 0.5)


def test_what_nothing_helps_for_now_is_no_part_of_a_move() -> None:
    assert picked(due(row(Verb.NOTHING, 0.9, 0.0), row(Verb.CHASE, 0.9, 1.0))) == []


def test_what_belongs_to_no_department_is_nobodys_move() -> None:
    assert picked(due(row(Verb.CALL, 0.9, department=0))) == []


def test_only_so_many_calls_as_end_in_time_those_with_the_most_to_gain() -> None:
    """Of 5 minutes each: two within 11 minutes, in which three fall due; the fourth has 15."""
    found = due(
        row(Verb.CALL, 0.2, left=660),
        row(Verb.CALL, 0.4, left=660),
        row(Verb.CALL, 0.3, left=660),
        row(Verb.CALL, 0.1, left=900),
        row(Verb.CALL, 0.9, left=299),
    )
    (only,) = pick_of(found)
    assert only.rows.tolist() == [1, 2, 3]
    assert only.gain == pytest.approx(0.8)


def test_the_calls_chosen_are_the_best_that_any_order_could_reach() -> None:
    draw = np.random.default_rng(3)
    for _turn in range(60):
        left, gain = draw.uniform(0, 1800, 6), draw.uniform(0, 1, 6)
        made = in_time(left, gain, CALL_TAKES)
        best = max(
            sum(gain[list(order[:size])])
            for order in itertools.permutations(range(6))
            for size in range(7)
            if all((turn + 1) * CALL_TAKES <= left[one] for turn, one in enumerate(order[:size]))
        )
        assert gain[made].sum() == pytest.approx(best)


def test_a_complaint_moves_whole_and_counts_once() -> None:
    """Two of its deadlines: 0.5 × 0.4 + 0.5 × 0.2."""
    found = due(work(0.4, 1, 100), work(0.2, 1, 100))
    (only,) = pick_of(found, person(1, 4), person(2, 1))
    assert (only.giver, only.taker, only.rows.tolist()) == (1, 2, [0, 1])
    assert only.gain == pytest.approx(0.3)


@pytest.mark.parametrize(("load", "moved"), [(2, 4), (7, 1), (6, 2), (8, 1), (9, 0), (10, 0), (12, 0)])
def test_the_receiver_never_becomes_the_more_loaded_of_the_two(load: int, moved: int) -> None:
    """Of ten open complaints, of which six could go."""
    found = due(*(work(0.6, 1, 100 + n) for n in range(6)))
    moves = pick_of(found, person(1, 10), person(2, load))
    assert sum(len(one.rows) for one in moves) == moved
    assert load + moved <= 10 - moved or not moved


def test_only_who_has_handled_the_category_has_the_grade_and_is_of_the_department_receives() -> None:
    found = due(work(0.6, 1, 100, grade=1))
    giver = person(1, 9)
    assert picked(found, giver, person(2, 0, grade=1, skills=(8,))) == []
    assert picked(found, giver, person(2, 0, grade=0)) == []
    assert picked(found, giver, person(2, 0, grade=1, department=2)) == []
    assert picked(found, giver, person(2, 0, grade=2)) == [("REASSIGN", 1, 2, 0.3)]


def test_the_less_loaded_of_two_equal_ones_receives() -> None:
    found = due(work(0.6, 1, 100))
    assert picked(found, person(1, 9), person(3, 2), person(2, 3)) == [("REASSIGN", 1, 3, 0.3)]


def test_who_can_take_more_of_it_receives() -> None:
    """The idle one has handled one of the two categories, the other person both."""
    found = due(work(0.6, 1, 100), work(0.6, 1, 101, category=8))
    assert picked(found, person(1, 9), person(2, 0), person(3, 1, skills=(7, 8))) == [("REASSIGN", 2, 3, 0.6)]


def test_nobody_gives_or_takes_twice() -> None:
    """Two overloaded owners and one who is free: only the first gain counts on this person."""
    found = due(work(0.8, 1, 100), work(0.6, 2, 101))
    moves = pick_of(found, person(1, 9), person(2, 9), person(3, 0))
    assert [(one.giver, one.taker) for one in moves] == [(1, 3)]


def test_only_who_has_more_than_the_mean_of_the_department_gives() -> None:
    """Of loads 4, 1 and 9 the mean is 4.67; of 4, 1 and 6 it is 3.67. Other departments do not count."""
    found, away = due(work(0.6, 1, 100)), person(4, 0, department=2)
    assert picked(found, person(1, 4), person(2, 1), person(3, 9, skills=()), away) == []
    assert picked(found, person(1, 4), person(2, 1), person(3, 6, skills=()), away) == [
        ("REASSIGN", 1, 2, 0.3)
    ]


def test_an_owner_who_is_not_known_gives_nothing() -> None:
    assert picked(due(work(0.6, 5, 100), work(0.6, 0, 101)), person(2, 0)) == []


def test_each_deadline_is_part_of_one_move_and_the_order_of_people_does_not_matter() -> None:
    draw = np.random.default_rng(5)
    rows = [
        row(
            Verb(int(draw.integers(0, 5))),
            float(draw.random()),
            float(draw.random()),
            department=int(draw.integers(1, 4)),
            owner=int(draw.integers(0, 6)),
            complaint=100 + n // 2,
            category=7,
            left=float(draw.uniform(0, 2 * HOUR)),
        )
        for n in range(200)
    ]
    people = tuple(person(n, 3 * n, department=n % 3 + 1) for n in range(1, 12))
    moves = pick(due(*rows), people, CALL_TAKES)
    counted = np.concatenate([one.rows for one in moves])
    assert len(moves) == 5
    assert len(np.unique(counted)) == len(counted)
    assert [one.gain for one in moves] == sorted((one.gain for one in moves), reverse=True)
    again = pick(due(*rows), tuple(reversed(people)), CALL_TAKES)
    for one, other in zip(moves, again, strict=True):
        assert (one.verb, one.giver, one.taker, one.gain) == (
            other.verb,
            other.giver,
            other.taker,
            other.gain,
        )
        assert one.rows.tolist() == other.rows.tolist()


def test_nothing_due_gives_no_move() -> None:
    assert picked(due()) == []

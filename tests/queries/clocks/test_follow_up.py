"""The 3+7 callbacks (N7): due days, attempts, bookings."""

from queries.clocks.follow_up import Attempt, Booking, Callback, callbacks
from queries.clocks.timeline import Observed, build_timeline
from queries.policies.resolved import AttemptsPolicy, ResolvedPolicy

DAY, HOUR = 86400, 3600
POLICY = AttemptsPolicy({"no_answer": 2 * HOUR}, most=3)
DUE = {
    "confirm_solved": lambda at: at + 3 * DAY,
    "experience": lambda at: at + 7 * DAY,
    "dissatisfied": lambda at: at + DAY,
}


FIRST = ResolvedPolicy(1, 0, False, {}, DUE, POLICY, 0.8)


def follow(
    *more: tuple[int, str],
    attempts: tuple[Attempt, ...] = (),
    bookings: tuple[Booking, ...] = (),
    bad: tuple[int, ...] = (),
    later: tuple[ResolvedPolicy, ...] = (),
) -> dict[tuple[str, int], Callback]:
    rows = [(0, "received"), (100, "resolved"), *more]
    life = build_timeline(0, [Observed(at, 0, "status", "source", value) for at, value in rows])
    found = callbacks(life, list(bad), list(attempts), list(bookings), [FIRST, *later])
    return {(one.kind, one.episode): one for one in found}


def test_a_resolution_asks_for_a_3_day_and_a_7_day_callback() -> None:
    found = follow()
    assert {key: one.due_at for key, one in found.items()} == {
        ("confirm_solved", 1): 100 + 3 * DAY,
        ("experience", 1): 100 + 7 * DAY,
    }


def test_reopening_cancels_the_pair_and_the_next_resolution_starts_a_new_one() -> None:
    found = follow((200, "in_progress"), (300, "resolved"))
    assert found["confirm_solved", 1].outcome == "cancelled"
    assert found["confirm_solved", 1].ended_at == 200
    assert found["confirm_solved", 2].due_at == 300 + 3 * DAY


def test_no_answer_is_called_again_and_the_last_attempt_gives_up() -> None:
    tries = tuple(Attempt("confirm_solved", 1, at, "no_answer", None) for at in (1000, 2000))
    assert follow(attempts=tries)["confirm_solved", 1].next_at == 2000 + 2 * HOUR
    third = (*tries, Attempt("confirm_solved", 1, 3000, "no_answer", None))
    assert follow(attempts=third)["confirm_solved", 1].outcome == "exhausted"


def test_not_solved_on_the_third_day_cancels_the_seventh() -> None:
    found = follow(attempts=(Attempt("confirm_solved", 1, 5000, "not_solved", None),))
    assert found["confirm_solved", 1].outcome == "not_solved"
    assert (found["experience", 1].outcome, found["experience", 1].ended_at) == ("cancelled", 5000)


def test_an_attempt_after_the_end_changes_nothing_but_the_revision() -> None:
    tries = tuple(
        Attempt("experience", 1, at, outcome, None)
        for at, outcome in ((1000, "confirmed"), (2000, "no_answer"))
    )
    done = follow(attempts=tries)["experience", 1]
    assert (done.outcome, done.ended_at, done.attempts, done.revision) == ("confirmed", 1000, 1, 2)


def test_a_booking_names_who_calls_and_when() -> None:
    booked = follow(bookings=(Booking("experience", 1, 500, 42, 9000),))["experience", 1]
    assert (booked.agent_id, booked.next_at, booked.revision) == (42, 9000, 1)


def test_an_attempt_after_a_booking_goes_by_the_attempts_policy() -> None:
    found = follow(
        attempts=(Attempt("experience", 1, 9000, "no_answer", None),),
        bookings=(Booking("experience", 1, 500, 42, 9000),),
    )
    assert found["experience", 1].next_at == 9000 + 2 * HOUR


def test_a_bad_answer_asks_for_a_second_follow_up() -> None:
    assert follow(bad=(4000,))["dissatisfied", 1].due_at == 4000 + DAY


def test_an_attempt_without_an_episode_is_of_the_one_that_its_instant_tells() -> None:
    lives = ((200, "in_progress"), (300, "resolved"))
    tries = (
        Attempt("confirm_solved", 0, 150, "no_answer", None),
        Attempt("confirm_solved", 0, 400, "confirmed", None),
    )
    found = follow(*lives, attempts=tries)
    assert (found["confirm_solved", 1].attempts, found["confirm_solved", 1].outcome) == (1, "cancelled")
    assert (found["confirm_solved", 2].attempts, found["confirm_solved", 2].outcome) == (1, "confirmed")


def test_the_call_that_reopens_a_complaint_is_of_the_episode_that_it_ends() -> None:
    asked = Attempt("confirm_solved", 0, 200, "not_solved", None)
    found = follow((200, "in_progress"), (300, "resolved"), attempts=(asked,))
    assert found["confirm_solved", 1].outcome == "not_solved"
    assert found["confirm_solved", 2].attempts == 0


def test_a_booking_without_an_episode_is_of_the_one_that_its_instant_tells() -> None:
    booked = Booking("experience", 0, 400, 7, 500)
    found = follow((200, "in_progress"), (300, "resolved"), bookings=(booked,))
    assert (found["experience", 1].agent_id, found["experience", 2].agent_id) == (None, 7)

"""Updates of one instant in several files: nothing is lost, and the same file again changes nothing."""

from hypothesis import given
from hypothesis import strategies as st

from queries.intake.ties import Value, place

values = st.lists(st.sampled_from("ABC"), max_size=6)


def words(*told: str) -> list[Value]:
    return [Value(seq, value) for seq, value in enumerate(told)]


def taken(held: list[Value], told: list[Value]) -> list[Value]:
    said = {word.seq: word.value for word in told}
    return held + [Value(new, said[seq]) for seq, new in place(held, told) if new is not None]


def said(*files: str) -> str:
    """What is held after these files, each with its updates of one instant in order."""
    held: list[Value] = []
    for told in files:
        held = taken(held, words(*told))
    return "".join(word.value or "" for word in held)


def test_what_a_later_file_tells_stands_after_what_is_held() -> None:
    assert said("A", "B") == "AB"
    assert said("AB", "C") == "ABC"
    assert said("A", "B", "C") == "ABC"


def test_a_file_that_overlaps_or_has_grown_goes_on_where_the_other_ended() -> None:
    assert said("AB", "BC") == "ABC"
    assert said("AB", "ABC") == "ABC"
    assert said("AB", "BA") == "ABA"
    assert said("AC", "ABC") == "ACABC"  # one was written in between: its end is the end


def test_files_that_were_read_change_nothing_in_whatever_order_they_come_again() -> None:
    assert said("A", "B", "A", "B", "A") == "AB"
    assert said("AB", "BC", "AB", "BC") == "ABC"


def test_a_place_of_its_own_is_kept_where_it_is_free() -> None:
    assert list(place(words("A"), [Value(4, "B")])) == [(4, 4)]
    assert list(place([Value(9, "A")], [Value(4, "B"), Value(5, "C")])) == [(4, 10), (5, 11)]


@given(values, values)
def test_all_that_a_file_tells_is_held_afterwards_and_again_it_tells_nothing_new(
    first: list[str], second: list[str]
) -> None:
    held = taken(taken([], words(*first)), words(*second))
    seqs = [word.seq for word in held]
    assert seqs == sorted(set(seqs))
    whole = "".join(word.value or "" for word in held)
    assert whole.startswith("".join(first))
    assert "".join(second) in whole
    assert taken(held, words(*first)) == taken(held, words(*second)) == held

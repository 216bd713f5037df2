from dashboard.controls.plot import ticks
from dashboard.locale.shown import signed


def test_steps_are_round_and_enclose_what_is_drawn() -> None:
    assert ticks(0, 87) == (0, 25, 50, 75, 100)
    assert ticks(4.12, 4.31) == (4.1, 4.15, 4.2, 4.25, 4.3, 4.35)


def test_steps_of_whole_numbers_are_whole() -> None:
    assert ticks(0, 1, least=1) == (0, 1)
    assert ticks(0, 0, least=1) == (0, 1)


def test_a_change_has_its_sign() -> None:
    assert [signed(one) for one in (3, -1_200, 0, None)] == ["+3", "−1,200", "±0", "–"]

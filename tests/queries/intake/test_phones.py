import pytest

from queries.intake.phones import ROUNDED, is_like_a_number, phone_hash, phone_hashes, phones

KEY = b"a key of the test"
MOBILE, LANDLINE = "13800000000", "01088888888"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (MOBILE, [MOBILE]),
        ("+86 138-0000-0000", [MOBILE]),
        ("(+86)13800000000", [MOBILE]),
        ("0086 13800000000", [MOBILE]),
        ("8613800000000", [MOBILE]),
        ("13800000000.0", [MOBILE]),
        ("１３８００００００００", [MOBILE]),
        ("+86-010-88888888", [LANDLINE]),
        ("+86 10 8888 8888", [LANDLINE]),
        ("+86 (0)10 8888 8888", [LANDLINE]),
        ("0086-10-88888888", [LANDLINE]),
        ("86 10 88888888", [LANDLINE]),
        ("010-88888888", [LANDLINE]),
        ("010 88888888", [LANDLINE]),
        ("(010) 8888-8888", [LANDLINE]),
        ("（０１０）８８８８８８８８", [LANDLINE]),
        ("+86 755 8888 8888", ["075588888888"]),
        ("(0755)88888888", ["075588888888"]),
        ("+86 791 8888888", ["07918888888"]),
        ("+86 400 800 1234", ["4008001234"]),
        ("400-800-1234", ["4008001234"]),
        ("+86 95588", ["95588"]),
        ("10086", ["10086"]),
        ("88888888", ["88888888"]),
        ("+1 (212) 555-0100", ["+12125550100"]),
        ("13800000000/010-88888888", [MOBILE, LANDLINE]),
        ("13800000000  010-88888888", [MOBILE, LANDLINE]),
        ("010  88888888", [LANDLINE]),
        ("13800000000、13800000000", [MOBILE]),
        ("13800000000; 13900000000", [MOBILE, "13900000000"]),
        ("010-88888888转801", ["01088888888转801"]),
        ("010-88888888 转 801", ["01088888888转801"]),
        ("010-88888888转分机801", ["01088888888转801"]),
        ("010-88888888 ext. 801", ["01088888888转801"]),
        ("010-88888888-801", ["01088888888转801"]),
        ("(010)88888888-801", ["01088888888转801"]),
        ("+86 10 8888 8888 x801", ["01088888888转801"]),
    ],
)
def test_a_telephone_number_has_one_way_of_writing(text: str, numbers: list[str]) -> None:
    assert phones(text) == (numbers, None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1.38E+10", ROUNDED),
        ("138****0000", "is masked"),
        ("none", "is no telephone number"),
        ("/", "is no telephone number"),
        ("12", "is no telephone number"),
        ("13800000000/none", "is no telephone number"),
    ],
)
def test_what_is_no_telephone_number_says_why(text: str, why: str) -> None:
    assert phones(text) == ([], why)


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("010-88888888", "+86 10 8888 8888"),
        ("+86 10 8888 8888", "（010）8888 8888"),
        ("01088888888", "010-8888-8888"),
        ("010-88888888转801", "+86 10 88888888 ext 801"),
        ("010-88888888转801", "010 88888888"),
        ("13800000000/010-88888888转801", "+86-10-88888888"),
        ("13800000000/010-88888888转801", "138 0000 0000"),
    ],
)
def test_a_number_is_found_however_it_was_held_and_is_searched_for(held: str, wanted: str) -> None:
    assert phone_hash(wanted, KEY) in (phone_hashes(held, KEY) or "").split(" ")


@pytest.mark.parametrize(
    ("held", "wanted"),
    [
        ("010-88888888", "010-88888888转801"),
        ("010-88888888转801", "010-88888888转802"),
        ("0108888888", "88888888"),
    ],
)
def test_another_number_is_not_found(held: str, wanted: str) -> None:
    assert phone_hash(wanted, KEY) not in (phone_hashes(held, KEY) or "").split(" ")


def test_nothing_is_hashed_without_a_key_or_a_number() -> None:
    assert phone_hashes(LANDLINE, b"") is None
    assert phone_hashes("", KEY) is None
    assert phone_hashes("unknown", KEY) is None


@pytest.mark.parametrize(
    ("text", "is_like_it"),
    [
        ("+86 10 8888 8888", True),
        ("（010）88888888", True),
        ("010-88888888 转 801", True),
        ("95588", True),
        ("Q-0010", False),
        ("ext", False),
        ("宽带", False),
    ],
)
def test_what_is_searched_for_may_be_a_number(text: str, is_like_it: bool) -> None:
    assert is_like_a_number(text) == is_like_it

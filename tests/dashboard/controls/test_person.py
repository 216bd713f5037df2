"""Whom an identity provider's token stands for."""

import pytest

from dashboard.controls.person import vouched
from dashboard.locale import use

NOW = 1_800_000_000.0
GOOD = {"aud": "board", "email": "li@example.com", "email_verified": True, "iat": NOW - 60}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"email_verified": False}, "not verified"),
        ({"email_verified": None}, "not verified"),
        ({"email_verified": "false"}, "not verified"),
        ({"email": ""}, "not verified"),
        ({"aud": "another"}, "another application"),
        ({"aud": None}, "another application"),
        ({"aud": ["another"]}, "another application"),
        ({"iat": NOW - 12 * 3600 - 1}, "too old"),
        ({"iat": NOW + 3600}, "too old"),
        ({"iat": None}, "too old"),
    ],
)
def test_a_token_that_does_not_vouch_is_refused_with_the_reason(change: dict[str, object], why: str) -> None:
    use("en")
    login, problem = vouched({**GOOD, **change}, "board", NOW)
    assert login == ""
    assert why in problem


@pytest.mark.parametrize("change", [{}, {"aud": ["board", "x"]}, {"email_verified": "true"}])
def test_a_good_one_gives_the_login(change: dict[str, object]) -> None:
    assert vouched({**GOOD, **change}, "board", NOW) == ("li@example.com", "")

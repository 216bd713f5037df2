"""While persons are chosen by hand, the pages are for who sits at the machine."""

import socket

import pytest

from config import UserError
from config.open_door import is_loopback, refuse_open_door
from config.settings import Settings

OWN = ("127.0.0.1", "127.0.0.2", "localhost", "::1", "127.1", "0x7f000001")
OPEN = ("0.0.0.0", "::", "", "0", "192.0.2.1", "10.0.0.1", "2001:db8::1", "fe80::1", "no.such.name.invalid")


@pytest.mark.parametrize("host", OWN)
def test_this_machine_alone(host: str) -> None:
    assert is_loopback(host)
    refuse_open_door(Settings(sign_in="choose"), host)


@pytest.mark.parametrize("demo", [True, False])
@pytest.mark.parametrize("host", OPEN)
def test_everybody_elses_way_in_is_refused_also_in_the_demo(host: str, demo: bool) -> None:
    assert not is_loopback(host)
    with pytest.raises(UserError, match="BOARD_SIGN_IN=oidc"):
        refuse_open_door(Settings(sign_in="choose", demo=demo), host)


@pytest.mark.parametrize("host", OPEN)
def test_who_signs_in_may_come_from_anywhere(host: str) -> None:
    refuse_open_door(Settings(sign_in="oidc"), host)


def test_a_name_of_this_machine_and_of_another_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver is the outside here."""

    def resolve(_host: str, _port: None) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, 1, 6, "", (one, 0)) for one in ("127.0.0.1", "192.0.2.7")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert not is_loopback("board.example")

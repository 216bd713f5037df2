"""Where the pages may listen while persons are chosen by hand: only where nobody else comes in."""

import ipaddress
import socket
from typing import TYPE_CHECKING

from config import UserError

if TYPE_CHECKING:
    from config.settings import Settings


def refuse_open_door(settings: "Settings", host: str) -> None:
    """Wherever `host` comes from, and also in the demo, whose database may be any."""
    if settings.sign_in == "choose" and not is_loopback(host):
        raise UserError(
            f"On {host or 'every address'} everybody could choose to be anybody, for persons are chosen, not "
            "signed in: listen on 127.0.0.1 (BOARD_HOST or --host), or set BOARD_SIGN_IN=oidc."
        )


def is_loopback(host: str) -> bool:
    """Of this machine only; a name counts by every address that it stands for, and an empty one is all."""
    if not host:
        return False
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in found)

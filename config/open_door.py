"""Where pages may listen while persons are chosen without a password: only on this machine."""

import ipaddress
import socket
from typing import TYPE_CHECKING

from config import UserError

if TYPE_CHECKING:
    from config.settings import Settings


def refuse_open_door(settings: "Settings", host: str) -> None:
    """Applies wherever `host` was set, and also to the demo, which may use any database."""
    if settings.sign_in == "choose" and not is_loopback(host):
        raise UserError(
            f"On {host or 'every address'} everybody could choose to be anybody, for persons are chosen, not "
            "signed in: listen on 127.0.0.1 (BOARD_HOST or --host), or set BOARD_SIGN_IN=local or "
            "BOARD_SIGN_IN=oidc."
        )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it: by every address of a name; an empty host means all."""
    if not host:
        return False
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return False
    return all(ipaddress.ip_address(address.partition("%")[0]).is_loopback for address in found)

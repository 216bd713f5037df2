"""Passwords: argon2id by argon2-cffi. Nothing here tells whether a login exists."""

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 200  # characters
AT_ONCE = 2  # verifications side by side: each takes 64 MB and a core

_hasher = PasswordHasher()
_turn = threading.BoundedSemaphore(AT_ONCE)


def hashed(password: str) -> str:
    with _turn:
        return _hasher.hash(_normal(password))


def is_right(password: str, stored: str | None) -> bool:
    """As much work for a login that does not exist (None) as for one that does."""
    with _turn:
        try:
            return _hasher.verify(stored or _nobodys(), _normal(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """Made at lower costs than today's."""
    return _hasher.check_needs_rehash(stored)


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody signs in with this")


def warm() -> None:
    """Once when a server starts, or the first unknown login would take twice as long."""
    _nobodys()


def is_too_weak(password: str, login: str) -> bool:
    """Too short, too long, of one or two characters only, or the login again."""
    normal = _normal(password)
    return (
        not SHORTEST <= len(normal) <= LONGEST
        or len(set(normal)) < 3
        or normal.casefold() in login.casefold()
        or normal.casefold().replace(login.casefold(), "") == ""
    )


def _normal(password: str) -> str:
    """Keyboards write the same letter in several ways."""
    return unicodedata.normalize("NFKC", password)

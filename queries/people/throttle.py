"""Who tries passwords is slowed down: by login and by address, the same for logins that do not exist.

Rows, not memory: the limits hold over several processes and a restart. An attempt is counted before it is
looked at, so that many at once count as many; while closed nothing is counted and no password is looked at.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` attempts in `window` seconds; each further one closes, twice as long as the one before it."""

    kind: str
    free: int
    window: int
    closed: int  # seconds, the first time
    longest: int


LOGIN = Limit("login", 5, 86_400, 60, 3_600)
ADDRESS = Limit("address", 50, 900, 60, 900)  # a whole centre may come from one


@dataclass(frozen=True, slots=True)
class Closed(Exception):
    until: datetime


def key(secret: bytes, limit: Limit, value: str) -> bytes:
    """What stands for a login or an address in rows and logs."""
    folded = value.strip().casefold()
    return hmac.new(secret, f"{limit.kind}:{folded}".encode(errors="replace"), hashlib.sha256).digest()


def count(conn: Connection, limit: Limit, of: bytes) -> None:
    """One attempt more; raises Closed, having counted nothing."""
    values = {
        "key": of,
        "free": limit.free,
        "window": limit.window,
        "closed": limit.closed,
        "longest": limit.longest,
    }
    if conn.execute(text(_COUNT), values).first() is None:
        until = conn.execute(text("SELECT closed_until FROM access.throttle WHERE key = :key"), {"key": of})
        raise Closed(until.scalar_one())


def forget(conn: Connection, of: bytes) -> None:
    """After the right password, or a new one."""
    conn.execute(text("DELETE FROM access.throttle WHERE key = :key"), {"key": of})


def take_back(conn: Connection, of: bytes) -> None:
    """The attempt was right: others at the same address may still be guessing."""
    conn.execute(
        text(
            "UPDATE access.throttle SET failures = greatest(failures - 1, 0), closed_until = NULL "
            "WHERE key = :key"
        ),
        {"key": of},
    )


def tidy(conn: Connection) -> None:
    """Rows that count no more: whoever invents logins leaves one each."""
    conn.execute(
        text(
            "DELETE FROM access.throttle WHERE first_at < clock_timestamp() - interval '1 day' "
            "AND coalesce(closed_until < clock_timestamp(), true)"
        )
    )


_NEW = "t.first_at < clock_timestamp() - :window * interval '1 s'"
_COUNT = f"""
INSERT INTO access.throttle AS t (key, failures, first_at) VALUES (:key, 1, clock_timestamp())
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN {_NEW} THEN 1 ELSE t.failures + 1 END,
    first_at = CASE WHEN {_NEW} THEN clock_timestamp() ELSE t.first_at END,
    closed_until = CASE WHEN NOT {_NEW} AND t.failures + 1 >= :free THEN clock_timestamp()
        + least(:longest, :closed * power(2, least(t.failures + 1 - :free, 20))) * interval '1 s' END
WHERE coalesce(t.closed_until <= clock_timestamp(), true)
RETURNING failures
"""

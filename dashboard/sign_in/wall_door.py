"""Who may see the wall: everybody at this machine; on a network, whoever has the token of a display."""

import logging
from collections.abc import Mapping

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from config.open_door import is_loopback
from dashboard.reads import NOBODY, reads
from queries.db import Scope, reading
from queries.people import wall_tokens

EVERYWHERE = Scope("wall", "wall", None)
LOOPBACK = "127.0.0.1"
URL = "token"

log = logging.getLogger(__name__)
_asks = False


def host_to_listen_on(engine: Engine, host: str) -> str:
    """The loopback while no display has a token; `host` where the database is away: it then asks for one."""
    if is_loopback(host):
        return host
    try:
        with reading(engine, NOBODY) as conn:
            return host if wall_tokens.exist(conn) else LOOPBACK
    except SQLAlchemyError:
        return host


def ask_for_token(asks: bool) -> None:
    """Once per process, before the first page."""
    global _asks
    _asks = asks


def scope(query: Mapping[str, str]) -> Scope | None:
    """What this wall shows; None: nothing. A token binds also where none is needed.

    Asked at each run, so that a revoked token closes an open wall.
    """
    token = query.get(URL, "")
    if not token:
        return None if _asks else EVERYWHERE
    with reading(reads().engine, NOBODY) as conn:
        found = wall_tokens.scope_of(conn, token)
    return None if found is None or found.regions == () else found

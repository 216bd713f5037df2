"""Is a job process of this machine alive? Called by a container's health check."""

import socket

from config import UserError
from config.settings import Settings
from queries import db
from queries.jobs import ALIVE_SECONDS, processes


def check_alive(settings: Settings) -> None:
    """UserError where none has sent a heartbeat lately."""
    engine = db.engine(settings.url(), settings.database_role, application="board jobs --check")
    with engine.connect() as conn:
        alive = processes(conn, ALIVE_SECONDS, db.board_now(conn))
    here = f"{socket.gethostname()}:"
    if not any(one.process.startswith(here) and one.ended_at is None for one in alive):
        raise UserError(f"No job process of this machine was alive within {ALIVE_SECONDS} s: see its log.")

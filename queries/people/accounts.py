"""Signing in by login and password: accounts, sessions, invitations. Times are the database's own, also in a
replay; what a cookie or a link holds is stored as its SHA-256 only."""

import hashlib
import logging
import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from queries.db import row_or_none
from queries.organisation import MAY_SIGN_IN, ROLES
from queries.people import passwords, throttle
from queries.people.throttle import ADDRESS, LOGIN, Closed

SESSION_HOURS = 12  # a shift and its handing over; then everybody signs in again
INVITATION_HOURS = 72
KEPT_DAYS = 90  # sessions that ended
LONGEST_LOGIN = 200  # characters

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Invitation:
    """`login` None: of the first administrator, who says who they are."""

    agent_id: int | None
    login: str | None
    name_en: str | None
    name_zh: str | None


@dataclass(frozen=True, slots=True)
class _Account:
    agent_id: int
    password: str | None


def signing_key(conn: Connection) -> bytes:
    """Of this board, for cookies and forms; made with the database."""
    return bytes(conn.execute(text("SELECT signing FROM access.secret")).scalar_one())


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()


def sign_in(engine: Engine, login: str, password: str, address: str) -> str | None:
    """A new session's token; None for a wrong login or password; raises Closed.

    One argon2 verification for each attempt that is looked at, whether the login exists or not; none while
    closed.
    """
    with engine.begin() as conn:
        key = signing_key(conn)
        of_login, of_address = throttle.key(key, LOGIN, login), throttle.key(key, ADDRESS, address)
        closed = _count(conn, of_address, of_login)
        account = _account(conn, login)
    if closed is not None:
        log.warning("sign-in closed for the login %s", of_login.hex()[:16])
        raise closed
    right = passwords.is_right(password, account.password if account else None)
    if account is None or not right:
        log.warning("sign-in refused for the login %s", of_login.hex()[:16])
        return None
    with engine.begin() as conn:
        throttle.forget(conn, of_login)
        throttle.take_back(conn, of_address)
        throttle.tidy(conn)
        if passwords.is_outdated(account.password or ""):
            _set_password(conn, account.agent_id, passwords.hashed(password))
        return begin_session(conn, account.agent_id)


def _count(conn: Connection, of_address: bytes, of_login: bytes) -> Closed | None:
    try:
        throttle.count(conn, ADDRESS, of_address)
        throttle.count(conn, LOGIN, of_login)
    except Closed as closed:
        return closed
    return None


def _account(conn: Connection, login: str) -> _Account | None:
    if "\0" in login or len(login) > LONGEST_LOGIN:
        return None
    found = conn.execute(
        text(
            "SELECT a.agent_id, c.password FROM facts.agent a JOIN access.account c USING (agent_id) "
            f"WHERE a.login = :login AND {MAY_SIGN_IN}"
        ),
        {"login": login.strip(), "roles": list(ROLES)},
    )
    return row_or_none(_Account, found)


def begin_session(conn: Connection, agent_id: int) -> str:
    token = secrets.token_urlsafe(32)
    conn.execute(
        text("DELETE FROM access.session WHERE began_at < clock_timestamp() - :days * interval '1 day'"),
        {"days": KEPT_DAYS},
    )
    conn.execute(
        text("INSERT INTO access.session (token, agent_id) VALUES (:token, :agent_id)"),
        {"token": digest(token), "agent_id": agent_id},
    )
    return token


def login_of_session(conn: Connection, token: str) -> str | None:
    """Asked at each run of a page: None once it ended, is too old, or its person may not sign in any more."""
    found: str | None = conn.execute(
        text(
            "SELECT a.login FROM access.session s JOIN facts.agent a USING (agent_id) "
            "WHERE s.token = :token AND s.ended_at IS NULL "
            f"AND s.began_at > clock_timestamp() - :hours * interval '1 h' AND {MAY_SIGN_IN}"
        ),
        {"token": digest(token), "hours": SESSION_HOURS, "roles": list(ROLES)},
    ).scalar_one_or_none()
    return found


def end_session(conn: Connection, token: str) -> None:
    conn.execute(
        text(
            "UPDATE access.session SET ended_at = clock_timestamp() WHERE token = :token AND ended_at IS NULL"
        ),
        {"token": digest(token)},
    )


def end_sessions(conn: Connection, agent_id: int) -> None:
    conn.execute(
        text(
            "UPDATE access.session SET ended_at = clock_timestamp() "
            "WHERE agent_id = :agent_id AND ended_at IS NULL"
        ),
        {"agent_id": agent_id},
    )


def change_password(engine: Engine, token: str, old: str, new: str, address: str) -> str | None:
    """A new session's token, all others of the person being ended; None where `old` is wrong; raises Closed.

    `new` is not too weak: the caller has looked.
    """
    with engine.begin() as conn:
        login = login_of_session(conn, token)
    if login is None or (checked := sign_in(engine, login, old, address)) is None:
        return None
    stored = passwords.hashed(new)
    with engine.begin() as conn:
        agent_id = _agent_of(conn, checked)
        _set_password(conn, agent_id, stored)
        end_sessions(conn, agent_id)
        return begin_session(conn, agent_id)


def _agent_of(conn: Connection, token: str) -> int:
    found: int = conn.execute(
        text("SELECT agent_id FROM access.session WHERE token = :token"), {"token": digest(token)}
    ).scalar_one()
    return found


def _set_password(conn: Connection, agent_id: int, stored: str) -> None:
    conn.execute(
        text(
            "INSERT INTO access.account (agent_id, password) VALUES (:agent_id, :password) "
            "ON CONFLICT (agent_id) DO UPDATE SET password = EXCLUDED.password, "
            "password_at = clock_timestamp()"
        ),
        {"agent_id": agent_id, "password": stored},
    )


def has_administrator(conn: Connection) -> bool:
    """One who can sign in with a password."""
    found: bool = conn.execute(
        text(
            "SELECT EXISTS (SELECT FROM facts.agent a JOIN access.account USING (agent_id) "
            f"WHERE a.grade = 'administrator' AND {MAY_SIGN_IN})"
        ),
        {"roles": list(ROLES)},
    ).scalar_one()
    return found


def invite(conn: Connection, agent_id: int | None, by: str) -> str:
    """The token of a link that works once, within INVITATION_HOURS; earlier ones of the same person end.
    None: the first administrator."""
    token = secrets.token_urlsafe(32)
    conn.execute(
        text(
            "UPDATE access.invitation SET withdrawn_at = clock_timestamp() WHERE used_at IS NULL "
            "AND withdrawn_at IS NULL AND agent_id IS NOT DISTINCT FROM CAST(:agent_id AS int)"
        ),
        {"agent_id": agent_id},
    )
    conn.execute(
        text(
            "INSERT INTO access.invitation (token, agent_id, made_by, expires_at) VALUES (:token, :agent_id, "
            ":by, clock_timestamp() + :hours * interval '1 h')"
        ),
        {"token": digest(token), "agent_id": agent_id, "by": by, "hours": INVITATION_HOURS},
    )
    return token


def invitation(conn: Connection, token: str) -> Invitation | None:
    """None where it was used or withdrawn, has expired or never was."""
    found = conn.execute(
        text(
            "SELECT i.agent_id, a.login, a.name_en, a.name_zh FROM access.invitation i "
            "LEFT JOIN facts.agent a USING (agent_id) WHERE i.token = :token AND i.used_at IS NULL "
            "AND i.withdrawn_at IS NULL AND i.expires_at > clock_timestamp() "
            f"AND (i.agent_id IS NULL OR {MAY_SIGN_IN})"
        ),
        {"token": digest(token), "roles": list(ROLES)},
    )
    return row_or_none(Invitation, found)


def accept(conn: Connection, token: str, stored: str) -> str | None:
    """A new session's token; None where the link works no more. `stored` is the password, hashed."""
    agent_id = conn.execute(
        text(
            "UPDATE access.invitation i SET used_at = clock_timestamp() FROM facts.agent a "
            "WHERE a.agent_id = i.agent_id AND i.token = :token AND i.used_at IS NULL "
            f"AND i.withdrawn_at IS NULL AND i.expires_at > clock_timestamp() AND {MAY_SIGN_IN} "
            "RETURNING i.agent_id"
        ),
        {"token": digest(token), "roles": list(ROLES)},
    ).scalar_one_or_none()
    return None if agent_id is None else _let_in(conn, agent_id, stored)


def accept_first(conn: Connection, token: str, login: str, names: tuple[str, str], stored: str) -> str | None:
    """The same for the first administrator; `names`: in English and in Chinese."""
    agent_id = conn.execute(
        text("SELECT access.make_first_administrator(:token, :login, :name_en, :name_zh)"),
        {"token": digest(token), "login": login, "name_en": names[0], "name_zh": names[1]},
    ).scalar_one_or_none()
    return None if agent_id is None else _let_in(conn, agent_id, stored)


def _let_in(conn: Connection, agent_id: int, stored: str) -> str:
    """Whoever knew the old password is out, and whoever guessed at it no longer keeps the person out."""
    login = conn.execute(
        text("SELECT login FROM facts.agent WHERE agent_id = :agent_id"), {"agent_id": agent_id}
    ).scalar_one()
    _set_password(conn, agent_id, stored)
    end_sessions(conn, agent_id)
    throttle.forget(conn, throttle.key(signing_key(conn), LOGIN, login))
    return begin_session(conn, agent_id)

"""What a browser holds while somebody is signed in, and what proves that a form is one of ours."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping

from itsdangerous import BadData, TimestampSigner
from starlette.responses import Response

from queries.people.accounts import SESSION_HOURS

SESSION, FORM = "board_session", "board_form"
SECONDS = SESSION_HOURS * 3600


def token_of(key: bytes, cookies: Mapping[str, str]) -> str | None:
    """Of the session, where the cookie bears our signature and is not too old. Whether the session stands,
    only its row tells."""
    try:
        return _signer(key).unsign(cookies.get(SESSION, ""), max_age=SECONDS).decode()
    except (BadData, UnicodeError):
        return None


def begin(response: Response, key: bytes, token: str, secure: bool) -> None:
    _set(response, SESSION, _signer(key).sign(token).decode(), secure, SECONDS)


def end(response: Response) -> None:
    response.delete_cookie(SESSION, httponly=True, samesite="lax")


def _signer(key: bytes) -> TimestampSigner:
    return TimestampSigner(key, salt=SESSION, digest_method=hashlib.sha256)


def _set(response: Response, name: str, value: str, secure: bool, seconds: int | None = None) -> None:
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)


def proof(key: bytes, purpose: str, of: str) -> str:
    """That a link or a form of ours was made for whoever holds `of`."""
    return hmac.new(key, f"{purpose}:{of}".encode(errors="replace"), hashlib.sha256).hexdigest()


def is_proof(key: bytes, purpose: str, of: str, given: str) -> bool:
    return bool(of) and hmac.compare_digest(proof(key, purpose, of).encode(), given.encode(errors="replace"))


def form_id(cookies: Mapping[str, str]) -> str:
    """This browser's, or a new one."""
    return cookies.get(FORM) or secrets.token_urlsafe(24)


def keep_form_id(response: Response, form: str, secure: bool) -> None:
    _set(response, FORM, form, secure)

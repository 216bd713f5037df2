"""Who is looking: somebody with a session, somebody whom an identity provider vouches for, or, in the demo,
somebody chosen by hand."""

from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import urlencode, urlsplit

import streamlit as st

from config.settings import Settings
from dashboard.controls.names import grade
from dashboard.locale import _, language
from dashboard.locale.shown import name
from dashboard.reads import NOBODY, reads
from dashboard.sign_in import cookie
from queries import organisation
from queries.db import Scope, reading

CHOSEN = "person_chosen"
CLOCKS_DIFFER = 120  # seconds, at most, between this machine and the provider


def login(settings: Settings) -> str | None:
    """None: nobody is signed in, and the page says what to do."""
    if settings.sign_in == "choose":
        return _choose()
    return _by_password() if settings.sign_in == "local" else _by_provider()


def _by_password() -> str | None:
    found = _session_login()
    if found is None:
        query = urlencode({"next": _path(), "lang": language()})
        st.html(
            f'<a class="sign-in" href="/sign-in?{escape(query)}" target="_self">{escape(_("Sign in"))}</a>'
        )
        return None
    proof = cookie.proof(reads().signing_key(), "sign-out", _token() or "")
    links = (
        ("/password?" + urlencode({"lang": language(), "next": _path()}), _("Change password")),
        ("/sign-out?" + urlencode({"lang": language(), "proof": proof}), _("Sign out")),
    )
    shown = "".join(f'<a href="{escape(href)}" target="_self">{escape(word)}</a>' for href, word in links)
    st.html(f'<div class="signed-in"><b>{escape(found)}</b>{shown}</div>')
    return found


def _path() -> str:
    """Where this page is, to come back to it."""
    url = urlsplit(st.context.url or "/")
    query = urlencode(st.query_params.to_dict())
    return (url.path or "/") + (f"?{query}" if query else "")


def _token() -> str | None:
    return cookie.token_of(reads().signing_key(), st.context.cookies)


def _session_login() -> str | None:
    token = _token()
    return reads().login_of_session(token) if token else None


def _choose() -> str | None:
    with reading(reads().engine, NOBODY) as conn:
        people = {one.login: one for one in organisation.people(conn)}
    if not people:
        st.info(_("Nobody can sign in yet: no agent in the database has permission to."))
        return None
    if "person" not in st.session_state:
        wanted = st.session_state.get(CHOSEN, st.query_params.get("person"))
        st.session_state.person = wanted if wanted in people else next(iter(people))
    st.session_state[CHOSEN] = chosen = st.selectbox(
        _("Signed in as"),
        list(people),
        key="person",
        format_func=lambda one: f"{name(people[one])} · {grade(people[one].role)}",
    )
    return chosen


def keep() -> None:
    """Call before the language changes: in the browser, Streamlit identifies the choice by its label."""
    if CHOSEN in st.session_state:
        st.session_state.person = st.session_state[CHOSEN]


def in_url() -> tuple[tuple[str, str], ...]:
    """The person chosen by hand, so that a link of the page keeps them."""
    chosen = st.session_state.get(CHOSEN)
    return (("person", chosen),) if chosen else ()


def _by_provider() -> str | None:
    """By the address that the provider has checked; what it gives no longer counts after a shift."""
    if not st.user.is_logged_in:
        st.button(_("Sign in"), on_click=st.login, type="primary")
        return None
    found, problem = vouched(st.user.to_dict(), _client(), _seconds())
    if problem:
        st.info(problem)
        st.button(_("Sign in again"), on_click=st.logout, type="primary")
        return None
    st.button(_("Sign out"), on_click=st.logout, type="tertiary")
    return found


def vouched(claims: Mapping[str, Any], client: str, now: float) -> tuple[str, str]:
    """The login that an ID token stands for at `now` (seconds since 1970), or why it stands for none.

    Its audience is this board, its address is verified, and it is at most SESSION_HOURS old.
    """
    audience = claims.get("aud")
    address = str(claims.get("email") or "").strip()
    if client not in (audience if isinstance(audience, list) else [audience]):
        return "", _("This sign-in was made for another application.")
    if not address or str(claims.get("email_verified")).lower() != "true":
        return "", _("Your address is not verified by the identity provider. Verify it there, then sign in.")
    issued = claims.get("iat")
    if not isinstance(issued, int | float) or not now - cookie.SECONDS < issued < now + CLOCKS_DIFFER:
        return "", _("This sign-in is too old.")
    return address, ""


def scope(settings: Settings, of: str) -> Scope | None:
    """Asked of the database on every rerun; None for one who may not look, or no longer."""
    if settings.sign_in == "local" and _session_login() != of:
        return None
    if settings.sign_in == "oidc" and not _still_vouched(of):
        return None
    return reads().scope_of(of)


def _still_vouched(of: str) -> bool:
    return bool(st.user.is_logged_in) and vouched(st.user.to_dict(), _client(), _seconds())[0] == of


def _client() -> str:
    return str(st.secrets["auth"].get("client_id", ""))


def _seconds() -> float:
    return reads().now().timestamp()

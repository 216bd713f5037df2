"""Who is looking: a person of the demo chosen by hand, or one whom the identity provider vouches for."""

import streamlit as st

from config.settings import Settings
from dashboard.locale import _
from dashboard.locale.shown import name
from dashboard.reads import NOBODY, reads
from queries import organisation
from queries.db import Scope, reading

CHOSEN = "person_chosen"
ROLE_NAMES = {
    "supervisor": lambda: _("Supervisor"),
    "manager": lambda: _("Manager"),
    "scheduler": lambda: _("Scheduler"),
    "administrator": lambda: _("Administrator"),
}


def login(settings: Settings) -> str | None:
    """None: nobody is signed in, and the page says what to do."""
    return _choose() if settings.sign_in == "choose" else _signed_in()


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
        format_func=lambda one: f"{name(people[one])} · {ROLE_NAMES[people[one].role]()}",
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


def _signed_in() -> str | None:
    if st.user.is_logged_in:
        return str(st.user.email)
    st.button(_("Sign in"), on_click=st.login, type="primary")
    return None


def scope(of: str) -> Scope | None:
    """Asked of the database on every rerun; None for one who may not look."""
    return reads().scope_of(of)

"""What is typed into the form: kept in the session while other pages are looked at, cleared once saved."""

from typing import Any
from uuid import uuid4

import streamlit as st

DRAFT, MISTAKES, NUMBER, KEY = "entry_draft", "entry_mistakes", "entry_number", "entry_key"


def key(field: str) -> str:
    """Of the field's widget. What was kept of it is put back before it is drawn."""
    named = f"entry_{st.session_state.get(NUMBER, 0)}_{field}"
    kept: dict[str, Any] = st.session_state.setdefault(DRAFT, {})
    if named not in st.session_state and field in kept:
        st.session_state[named] = kept[field]
    return named


def keep(field: str, value: Any) -> Any:
    st.session_state.setdefault(DRAFT, {})[field] = value
    return value


def typed(field: str) -> Any:
    """As it is in the field now, also in the answer to a press."""
    named = f"entry_{st.session_state.get(NUMBER, 0)}_{field}"
    return st.session_state.get(named, st.session_state.get(DRAFT, {}).get(field))


def text(field: str) -> str:
    return str(typed(field) or "").strip()


def own_key() -> str:
    """One for each form until it is saved, so that a double press is one complaint."""
    found: str = st.session_state.setdefault(KEY, str(uuid4()))
    return found


def clear() -> None:
    for name in (DRAFT, MISTAKES, KEY):
        st.session_state.pop(name, None)
    st.session_state[NUMBER] = st.session_state.get(NUMBER, 0) + 1

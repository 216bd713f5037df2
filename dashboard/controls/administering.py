"""What an administrator does on a page: in one transaction, said afterwards where it was pressed."""

from collections.abc import Callable

import streamlit as st
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from dashboard.locale import _, use
from dashboard.parts import Context, blank
from dashboard.reads import reads
from queries.db import board_now, raise_version, writing
from queries.organisation import scope_of

Action = Callable[[Connection, str], str]  # (connection, who does it) → what to say


class Refused(Exception):
    """What the page says instead of doing it."""


def sees_all(ctx: Context) -> bool:
    """The organisation belongs to all regions; whoever sees only some is told so."""
    if ctx.scope.regions is None:
        return True
    blank(
        _("Not in your scope"),
        _("An administrator who sees all regions arranges this."),
    )
    return False


def act(ctx: Context, place: str, action: Action) -> bool:
    """Whether it was done; `say` at `place` tells what came of it."""
    use(ctx.language)  # a press is answered before the page runs
    by = ctx.scope.person_login
    try:
        with writing(reads().engine, ctx.scope) as conn:
            me = scope_of(conn, by)
            if me is None or me.role != "administrator" or me.regions is not None:
                raise Refused(_("Only an administrator of all regions can do this."))
            words = action(conn, by)
            raise_version(conn, board_now(conn))
    except Refused as refused:
        put(place, str(refused), is_good=False)
        return False
    except SQLAlchemyError:
        put(place, _("The database cannot be reached. Nothing was changed."), is_good=False)
        return False
    put(place, words)
    return True


def put(place: str, words: str, is_good: bool = True) -> None:
    st.session_state[f"said_{place}"] = (words, is_good)


def say(place: str) -> None:
    """Of the last press, once."""
    words, is_good = st.session_state.pop(f"said_{place}", ("", True))
    if words:
        (st.success if is_good else st.error)(words)

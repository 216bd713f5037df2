"""What a press on the page of imports writes: in one transaction, of an administrator, once."""

from collections.abc import Callable, Mapping
from typing import Any, Concatenate, TypeVar
from uuid import uuid4

import streamlit as st
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from config import UserError
from dashboard.locale import _, use
from dashboard.locale.shown import number, percent
from dashboard.parts import Context
from dashboard.reads import reads
from queries.db import board_now, reading, writing
from queries.intake import import_tasks
from queries.intake.import_tasks import AlreadyAsked, Kind, Task
from queries.organisation import scope_of

T = TypeVar("T")
SAID = "imports_said"
EVERY = 1.0  # seconds


class Refused(UserError):
    """What the page says instead of doing it, in the reader's language."""


def newest(ctx: Context, query: Callable[Concatenate[Connection, ...], T], *arguments: Any) -> T | None:
    """Of now, not of the version on screen; None where the database is away."""
    try:
        with reading(reads().engine, ctx.scope) as conn:
            return query(conn, *arguments)
    except SQLAlchemyError:
        return None


def write(ctx: Context, act: Callable[[Connection, str], None]) -> bool:
    """`act(connection, login)`; what went wrong is said by `say`. Whether it was done."""
    use(ctx.language)  # a press is answered before the page runs
    by = ctx.scope.person_login
    try:
        with writing(reads().engine, ctx.scope) as conn:
            me = scope_of(conn, by)
            if me is None or me.role != "administrator":
                raise Refused(_("Only an administrator can do this."))
            act(conn, by)
    except AlreadyAsked:
        st.session_state[SAID] = _("Somebody has already asked for this: it is under way.")
    except Refused as refused:
        st.session_state[SAID] = str(refused)
    except SQLAlchemyError:
        st.session_state[SAID] = _("The database cannot be reached. Nothing was changed.")
    else:
        return True
    return False


def say() -> None:
    """What the last press was refused with."""
    words = st.session_state.pop(SAID, None)
    if words:
        st.error(words)


def ask(ctx: Context, kind: Kind, of: int, given: Mapping[str, Any]) -> None:
    """A second press of the same button before the page has changed is the same task."""
    name = f"imports_key_{kind}_{of}"
    key = st.session_state.setdefault(name, uuid4())

    def act(conn: Connection, by: str) -> None:
        import_tasks.ask(conn, key, kind, of, by, board_now(conn), given)

    if write(ctx, act):
        del st.session_state[name]


@st.fragment(run_every=EVERY)
def follow(ctx: Context, task_id: int) -> None:
    """A task under way; the page is drawn again when it is over."""
    use(ctx.language)
    task = newest(ctx, import_tasks.task, task_id)
    if task is None:
        st.caption(_("This could not be read. It is retried automatically."))
    elif task.outcome is not None:
        st.rerun()
    else:
        st.progress(task.share or 0.0, text=phase(task))


def phase(task: Task) -> str:
    if not task.is_claimed:
        return _("Waits for a job process …")
    words = {
        "Opening": _("Opening the file"),
        "Reading": _("Reading the rows"),
        "Merging": _("Comparing with what the board knows"),
        "Committing": _("Writing it down"),
        "Taking back": _("Taking it back"),
    }
    said = words.get(task.phase or "", _("Beginning"))
    if task.rows_read:
        said = _("{what}: {n} rows").format(what=said, n=number(task.rows_read))
    return f"{said} · {percent(task.share)}" if task.share is not None else f"{said} …"

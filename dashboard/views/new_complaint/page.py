"""New complaint: the form, what became of it, and what its person entered last."""

from functools import partial
from html import escape

import streamlit as st
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from config.settings import settings
from dashboard.controls import columns
from dashboard.controls.columns import coded, dated, plain
from dashboard.controls.links import link
from dashboard.controls.names import names, status
from dashboard.locale import _, use
from dashboard.locale.shown import due
from dashboard.parts import Column, Context, blank, listing, panel
from dashboard.reads import reads
from dashboard.views.new_complaint import draft
from dashboard.views.new_complaint.fields import Places, entry_of, form
from queries.db import board_now, writing
from queries.intake import entry
from queries.intake.entry import Entered
from queries.organisation import scope_of
from queries.pages import complaint, new_complaint

SAVED, FAILED = "entry_saved", "entry_failed"


def header(ctx: Context) -> None:
    if SAVED in st.session_state:
        return
    places = _places(ctx)
    if places is None:
        blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
    elif not places.regions or not places.departments:
        sentence = _("There are no regions or departments yet: an administrator brings them in first.")
        blank(_("Nothing can be entered yet"), sentence)
    else:
        st.fragment(_form)(ctx, places)


def _places(ctx: Context) -> Places | None:
    """None: the database is away."""
    labels = names(ctx)
    found = reads().read(ctx.scope, ctx.moment.to_minute(), new_complaint.me, ctx.scope.person_login)
    if not found.rows:
        return None
    mine = found.rows[0]
    scope = ctx.scope.regions
    regions = {one: shown for one, shown in labels.regions.items() if scope is None or one in scope}
    return Places(regions, labels.departments, mine.agent_id, mine.department_id)


def _form(ctx: Context, places: Places) -> None:
    """Drawn again for each field that is filled in; the rest of the page stays."""
    use(ctx.language)
    if SAVED in st.session_state:
        st.rerun()
    form(ctx, places, partial(_save_button, ctx, places))


def _save_button(ctx: Context, places: Places) -> None:
    if st.session_state.get(draft.MISTAKES):
        st.html(f'<p class="mistake" role="alert">▲ {escape(_("Not saved yet: see the marked fields."))}</p>')
    failed = st.session_state.pop(FAILED, "")
    if failed:
        st.error(failed)
    st.button(
        _("Save the complaint"),
        type="primary",
        width="stretch",
        on_click=_save,
        args=(ctx, places, draft.own_key()),
    )


def _save(ctx: Context, places: Places, own_key: str) -> None:
    use(ctx.language)  # a press is answered before the page runs
    if SAVED in st.session_state:
        return  # the second of two presses
    try:
        with writing(reads().engine, ctx.scope) as conn:
            entered = _enter(conn, ctx, places, own_key)
    except SQLAlchemyError:
        text = _("Not saved: the database cannot be reached. Your entries are still here; try again.")
        st.session_state[FAILED] = text
        return
    if entered is not None:
        st.session_state[SAVED] = (entered.complaint_id, entered.external_id)
        draft.clear()


def _enter(conn: Connection, ctx: Context, places: Places, own_key: str) -> Entered | None:
    """None: not without what is missing."""
    login, now = ctx.scope.person_login, board_now(conn)
    mistakes, given = entry_of(ctx, places, now)
    st.session_state[draft.MISTAKES] = mistakes
    if scope_of(conn, login) != ctx.scope:
        st.session_state[FAILED] = _("Not saved: you no longer have permission to enter complaints.")
    elif given is not None:
        key = settings().phone_hash_key.get_secret_value().encode()
        return entry.enter(conn, given, login, own_key, key, now)
    return None


def live(ctx: Context) -> None:
    saved = st.session_state.get(SAVED)
    if saved:
        _saved(ctx, *saved)
    elif st.session_state.pop("entry_next", False):
        st.rerun()
    found = ctx.read(new_complaint.entered_lately, ctx.scope.person_login)
    shown = _columns(ctx)
    panel(
        ctx,
        "entered_lately",
        _("What you entered last"),
        found,
        partial(listing, columns=shown),
        note=_("within a day, newest first"),
        empty=_("What you enter stands here."),
        export=shown,
    )


def _columns(ctx: Context) -> tuple[Column, ...]:
    labels = names(ctx)
    return (
        *columns.complaint(ctx),
        dated(ctx, _("Entered"), "entered_at"),
        plain(_("Title"), "title"),
        coded(_("Status"), "status", status),
        columns.tiers(),
        columns.department(labels),
    )


def _due_columns(ctx: Context) -> tuple[Column, ...]:
    labels = names(ctx)

    def until(row: complaint.Deadline) -> str:
        return due(row.due_at, ctx.zone)

    return columns.target(labels), Column(_("Due"), until)


def _saved(ctx: Context, complaint_id: int, number: str) -> None:
    """The number large, and its due times as soon as they are derived."""
    deadlines = ctx.read(complaint.deadlines, complaint_id).rows or ()
    with st.container(key="panel_saved_complaint", gap="small"):
        said = escape(_("Saved as complaint"))
        st.html(f'<div class="entered"><span>{said}</span><b>{escape(number)}</b></div>')
        if deadlines:
            listing(deadlines, _due_columns(ctx))
        else:
            st.caption(_("Its due times appear here within a second."))
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(_("Next complaint"), type="primary", on_click=_next, key="entry_next_button")
            st.html(link(_("Open the complaint"), ctx.url("complaint", complaint=complaint_id)))


def _next() -> None:
    st.session_state.pop(SAVED, None)
    st.session_state["entry_next"] = True

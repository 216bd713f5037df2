"""Breaches: excusing those that were chosen, and undoing it."""

from collections.abc import Sequence
from uuid import uuid4

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from dashboard.controls import work_list
from dashboard.locale import _, language, ngettext
from dashboard.locale.shown import number
from dashboard.parts import Context, blank
from dashboard.reads import reads
from queries.db import writing
from queries.intake import excuses
from queries.intake.excuses import MAY_EXCUSE, BreachKey
from queries.pages.breaches import Breach, Reason

LIST, MESSAGE = "breaches", "breaches_message"
ROUND = "breaches_round"  # counts presses, so that the choice of all does not outlast one


def message() -> None:
    found = st.session_state.pop(MESSAGE, None)
    if found:
        is_done, words = found
        (st.success if is_done else st.warning)(words)


def offer(ctx: Context, rows: Sequence[Breach], chosen: set[object], reasons: Sequence[Reason]) -> None:
    """For those who may: the form for what is chosen, or for the whole list."""
    if ctx.scope.role not in MAY_EXCUSE:
        blank(_("Read only"), _("Supervisors, managers and administrators excuse breaches."))
        return
    times = st.session_state.get(ROUND, 0)
    whole = st.checkbox(_("All {n} in this list").format(n=number(len(rows))), key=f"breaches_all_{times}")
    picked = [row for row in rows if whole or row.key in chosen]
    if not picked:
        blank(_("Select breaches"), _("The list does not change while you work on it."))
        return
    standing = [row.key for row in picked if row.excused_at is None]
    excused = [row.key for row in picked if row.excused_at is not None]
    if standing:
        _excuse(ctx, standing, reasons)
    if excused:
        _undo(ctx, excused)


def _excuse(ctx: Context, keys: list[BreachKey], reasons: Sequence[Reason]) -> None:
    named = {one.code: one for one in reasons}
    with st.form("excuse", border=True):
        reason = st.selectbox(
            _("Reason"),
            list(named),
            index=None,
            format_func=lambda code: named[code].name_zh if language() == "zh" else named[code].name_en,
            placeholder=_("Select the reason"),
            key="excuse_reason",
        )
        note = st.text_area(
            _("Note"),
            max_chars=500,
            placeholder=_("Such as: typhoon, 14 March. No name, no phone number."),
            key="excuse_note",
        )
        word = ngettext("Excuse {n} breach", "Excuse {n} breaches", len(keys)).format(n=number(len(keys)))
        if st.form_submit_button(word, type="primary", width="stretch"):
            _save(ctx, keys, named.get(reason or ""), note.strip())
    st.caption(_("An excused breach stays a breach. It is counted apart, and its alert is over."))


def _save(ctx: Context, keys: list[BreachKey], reason: Reason | None, note: str) -> None:
    if reason is None:
        st.warning(_("Not saved yet: select the reason."))
        return
    if reason.needs_note and not note:
        st.warning(_("Not saved yet: this reason needs a note."))
        return
    try:
        with writing(reads().engine, ctx.scope) as conn:
            done = excuses.excuse(
                conn,
                keys,
                reason.code,
                note or None,
                ctx.scope.person_login,
                _own_key("excuse", keys),
                reads().now(),
            )
    except SQLAlchemyError:
        st.error(_("Not saved: the database cannot be reached. Your entries are still here; try again."))
        return
    _done(done, len(keys), ngettext("{n} breach is excused.", "{n} breaches are excused.", done))


def _undo(ctx: Context, keys: list[BreachKey]) -> None:
    word = ngettext("Undo {n} excuse", "Undo {n} excuses", len(keys)).format(n=number(len(keys)))
    if not st.button(word, key="excuse_undo", width="stretch"):
        return
    try:
        with writing(reads().engine, ctx.scope) as conn:
            done = excuses.undo(conn, keys, ctx.scope.person_login, _own_key("undo", keys), reads().now())
    except SQLAlchemyError:
        st.error(_("Not saved: the database cannot be reached. Your entries are still here; try again."))
        return
    _done(done, len(keys), ngettext("{n} breach counts again.", "{n} breaches count again.", done))


def _done(done: int, wanted: int, sentence: str) -> None:
    words = sentence.format(n=number(done))
    if done < wanted:
        left = _("{n} had been changed by somebody else meanwhile.").format(n=number(wanted - done))
        words += ("" if language() == "zh" else " ") + left
    st.session_state[MESSAGE] = (done == wanted, words)
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    st.session_state.pop("breaches_keys", None)
    work_list.load_next(LIST, chosen=())
    st.rerun()


def _own_key(name: str, keys: Sequence[BreachKey]) -> str:
    """One for each form as it was shown, so that a double click is one press."""
    held: dict[object, str] = st.session_state.setdefault("breaches_keys", {})
    return held.setdefault((name, tuple(keys)), str(uuid4()))

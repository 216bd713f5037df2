"""Organisation: saying what a value means, keeping it as it is, undoing."""

from collections.abc import Sequence

import streamlit as st
from sqlalchemy import Connection

from dashboard.controls.administering import Refused, act, say
from dashboard.controls.names import source
from dashboard.locale import _, ngettext
from dashboard.locale.shown import in_brackets, name, number
from dashboard.parts import Context
from dashboard.views.organisation.page import SHOWN
from dashboard.views.organisation.words import field_name, meant, word
from queries.db import board_now
from queries.pages import unknown_values
from queries.pages.unknown_values import Choice, Key, Meaning, Outdated, Unknown

PLACE = "unknown"
VALUES, MEANS, UNDO = "unknown_values_chosen", "unknown_means", "meaning_undo"


def form(ctx: Context) -> None:
    found = {one.key: one for one in ctx.read(unknown_values.listed, SHOWN).rows or ()}
    said = {one.meaning_id: one for one in ctx.read(unknown_values.meanings, SHOWN).rows or ()}
    standing = {number_: one for number_, one in said.items() if one.undone_at is None}
    if not found and not standing:
        say(PLACE)
        return
    with st.container(key="panel_say_meaning", gap="small"):
        st.html(f'<div class="panel-head"><h3 aria-level="2">{_("Say what they mean")}</h3></div>')
        say(PLACE)
        if found:
            _say_form(ctx, found)
        if standing:
            _undo_form(ctx, standing)


def _say_form(ctx: Context, found: dict[Key, Unknown]) -> None:
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    chosen: list[Key] = left.multiselect(
        _("Values"),
        list(found),
        format_func=lambda key: _value(found[key]) if key in found else key[2],
        key=VALUES,
        placeholder=_("Choose one, or several that mean the same"),
    )
    fields = {key[1] for key in chosen}
    options = _options(ctx, next(iter(fields))) if len(fields) == 1 else {}
    means = right.selectbox(
        _("They mean"),
        list(options),
        index=None,
        format_func=lambda code: options.get(code, code),
        placeholder=_("Choose"),
        disabled=len(fields) != 1,
        accept_new_options=bool(fields) and fields <= {"category", "channel", "product"},
        key=f"{MEANS}_{'_'.join(sorted(fields))}",
    )
    if len(fields) > 1:
        st.caption(_("Choose values of one field: a department and a region cannot mean the same."))
    _buttons(ctx, found, chosen, means)


def _buttons(ctx: Context, found: dict[Key, Unknown], chosen: list[Key], means: str | None) -> None:
    proposed = [one for one in found.values() if one.proposal is not None]
    save, keep, take, _rest = st.columns([1.1, 1.1, 1.4, 1.4])
    save.button(
        _("Save the meaning"),
        type="primary",
        disabled=not (chosen and means),
        on_click=_save,
        args=(ctx, [(key, means) for key in chosen]),
        width="stretch",
        key="unknown_save",
    )
    keep.button(
        _("Right as they are"),
        disabled=not chosen,
        on_click=_keep,
        args=(ctx, chosen),
        help=_("They become a department, region, person or word of their own."),
        width="stretch",
        key="unknown_keep",
    )
    if proposed:
        label = ngettext("Take {n} proposal", "Take {n} proposals", len(proposed))
        take.button(
            label.format(n=len(proposed)),
            on_click=_save,
            args=(ctx, [(one.key, one.proposal) for one in proposed]),
            help=_("Those of the column Perhaps: values that are the name of exactly one."),
            width="stretch",
            key="unknown_take",
        )


def _value(one: Unknown) -> str:
    shown = f"{field_name(one.field)} · {one.value} · {source(one.source)}"
    return in_brackets(shown, number(one.complaints))


def _options(ctx: Context, field: str) -> dict[str, str]:
    rows: Sequence[Choice] = ctx.read(unknown_values.choices, field).rows or ()
    if field in ("department", "region", "owner"):
        return {one.code: f"{name(one)} · {one.code}" for one in rows}
    return {one.code: word(field, one.code) for one in rows}


def _save(ctx: Context, meant_by: list[tuple[Key, str]]) -> None:
    def action(conn: Connection, by: str) -> str:
        try:
            done = unknown_values.say(conn, meant_by, by, board_now(conn))
        except Outdated:
            raise Refused(
                _("Nothing was saved: somebody else has dealt with one of these values meanwhile.")
            ) from None
        return ngettext(
            "Saved: {n} value. What came in before follows within seconds.",
            "Saved: {n} values. What came in before follows within seconds.",
            done,
        ).format(n=done)

    if act(ctx, PLACE, action):
        st.session_state[VALUES] = []


def _keep(ctx: Context, keys: list[Key]) -> None:
    def action(conn: Connection, by: str) -> str:
        done = unknown_values.keep(conn, keys, by, board_now(conn))
        return ngettext("Kept as it is: {n} value.", "Kept as they are: {n} values.", done).format(n=done)

    if act(ctx, PLACE, action):
        st.session_state[VALUES] = []


def _undo_form(ctx: Context, standing: dict[int, Meaning]) -> None:
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    chosen = left.selectbox(
        _("Undo a meaning"),
        list(standing),
        index=None,
        format_func=lambda one: _meaning(ctx, standing[one]) if one in standing else str(one),
        placeholder=_("Choose a meaning"),
        key=UNDO,
    )
    right.button(
        _("Undo"),
        disabled=chosen is None,
        on_click=_undo,
        args=(ctx, chosen),
        help=_("Its complaints are derived as if it had never been said."),
        width="stretch",
        key="unknown_undo",
    )


def _meaning(ctx: Context, one: Meaning) -> str:
    value = f"{field_name(one.field)} · {one.value} · {source(one.source)}"
    return f"{value} → {meant(ctx, one.field, one.means)}"


def _undo(ctx: Context, meaning_id: int) -> None:
    def action(conn: Connection, by: str) -> str:
        try:
            unknown_values.undo(conn, meaning_id, by, board_now(conn))
        except Outdated:
            raise Refused(_("Nothing was changed: somebody else has undone it already.")) from None
        return _("Undone. Its complaints follow within seconds.")

    if act(ctx, PLACE, action):
        st.session_state[UNDO] = None

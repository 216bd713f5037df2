"""People: what somebody who left still holds goes to a colleague."""

from typing import Literal
from uuid import uuid4

import streamlit as st
from sqlalchemy import Connection

from dashboard.controls.administering import Refused, act, say
from dashboard.locale import _, ngettext, pgettext
from dashboard.locale.shown import name, number
from dashboard.parts import Context
from queries.db import board_now
from queries.organisation import agent_of
from queries.organisation_changes import NotPossible, hand_over
from queries.pages import people
from queries.pages.people import Holder

Kind = Literal["complaint", "callback"]
PLACE, KEY = "hand_over", "hand_over_key"


def form(ctx: Context) -> None:
    holders = {one.agent_id: one for one in ctx.read(people.holders).rows or ()}
    if not holders or ctx.scope.regions is not None:
        say(PLACE)
        return
    with st.container(key="panel_hand_over", gap="small"):
        st.html(f'<div class="panel-head"><h3 aria-level="2">{_("Hand over")}</h3></div>')
        say(PLACE)
        cells = st.columns([1.4, 1.2, 1.4, 1.6], vertical_alignment="bottom")
        who = cells[0].selectbox(
            _("Who left"),
            list(holders),
            format_func=lambda one: name(holders[one]) if one in holders else "–",
            key="hand_over_from",
        )
        if who in holders:
            _of(ctx, cells, holders[who])


def _of(ctx: Context, cells: list[st.delta_generator.DeltaGenerator], holder: Holder) -> None:
    kinds = {kind: count for kind, count in _counts(holder).items() if count}
    kind: Kind = cells[1].selectbox(
        _("What"), list(kinds), format_func=lambda one: _counted(one, kinds.get(one, 0)), key="hand_over_kind"
    )
    colleagues = {one.agent_id: one for one in ctx.read(people.colleagues).rows or ()}
    to = cells[2].selectbox(
        _("To whom"),
        list(colleagues),
        index=None,
        format_func=lambda one: f"{name(colleagues[one])} · {colleagues[one].login}",
        placeholder=_("Choose a colleague"),
        key="hand_over_to",
    )
    reason = cells[3].text_input(pgettext("people", "Why"), max_chars=200, key="hand_over_reason")
    if to is None or kind not in kinds:
        return
    sure, press = st.columns([3, 1], vertical_alignment="center")
    sentence = _("Yes: {what} of {who} go to {to}.").format(
        what=_counted(kind, kinds[kind]), who=name(holder), to=name(colleagues[to])
    )
    is_sure = sure.checkbox(sentence, key=f"hand_over_sure_{holder.agent_id}_{kind}_{to}")
    press.button(
        _("Hand over"),
        type="primary",
        disabled=not (is_sure and reason.strip()),
        help=_("Say why, and confirm."),
        on_click=_hand_over,
        args=(ctx, kind, holder, to, reason.strip()),
        width="stretch",
        key="hand_over",
    )


def _counts(holder: Holder) -> dict[Kind, int]:
    return {"complaint": holder.complaints, "callback": holder.callbacks}


def _counted(kind: Kind, count: int) -> str:
    if kind == "complaint":
        return ngettext("{n} open complaint", "{n} open complaints", count).format(n=number(count))
    return ngettext("{n} callback", "{n} callbacks", count).format(n=number(count))


def _hand_over(ctx: Context, kind: Kind, holder: Holder, to: int, reason: str) -> None:
    key = st.session_state.setdefault(KEY, str(uuid4()))

    def action(conn: Connection, by: str) -> str:
        now, me = board_now(conn), agent_of(conn, by)
        try:
            done = hand_over(conn, kind, holder.agent_id, to, by, me, reason, now, key)
        except NotPossible:
            raise Refused(_("Nothing was handed over: choose somebody who works here.")) from None
        if not done:
            raise Refused(_("Nothing was left to hand over: somebody else has done it meanwhile."))
        return _("Handed over: {what}.").format(what=_counted(kind, done))

    if act(ctx, PLACE, action):
        st.session_state.pop(KEY, None)
        st.session_state.hand_over_reason = ""

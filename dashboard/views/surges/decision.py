"""Surges: a person's decision, and what was decided."""

from html import escape
from typing import Literal

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from dashboard.controls.surge_words import who
from dashboard.locale import _
from dashboard.locale.shown import number, when
from dashboard.parts import Context
from dashboard.reads import reads
from queries.db import writing
from queries.pages.surges import SurgeRow
from queries.surges import decisions
from queries.surges.decisions import Verdict

DECIDE = ("supervisor", "manager")
MESSAGE = "surge_message"


def verdict(row: SurgeRow) -> str:
    labels: dict[Verdict, str] = {
        "tier_1": _("{n} made tier 1").format(n=number(row.made_tier_1)),
        "no_surge": _("not a surge"),
    }
    if row.verdict:
        return labels[row.verdict]
    return _("none, found in past data") if row.looked_back else _("none")


def offer(ctx: Context, row: SurgeRow) -> None:
    """What was decided and, for those who may decide, the buttons for what is waiting."""
    message = st.session_state.get(MESSAGE, {}).get(row.surge_id)
    if message:
        (st.success if message[0] else st.warning)(message[1])
    if row.verdict is not None:
        by = _("{verdict}, by {person} at {time}").format(
            verdict=verdict(row),
            person=who(row.person_en, row.person_zh),
            time=when(row.decided_at, ctx.zone, ctx.now),
        )
        st.html(f'<p class="decided">✓ {escape(by)}</p>')
    if ctx.scope.role not in DECIDE:
        return
    with st.container(horizontal=True, gap="small"):
        key = f"{row.surge_id}_{row.revision}"
        if row.waiting and st.button(_yes(row), type=_weight(row), key=f"surge_yes_{key}"):
            _decide(ctx, row, "tier_1")
        if row.verdict is None and st.button(_("Not a surge"), key=f"surge_no_{key}"):
            _decide(ctx, row, "no_surge")


def _yes(row: SurgeRow) -> str:
    labels = {
        None: _("Make these {n} tier 1"),
        "tier_1": _("{n} more since then: make them tier 1"),
        "no_surge": _("Make these {n} tier 1 after all"),
    }
    return labels[row.verdict].format(n=number(min(row.waiting, decisions.COMPLAINTS_A_DECISION)))


def _weight(row: SurgeRow) -> Literal["primary", "secondary"]:
    return "secondary" if row.verdict == "no_surge" else "primary"


def _decide(ctx: Context, row: SurgeRow, chosen: Verdict) -> None:
    try:
        with writing(reads().engine, ctx.scope) as conn:
            now = reads().now()
            done = decisions.decide(conn, row.surge_id, row.revision, chosen, ctx.scope, now)
    except SQLAlchemyError:
        st.error(_("Not saved: the database cannot be reached. Your entries are still here; try again."))
        return
    if not done.is_first:
        message = _("Somebody else has already decided.")
    elif chosen == "tier_1":
        message = _("{n} complaints are now tier 1. Their deadlines update within a second.").format(
            n=number(done.complaints)
        )
    else:
        message = _("Saved: not a surge. No further alert while it lasts.")
    st.session_state.setdefault(MESSAGE, {})[row.surge_id] = (done.is_first, message)
    st.rerun()

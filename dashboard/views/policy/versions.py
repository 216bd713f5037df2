"""Policy: the versions, and withdrawing one within a day."""

from functools import partial

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from dashboard.controls.columns import amount, coded, dated
from dashboard.controls.names import author
from dashboard.locale import _, ngettext
from dashboard.locale.shown import number, when
from dashboard.parts import Column, Context, Tone, listing, panel
from dashboard.reads import Snapshot, reads
from queries.policy_changes import versions as policy_versions
from queries.policy_changes import withdraw
from queries.policy_changes.versions import TO_WITHDRAW, NotAllowed, VersionRow, in_force, withdrawable

CONFIRMING = "policy_withdraw_confirming"
MESSAGE = "policy_withdraw_message"


def listed(ctx: Context, versions: Snapshot[tuple[VersionRow, ...]]) -> None:
    panel(
        ctx,
        "versions",
        _("Versions"),
        versions,
        partial(_draw, ctx),
        note=_("newest first"),
    )


def _draw(ctx: Context, rows: tuple[VersionRow, ...]) -> None:
    listing(rows, _columns(ctx, in_force(rows)))


def _columns(ctx: Context, newest: VersionRow | None) -> tuple[Column, ...]:
    def state(row: VersionRow) -> str:
        if row.withdrawn_at is not None:
            sentence = _("withdrawn {time}, by {person}")
            return sentence.format(time=when(row.withdrawn_at, ctx.zone), person=author(row.withdrawn_by))
        if row == newest:
            return _("in force")
        return _("set for the past") if row.is_past else _("superseded")

    def since(row: VersionRow) -> str:
        return f"{row.in_force_from.astimezone(ctx.zone):%Y-%m-%d %H:%M}"

    def moved(row: VersionRow) -> str:
        return _("moved to this version") if row.move_open else _("kept their version")

    def tone(row: VersionRow) -> Tone:
        if row.withdrawn_at is not None:
            return "warn"
        return "good" if row == newest else ""

    return (
        coded(_("Version"), "version", str),
        Column(_("State"), state, tone=tone),
        Column(_("In force from"), since),
        dated(ctx, _("Applied"), "applied_at"),
        coded(_("By"), "applied_by", author),
        Column(_("Deadlines open then"), moved),
        amount(_("Open deadlines under this version"), "deadlines"),
    )


def offer(ctx: Context) -> None:
    """Withdrawing, for as long as a version may be: asked for, then confirmed."""
    message = st.session_state.pop(MESSAGE, None)
    rows = withdrawable(ctx.read(policy_versions.versions).rows or (), ctx.now)
    if not rows and message is None:
        return
    with st.container(key="panel_withdraw", gap="small"):
        st.html(f'<div class="panel-head"><h3>{_("Withdraw a version")}</h3></div>')
        if message is not None:
            (st.success if message[0] else st.warning)(message[1])
        for row in rows:
            _offer(ctx, row)


def _offer(ctx: Context, row: VersionRow) -> None:
    until = when(row.applied_at + TO_WITHDRAW, ctx.zone)
    st.caption(
        _(
            "Version {n}, applied by {person}, can be withdrawn until {time}: everything is "
            "recalculated as if it had never existed, deadlines that it breached or ended run again, "
            "and its alerts are withdrawn."
        ).format(n=row.version, person=author(row.applied_by), time=until)
    )
    if st.session_state.get(CONFIRMING) != row.version:
        if st.button(_("Withdraw version {n} …").format(n=row.version), key=f"withdraw_{row.version}"):
            st.session_state[CONFIRMING] = row.version
            st.rerun()
        return
    st.warning(_("Withdraw version {n}? This cannot be undone.").format(n=row.version))
    with st.container(horizontal=True, gap="small"):
        if st.button(_("Yes, withdraw it"), type="primary", key=f"withdraw_yes_{row.version}"):
            _withdraw(ctx, row.version)
        if st.button(_("No, keep it"), key=f"withdraw_no_{row.version}"):
            st.session_state.pop(CONFIRMING)
            st.rerun()


def _withdraw(ctx: Context, version: int) -> None:
    try:
        found = withdraw.withdraw_as(reads().engine, ctx.scope, version)
    except SQLAlchemyError:
        st.error(_("Not withdrawn: the database refused it or cannot be reached. Try again."))
        return
    except NotAllowed:
        st.session_state[MESSAGE] = (
            False,
            _("Not withdrawn: this is no longer possible. The list shows why."),
        )
    else:
        sentence = ngettext(
            "Version {n} is withdrawn; {count} complaint is recalculated within seconds.",
            "Version {n} is withdrawn; {count} complaints are recalculated within seconds.",
            found,
        )
        st.session_state[MESSAGE] = (True, sentence.format(n=version, count=number(found)))
        st.session_state.pop("policy_body", None)  # the text of the version in force is shown again
    st.session_state.pop(CONFIRMING, None)
    st.rerun()

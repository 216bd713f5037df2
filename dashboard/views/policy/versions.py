"""Policy: the versions, and taking one back within a day."""

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from dashboard.controls.names import author
from dashboard.locale import _, ngettext
from dashboard.locale.shown import number, when
from dashboard.parts import Column, Context, Tone, listing, panel
from dashboard.reads import Snapshot, reads
from queries.policy_changes import versions as policy_versions
from queries.policy_changes import withdraw
from queries.policy_changes.versions import TO_WITHDRAW, NotAllowed, VersionRow, in_force, withdrawable

ASKED = "policy_withdraw_asked"
SAID = "policy_withdraw_said"


def listed(ctx: Context, versions: Snapshot[tuple[VersionRow, ...]]) -> None:
    panel(
        ctx,
        "versions",
        _("Versions"),
        versions,
        lambda rows: listing(rows, _columns(ctx, in_force(rows))),
        note=_("newest first"),
    )


def _columns(ctx: Context, newest: VersionRow | None) -> tuple[Column, ...]:
    def state(row: VersionRow) -> str:
        if row.withdrawn_at is not None:
            told = _("withdrawn {time}, by {person}")
            return told.format(time=when(row.withdrawn_at, ctx.zone), person=author(row.withdrawn_by))
        if row == newest:
            return _("in force")
        return _("given for the past") if row.is_past else _("followed by another")

    def tone(row: VersionRow) -> Tone:
        if row.withdrawn_at is not None:
            return "warn"
        return "good" if row == newest else ""

    return (
        Column(_("Version"), lambda row: str(row.version)),
        Column(_("State"), state, tone=tone),
        Column(_("In force from"), lambda row: f"{row.in_force_from.astimezone(ctx.zone):%Y-%m-%d %H:%M}"),
        Column(_("Applied"), lambda row: when(row.applied_at, ctx.zone)),
        Column(_("By"), lambda row: author(row.applied_by)),
        Column(
            _("Open deadlines then"),
            lambda row: _("moved to it") if row.move_open else _("kept theirs"),
        ),
        Column(_("Open deadlines under it"), lambda row: number(row.deadlines), number=True),
    )


def offer(ctx: Context) -> None:
    """Withdrawing, for as long as a version may be: asked for, then confirmed."""
    said = st.session_state.pop(SAID, None)
    rows = withdrawable(ctx.read(policy_versions.versions).rows or (), ctx.now)
    if not rows and said is None:
        return
    with st.container(key="panel_withdraw", gap="small"):
        st.html(f'<div class="panel-head"><h3>{_("Take a version back")}</h3></div>')
        if said is not None:
            (st.success if said[0] else st.warning)(said[1])
        for row in rows:
            _offer(ctx, row)


def _offer(ctx: Context, row: VersionRow) -> None:
    until = when(row.applied_at + TO_WITHDRAW, ctx.zone)
    st.caption(
        _(
            "Version {n}, applied by {person}, can be withdrawn until {time}: everything is derived as if it "
            "had never been, what it breached or ended runs again, and its alerts are withdrawn."
        ).format(n=row.version, person=author(row.applied_by), time=until)
    )
    if st.session_state.get(ASKED) != row.version:
        if st.button(_("Withdraw version {n} …").format(n=row.version), key=f"withdraw_{row.version}"):
            st.session_state[ASKED] = row.version
            st.rerun()
        return
    st.warning(_("Withdraw version {n}? It cannot be made to stand again.").format(n=row.version))
    with st.container(horizontal=True, gap="small"):
        if st.button(_("Yes, withdraw it"), type="primary", key=f"withdraw_yes_{row.version}"):
            _withdraw(ctx, row.version)
        if st.button(_("No, keep it"), key=f"withdraw_no_{row.version}"):
            st.session_state.pop(ASKED)
            st.rerun()


def _withdraw(ctx: Context, version: int) -> None:
    try:
        found = withdraw.withdraw_as(reads().engine, ctx.scope, version)
    except SQLAlchemyError:
        st.error(_("Not withdrawn: the database refused it or cannot be reached. Try again."))
        return
    except NotAllowed:
        st.session_state[SAID] = (False, _("Not withdrawn: it may not be any more. The list shows why."))
    else:
        told = ngettext(
            "Version {n} is withdrawn; {count} complaint is derived again within seconds.",
            "Version {n} is withdrawn; {count} complaints are derived again within seconds.",
            found,
        )
        st.session_state[SAID] = (True, told.format(n=version, count=number(found)))
        st.session_state.pop("policy_body", None)  # the text of the version in force is shown again
    st.session_state.pop(ASKED, None)
    st.rerun()

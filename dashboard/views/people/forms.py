"""People: inviting, locking, and the last day of somebody who leaves."""

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import streamlit as st
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from config.settings import settings
from dashboard.controls.names import grade
from dashboard.locale import _, use
from dashboard.locale.shown import headed, name, when
from dashboard.parts import Context
from dashboard.reads import reads
from dashboard.views.people import hand_over, upload
from dashboard.views.people.page import state
from queries.db import board_now, raise_version
from queries.organisation import scope_of
from queries.people import accounts, register
from queries.people.register import Listed

LINK, SAID = "people_link", "people_said"


class _Refused(Exception):
    """What the page says instead of doing it."""


def header(ctx: Context) -> None:
    people = {one.login: one for one in ctx.read(register.listed).rows or ()}
    upload.form(ctx)
    hand_over.form(ctx)
    if not people:
        return
    with st.container(key="panel_person", gap="small"):
        st.html(f'<div class="panel-head"><h3 aria-level="2">{_("Invite, lock, last day")}</h3></div>')
        login = st.selectbox(
            _("Whom"),
            list(people),
            index=None,
            format_func=lambda one: f"{name(people[one])} · {one} · {grade(people[one].grade)}",
            placeholder=_("Choose a person"),
            key="people_person",
        )
        _say_outcome(login)
        if login is not None:
            _actions(ctx, people[login])


def _say_outcome(login: str | None) -> None:
    """Of the last press, while its person is still chosen. The link is shown this once."""
    whom, words, is_good = st.session_state.pop(SAID, ("", "", True))
    if whom == login and words:
        (st.success if is_good else st.error)(words)
    whom, link = st.session_state.pop(LINK, ("", ""))
    if whom == login and link:
        st.code(link, language=None, wrap_lines=True)
        st.caption(
            _("Send this link to them. It works once, within {n} hours, and is not shown again.").format(
                n=accounts.INVITATION_HOURS
            )
        )


def _actions(ctx: Context, one: Listed) -> None:
    st.caption(headed(_("Sign-in"), state(one.state)))
    invite, lock, day, save = st.columns([1.3, 1, 1.3, 1], vertical_alignment="bottom")
    if settings().sign_in == "local":
        invite.button(
            _("Invite by a link") if one.state != "signs_in" else _("Link for a new password"),
            on_click=_do,
            args=(ctx, one.login, _invite(one)),
            disabled=one.state in ("no_access", "left", "not_yet", "locked"),
            width="stretch",
            key="people_invite",
        )
    is_locked = one.state == "locked"
    lock.button(
        _("Unlock") if is_locked else _("Lock"),
        on_click=_do,
        args=(ctx, one.login, _lock(ctx, one, not is_locked)),
        disabled=one.state == "no_access",
        width="stretch",
        key="people_lock",
    )
    last = one.active_until - timedelta(microseconds=1) if one.active_until else None
    day.date_input(
        _("Last day"),
        value=last.astimezone(ctx.zone).date() if last else None,
        key=f"people_last_day_{one.agent_id}",
    )
    save.button(
        _("Save the last day"),
        on_click=_do,
        args=(ctx, one.login, _leave(ctx, one)),
        width="stretch",
        key="people_save",
    )


Action = Callable[[Connection, str], str]  # (connection, who does it) → what to say


def _do(ctx: Context, login: str, action: Action) -> None:
    """In one transaction, in which whoever acts is an administrator."""
    use(ctx.language)  # a press is answered before the page runs
    by = ctx.scope.person_login
    try:
        with reads().engine.begin() as conn:
            me = scope_of(conn, by)
            if me is None or me.role != "administrator":
                raise _Refused(_("Only an administrator can do this."))
            words = action(conn, by)
            raise_version(conn, board_now(conn))
    except _Refused as refused:
        st.session_state[SAID] = (login, str(refused), False)
    except SQLAlchemyError:
        st.session_state[SAID] = (login, _("The database cannot be reached. Nothing was changed."), False)
    else:
        st.session_state[SAID] = (login, words, True)


def _invite(one: Listed) -> Action:
    def act(conn: Connection, by: str) -> str:
        token = accounts.invite(conn, one.agent_id, by)
        register.invited(conn, one.login, by)
        st.session_state[LINK] = (one.login, f"{_base()}/invitation/{token}")
        return _("The invitation is ready.")

    return act


def _base() -> str:
    if settings().public_url:
        return str(settings().public_url).rstrip("/")
    url = urlsplit(st.context.url or "")
    return f"{url.scheme}://{url.netloc}"


def _lock(ctx: Context, one: Listed, lock: bool) -> Action:
    def act(conn: Connection, by: str) -> str:
        _keep_one_administrator(conn, one, by) if lock else None
        register.lock(conn, one.login, by, lock)
        return _("Locked: every session has ended.") if lock else _("Unlocked.")

    return act


def _keep_one_administrator(conn: Connection, one: Listed, by: str) -> None:
    if one.login == by:
        raise _Refused(_("You cannot shut yourself out: another administrator can."))
    if one.grade == "administrator" and not register.administrators_besides(conn, one.login):
        raise _Refused(_("The last administrator stays."))


def _leave(ctx: Context, one: Listed) -> Action:
    def act(conn: Connection, by: str) -> str:
        day = st.session_state.get(f"people_last_day_{one.agent_id}")
        until = None
        if day is not None:
            until = datetime(day.year, day.month, day.day, tzinfo=ctx.zone) + timedelta(days=1)
            if one.active_from is not None and until <= one.active_from:
                raise _Refused(_("The last day is before the first."))
            _keep_one_administrator(conn, one, by)
        register.set_active_until(conn, one.login, until, by)
        if until is None:
            return _("Saved: there is no last day.")
        return _("Saved: access ends at {time}.").format(time=when(until, ctx.zone))

    return act

"""Complaint: what a person may do with it now, each as a fact with its instant and reason, undone within a
minute."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

import streamlit as st
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from dashboard.controls.names import Names, names, tier
from dashboard.locale import _, use
from dashboard.locale.shown import in_brackets, name, when
from dashboard.parts import Context
from dashboard.reads import Moment, Snapshot, reads
from dashboard.views.complaint.action_words import explained, mistake, text_label, there_now, title
from queries.actions import life, record
from queries.actions.life import Action, State
from queries.actions.record import Given, Refused
from queries.db import board_now, reading, writing
from queries.organisation import agent_of
from queries.pages import complaint
from queries.pages.complaint import Handler

SAID, MISTAKE, SAVES = "action_said", "action_mistake", "action_saves"
OF_VALUE = {"no_value", "no_parent", "own_parent", "merged_parent", "no_owner", "no_department"}
OF_TEXT, OF_TIME = {"no_text", "long_text"}, {"too_early", "too_late"}


def actions(ctx: Context, complaint_id: int) -> None:
    """Nothing where the complaint cannot be read: the page below says so."""
    moment = _newest(ctx)
    found = reads().read(ctx.scope, moment, complaint.state, complaint_id)
    me = reads().read(ctx.scope, moment, agent_of, ctx.scope.person_login).rows
    if not found.rows or me is None:
        return
    state = found.rows[0]
    offered = life.offered(state, ctx.scope.role, me)
    with st.container(key="panel_actions", gap="small"):
        _became(ctx, complaint_id)
        chosen = _choice(complaint_id, [one.name for one in offered])
        if state.tier == 1 and state.is_open and ctx.scope.role not in life.MAY_PLAN_TIER_1:
            st.caption(_("The plan of a tier 1 complaint is given by a supervisor or above."))
        if chosen:
            _form(ctx, complaint_id, state, life.BY_NAME[chosen])


def _newest(ctx: Context) -> Moment:
    """What was just saved is not in the version on screen yet."""
    try:
        return reads().moment()
    except SQLAlchemyError:
        return ctx.moment


def _choice(complaint_id: int, options: list[str]) -> str | None:
    key = f"action_{complaint_id}"
    if st.session_state.get(key) not in options:
        st.session_state[key] = None
    chosen: str | None = st.pills(_("Record an action"), options, format_func=title, key=key)
    return chosen


def _form(ctx: Context, complaint_id: int, state: State, action: Action) -> None:
    key = _key(complaint_id, action)
    labels = names(ctx)
    with st.form(key, border=False):
        if explained(action.name):
            st.caption(explained(action.name))
        widths = [1.3] * bool(action.takes) + [1, 2.2] + [1.4] * (action.name == "resolve") + [0.8]
        places = iter(st.columns(widths, vertical_alignment="top"))
        if action.takes:
            with next(places):
                _value_input(ctx, labels, state, action, f"{key}_value")
                _mistake_at(ctx, key, OF_VALUE)
        with next(places):
            st.datetime_input(_("When"), value=None, key=f"{key}_at", help=_("Leave empty for now"))
            _mistake_at(ctx, key, OF_TIME)
        with next(places):
            is_needed = life.needs_text(action, state)
            label = text_label(action.name)
            st.text_area(
                label if is_needed else _("{what} (optional)").format(what=label),
                key=f"{key}_note",
                max_chars=record.LONGEST_TEXT,
                height=68,
            )
            _mistake_at(ctx, key, OF_TEXT)
        if action.name == "resolve":
            with next(places):
                st.text_area(
                    _("Cause (optional)"), key=f"{key}_cause", max_chars=record.LONGEST_TEXT, height=68
                )
        with next(places):
            st.html('<div class="beside-fields"></div>')
            st.form_submit_button(
                _("Save"),
                type="primary",
                width="stretch",
                on_click=_save,
                args=(ctx, complaint_id, state, action, key, _own_key(key)),
            )


def _key(complaint_id: int, action: Action) -> str:
    """Of the form and its fields: anew after each save, so that the next one begins empty."""
    return f"do_{complaint_id}_{action.name}_{st.session_state.get(SAVES, 0)}"


def _own_key(key: str) -> str:
    """The same for each press of one form, also of one whose answer was lost."""
    keys: dict[str, str] = st.session_state.setdefault("action_keys", {})
    return keys.setdefault(key, str(uuid4()))


def _value_input(ctx: Context, labels: Names, state: State, action: Action, key: str) -> None:
    label = title(action.name)
    if action.takes == "tier":
        st.segmented_control(label, life.choices("tier", state), format_func=tier, key=key)
    elif action.takes == "department":
        taken = {state.department_id}
        if action.name == "ask":
            taken |= {one.department_id for one in state.requests}
        others = [one for one in labels.departments if one not in taken]
        _select(_("Department"), others, labels.department, key)
    elif action.takes == "owner":
        people = _people(ctx, state)
        others = [one for one in people if one != state.owner_id]
        _select(_("Owner"), others, partial(_person, labels, people), key)
    elif action.takes == "request":
        requests = {one.request_id: one for one in state.requests}
        among = life.choices(action.name, state)
        _select(_("Request"), list(among), partial(_request, ctx, labels, requests), key, len(among) == 1)
    else:
        st.text_input(_("Number of the other complaint"), key=key)


def _select(label: str, options: list[int], shown: Any, key: str, is_only: bool = False) -> None:
    st.selectbox(
        label,
        options,
        format_func=shown,
        index=0 if is_only else None,
        placeholder=_("Choose"),
        key=key,
    )


def _people(ctx: Context, state: State) -> dict[int, Handler]:
    moment = ctx.moment.to_minute()
    found = reads().read(ctx.scope, moment, complaint.handlers, state.department_id).rows or ()
    return {one.agent_id: one for one in found}


def _person(labels: Names, people: dict[int, Handler], agent_id: int) -> str:
    one = people[agent_id]
    return f"{name(one)} · {labels.department(one.department_id)}" if one.department_id else name(one)


def _request(ctx: Context, labels: Names, requests: dict[int, life.Request], request_id: int) -> str:
    one = requests[request_id]
    asked = datetime.fromtimestamp(one.requested_at, ctx.zone)
    return f"{labels.department(one.department_id)} · {when(asked, ctx.zone, ctx.now)}"


def _mistake_at(ctx: Context, key: str, whys: set[str]) -> None:
    """Beside its field."""
    form, why, since = st.session_state.get(MISTAKE, ("", "", None))
    if form == key and why in whys:
        st.html(f'<p class="mistake" role="alert">▲ {mistake(why, since, ctx)}</p>')


def _save(ctx: Context, complaint_id: int, seen: State, action: Action, key: str, own_key: str) -> None:
    """`seen` is the state in which the form was drawn. What was typed stays unless it was saved."""
    use(ctx.language)  # a press is answered before the page runs
    st.session_state.pop(MISTAKE, None)
    try:
        with writing(reads().engine, ctx.scope) as conn:
            given = _given(ctx, conn, action, key)
            record.record(conn, complaint_id, seen, given, ctx.scope, own_key, board_now(conn))
    except Refused as refused:
        _refuse(ctx, complaint_id, action, key, refused)
    except SQLAlchemyError:
        text = _("Not saved: the database cannot be reached. Your entries are still here; try again.")
        st.session_state[SAID] = (complaint_id, "bad", text, "")
    else:
        st.session_state[SAVES] = st.session_state.get(SAVES, 0) + 1
        st.session_state[f"action_{complaint_id}"] = None
        saved = _("Saved: {what}. Deadlines update within a second.").format(what=title(action.name))
        st.session_state[SAID] = (complaint_id, "good", saved, "")


def _given(ctx: Context, conn: Connection, action: Action, key: str) -> Given:
    typed = st.session_state
    value, at = typed.get(f"{key}_value"), typed.get(f"{key}_at")
    if action.takes == "parent":
        value = _parent(conn, str(value or "").strip())
    return Given(
        action.name,
        value,
        at.replace(tzinfo=ctx.zone) if at else None,
        typed.get(f"{key}_note") or "",
        typed.get(f"{key}_cause") or "",
    )


def _parent(conn: Connection, number: str) -> int | None:
    if not number:
        return None
    found = complaint.find(conn, number, None, 1)
    if not found:
        raise Refused("no_parent")
    return found[0].complaint_id


def _refuse(ctx: Context, complaint_id: int, action: Action, key: str, refused: Refused) -> None:
    if refused.why in OF_VALUE | OF_TEXT | OF_TIME:
        st.session_state[MISTAKE] = (key, refused.why, refused.since)
        return
    typed = str(st.session_state.get(f"{key}_note") or "")
    if refused.why == "changed" and refused.now is not None:
        text = _conflict(ctx, complaint_id, action, refused.now)
    else:
        text = mistake(refused.why, refused.since, ctx)
    st.session_state[SAID] = (complaint_id, "warn", text, typed)


def _conflict(ctx: Context, complaint_id: int, action: Action, now: State) -> str:
    """What is there now, and who made it so."""
    labels, people = names(ctx), _people(ctx, now)
    what = there_now(action.name, now, labels, people, name)
    fields = {one.field for one in life.observations(action.name, now, 0, 0, 1)}
    trail: Snapshot[Any] = reads().read(ctx.scope, _newest(ctx), complaint.trail, complaint_id)
    last = next((one for one in trail.rows or () if one.field in fields and one.undone_at is None), None)
    if last is not None:
        person = (last.person_zh if ctx.language == "zh" else last.person_en) or _("source")
        what = in_brackets(what, f"{person} {when(last.happened_at, ctx.zone, ctx.now)}")
    sentence = _(
        "Not saved: somebody else was faster. It is now: {what}. "
        "Look at it, then save again if your entry is still right."
    )
    return sentence.format(what=what)


def _became(ctx: Context, complaint_id: int) -> None:
    """Of the last press, and beside it the way back; nothing where there is neither."""
    whose, tone, text, typed = st.session_state.pop(SAID, (0, "", "", ""))
    last = _undoable(ctx, complaint_id)
    is_said = whose == complaint_id and bool(text)
    if not is_said and last is None:
        return
    left, right = st.columns([4, 1.4]) if is_said else st.columns([1.4, 4])[::-1]
    with left:
        if is_said:
            {"good": st.success, "warn": st.warning, "bad": st.error}[tone](text)
        if is_said and typed:
            st.caption(_("What you wrote:"))
            st.text(typed)
    with right:
        if last is not None:
            # Gone when the minute is over, without anything else on the page moving.
            st.fragment(_undo_button, run_every=5)(ctx, complaint_id)


def _undoable(ctx: Context, complaint_id: int) -> tuple[int, str] | None:
    try:
        with reading(reads().engine, ctx.scope) as conn:
            last = record.undoable(conn, complaint_id, ctx.scope.person_login, board_now(conn))
    except SQLAlchemyError:
        return None
    return None if last is None else (last.place, last.action)


def _undo_button(ctx: Context, complaint_id: int) -> None:
    use(ctx.language)
    if st.session_state.pop("action_undone", False):
        st.rerun()
    last = _undoable(ctx, complaint_id)
    if last is not None:
        place, what = last
        st.button(
            _("Undo “{what}”").format(what=title(what)),
            key=f"undo_{complaint_id}_{place}",
            icon=":material/undo:",
            help=_("Within a minute: as if it had never been."),
            on_click=_undo,
            args=(ctx, complaint_id, place, what),
        )


def _undo(ctx: Context, complaint_id: int, place: int, what: str) -> None:
    use(ctx.language)
    try:
        with writing(reads().engine, ctx.scope) as conn:
            record.undo(conn, complaint_id, place, ctx.scope, board_now(conn))
    except Refused as refused:
        st.session_state[SAID] = (complaint_id, "warn", mistake(refused.why, None, ctx), "")
    except SQLAlchemyError:
        text = _("The database cannot be reached. Nothing was changed.")
        st.session_state[SAID] = (complaint_id, "bad", text, "")
    else:
        st.session_state[SAID] = (complaint_id, "good", _("Undone: {what}.").format(what=title(what)), "")
    st.session_state["action_undone"] = True

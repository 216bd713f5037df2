"""Callbacks: the list to work through, and the form that records a call."""

from datetime import datetime
from uuid import uuid4

import pandas as pd
import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from dashboard.controls import work_list
from dashboard.controls.names import Names, category, names, outcome, tier
from dashboard.locale import _, language
from dashboard.locale.shown import due, in_brackets, listed, number, when
from dashboard.parts import Context, Tile, blank, tiles
from dashboard.reads import reads
from queries.db import writing
from queries.intake import door
from queries.organisation import agent_of
from queries.pages import callbacks
from queries.pages.callbacks import Callback, Caller, Counts, Key, Outdated, When

SHOWN = 500
LIST = "callbacks"
OUTCOMES = ("confirmed", "not_solved", "refused", "no_answer", "wrong_number", "call_later")


def live(ctx: Context) -> None:
    counts = ctx.read(callbacks.counts, ctx.filters)
    if counts.rows is None:
        blank(_("Unavailable"), _("This could not be read. It is tried again by itself."))
        return
    _tiles(counts.rows)
    if not ctx.moment.as_of:
        work_list.news(ctx, LIST, callbacks.pending, ctx.filters, _chosen_list(), SHOWN)


def _tiles(found: Counts) -> None:
    tiles(
        (
            Tile(_("Overdue"), number(found.overdue), tone="bad" if found.overdue else "good"),
            Tile(_("Due today"), number(found.today)),
            Tile(_("Next 7 days"), number(found.upcoming)),
            Tile(_("Not assigned"), number(found.unassigned), _("of all pending")),
            Tile(_("Done today"), number(found.done_today)),
        )
    )


def _words() -> dict[When, str]:
    return {"overdue": _("Overdue"), "today": _("Due today"), "upcoming": _("Next 7 days")}


def _chosen_list() -> When:
    chosen: When = st.session_state.get("callbacks_when") or "overdue"
    return chosen


def still(ctx: Context) -> None:
    words = _words()
    st.segmented_control(
        _("List"),
        list(words),
        key="callbacks_when",
        format_func=words.__getitem__,
        default="overdue",
        label_visibility="collapsed",
    )
    _message()
    asked = (callbacks.pending, ctx.filters, _chosen_list(), SHOWN)
    total = _total(ctx)
    picture = ctx.read(*asked) if ctx.moment.as_of else work_list.frozen(ctx, LIST, *asked)
    if picture.rows is None:
        blank(_("Unavailable"), _("This could not be read. It is tried again by itself."))
        return
    if not picture.rows:
        blank(_("Nothing here"), _("No callback is waiting in this list."))
        return
    if ctx.moment.as_of:
        work_list.read_only(_frame(ctx, names(ctx), picture.rows), total, SHOWN)
    else:
        _list(ctx, names(ctx), picture.rows, total)


def _total(ctx: Context) -> int | None:
    counts = ctx.read(callbacks.counts, ctx.filters).rows
    return getattr(counts, _chosen_list()) if counts else None


def _list(ctx: Context, known: Names, found: tuple[Callback, ...], total: int | None) -> None:
    left, right = st.columns([7, 3])
    with left:
        chosen = work_list.table(
            LIST,
            _frame(ctx, known, found),
            [row.key for row in found],
            several=True,
            height=560,
        )
        told = _(
            "{extent} callbacks, earliest due first. Choose one to record a call, several to assign them."
        )
        st.caption(told.format(extent=work_list.extent(len(found), total, SHOWN)))
    with right:
        picked = [row for row in found if row.key in set(chosen)]
        if not picked:
            blank(_("Choose a callback"), _("The list stays as it is while you work on it."))
        elif len(picked) == 1:
            _one(ctx, known, picked[0])
        else:
            _assign(ctx, picked)


def _frame(ctx: Context, known: Names, rows: tuple[Callback, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Due"): [due(row.due_at, ctx.zone) for row in rows],
            _("Agreed for"): [when(row.agreed_at, ctx.zone, ctx.now) for row in rows],
            _("Callback"): [known.target(row.kind) for row in rows],
            _("Complaint"): [row.external_id for row in rows],
            _("Customer"): [_customer(row) for row in rows],
            _("Assigned"): [_agent(row) for row in rows],
            _("Tries"): [row.attempts for row in rows],
            _("Last outcome"): [outcome(row.last_outcome) for row in rows],
            _("Tier"): [tier(row.tier) for row in rows],
            _("Region"): [known.region(row.region_id) for row in rows],
            _("Category"): [category(row.category) for row in rows],
        }
    )


def _customer(row: Callback) -> str:
    customer = row.customer or "–"
    return in_brackets(customer, f"{row.of_customer}×") if row.of_customer > 1 else customer


def _agent(row: Callback) -> str:
    return (row.agent_zh if language() == "zh" else row.agent_en) or "–"


def _message() -> None:
    said = st.session_state.pop("callbacks_said", None)
    if said:
        kind, words = said
        (st.success if kind == "done" else st.warning)(words)


def _one(ctx: Context, known: Names, row: Callback) -> None:
    st.markdown(f"##### {known.target(row.kind)}")
    st.text(f"{_('Complaint')} {row.external_id} · {known.region(row.region_id)}")
    st.link_button(_("Open the complaint"), ctx.url("complaint", complaint=row.complaint_id))
    if row.of_customer > 1:
        st.info(
            _("{n} callbacks of this customer are waiting: one call can settle them.").format(
                n=row.of_customer
            )
        )
    if row.agreed_at is not None:
        agreed = _("Agreed with the customer: call at {time}.")
        st.info(agreed.format(time=when(row.agreed_at, ctx.zone)), icon=":material/schedule:")
    _phone(ctx, row)
    with st.form(f"attempt_{row.key}", border=True):
        done = st.selectbox(
            _("Outcome of the call"),
            OUTCOMES,
            format_func=outcome,
            index=None,
            placeholder=_("Choose what came of it"),
        )
        later = st.datetime_input(
            _("Call again at"), value=None, help=_("Only where the customer asked for it")
        )
        note = st.text_area(_("Note"), max_chars=500)
        reopen = st.checkbox(_("Not solved: open the complaint again"))
        if st.form_submit_button(_("Record the call"), type="primary"):
            _save_attempt(ctx, row, done, later, note, reopen)
    _assign(ctx, [row])


def _phone(ctx: Context, row: Callback) -> None:
    if st.button(_("Show the phone number"), icon=":material/visibility:"):
        with writing(reads().engine, ctx.scope) as conn:
            number_ = door.reveal_phone(conn, row.complaint_id)
        st.code(number_ or _("none known"), language=None)


def _own_key(name: str, row: Callback) -> str:
    """One for each form as it was shown: a double click is one attempt."""
    keys: dict[str, str] = st.session_state.setdefault("callbacks_keys", {})
    return keys.setdefault(f"{name}-{row.key}-{row.revision}", str(uuid4()))


def _save_attempt(
    ctx: Context, row: Callback, done: str | None, later: datetime | None, note: str, reopen: bool
) -> None:
    if done is None:
        st.warning(_("Not saved yet: choose what came of the call."))
        return
    kept: tuple[Key, ...] = ()
    again = later.replace(tzinfo=ctx.zone) if later else None
    try:
        with writing(reads().engine, ctx.scope) as conn:
            now = reads().now()
            me = agent_of(conn, ctx.scope.person_login)
            callbacks.record_attempt(
                conn, row.key, row.revision, _own_key("attempt", row), done, me, again, note or None, now
            )
            if reopen and done == "not_solved":
                door.correct(conn, row.complaint_id, "status", "in_progress", me, now)
        _said(
            "done",
            _("Recorded: complaint {id}, {outcome}.").format(id=row.external_id, outcome=outcome(done)),
        )
    except Outdated:
        _outdated(row)
        kept = (row.key,)
    except SQLAlchemyError:
        st.error(_("Not saved: the database cannot be reached. Your entries are still here; try again."))
        return
    work_list.load_next(LIST, chosen=kept)
    st.rerun()


def _assign(ctx: Context, rows: list[Callback]) -> None:
    people = {one.agent_id: one for one in ctx.read(callbacks.callers).rows or ()}
    with st.form(f"assign_{len(rows)}_{rows[0].key}", border=True):
        agent = st.selectbox(
            _("Assign to"),
            list(people),
            format_func=lambda one: _caller(people[one]),
            index=None,
            placeholder=_("Choose a person"),
        )
        starts = st.datetime_input(_("Reschedule to"), value=None, help=_("Leave empty to keep the time"))
        many = len(rows)
        label = (
            _("Assign or reschedule") if many == 1 else _("Assign or reschedule {n} callbacks").format(n=many)
        )
        if st.form_submit_button(label):
            _save_booking(ctx, rows, agent, starts)


def _caller(one: Caller) -> str:
    return one.name_zh if language() == "zh" else one.name_en


def _save_booking(ctx: Context, rows: list[Callback], agent: int | None, starts: datetime | None) -> None:
    if agent is None and starts is None:
        st.warning(_("Choose a person or a time."))
        return
    at = starts.replace(tzinfo=ctx.zone) if starts else None
    try:
        with writing(reads().engine, ctx.scope) as conn:
            now = reads().now()
            me = agent_of(conn, ctx.scope.person_login)
            keys = [_own_key("book", row) for row in rows]
            outdated = callbacks.book_each(conn, rows, keys, agent, at, me, now)
    except SQLAlchemyError:
        st.error(_("Not saved: the database cannot be reached. Your entries are still here; try again."))
        return
    _booked(len(rows) - len(outdated), outdated)
    work_list.load_next(LIST, chosen=[row.key for row in outdated])
    st.rerun()


def _booked(saved: int, outdated: tuple[Callback, ...]) -> None:
    if len(outdated) == 1 and not saved:
        _outdated(outdated[0])
    elif outdated:
        told = _(
            "Saved: {n} callbacks. Not saved, because somebody has worked on them since you opened the list: "
            "{ids}. They are still chosen; the list now shows their newest state."
        )
        _said("outdated", told.format(n=saved, ids=listed(row.external_id for row in outdated)))
    else:
        _said("done", _("Saved: {n} callbacks.").format(n=saved))


def _outdated(row: Callback) -> None:
    _said(
        "outdated",
        _(
            "Not saved: somebody has worked on the callback of complaint {id} since you opened it. "
            "The list now shows its newest state."
        ).format(id=row.external_id),
    )


def _said(kind: str, words: str) -> None:
    st.session_state.callbacks_said = (kind, words)

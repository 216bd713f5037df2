"""Callbacks: the list to work through, and the form that records a call."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import uuid4

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from config.vocabulary import OUTCOMES
from dashboard.controls import work_list
from dashboard.controls.columns import amount, coded, due_time, in_file_only, instant, region
from dashboard.controls.indicator import tile
from dashboard.controls.names import Names, category, names, outcome, tier
from dashboard.locale import _, language
from dashboard.locale.shown import due, in_brackets, listed, number, when
from dashboard.parts import Column, Context, blank, tiles
from dashboard.reads import reads
from queries.db import writing
from queries.intake import door
from queries.organisation import agent_of
from queries.pages import callbacks
from queries.pages.callbacks import Callback, Caller, Counts, Key, Outdated, When

SHOWN = 500
LIST = "callbacks"


def live(ctx: Context) -> None:
    counts = ctx.read(callbacks.counts, ctx.filters)
    if counts.rows is None:
        blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
        return
    _tiles(counts.rows)
    if not ctx.moment.as_of:
        work_list.news(ctx, LIST, callbacks.pending, ctx.filters, _chosen_list(), SHOWN)


def _tiles(found: Counts) -> None:
    tiles(
        (
            tile("callbacks_overdue", number(found.overdue), tone="bad" if found.overdue else "good"),
            tile("callbacks_today", number(found.today)),
            tile("callbacks_week", number(found.upcoming)),
            tile("callbacks_unassigned", number(found.unassigned), _("whenever they are due")),
            tile("callbacks_done", number(found.done_today)),
        )
    )


def _labels() -> dict[When, str]:
    return {"overdue": _("Overdue"), "today": _("Due today"), "upcoming": _("Next 7 days")}


def _chosen_list() -> When:
    chosen: When = st.session_state.get("callbacks_when") or "overdue"
    return chosen


def static(ctx: Context) -> None:
    labels = _labels()
    st.segmented_control(
        _("List"),
        list(labels),
        key="callbacks_when",
        format_func=labels.__getitem__,
        default="overdue",
        label_visibility="collapsed",
    )
    _message()
    query = (callbacks.pending, ctx.filters, _chosen_list())
    total, of = _total(ctx), (*query, SHOWN)
    snapshot = ctx.read(*of) if ctx.moment.as_of else work_list.frozen(ctx, LIST, *of)
    if snapshot.rows is None:
        blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
        return
    if not snapshot.rows:
        blank(_("Nothing here"), _("No callbacks in this list."))
        return
    columns = list_columns(ctx, names(ctx), snapshot.rows)
    file = partial(work_list.file, ctx, LIST, columns, *query)
    if ctx.moment.as_of:
        work_list.read_only(work_list.frame(columns, snapshot.rows), total, SHOWN)
        file()
    else:
        _list(ctx, columns, snapshot.rows, total, file)


def _total(ctx: Context) -> int | None:
    counts = ctx.read(callbacks.counts, ctx.filters).rows
    return getattr(counts, _chosen_list()) if counts else None


def _list(
    ctx: Context,
    columns: Sequence[Column],
    found: tuple[Callback, ...],
    total: int | None,
    file: Callable[[], None],
) -> None:
    """`file` draws the button of the CSV."""
    left, right = st.columns([3, 1])
    with left:
        chosen = work_list.table(
            LIST,
            work_list.frame(columns, found),
            [row.key for row in found],
            several=True,
            height=work_list.height(len(found), 560),
        )
        sentence = _(
            "{extent} callbacks, earliest due first. Select one to record a call, several to assign them."
        )
        st.caption(sentence.format(extent=work_list.extent(len(found), total, SHOWN)))
        file()
    with right:
        picked = [row for row in found if row.key in set(chosen)]
        if not picked:
            blank(_("Select a callback"), _("The list does not change while you work on it."))
        elif len(picked) == 1:
            _one(ctx, names(ctx), picked[0])
        else:
            _assign(ctx, picked)


def list_columns(ctx: Context, labels: Names, rows: Sequence[Callback] = ()) -> tuple[Column, ...]:
    """The agreed time only where one of the `rows` has one; place and tier as short as the language allows,
    so that the grid fits beside the form."""
    agreed = instant(ctx, _("Agreed for"), "agreed_at")
    has_agreed = any(row.agreed_at for row in rows)
    place = region(labels)

    def city(row: Callback) -> str:
        return labels.region(row.region_id).rpartition(" · ")[2]

    return (
        _due(ctx),
        agreed if has_agreed else in_file_only(agreed),
        coded(_("Callback"), "kind", labels.target),
        replace(coded(_("Complaint"), "external_id", str), leads=True),
        replace(in_file_only(coded(_("Board number"), "complaint_id", str)), leads=True),
        Column(_("Customer"), _customer),
        Column(_("Assigned"), _agent),
        replace(coded(_("Last call"), "last_outcome", outcome), shown=_tried, exported=_last),
        in_file_only(amount(_("Attempts"), "attempts")),
        replace(coded(_("Tier"), "tier", _tier), exported=_whole_tier),
        replace(place, shown=city, exported=place.shown),
        coded(_("Category"), "category", category),
    )


def _last(row: Callback) -> str:
    return outcome(row.last_outcome) if row.last_outcome else ""


def _tried(row: Callback) -> str:
    """With how many times, from the second on."""
    last = outcome(row.last_outcome)
    return in_brackets(last, f"{row.attempts}×") if row.attempts > 1 else last


def _due(ctx: Context) -> Column:
    def shown(row: Callback) -> str:
        return due(row.due_at, ctx.zone)

    return replace(due_time(ctx, _("Due"), "due_at"), shown=shown)


def _tier(number: int | None) -> str:
    """English has room for the number alone, below its head."""
    return tier(number) if language() == "zh" else str(number or "–")


def _whole_tier(row: Callback) -> str:
    return tier(row.tier)


def _customer(row: Callback) -> str:
    customer = row.customer or "–"
    return in_brackets(customer, f"{row.of_customer}×") if row.of_customer > 1 else customer


def _agent(row: Callback) -> str:
    return (row.agent_zh if language() == "zh" else row.agent_en) or "–"


def _message() -> None:
    message = st.session_state.pop("callbacks_message", None)
    if message:
        kind, text = message
        (st.success if kind == "done" else st.warning)(text)


def _one(ctx: Context, labels: Names, row: Callback) -> None:
    st.markdown(f"##### {labels.target(row.kind)}")
    st.text(f"{_('Complaint')} {row.external_id} · {tier(row.tier)}")
    st.text(f"{labels.region(row.region_id)} · {category(row.category)}")
    st.link_button(_("Open the complaint"), ctx.url("complaint", complaint=row.complaint_id))
    if row.of_customer > 1:
        st.info(
            _("{n} callbacks are pending for this customer: one call can settle them.").format(
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
            placeholder=_("Select the outcome"),
        )
        later = st.datetime_input(_("Call again at"), value=None, help=_("Only if the customer asked for it"))
        note = st.text_area(_("Note"), max_chars=500)
        reopen = st.checkbox(_("Not solved: reopen the complaint"))
        if st.form_submit_button(_("Record the call"), type="primary"):
            _save_attempt(ctx, row, done, later, note, reopen)
    _assign(ctx, [row])


def _phone(ctx: Context, row: Callback) -> None:
    if st.button(_("Show the phone number"), icon=":material/visibility:"):
        with writing(reads().engine, ctx.scope) as conn:
            number_ = door.reveal_phone(conn, row.complaint_id)
        st.code(number_ or _("none on record"), language=None)


def _own_key(name: str, row: Callback) -> str:
    """One idempotency key for each form as it was shown, so that a double click is one attempt."""
    keys: dict[str, str] = st.session_state.setdefault("callbacks_keys", {})
    return keys.setdefault(f"{name}-{row.key}-{row.revision}", str(uuid4()))


def _save_attempt(
    ctx: Context, row: Callback, done: str | None, later: datetime | None, note: str, reopen: bool
) -> None:
    if done is None:
        st.warning(_("Not saved yet: select the outcome of the call."))
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
        _set_message(
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
            placeholder=_("Select a person"),
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
        st.warning(_("Select a person or a time."))
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
        sentence = _(
            "Saved: {n} callbacks. Not saved, because somebody else changed them after you opened "
            "the list: {ids}. They are still selected; the list now shows their latest state."
        )
        _set_message("outdated", sentence.format(n=saved, ids=listed(row.external_id for row in outdated)))
    else:
        _set_message("done", _("Saved: {n} callbacks.").format(n=saved))


def _outdated(row: Callback) -> None:
    _set_message(
        "outdated",
        _(
            "Not saved: somebody else changed the callback of complaint {id} after you opened it. "
            "The list now shows its latest state."
        ).format(id=row.external_id),
    )


def _set_message(kind: str, text: str) -> None:
    st.session_state.callbacks_message = (kind, text)

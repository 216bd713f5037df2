"""Breaches: the list of the period, frozen while somebody works on it, and its file."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard.controls import work_list
from dashboard.controls.columns import (
    coded,
    department,
    in_file_only,
    instant,
    plain,
    region,
    span,
    target,
    tiers,
)
from dashboard.controls.names import Names, names
from dashboard.locale import _, language
from dashboard.parts import Column, Context, blank
from dashboard.views.breaches import forms
from dashboard.views.breaches.forms import LIST
from queries.pages import breaches
from queries.pages.breaches import WHICH, Breach, Reason, Which

SHOWN = 1_000


def chosen_list() -> Which:
    wanted = st.query_params.get("list", "")
    return next((one for one in WHICH if one == wanted), "all")


def query(ctx: Context) -> tuple[Callable[..., tuple[Breach, ...]], object, Which]:
    return breaches.breaches, ctx.filters, chosen_list()


def static(ctx: Context) -> None:
    work = {"all": _("All breaches"), "standing": _("Not excused"), "excused": _("Excused")}
    forms.message()
    of = query(ctx)
    snapshot = ctx.read(*of, SHOWN) if ctx.moment.as_of else work_list.frozen(ctx, LIST, *of, SHOWN)
    st.html(f'<div class="panel-head"><h3 aria-level="2">{work[chosen_list()]}</h3></div>')
    if snapshot.rows is None:
        blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
        return
    if not snapshot.rows:
        blank(_("Nothing here"), _("No breach in this list. Choose another period, region or list above."))
        return
    labels, reasons = names(ctx), ctx.read(breaches.reasons).rows or ()
    columns = list_columns(ctx, labels, reasons, snapshot.rows)
    total = _total(ctx)
    file = partial(work_list.file, ctx, LIST, columns, *of)
    if ctx.moment.as_of:
        work_list.read_only(work_list.frame(columns, snapshot.rows), total, SHOWN)
        file()
        return
    left, right = st.columns([3, 1])
    with left:
        chosen = work_list.table(
            LIST,
            work_list.frame(columns, snapshot.rows),
            [row.key for row in snapshot.rows],
            several=True,
            height=work_list.height(len(snapshot.rows), 560),
        )
        sentence = _("{extent} breaches, the latest first. Select those to excuse.")
        st.caption(sentence.format(extent=work_list.extent(len(snapshot.rows), total, SHOWN)))
        file()
    with right:
        forms.offer(ctx, snapshot.rows, set(chosen), reasons)


def _total(ctx: Context) -> int | None:
    counts = ctx.read(breaches.counts, ctx.filters).rows
    if counts is None:
        return None
    standing = counts.breaches - counts.excused
    return {"all": counts.breaches, "excused": counts.excused, "standing": standing}[chosen_list()]


def list_columns(
    ctx: Context, labels: Names, reasons: Sequence[Reason], rows: Sequence[Breach] = ()
) -> tuple[Column, ...]:
    """The excuse in place of the state where one of the `rows` is excused; the city alone, so that the grid
    fits beside the form."""
    has_excuse = any(row.excused_at for row in rows)
    place = region(labels)

    def late(row: Breach) -> float:
        return ((row.ended_at or ctx.now) - row.due_at).total_seconds()

    def excuse(row: Breach) -> str:
        return "–" if row.excused_at is None else reason_name(reasons, row.reason)

    def person(row: Breach) -> str:
        return (row.person_zh if language() == "zh" else row.person_en) or "–"

    def state(row: Breach) -> str:
        return _("still open") if row.ended_at is None else _("ended")

    def city(row: Breach) -> str:
        return labels.region(row.region_id).rpartition(" · ")[2]

    of_state, of_excuse = Column(_("State"), state), Column(_("Excuse"), excuse)
    return (
        instant(ctx, _("Due"), "due_at"),
        coded(_("Complaint"), "external_id", str),
        in_file_only(coded(_("Board number"), "complaint_id", str)),
        target(labels),
        replace(span(_("Late by"), late), number=False),
        in_file_only(of_state) if has_excuse else of_state,
        of_excuse if has_excuse else in_file_only(of_excuse),
        tiers(),
        department(labels),
        replace(place, shown=city, exported=place.shown),
        in_file_only(instant(ctx, _("Ended"), "ended_at")),
        in_file_only(instant(ctx, _("Excused since"), "excused_at")),
        in_file_only(Column(_("Excused by"), person)),
        in_file_only(plain(_("Note"), "note")),
    )


def reason_name(reasons: Sequence[Reason], code: str | None) -> str:
    """One that the policy has no more keeps its code."""
    found = next((one for one in reasons if one.code == code), None)
    if found is None:
        return code or _("excused")
    return found.name_zh if language() == "zh" else found.name_en

"""Breaches: those of the period, whose they are, and how many of them are excused."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from dashboard.controls import work_list
from dashboard.controls.columns import amount
from dashboard.controls.indicator import tile
from dashboard.controls.names import Names, names
from dashboard.locale import _
from dashboard.locale.shown import number
from dashboard.parts import Column, Context, blank, listing, panel, tiles
from dashboard.views.breaches import lists
from dashboard.views.breaches.forms import LIST
from queries.pages import breaches
from queries.pages.breaches import Counts, Group


def live(ctx: Context) -> None:
    counts = ctx.read(breaches.counts, ctx.filters)
    if counts.rows is None:
        blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
        return
    _tiles(ctx, counts.rows)
    labels, groups = names(ctx), ctx.read(breaches.groups, ctx.filters)
    left, right = st.columns(2)
    with left:
        panel(ctx, "by_department", _("By department"), groups, partial(_departments, labels), empty=_none())
    with right:
        panel(ctx, "by_target", _("By target"), groups, partial(_targets, labels), empty=_none())
    if not ctx.moment.as_of:
        work_list.news(ctx, LIST, *lists.query(ctx), lists.SHOWN)


def _none() -> str:
    return _("No breach in this period.")


def _tiles(ctx: Context, found: Counts) -> None:
    standing = found.breaches - found.excused
    tiles(
        (
            tile(
                "breaches",
                number(found.breaches),
                _("{n} still open").format(n=number(found.still_open)),
                "bad" if standing else "good",
                ctx.url("breaches", list="all"),
            ),
            tile("excused", number(found.excused), _("of these breaches"), href=_list(ctx, "excused")),
            tile("not_excused", number(standing), "", "bad" if standing else "good", _list(ctx, "standing")),
        )
    )


def _list(ctx: Context, which: str) -> str:
    return ctx.url("breaches", list=which)


def _departments(labels: Names, found: Sequence[Group]) -> None:
    def department(row: Group) -> str:
        return labels.department(row.department_id)

    of = [row for row in found if row.department_id is not None]
    listing(of, (Column(_("Department"), department), *_counted()))


def _targets(labels: Names, found: Sequence[Group]) -> None:
    def target(row: Group) -> str:
        return labels.target(row.target)

    listing([row for row in found if row.target], (Column(_("Target"), target), *_counted()))


def _counted() -> tuple[Column, ...]:
    def standing(row: Group) -> int:
        return row.breaches - row.excused

    return (
        amount(_("Breaches"), "breaches"),
        amount(_("Excused"), "excused"),
        amount(_("Not excused"), standing),
    )

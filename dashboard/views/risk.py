"""Live risk: which deadlines breach next, and whose they are."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import streamlit as st

from dashboard.controls.names import Names, names, tier
from dashboard.locale import _, language
from dashboard.locale.shown import duration, number, when
from dashboard.parts import Column, Context, Tile, Tone, chart, listing, panel, tiles
from dashboard.reads import Picture
from dashboard.theme import Theme
from queries import risk
from queries.risk import HourDue, OpenDeadline, Summary

SHOWN = 60
SOON = 3600


def live(ctx: Context) -> None:
    known = names(ctx)
    summary = ctx.read(risk.summary, ctx.filters)
    if summary.rows is not None:
        _tiles(summary.rows)
    panel(
        ctx,
        "due_by_hour",
        _("Falling due in the next 24 hours"),
        ctx.read(risk.due_by_hour, ctx.filters, 24),
        lambda rows: _draw_hours(ctx, rows),
        note=_("open deadlines per hour, by tier"),
        empty=_("Nothing falls due in the next 24 hours."),
    )
    left, right = st.columns([1, 1])
    with left:
        coming = ctx.read(risk.open_deadlines, ctx.filters, False, SHOWN)
        total = summary.rows.open - summary.rows.breached if summary.rows else None
        _deadlines(ctx, known, "coming", _("Next to breach"), coming, total)
    with right:
        breached = ctx.read(risk.open_deadlines, ctx.filters, True, SHOWN)
        total = summary.rows.breached if summary.rows else None
        _deadlines(ctx, known, "breached", _("Breached and still open"), breached, total)


def _tiles(found: Summary) -> None:
    tiles(
        (
            Tile(
                _("Breached and still open"),
                number(found.breached),
                _("of {n} open deadlines").format(n=number(found.open)),
                "bad" if found.breached else "good",
            ),
            Tile(_("Due within 1 hour"), number(found.within_hour), tone="warn" if found.within_hour else ""),
            Tile(_("Due within 4 hours"), number(found.within_four_hours)),
            Tile(_("At risk"), number(found.at_risk), _("most of the time is used up")),
            Tile(_("Paused"), number(found.paused), _("waiting, by the policy")),
        )
    )


def _deadlines(
    ctx: Context,
    known: Names,
    name: str,
    title: str,
    picture: Picture[tuple[OpenDeadline, ...]],
    total: int | None,
) -> None:
    shown = len(picture.rows or ())
    note = _("first {n} of {total}").format(n=number(shown), total=number(total)) if total and shown else ""
    panel(
        ctx,
        name,
        title,
        picture,
        lambda rows: listing(rows, _columns(ctx, known)),
        note=note,
        empty=_("No open deadline here."),
        export=True,
    )


def _columns(ctx: Context, known: Names) -> tuple[Column, ...]:
    return (
        Column(_("Time left"), lambda row: _left(ctx, row), number=True, tone=lambda row: _tone(ctx, row)),
        Column(
            _("Complaint"),
            lambda row: row.external_id,
            href=lambda row: ctx.url("complaint", complaint=row.complaint_id),
        ),
        Column(_("Target"), lambda row: known.target(row.target)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Department"), lambda row: known.department(row.department_id)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
        Column(_("Owner"), lambda row: (row.owner_zh if language() == "zh" else row.owner_en) or "–"),
        Column(_("Due"), lambda row: when(row.due_at, ctx.zone, ctx.now)),
    )


def _left(ctx: Context, row: OpenDeadline) -> str:
    return _("paused") if row.due_at is None else duration((row.due_at - ctx.now).total_seconds())


def _tone(ctx: Context, row: OpenDeadline) -> Tone:
    if row.due_at is None:
        return ""
    left = (row.due_at - ctx.now).total_seconds()
    return "bad" if left < 0 else "warn" if left < SOON else ""


def _draw_hours(ctx: Context, rows: Sequence[HourDue]) -> None:
    chart(ctx, "due_by_hour", hours, rows, 180, _("Deadlines that fall due in each of the next 24 hours"))


def hours(theme: Theme) -> Any:
    shown = f"datum.tier == 1 ? '{tier(1)}' : datum.tier == 2 ? '{tier(2)}' : '{tier(3)}'"
    return (
        alt.Chart(alt.NamedData("rows"))
        .transform_calculate(shown=shown)
        .mark_bar()
        .encode(
            x=alt.X("hour:T", title=None, timeUnit="yearmonthdatehours", axis=alt.Axis(format="%H:%M")),
            y=alt.Y("sum(deadlines):Q", title=None),
            color=alt.Color(
                "shown:N",
                scale=alt.Scale(domain=[tier(n) for n in (1, 2, 3)], range=list(theme.tiers)),
            ),
            order=alt.Order("tier:Q"),
        )
    )

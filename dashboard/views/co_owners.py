"""Co-owners: who answers how fast, and who keeps whom waiting now."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import streamlit as st

from dashboard.controls.names import Names, names, tier
from dashboard.locale import _
from dashboard.locale.shown import duration, number, percent, when
from dashboard.parts import Column, Context, Tile, Tone, chart, listing, panel, tiles
from dashboard.theme import Theme
from queries import co_owners
from queries.co_owners import DayPace, Overdue, Pace

SHOWN = 50
GOOD, FAIR = 0.9, 0.75


def live(ctx: Context) -> None:
    known = names(ctx)
    paces = ctx.read(co_owners.paces, ctx.filters)
    if paces.rows:
        _tiles(paces.rows[0])
    left, right = st.columns([3, 2])
    with left:
        panel(
            ctx,
            "paces",
            _("By department"),
            paces,
            lambda rows: listing(rows[1:], _pace_columns(known)),
            note=_("requests of the period; who still waits counts as waiting"),
            empty=_("No co-owner was asked in this period."),
            export=True,
        )
    with right:
        panel(
            ctx,
            "trend",
            _("Answered in time"),
            ctx.read(co_owners.by_day, ctx.filters),
            lambda rows: _draw_trend(ctx, rows),
            note=_("share per day of request"),
            empty=_("No co-owner was asked in this period."),
            export=True,
        )
    panel(
        ctx,
        "overdue",
        _("Overdue now"),
        ctx.read(co_owners.overdue, ctx.filters, SHOWN),
        lambda rows: listing(rows, _overdue_columns(ctx, known)),
        note=_("longest first, at most {n}").format(n=SHOWN),
        empty=_("No co-owner keeps anyone waiting beyond the limit."),
        export=True,
    )


def _tone(share: float | None) -> Tone:
    if share is None:
        return ""
    return "good" if share >= GOOD else "warn" if share >= FAIR else "bad"


def _tiles(all_: Pace) -> None:
    asked = _("of {n} requests").format(n=number(all_.requests))
    tiles(
        (
            Tile(
                _("Responded within 1 h"), percent(all_.within_respond, 1), asked, _tone(all_.within_respond)
            ),
            Tile(_("Opinion within 4 h"), percent(all_.within_opinion, 1), asked, _tone(all_.within_opinion)),
            Tile(
                _("Time to respond"),
                duration(all_.respond_median),
                _("median; 90 % within {time}").format(time=duration(all_.respond_90)),
            ),
            Tile(
                _("Time to opinion"),
                duration(all_.opinion_median),
                _("median; 90 % within {time}").format(time=duration(all_.opinion_90)),
            ),
            Tile(_("Open requests"), number(all_.open)),
        )
    )


def _pace_columns(known: Names) -> tuple[Column, ...]:
    return (
        Column(_("Department"), lambda row: known.department(row.department_id)),
        Column(_("Requests"), lambda row: number(row.requests), number=True),
        Column(_("Open"), lambda row: number(row.open), number=True),
        Column(
            _("Within 1 h"),
            lambda row: percent(row.within_respond),
            True,
            lambda row: _tone(row.within_respond),
        ),
        Column(_("Median"), lambda row: duration(row.respond_median), number=True),
        Column(_("90 %"), lambda row: duration(row.respond_90), number=True),
        Column(
            _("Within 4 h"),
            lambda row: percent(row.within_opinion),
            True,
            lambda row: _tone(row.within_opinion),
        ),
        Column(_("Median"), lambda row: duration(row.opinion_median), number=True),
        Column(_("90 %"), lambda row: duration(row.opinion_90), number=True),
    )


def _overdue_columns(ctx: Context, known: Names) -> tuple[Column, ...]:
    def step(row: Overdue) -> str:
        return _("response (1 h)") if row.step == "responded" else _("opinion (4 h)")

    return (
        Column(_("Overdue by"), lambda row: duration(row.overdue_seconds), True, lambda _row: "bad"),
        Column(
            _("Complaint"),
            lambda row: row.external_id,
            href=lambda row: ctx.url("complaint", complaint=row.complaint_id),
        ),
        Column(_("Missing"), step),
        Column(_("Co-owner"), lambda row: known.department(row.department_id)),
        Column(_("Lead owner"), lambda row: known.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
        Column(_("Requested"), lambda row: when(row.requested_at, ctx.zone, ctx.now)),
    )


def _draw_trend(ctx: Context, rows: Sequence[DayPace]) -> None:
    chart(ctx, "co_owner_trend", trend, rows, 300, _("Share of requests answered in time, per day"))


def trend(theme: Theme) -> Any:
    shown = f"datum.step == 'within_respond' ? '{_('responded within 1 h')}' : '{_('opinion within 4 h')}'"
    return (
        alt.Chart(alt.NamedData("rows"))
        .transform_fold(["within_respond", "within_opinion"], as_=["step", "share"])
        .transform_calculate(shown=shown)
        .mark_line(point=True)
        .encode(
            x=alt.X("day:T", title=None),
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format="%"), scale=alt.Scale(zero=False)),
            color=alt.Color("shown:N", scale=alt.Scale(range=[theme.series[0], theme.series[1]])),
        )
    )

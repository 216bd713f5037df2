"""Whether solutions held: resolution rate and repeat complaints, and the complaints behind them."""

from dataclasses import replace
from html import escape

import streamlit as st

from config.policy import Goals
from dashboard.controls.columns import coded, complaint, department, in_file_only, instant, region, tiers
from dashboard.controls.indicator import goal_tile
from dashboard.controls.long_list import LongList, long_list, tabs
from dashboard.controls.names import Names, category, channel, names
from dashboard.locale import _
from dashboard.locale.shown import number, percent
from dashboard.parts import Column, Context, Tile
from queries.pages import resolution
from queries.pages.resolution import WHICH, Lasting, Repeated, Resolution, Which
from queries.rates import FEWEST


def measured(ctx: Context, goals: Goals) -> tuple[Tile, ...]:
    slow = _slow(ctx)
    lasting = slow.read(resolution.lasting, ctx.filters).rows
    again = slow.read(resolution.repeated, ctx.filters).rows
    return (_resolution(slow, goals, lasting), _repeats(slow, goals, again))


def _slow(ctx: Context) -> Context:
    """Sums over a period move slowly: read once a minute."""
    return ctx if ctx.moment.as_of else replace(ctx, moment=ctx.moment.to_minute())


def _resolution(ctx: Context, goals: Goals, found: Lasting | None) -> Tile:
    rate = found.rate if found and found.resolved >= FEWEST else None
    hint, until = _few(found.resolved) if found and rate is None else "", ""
    if found and rate is not None:
        hint = _("{n} of {total} re-opened").format(n=number(found.reopened), total=number(found.resolved))
        if ctx.now.astimezone(ctx.zone).date() <= found.final_after:
            until = found.final_after.isoformat()
    href = _link(ctx, "reopened")
    return goal_tile("resolution_rate", rate, percent(rate, 1), goals, hint, href, until)


def _repeats(ctx: Context, goals: Goals, found: Repeated | None) -> Tile:
    rate = found.rate if found and found.received >= FEWEST else None
    hint = _few(found.received) if found and rate is None else ""
    if found and rate is not None:
        hint = _("{n} of {total} received").format(n=number(found.repeated), total=number(found.received))
    return goal_tile("repeat_rate", rate, percent(rate, 1), goals, hint, _link(ctx, "repeated"))


def _few(complaints: int) -> str:
    return _("{n} complaints; under {few} no share is shown").format(n=number(complaints), few=FEWEST)


def _link(ctx: Context, which: Which) -> str:
    return ctx.counted("satisfaction", list=which)


def chosen() -> Which | None:
    """The list that the URL names."""
    asked = st.query_params.get("list")
    return next((one for one in WHICH if one == asked), None)


def draw_list(ctx: Context, which: Which) -> None:
    slow, labels = _slow(ctx), names(ctx)
    counts = _counts(slow)
    back, word = escape(ctx.back("satisfaction")), escape(_("Satisfaction"))
    st.html(f'<div class="back"><a href="{back}" target="_self">← {word}</a></div>')
    tabs(
        [
            (f"{title} {number(counts.get(one))}", ctx.url("satisfaction", list=one), one == which)
            for one, title in _titles().items()
        ]
    )
    here = LongList(
        f"complaints_{which}",
        _titles()[which],
        _columns(slow, labels, which),
        "satisfaction",
        {"list": which},
        empty=_("No complaint of the period is one of these."),
    )
    long_list(slow, here, resolution.complaints, ctx.filters, which, total=counts.get(which))


def _counts(ctx: Context) -> dict[Which, int]:
    lasting = ctx.read(resolution.lasting, ctx.filters).rows
    again = ctx.read(resolution.repeated, ctx.filters).rows
    if lasting is None or again is None:
        return {}
    return {
        "resolved": lasting.resolved,
        "reopened": lasting.reopened,
        "received": again.received,
        "repeated": again.repeated,
    }


def _titles() -> dict[Which, str]:
    return {
        "reopened": _("Re-opened within 30 days"),
        "resolved": _("All resolved"),
        "repeated": _("Repeat complaints"),
        "received": _("All received of known customers"),
    }


def _heads(which: Which) -> tuple[str, str, str]:
    """Of the instant, of the other instant, and of the complaint that is repeated."""
    if which in ("resolved", "reopened"):
        return _("Resolved"), _("Re-opened"), ""
    return _("Received"), _("Complained before"), _("Complaint before")


def _columns(ctx: Context, labels: Names, which: Which) -> tuple[Column, ...]:
    at, other, before = _heads(which)

    def repeated(row: Resolution) -> str:
        return "" if row.other_id is None else ctx.url("complaint", complaint=row.other_id)

    repeats = coded(before, "other_external_id", _or_none, href=repeated)
    return (
        instant(ctx, at, "at"),
        *complaint(ctx),
        instant(ctx, other, "other_at"),
        *((repeats if which == "repeated" else in_file_only(repeats),) if before else ()),
        tiers(),
        department(labels),
        region(labels),
        coded(_("Category"), "category", category),
        coded(_("Channel"), "channel", channel),
    )


def _or_none(number: str | None) -> str:
    return number or "–"

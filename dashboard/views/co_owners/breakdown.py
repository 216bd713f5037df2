"""Co-owners: who answers how fast, by day and by region."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from html import escape
from typing import Any

import altair as alt
import streamlit as st

from dashboard.controls.columns import amount, plain, region, share
from dashboard.controls.indicator import title
from dashboard.controls.names import Names
from dashboard.locale import _
from dashboard.locale.shown import number, percent
from dashboard.parts import MARKS, Context, Tone, blank, chart, download, panel
from dashboard.reads import Snapshot
from dashboard.theme import Theme
from dashboard.views.co_owners.lists import linked
from dashboard.views.co_owners.pace import opinions, responses, tone, within
from queries.pages.co_owners import Answers, Limits, RegionPace

REGIONS = 60
FEWEST = 5  # requests of a day whose share is worth a point


def trend(ctx: Context, limits: Limits, answers: Snapshot[Answers | None]) -> None:
    panel(
        ctx,
        "trend",
        _("Answered in time"),
        answers,
        partial(_trend, ctx, limits),
        note=_("by day of request, from {n} requests; click a day for its late ones").format(n=FEWEST),
        empty=_("No co-owner was asked in this period."),
    )


@dataclass(frozen=True, slots=True)
class DayShown:
    """As drawn; `href` leads to the late opinions of the requests of that day."""

    day: date
    requests: int
    responded_in_time: float | None
    opinions_in_time: float | None
    href: str


def _trend(ctx: Context, limits: Limits, found: Answers | None) -> None:
    rows = found.days if found else ()
    words = (
        within(limits.respond, _("responded within {limit}"), _("responded in time")),
        within(limits.opinion, _("opinion within {limit}"), _("opinion in time")),
    )
    shown = tuple(
        DayShown(
            row.day,
            row.requests,
            row.within_respond if row.respond_decided >= FEWEST else None,
            row.within_opinion if row.opinion_decided >= FEWEST else None,
            linked(ctx, "requests", which="opinion_late", in_day=row.day.isoformat()),
        )
        for row in rows
    )
    if not any({one.responded_in_time, one.opinions_in_time} - {None} for one in shown):
        blank(_("Nothing here"), _("Too few requests on every day."))
        return
    chart(ctx, "co_owner_trend", _days(words), shown, 300, _("On-time rate per day"))
    columns = (
        plain(_("Day"), "day"),
        amount(_("Requests"), "requests"),
        share(words[0], "responded_in_time"),
        share(words[1], "opinions_in_time"),
    )
    download(ctx, "co_owner_days", shown, columns)


@cache
def _days(words: tuple[str, str]) -> Callable[[Theme], Any]:
    """The same function for the same words: what it builds is kept by it."""
    return partial(days, words=words)


def days(theme: Theme, words: tuple[str, str]) -> Any:
    """Two lines, and over each day a strip that is a link."""
    base = alt.Chart(alt.NamedData("rows")).encode(x=alt.X("day:T", title=None))
    named = f"datum.step == 'responded_in_time' ? '{words[0]}' : '{words[1]}'"
    lines = (
        base.transform_fold(["responded_in_time", "opinions_in_time"], as_=["step", "share"])
        .transform_calculate(shown=named)
        .encode(
            y=alt.Y("share:Q", title=None, axis=alt.Axis(format="%"), scale=alt.Scale(zero=False)),
            color=alt.Color(
                "shown:N", scale=alt.Scale(domain=list(words), range=[theme.series[1], theme.series[0]])
            ),
        )
    )
    strips = base.mark_rule(strokeWidth=14, opacity=0.01, strokeDash=[1, 0], color=theme.panel).encode(
        href="href:N",
        tooltip=[
            alt.Tooltip("day:T", title=_("Day"), format="%Y-%m-%d"),
            alt.Tooltip("requests:Q", title=_("Requests"), format=","),
            alt.Tooltip("responded_in_time:Q", title=words[0], format=".0%"),
            alt.Tooltip("opinions_in_time:Q", title=words[1], format=".0%"),
        ],
    )
    return lines.mark_line(strokeWidth=1.8) + lines.mark_circle(size=22, opacity=1) + strips


def regions(ctx: Context, labels: Names, limits: Limits, answers: Snapshot[Answers | None]) -> None:
    provinces = not ctx.filters.regions
    panel(
        ctx,
        "regions",
        _("By region"),
        answers,
        partial(_regions, ctx, labels, limits),
        note=_("most late opinions first; click a region for its cities, a number for its requests")
        if provinces
        else _("by city, most late opinions first"),
        empty=_("No co-owner was asked in this period."),
    )


def _regions(ctx: Context, labels: Names, limits: Limits, found: Answers | None) -> None:
    """In two columns."""
    if found is None:
        return
    rows = found.regions
    shown = rows[:REGIONS]
    half, most = (len(shown) + 1) // 2, max(row.opinion_late for row in shown) or 1
    for place, part in zip(st.columns(2, gap="large"), (shown[:half], shown[half:]), strict=True):
        if part:
            place.html(_region_table(ctx, labels, limits, part, most))
    if len(rows) > len(shown):
        st.caption(_("Top {n} of {total} regions.").format(n=len(shown), total=len(rows)))
    columns = (
        region(labels),
        amount(_("Requests"), "requests"),
        amount(_("Open"), "open"),
        *responses(),
        *opinions(),
    )
    download(ctx, "co_owner_regions", rows, columns)


def _region_table(ctx: Context, labels: Names, limits: Limits, rows: Sequence[RegionPace], most: int) -> str:
    respond = within(limits.respond, _("Response in {limit}"), _("Responded in time"))
    opinion = within(limits.opinion, _("Opinion in {limit}"), _("Opinion in time"))
    heads = (
        (_("Region"), ""),
        ("", ""),
        (_("Late opinions"), ""),
        (_("Requests"), ""),
        (respond, title("response_in_time")),
        (opinion, title("opinion_in_time")),
    )
    head = "".join(
        f'<th class="{"n" if at > 1 else ""}"{means}>{escape(word)}</th>'
        for at, (word, means) in enumerate(heads)
    )
    body = "".join(_region_row(ctx, labels, row, most) for row in rows)
    return f'<table class="list bars"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _region_row(ctx: Context, labels: Names, row: RegionPace, most: int) -> str:
    code = labels.region_codes.get(row.region_id, "none")
    name = escape(labels.region(row.region_id))
    if not ctx.filters.regions and row.region_id:
        name = _linked(ctx.url("co_owners", region=code), name)

    def cell(word: str, which: str, marked: Tone = "") -> str:
        href = linked(ctx, "requests", which=which, in_region=code)
        return f'<td class="n {marked}">{_linked(href, f"{MARKS[marked]} {word}".strip())}</td>'

    wide = f"width:{100 * row.opinion_late / most:.1f}%"
    return (
        f'<tr><td>{name}</td><td><div class="lying"><i style="{wide}"></i></div></td>'
        f"{cell(number(row.opinion_late), 'opinion_late')}{cell(number(row.requests), 'all')}"
        f"{cell(percent(row.within_respond), 'respond_late', tone(row.within_respond))}"
        f"{cell(percent(row.within_opinion), 'opinion_late', tone(row.within_opinion))}</tr>"
    )


def _linked(href: str, inside: str) -> str:
    return f'<a href="{escape(href)}" target="_self">{inside}</a>'

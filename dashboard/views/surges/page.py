"""Surges: many people complain about one thing (N3); a person decides whether that becomes tier 1."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

import altair as alt
import streamlit as st

from dashboard.controls.columns import amount, coded, instant, span
from dashboard.controls.indicator import tile
from dashboard.controls.names import Names, names
from dashboard.controls.surge_words import about, odds, place, usually
from dashboard.locale import _
from dashboard.locale.shown import duration, number, when
from dashboard.parts import Column, Context, Tone, blank, chart, download, listing, panel, tiles
from dashboard.theme import Theme
from dashboard.views.surges import decision, lists
from queries.pages import surges
from queries.pages.surges import Bar, State, SurgeRow


def live(ctx: Context) -> None:
    labels = names(ctx)
    wanted = st.query_params.get("surge", "")
    if wanted.isdecimal() and len(wanted) < 19:
        _one(ctx, labels, int(wanted))
        return
    found = ctx.read(surges.surges)
    state = ctx.read(surges.state).rows
    rows = found.rows or ()
    if found.rows is not None and state is not None:
        _tiles(ctx, rows, state)
    for row in rows:
        if row.until_at is None:
            card(ctx, labels, row)
    panel(
        ctx,
        "past_surges",
        _("Ended surges"),
        ctx.read(surges.surges),
        partial(_draw_past, ctx, labels),
        note=_("of the last {n} days; click a time for its complaints").format(n=surges.KEPT_DAYS),
        empty=_empty(state),
    )


def _one(ctx: Context, labels: Names, surge_id: int) -> None:
    back, word = escape(ctx.url("surges")), escape(_("Surges"))
    st.html(f'<div class="back"><a href="{back}" target="_self">← {word}</a></div>')
    snapshot = ctx.read(surges.surge, surge_id)
    if snapshot.state == "unavailable":
        blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
    elif not snapshot.rows:
        blank(_("No such surge"), _("No surge with this number in your scope."))
    else:
        row = snapshot.rows[0]
        card(ctx, labels, row)
        lists.draw(ctx, labels, row)


def _empty(state: State | None) -> str:
    if state is not None and not state.is_learned:
        return _(
            "The usual level is not known yet: two weeks of complaints are needed, {n} hours are available."
        ).format(n=number(state.known_hours))
    return _("No surge was found.")


def _tiles(ctx: Context, rows: Sequence[SurgeRow], state: State) -> None:
    running = [row for row in rows if row.until_at is None]
    waiting = sum(row.waiting for row in running if row.verdict != "no_surge")
    seen = _("checked {time}").format(time=when(state.scanned_at, ctx.zone, ctx.now))
    month = _("in the last {n} days").format(n=surges.KEPT_DAYS)
    tiles(
        (
            tile("surges_running", number(len(running)), seen, "warn" if running else "good"),
            tile(
                "surges_waiting",
                number(waiting),
                _("complaints, proposed for tier 1"),
                "warn" if waiting else "",
            ),
            tile("surges_found", number(len(rows)), month),
            tile(
                "surges_made_tier_1",
                number(sum(row.made_tier_1 for row in rows)),
                _("complaints, by a person"),
            ),
        )
    )


def card(ctx: Context, labels: Names, row: SurgeRow) -> None:
    panel(
        ctx,
        f"surge_{row.surge_id}",
        about(labels, row),
        ctx.read(surges.bars, row.surge_id),
        partial(_draw, ctx, row),
        note=_state(ctx, row),
    )


def _state(ctx: Context, row: SurgeRow) -> str:
    if row.until_at is None:
        return _("running since {time}").format(time=when(row.from_at, ctx.zone, ctx.now))
    since, until = when(row.from_at, ctx.zone, ctx.now), when(row.until_at, ctx.zone, row.from_at)
    return _("{since} – {until}").format(since=since, until=until)


def _draw(ctx: Context, row: SurgeRow, bars: Sequence[Bar]) -> None:
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.html(_sentences(ctx, row))
        decision.offer(ctx, row)
    with right:
        chart(ctx, f"surge_{row.surge_id}", columns, bars, 190, _("People who complained per ten minutes"))


def _sentences(ctx: Context, row: SurgeRow) -> str:
    lasted = duration(((row.until_at or row.seen_at) - row.from_at).total_seconds())
    template = _("{people} people complained in {time}; usually {usual}.")
    if row.usual < 1:
        template = _("{people} people complained in {time}; usually less than 1.")
    counted = template.format(people=number(row.people), time=lasted, usual=usually(row.usual))
    chance = _("Expected by chance {odds} across everything monitored.").format(odds=odds(row.chance))
    link = escape(ctx.url("surges", surge=row.surge_id))
    listed = _("{n} complaints in your scope").format(n=number(row.complaints))
    waiting = _("{n} waiting for a decision").format(n=number(row.waiting))
    return (
        f'<div class="surge"><p><b>{escape(counted)}</b></p><p>{escape(chance)}</p>'
        f'<p><a href="{link}" target="_self">{escape(listed)}</a> · {escape(waiting)}</p></div>'
    )


def columns(theme: Theme) -> Any:
    """Bars of the people who complained, and a line of the usual number."""
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("since:T", title=None, axis=alt.Axis(format="%H:%M", labelOverlap=True, tickCount=8))
    )
    complained, usual = _("complained"), _("as usual")
    colours = alt.Scale(domain=[complained, usual], range=[theme.series[0], theme.warn])
    bars = base.transform_calculate(what=f"'{complained}'").mark_rect(cornerRadius=2)
    bars = bars.encode(x2="until:T", y2=alt.Y2Datum(0))
    line = base.transform_calculate(what=f"'{usual}'").mark_line(interpolate="step", strokeDash=[5, 3])
    y = alt.Axis(title=None, tickMinStep=1, tickCount=4)
    return alt.layer(
        bars.encode(y=alt.Y("people:Q", axis=y), color=alt.Color("what:N", scale=colours, title=None)),
        line.encode(y=alt.Y("usual:Q", axis=y), color=alt.Color("what:N", scale=colours, title=None)),
    )


def _draw_past(ctx: Context, labels: Names, rows: Sequence[SurgeRow]) -> None:
    over = [row for row in rows if row.until_at is not None]
    if over:
        listing(over, _columns(ctx, labels))
        download(ctx, "past_surges", over, _columns(ctx, labels))
    else:
        blank(_("Nothing here"), _("No other surge was found."))


def _columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def lasted(row: SurgeRow) -> float:
        return ((row.until_at or row.seen_at) - row.from_at).total_seconds()

    def usual(row: SurgeRow) -> str:
        return usually(row.usual)

    def to_surge(row: SurgeRow) -> str:
        return ctx.url("surges", surge=row.surge_id)

    def decided(row: SurgeRow) -> Tone:
        return "" if row.verdict is None else "good"

    return (
        instant(ctx, _("Since"), "from_at", to_surge),
        span(_("Lasted"), lasted),
        Column(_("About"), lists.what),
        Column(_("Region"), partial(place, labels)),
        amount(_("People"), "people"),
        replace(amount(_("Usual"), "usual", 2), shown=usual),
        coded(_("Expected by chance"), "chance", odds),
        Column(_("Decision"), decision.verdict, tone=decided),
    )

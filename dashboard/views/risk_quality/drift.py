"""Risk accuracy of the forecasts that were shown: those that came due each day, against their outcomes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import Any

import altair as alt
import streamlit as st

from dashboard.locale import _
from dashboard.locale.shown import number, when
from dashboard.parts import Context, chart, panel
from dashboard.reads import Moment, Snapshot, reads
from dashboard.theme import Theme
from queries.risk import forecast_log
from queries.risk.forecast_log import DayOutcome, Drift

PERIODS = (7, 28)  # days


@dataclass(frozen=True, slots=True)
class DayShown:
    """Shares of the forecasts of a day; the actual share lies from `low` to `high` if they are right."""

    day: str
    predicted: float
    actual: float
    low: float
    high: float
    outside: bool
    numbers: int
    expected: float
    breached: int


def read(ctx: Context) -> Snapshot[tuple[DayOutcome, ...]]:
    """Every ten minutes: it counts weeks, in seconds."""
    now = ctx.now.replace(minute=ctx.now.minute // 10 * 10, second=0, microsecond=0)
    return reads().read(ctx.scope, Moment(0, now), forecast_log.actual_by_day, str(ctx.zone))


def draw(ctx: Context, days: Snapshot[tuple[DayOutcome, ...]]) -> None:
    panel(
        ctx,
        "drift",
        _("Board forecasts and actual outcomes"),
        days,
        lambda rows: _draw(ctx, rows),
        note=_("up to 500 forecasts per hour, by the day they came due")
        if ctx.scope.regions is None
        else _("your regions only; up to 500 forecasts per hour in the whole country"),
        empty=_waiting(ctx) if not days.rows else "",
    )


def _waiting(ctx: Context) -> str:
    found = ctx.read(forecast_log.waiting).rows
    if found is None or found.since is None:
        return _("No forecast is stored yet: up to 500 are stored per hour.")
    if found.next_due is None:
        return _("Forecasts are stored since {since}; none is due yet.").format(
            since=when(found.since, ctx.zone)
        )
    return _("Forecasts are stored since {since}; the next are due from {due}.").format(
        since=when(found.since, ctx.zone), due=when(found.next_due, ctx.zone)
    )


def warning(ctx: Context, days: Sequence[DayOutcome]) -> str:
    """For the shortest period in which the forecasts were off; empty while they are right."""
    for length in PERIODS:
        found = forecast_log.drift(_last(ctx, days, length))
        if found is not None and found.is_off:
            return _sentence(length, found)
    return ""


def _last(ctx: Context, days: Sequence[DayOutcome], length: int) -> Sequence[DayOutcome]:
    first = ctx.now.astimezone(ctx.zone).date() - timedelta(days=length - 1)
    return [day for day in days if day.day >= first]


def _sentence(length: int, found: Drift) -> str:
    points, counts = found.points, _counts(found)
    way = _("In the last {days} days the forecasts were {n} points too high: {counts}.")
    if points < 0:
        way = _("In the last {days} days the forecasts were {n} points too low: {counts}.")
    return way.format(days=length, n=number(abs(points), 1), counts=counts)


def _counts(found: Drift) -> str:
    template = _(
        "{expected} breaches expected of {n} forecasts ({low} to {high} would fit), {breached} actual"
    )
    return template.format(
        expected=number(found.expected),
        n=number(found.numbers),
        low=number(max(found.low, 0)),
        high=number(min(found.high, found.numbers)),
        breached=number(found.breached),
    )


def _draw(ctx: Context, days: Sequence[DayOutcome]) -> None:
    st.html("".join(_line(length, _last(ctx, days, length)) for length in PERIODS))
    shown = tuple(_shown(day) for day in days if day.numbers)
    chart(ctx, "drift", by_day, shown, 240, _("Share late by day, compared with the forecast"))
    st.html(f'<p class="aside">{escape(" ".join(_legend(days)))}</p>')


def _legend(days: Sequence[DayOutcome]) -> Iterator[str]:
    yield _("Band: holds 99 of 100 days if the forecasts are right. Line: predicted. Dot: actual.")
    yield _("Diamond: outside the band.")
    if out := sum(day.left_out for day in days):
        template = _("{n} forecasts whose deadline was cancelled before its due time are left out.")
        yield template.format(n=number(out))


def _line(length: int, days: Sequence[DayOutcome]) -> str:
    found = forecast_log.drift(days)
    if found is None:
        return ""
    if not found.is_off:
        sentence = _("Last {days} days: as predicted; {counts}.").format(days=length, counts=_counts(found))
        return f'<p class="because"><span class="good">✓</span> {escape(sentence)}</p>'
    sentence = _sentence(length, found)
    if found.since and days[0].day < found.since < days[-1].day:
        sentence += " " + _("The same every day since {day}.").format(day=f"{found.since:%m-%d}")
    return f'<p class="because"><span class="warn">▲</span> {escape(sentence)}</p>'


def _shown(day: DayOutcome) -> DayShown:
    low, high = forecast_log.interval(day.expected, day.variance)
    return DayShown(
        f"{day.day:%m-%d}",
        day.expected / day.numbers,
        day.breached / day.numbers,
        max(low / day.numbers, 0),
        min(high / day.numbers, 1),
        not low <= day.breached <= high,
        day.numbers,
        day.expected,
        day.breached,
    )


def by_day(theme: Theme) -> Any:
    """A band where the day should lie, a line for predicted, a dot for actual; a diamond lies outside."""
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("day:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
        tooltip=[
            alt.Tooltip("day:N", title=_("Day")),
            alt.Tooltip("expected:Q", title=_("Expected late"), format=",.0f"),
            alt.Tooltip("breached:Q", title=_("Late"), format=",d"),
            alt.Tooltip("numbers:Q", title=_("Forecasts"), format=",d"),
        ],
    )
    axis = alt.Axis(format=".0%", tickCount=5)
    band = base.mark_bar(size=14, color=theme.series[0], opacity=0.22, cornerRadius=3)
    stroke = base.mark_tick(thickness=2, size=14, color=theme.series[0])
    dot = base.mark_point(filled=True, size=55, opacity=1)
    return alt.layer(
        band.encode(y=alt.Y("low:Q", title=None, axis=axis), y2="high:Q"),
        stroke.encode(y="predicted:Q"),
        dot.encode(
            y="actual:Q",
            color=alt.condition("datum.outside", alt.value(theme.bad), alt.value(theme.text)),
            shape=alt.condition("datum.outside", alt.value("diamond"), alt.value("circle")),
        ),
    )

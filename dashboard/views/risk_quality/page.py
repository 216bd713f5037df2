"""Risk accuracy: predicted against actual breaches, how it is measured, and since when it is off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from typing import Any

import altair as alt
import streamlit as st

from dashboard.controls.indicator import tile
from dashboard.controls.names import names
from dashboard.locale import _
from dashboard.locale.shown import number, percent, when
from dashboard.parts import Context, Tile, Tone, chart, panel, tiles
from dashboard.reads import Snapshot
from dashboard.theme import Theme
from dashboard.views.risk_quality import drift, groups, learned
from queries.risk import runs
from queries.risk.learning import Fallback
from queries.risk.quality import Bin, Quality, Way
from queries.risk.runs import InForce

ENOUGH = 100  # questions, to say "of 100"
FEWEST = 30


def live(ctx: Context) -> None:
    """Counted once a minute: nothing here moves faster."""
    ctx = replace(ctx, moment=ctx.moment.to_minute())
    labels, standing = names(ctx), ctx.read(runs.in_force)
    found = standing.rows.quality if standing.rows else None
    drifted = drift.read(ctx)
    if standing.rows and found:
        _verdict(ctx, standing.rows, found, drift.warning(ctx, drifted.rows or ()))
        tiles(_tiles(found))
    measured: Snapshot[Quality] = Snapshot(found, standing.at, standing.state)
    left, right = st.columns([2, 3])
    with left:
        panel(
            ctx,
            "reliability",
            _("Predicted and actual"),
            measured,
            lambda quality: _draw_reliability(ctx, quality.tenths),
            note=_("by predicted probability; larger dots stand for more questions"),
            empty=_unmeasured(standing),
        )
    with right:
        drift.draw(ctx, drifted)
    left, right = st.columns(2)
    with left:
        groups.draw(ctx, measured, groups.targets(labels), _unmeasured(standing))
        groups.draw(ctx, measured, groups.tiers(), _unmeasured(standing))
    with right:
        groups.draw(ctx, measured, groups.departments(labels), _unmeasured(standing))
    learned.draw(ctx)


def pointer(ctx: Context) -> None:
    """For Live risk, below what is expected."""
    if not ctx.moment.as_of:
        link, label = escape(ctx.url("risk_quality")), escape(_("How accurate is this?"))
        st.html(f'<div class="more"><a href="{link}" target="_self">{label}</a></div>')


def _unmeasured(standing: Snapshot[InForce | None]) -> str:
    if standing.rows is None:
        return _("Nothing learned yet: it takes 30 settled deadlines and one night, or run: board learn")
    return _(
        "The forecasts in force are not measured yet: too few came due. The next learning measures them."
    )


def _verdict(ctx: Context, standing: InForce, found: Quality, warning: str) -> None:
    ours, due = _way(found, "breach_risk"), _way(found, "next_due_first")
    sentences = [_instead(standing.fallback) if standing.fallback else "", _headline(found.tenths)]
    if ours.auc is not None and due.auc is not None:
        sentences.append(
            _(
                "Of one late and one on-time deadline, it ranks the late one higher in {n} of 100 pairs; "
                "“next due first” does in {m}."
            ).format(n=round(100 * ours.auc), m=round(100 * due.auc))
        )
    about = _(
        "Whole country. Learned from data up to {cut}, then tested on what followed: {questions} "
        "questions about {n} deadlines and callbacks. In force since {since}."
    ).format(
        cut=when(datetime.fromtimestamp(found.cut, UTC), ctx.zone),
        questions=number(found.questions),
        n=number(found.asked_about),
        since=when(standing.since, ctx.zone, ctx.now),
    )
    warned = f'<p class="warn">▲ {escape(warning)}</p>' if warning else ""
    paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences if sentence)
    st.html(f'<div class="summary quality">{paragraphs}{warned}<span>{escape(about)}</span></div>')


def _instead(fallback: Fallback) -> str:
    curves, rate = fallback.curves, fallback.late_rate
    return _(
        "Shown now is the late rate of the same target and category, whatever share of its time "
        "a deadline has used: in the trial it did better than the curves (AUC {auc} against "
        "{curves_auc}, Brier score {brier} against {curves_brier})."
    ).format(
        auc=number(rate.auc, 3),
        curves_auc=number(curves.auc, 3),
        brier=number(rate.brier, 4),
        curves_brier=number(curves.brier, 4),
    )


def _headline(tenths: Sequence[Bin]) -> str:
    """Of the fullest tenth from 50 % on, or else the highest that is full enough."""
    full = [one for one in tenths if one.questions >= FEWEST]
    high = [one for one in full if one.predicted >= 0.5]
    if not full:
        return ""
    chosen = max(high, key=lambda one: one.questions) if high else full[-1]
    tenth = min(int(chosen.predicted * 10), 9)
    of = 100 if chosen.questions >= ENOUGH else chosen.questions
    return _("Of {of} deadlines predicted to breach with {low}–{high} %, {actual} did.").format(
        of=of, low=10 * tenth, high=10 * tenth + 10, actual=round(of * chosen.actual)
    )


def _way(found: Quality, name: str) -> Way:
    return next(way for way in found.ways if way.name == name)


def _tiles(found: Quality) -> tuple[Tile, ...]:
    ours, due, used = (_way(found, name) for name in ("breach_risk", "next_due_first", "share_used"))
    rate = _way(found, "late_rate")
    simpler = _("next due first {due}\nshare of time used {used}")
    return (
        tile(
            "ranking",
            number(ours.auc, 3),
            simpler.format(due=number(due.auc, 3), used=number(used.auc, 3)),
            _better(ours.auc, due.auc, used.auc),
        ),
        tile(
            "riskiest_tenth",
            percent(ours.riskiest),
            simpler.format(due=percent(due.riskiest), used=percent(used.riskiest)),
            _better(ours.riskiest, due.riskiest, used.riskiest),
        ),
        tile(
            "calibration",
            _("{n} points").format(n=number(100 * (ours.calibration or 0), 1)),
            _("between predicted and actual\nlate rate of its kind {n}").format(n=_points(rate.calibration)),
        ),
        tile(
            "brier",
            number(ours.brier, 4),
            _("0 is best\nlate rate of its kind {n}").format(n=number(rate.brier, 4)),
        ),
        tile(
            "with_a_number",
            percent(found.with_number / found.questions, 1),
            _("{n} of {total}").format(n=number(found.with_number), total=number(found.questions)),
        ),
    )


def _points(share: float | None) -> str:
    return "–" if share is None else number(100 * share, 1)


def _better(ours: float | None, *simpler: float | None) -> Tone:
    if ours is None:
        return ""
    return "good" if all(one is None or ours > one for one in simpler) else "warn"


@dataclass(frozen=True, slots=True)
class Dot:
    """Shares; `span`, `between` as text."""

    predicted: float
    actual: float
    low: float
    high: float
    questions: int
    span: str
    between: str


def _draw_reliability(ctx: Context, tenths: Sequence[Bin]) -> None:
    dots = tuple(_dot(one) for one in tenths)
    chart(ctx, "reliability", reliability, dots, 372, _("Share that breached, by predicted probability"))


def _dot(one: Bin) -> Dot:
    low, high = one.between
    span = f"{percent(one.low)} – {percent(one.high)}"
    return Dot(
        one.predicted, one.actual, low, high, one.questions, span, f"{percent(low, 1)} – {percent(high, 1)}"
    )


def reliability(theme: Theme) -> Any:
    """On the diagonal, predicted equals actual; bars are the interval of the actual share."""
    base = alt.Chart(alt.NamedData("rows"))
    full_range, axis = alt.Scale(domain=[0, 1]), alt.Axis(format=".0%", tickCount=5)
    across = alt.X("predicted:Q", title=_("predicted"), scale=full_range, axis=axis)
    up = alt.Y("actual:Q", title=_("actual"), scale=full_range, axis=axis)
    ends = {"x": alt.datum(0), "x2": alt.datum(1), "y": alt.datum(0), "y2": alt.datum(1)}
    bars = base.mark_rule(strokeDash=[], strokeWidth=2, color=theme.series[0], opacity=0.55)
    dots = base.mark_circle(color=theme.series[0], opacity=1)
    fields: list[tuple[str, Callable[[], str], str]] = [
        ("span:N", lambda: _("predicted"), ""),
        ("actual:Q", lambda: _("actual"), ".1%"),
        ("between:N", lambda: _("95 % interval"), ""),
        ("questions:Q", lambda: _("questions"), ",d"),
    ]
    tooltips = [alt.Tooltip(field, title=title(), format=form) for field, title, form in fields]
    return alt.layer(
        base.mark_rule(color=theme.quiet, opacity=0.5).encode(**ends),
        bars.encode(x=across, y=alt.Y("low:Q", title=_("actual"), scale=full_range), y2="high:Q"),
        dots.encode(
            x=across, y=up, tooltip=tooltips,
            size=alt.Size("questions:Q", legend=None, scale=alt.Scale(range=[50, 420])),
        ),
    )  # fmt: skip

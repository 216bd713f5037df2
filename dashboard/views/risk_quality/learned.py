"""Risk accuracy night by night: what was learned, and whether it is in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any, Literal

import altair as alt
import streamlit as st

from dashboard.controls.columns import amount, dated
from dashboard.controls.indicator import headed
from dashboard.locale import _
from dashboard.locale.shown import number, when
from dashboard.parts import Column, Context, Tone, chart, listing, panel
from dashboard.theme import Theme
from queries.risk import runs
from queries.risk.learning import MARGIN
from queries.risk.runs import Run

LISTED = 12


@dataclass(frozen=True, slots=True)
class Score:
    night: str
    which: str
    value: float


def draw(ctx: Context) -> None:
    panel(
        ctx,
        "learned",
        _("Learned each night"),
        ctx.read(runs.runs),
        partial(_draw, ctx),
        note=_("tested on the last days: unseen by the trial, partly seen by the forecasts in force"),
        empty=_("Nothing learned yet."),
    )


def _draw(ctx: Context, rows: Sequence[Run]) -> None:
    left, right = st.columns([2, 3])
    with right:
        listing(rows[:LISTED], _columns(ctx, rows))
    with left:
        _line(ctx, "brier", _("Brier score, lower is better"), rows)
        _line(ctx, "auc", _("AUC, higher is better"), rows)


def _line(ctx: Context, name: Literal["brier", "auc"], title: str, rows: Sequence[Run]) -> None:
    st.html(f'<h4 class="part">{escape(title)}</h4>')
    chart(ctx, f"learned_{name}", by_night, _scores(ctx, rows, name), 170, title)


def _scores(ctx: Context, rows: Sequence[Run], name: Literal["brier", "auc"]) -> tuple[Score, ...]:
    labels = {name: _("trial"), f"{name}_before": _("in force until then")}
    return tuple(
        Score(when(run.learned_at, ctx.zone), labels[field], value)
        for run in reversed(rows)
        for field in labels
        if (value := getattr(run, field)) is not None
    )


def by_night(theme: Theme) -> Any:
    names = [_("trial"), _("in force until then")]
    legend = alt.Legend(symbolType="stroke", symbolSize=160)
    colours = alt.Scale(domain=names, range=[theme.series[0], theme.series[1]])
    axis = alt.Axis(tickCount=3, format=".3f")
    return (
        alt.Chart(alt.NamedData("rows"))
        .mark_line(point=True)
        .encode(
            x=alt.X("night:O", sort=None, title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            y=alt.Y("value:Q", title=None, scale=alt.Scale(zero=False), axis=axis),
            color=alt.Color("which:N", scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("which:N", scale=alt.Scale(domain=names), legend=legend),
        )
    )


def _columns(ctx: Context, rows: Sequence[Run]) -> tuple[Column, ...]:
    newest = next((run.version for run in rows if not run.is_kept_aside), None)

    def result(run: Run) -> str:
        label = _("in force") if run.version == newest else _outcome(run)
        return (
            _("{result} · late rate instead of curves").format(result=label) if run.uses_late_rate else label
        )

    def tone(run: Run) -> Tone:
        return _tone(run, newest)

    return (
        dated(ctx, _("Learned"), "learned_at"),
        amount(_("Learned from"), "learned_from"),
        amount(_("Questions"), "questions"),
        headed("ranking", amount(_("AUC"), "auc", 3)),
        headed("brier", amount(_("Brier"), "brier", 4)),
        amount(_("Brier in force"), "brier_before", 4),
        Column(_("Result"), result, tone=tone),
    )


def _outcome(run: Run) -> str:
    if run.is_kept_aside and run.brier is not None and run.brier_before is not None:
        return _("set aside: Brier {n} worse than in force, {margin} allowed").format(
            n=number(run.brier - run.brier_before, 4), margin=number(MARGIN, 3)
        )
    return _("replaced")


def _tone(run: Run, newest: int | None) -> Tone:
    return "good" if run.version == newest else "warn" if run.is_kept_aside else ""

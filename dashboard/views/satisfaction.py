"""Satisfaction: how customers rate us, how many answer, and against which goal."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import altair as alt
import streamlit as st

from dashboard.controls.names import channel, names, tier
from dashboard.locale import _
from dashboard.locale.shown import number, percent
from dashboard.parts import Column, Context, Tile, Tone, chart, listing, panel, tiles
from dashboard.reads import Snapshot
from dashboard.theme import Theme
from queries.pages import satisfaction
from queries.pages.satisfaction import (
    FEWEST,
    DaySatisfaction,
    Group,
    GroupSatisfaction,
    Panels,
    Satisfaction,
    ScoreCount,
)
from queries.policies import history

T = TypeVar("T")


def live(ctx: Context) -> None:
    goals = ctx.read(history.goals).rows
    found = ctx.read(satisfaction.panels, ctx.filters)
    if found.rows is not None and goals is not None:
        _tiles(found.rows.total, goals.satisfaction, goals.nps)
    left, right = st.columns([3, 2])
    with left:
        _days(ctx, _part(found, lambda rows: rows.days), goals.satisfaction if goals else None)
    with right:
        panel(
            ctx,
            "scores",
            _("Distribution"),
            ctx.read(satisfaction.scores, ctx.filters),
            lambda rows: _draw_scores(ctx, rows),
            note=_("surveys by mean score, rounded"),
            empty=_("No answers in this period."),
        )
        _group(ctx, found, "tier", _("By tier"), lambda row: tier(int(row.key)))
        _group(ctx, found, "channel", _("By channel"), lambda row: channel(row.key))
    _wide_groups(ctx, found)


def _part(found: Snapshot[Panels], part: Callable[[Panels], T]) -> Snapshot[T]:
    return Snapshot(None if found.rows is None else part(found.rows), found.at, found.state)


def _days(ctx: Context, days: Snapshot[tuple[DaySatisfaction, ...]], goal: float | None) -> None:
    panel(
        ctx,
        "by_day",
        _("Daily mean"),
        days,
        lambda rows: _draw_days(ctx, rows),
        note=_("1 to 5, by day of the answer; dashed: the goal of {goal}").format(goal=number(goal, 1)),
        empty=_("No survey was sent in this period."),
        export=True,
    )
    panel(
        ctx,
        "response",
        _("Response rate"),
        days,
        lambda rows: _draw_response(ctx, rows),
        note=_("answers of the day per survey sent that day"),
        empty=_("No survey was sent in this period."),
    )


def _wide_groups(ctx: Context, found: Snapshot[Panels]) -> None:
    labels = names(ctx)
    left, right = st.columns(2)
    with left:
        _group(ctx, found, "region", _("By region"), lambda row: labels.region(int(row.key)))
    with right:
        _group(ctx, found, "department", _("By department"), lambda row: labels.department(int(row.key)))


def _tiles(total: Satisfaction, goal: float, nps_goal: float) -> None:
    n = _("{n} answers").format(n=number(total.answers))
    few = _("fewer than {n} answers").format(n=FEWEST)
    tiles(
        (
            Tile(
                _("Mean satisfaction"),
                number(total.mean, 2) if total.enough else "–",
                n if total.enough else few,
                _against(total.mean, goal) if total.enough else "",
            ),
            Tile(_("Goal"), number(goal, 1), _("of 5")),
            Tile(
                _("NPS"),
                number(total.nps) if total.enough else "–",
                _("goal {goal}").format(goal=number(nps_goal)),
                _against(total.nps, nps_goal) if total.enough else "",
            ),
            Tile(
                _("Response rate"),
                percent(total.response_rate, 1),
                _("{n} surveys sent").format(n=number(total.sent)),
            ),
        )
    )


def _against(value: float | None, goal: float) -> Tone:
    return "" if value is None else "good" if value >= goal else "warn"


def _group(
    ctx: Context,
    found: Snapshot[Panels],
    group: Group,
    title: str,
    label: Callable[[GroupSatisfaction], str],
) -> None:
    def mean(row: GroupSatisfaction) -> str:
        return number(row.mean, 2) if row.answers >= FEWEST else _("too few")

    panel(
        ctx,
        f"by_{group}",
        title,
        _part(found, lambda rows: rows.groups[group]),
        lambda rows: listing(
            rows,
            (
                Column(title, label),
                Column(_("Mean"), mean, number=True),
                Column(_("NPS"), lambda row: number(row.nps) if row.answers >= FEWEST else "–", number=True),
                Column(_("Answers"), lambda row: number(row.answers), number=True),
                Column(_("Response rate"), lambda row: percent(_rate(row)), number=True),
            ),
        ),
        note=_("most answers first"),
        empty=_("No survey was sent in this period."),
        export=True,
    )


def _rate(row: GroupSatisfaction) -> float | None:
    return row.answers / row.sent if row.sent else None


def _draw_days(ctx: Context, rows: Sequence[DaySatisfaction]) -> None:
    chart(ctx, "satisfaction_days", days_with_goal, rows, 230, _("Daily mean satisfaction against the goal"))


def days_with_goal(theme: Theme) -> Any:
    base = alt.Chart(alt.NamedData("rows")).encode(x=alt.X("day:T", title=None))
    line = base.mark_line(point=True, color=theme.series[0]).encode(
        y=alt.Y("mean:Q", title=None, scale=alt.Scale(domain=[3.5, 5], clamp=True))
    )
    return line + base.mark_line(strokeDash=[4, 4], strokeWidth=1, color=theme.quiet).encode(y="goal:Q")


def _draw_response(ctx: Context, rows: Sequence[DaySatisfaction]) -> None:
    chart(ctx, "satisfaction_response", response, rows, 150, _("Response rate per day"))


def response(theme: Theme) -> Any:
    return (
        alt.Chart(alt.NamedData("rows"))
        .mark_bar(color=theme.series[4])
        .encode(
            x=alt.X("day:T", title=None, timeUnit="yearmonthdate", axis=alt.Axis(format="%m-%d")),
            y=alt.Y("response:Q", title=None, axis=alt.Axis(format="%")),
        )
    )


def _draw_scores(ctx: Context, rows: Sequence[ScoreCount]) -> None:
    chart(ctx, "satisfaction_scores", distribution, rows, 180, _("Number of surveys by score"))


def distribution(theme: Theme) -> Any:
    return (
        alt.Chart(alt.NamedData("rows"))
        .mark_bar(color=theme.series[0])
        .encode(
            x=alt.X("score:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("answers:Q", title=None),
        )
    )

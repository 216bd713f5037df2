"""Satisfaction: how customers rate us, how many answer, and against which goal."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar

import altair as alt
import streamlit as st

from config.policy import Goals
from dashboard.controls.columns import amount, coded, plain, share
from dashboard.controls.indicator import goal_tile, headed, name, tile
from dashboard.controls.names import channel, names, tier
from dashboard.locale import _
from dashboard.locale.shown import number, percent
from dashboard.parts import Column, Context, Tile, chart, listing, panel, tiles
from dashboard.reads import Snapshot
from dashboard.theme import Theme
from dashboard.views import resolution
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
    listed = resolution.chosen()
    if listed is not None:
        resolution.draw_list(ctx, listed)
        return
    goals = ctx.read(history.goals).rows
    found = ctx.read(satisfaction.panels, ctx.filters)
    if found.rows is not None and goals is not None:
        tiles((*_tiles(found.rows.total, goals), *resolution.measured(ctx, goals)))
    left, right = st.columns([3, 2])
    with left:
        _days(ctx, _part(found, attrgetter("days")), goals.satisfaction if goals else None)
    with right:
        panel(
            ctx,
            "scores",
            _("Distribution"),
            ctx.read(satisfaction.scores, ctx.filters),
            partial(_draw_scores, ctx),
            note=_("surveys by mean score, rounded"),
            empty=_("No answers in this period."),
        )
        _group(ctx, found, "tier", (_("By tier"), _("Tier")), partial(_place, tier))
        _group(ctx, found, "channel", (_("By channel"), _("Channel")), channel)
    _wide_groups(ctx, found)


def _part(found: Snapshot[Panels], part: Callable[[Panels], T]) -> Snapshot[T]:
    return Snapshot(None if found.rows is None else part(found.rows), found.at, found.state)


def _days(ctx: Context, days: Snapshot[tuple[DaySatisfaction, ...]], goal: float | None) -> None:
    panel(
        ctx,
        "by_day",
        _("Daily mean"),
        days,
        partial(_draw_days, ctx),
        note=_("1 to 5, by day of the answer; dashed: the goal of {goal}").format(goal=number(goal, 1)),
        empty=_("No survey was sent in this period."),
        export=_day_columns(),
    )
    panel(
        ctx,
        "response",
        name("response_rate"),
        days,
        partial(_draw_response, ctx),
        note=_("answers of the day per survey sent that day"),
        empty=_("No survey was sent in this period."),
    )


def _wide_groups(ctx: Context, found: Snapshot[Panels]) -> None:
    labels = names(ctx)
    left, right = st.columns(2)
    with left:
        _group(ctx, found, "region", (_("By region"), _("Region")), partial(_place, labels.region))
    with right:
        heads = (_("By department"), _("Department"))
        _group(ctx, found, "department", heads, partial(_place, labels.department))


def _place(word: Callable[[int], str], key: str) -> str:
    return word(int(key))


def _tiles(total: Satisfaction, goals: Goals) -> tuple[Tile, ...]:
    n = _("{n} answers").format(n=number(total.answers))
    few = _("fewer than {n} answers").format(n=FEWEST)
    mean, nps = (total.mean, total.nps) if total.enough else (None, None)
    return (
        goal_tile("mean_satisfaction", mean, number(mean, 2), goals, n if total.enough else few),
        goal_tile("nps", nps, number(nps), goals, "" if total.enough else few),
        tile(
            "response_rate",
            percent(total.response_rate, 1),
            _("{n} surveys sent").format(n=number(total.sent)),
        ),
    )


def _group(
    ctx: Context, found: Snapshot[Panels], group: Group, heads: tuple[str, str], word: Callable[[str], str]
) -> None:
    """`heads`: of the panel and of its first column."""
    title, head = heads
    columns = _group_columns(head, word)
    panel(
        ctx,
        f"by_{group}",
        title,
        _part(found, partial(_of_group, group)),
        partial(listing, columns=columns),
        note=_("most answers first"),
        empty=_("No survey was sent in this period."),
        export=columns,
    )


def _of_group(group: Group, found: Panels) -> tuple[GroupSatisfaction, ...]:
    return found.groups[group]


def _group_columns(head: str, word: Callable[[str], str]) -> tuple[Column, ...]:
    return (
        coded(head, "key", word),
        headed("mean_satisfaction", replace(amount(_("Mean"), "mean", 2), shown=_mean)),
        headed("nps", replace(amount("", "nps"), shown=_nps)),
        headed("answers", amount("", "answers")),
        headed("response_rate", share("", _rate)),
    )


def _mean(row: GroupSatisfaction) -> str:
    return number(row.mean, 2) if row.answers >= FEWEST else _("too few")


def _nps(row: GroupSatisfaction) -> str:
    return number(row.nps) if row.answers >= FEWEST else "–"


def _day_columns() -> tuple[Column, ...]:
    return (
        plain(_("Day"), "day"),
        amount(_("Sent"), "sent"),
        amount(name("answers"), "answers"),
        amount(_("Mean"), "mean", 2),
        share(name("response_rate"), "response"),
        amount(name("nps"), "nps"),
        amount(_("Goal"), "goal", 1),
    )


def _rate(row: GroupSatisfaction) -> float | None:
    return row.answers / row.sent if row.sent else None


def _draw_days(ctx: Context, rows: Sequence[DaySatisfaction]) -> None:
    chart(ctx, "satisfaction_days", days_with_goal, rows, 330, _("Daily mean satisfaction against the goal"))


def days_with_goal(theme: Theme) -> Any:
    base = alt.Chart(alt.NamedData("rows")).encode(x=alt.X("day:T", title=None))
    line = base.mark_line(point=True, color=theme.series[0]).encode(
        y=alt.Y("mean:Q", title=None, scale=alt.Scale(domain=[3.5, 5], clamp=True))
    )
    return line + base.mark_line(strokeDash=[4, 4], strokeWidth=1, color=theme.quiet).encode(y="goal:Q")


def _draw_response(ctx: Context, rows: Sequence[DaySatisfaction]) -> None:
    chart(ctx, "satisfaction_response", response, rows, 280, _("Response rate per day"))


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

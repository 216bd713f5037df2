"""The scene 'Flow': today by the hour against yesterday and the usual weekday, and the last days."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from html import escape
from typing import Any

from dashboard.controls.indicator import name
from dashboard.controls.plot import Line, Mark, Plot, plot
from dashboard.locale import _, ngettext
from dashboard.locale.shown import number, percent, percent_sign, signed
from dashboard.parts import Context
from dashboard.views.co_owners.pace import within
from dashboard.views.wall.pieces import slow
from queries.pages import backlog, co_owners, satisfaction, wall
from queries.pages.backlog import DayBacklog
from queries.pages.co_owners import DayPace, Limits
from queries.pages.satisfaction import FEWEST, DaySatisfaction
from queries.pages.wall import Hour

DAYS, MONTH, WEEK = 14, 30, 7


def asks(_ctx: Context) -> bool:
    """It tells how the day goes; nobody has to act on it."""
    return False


def flow(ctx: Context) -> str:
    local = ctx.now.astimezone(ctx.zone)
    today = local.date()
    fortnight = replace(ctx.filters, since=today - timedelta(DAYS - 1), until=today)
    month = replace(ctx.filters, since=today - timedelta(MONTH - 1), until=today)
    calm = slow(ctx)
    panels = (
        _hours(calm.read(wall.hours, ctx.filters, local.hour).rows, local.hour),
        _backlog(calm.read(backlog.over_time, fortnight).rows),
        _co_owners(calm, calm.read(co_owners.by_day, fortnight).rows),
        satisfaction_panel(calm.read(satisfaction.by_day, month).rows),
    )
    return f'<div class="wall-flow">{"".join(panels)}</div>'


def _panel(title: str, figure: str, hint: str, drawn: Plot | None) -> str:
    if drawn is None or not any(line.points for line in drawn.lines):
        word = _("Unavailable") if drawn is None else _("No data yet")
        body = f'<div class="wall-blank"><b>{escape(word)}</b></div>'
    else:
        body = plot(drawn)
    return (
        f'<div class="wall-panel"><header><h2>{escape(title)}</h2><b>{escape(figure)}</b>'
        f"<span>{escape(hint)}</span></header>{body}</div>"
    )


def _hours(rows: Sequence[Hour] | None, hour: int) -> str:
    title = _("Complaints per hour, today")
    if rows is None:
        return _panel(title, "–", "", None)
    received = sum(row.received or 0 for row in rows)
    usual = [row.usual_received for row in rows[:hour] if row.usual_received is not None]
    so_far = sum(row.received or 0 for row in rows[:hour])
    hint = _("received")
    if usual and sum(usual):
        change = f"{signed((so_far / sum(usual) - 1) * 100)}{percent_sign()}"
        hint += " · " + _("{change} against usual").format(change=change)
    drawn = Plot(
        lines=(
            Line(_("received"), "series-1", _points((row.hour, row.received) for row in rows), bars=True),
            Line(_("resolved"), "series-3", _points((row.hour, row.resolved) for row in rows)),
            Line(_("yesterday"), "series-5", _points((row.hour, row.yesterday_received) for row in rows)),
            Line(_("usual"), "quiet", _points((row.hour, row.usual_received) for row in rows), dashed=True),
        ),
        across=(-0.5, 23.5),
        marks=tuple(Mark(at, f"{at:02d}:00") for at in range(0, 24, 6)),
    )
    return _panel(title, number(received), hint, drawn)


def _backlog(rows: Sequence[DayBacklog] | None) -> str:
    title = _("Backlog by day")
    if rows is None:
        return _panel(title, "–", "", None)
    figure, hint = "–", ""
    if rows:
        figure = number(rows[-1].complaints)
    if len(rows) > WEEK:
        change = rows[-1].complaints - rows[-1 - WEEK].complaints
        hint = _("{change} since a week ago").format(change=signed(change))
    elif len(rows) > 1:
        change = rows[-1].complaints - rows[-2].complaints
        hint = _("{change} since yesterday").format(change=signed(change))
    points = tuple((float(place), float(row.complaints)) for place, row in enumerate(rows))
    drawn = Plot((Line("", "series-1", points),), _across(rows), _days(rows))
    return _panel(title, figure, hint, drawn)


def _co_owners(ctx: Context, rows: Sequence[DayPace] | None) -> str:
    title = name("co_owners_in_time")
    if rows is None:
        return _panel(title, "–", "", None)
    last = rows[-1] if rows else None
    figure = percent(last.within_respond if last else None)
    gave = percent(last.within_opinion if last else None)
    hint = _("responded on time today, opinions {share}").format(share=gave)
    limits = ctx.read(co_owners.limits).rows or Limits((), ())
    responded = within(limits.respond, _("responded within {limit}"), _("responded in time"))
    opinion = within(limits.opinion, _("opinion within {limit}"), _("opinion in time"))
    drawn = Plot(
        lines=(
            Line(responded, "series-2", _points(_placed(rows, "within_respond", 100))),
            Line(opinion, "series-1", _points(_placed(rows, "within_opinion", 100))),
        ),
        across=_across(rows),
        marks=_days(rows),
        bounds=(0, 100),
        unit=percent_sign(),
    )
    return _panel(title, figure, hint, drawn)


def satisfaction_panel(rows: Sequence[DaySatisfaction] | None) -> str:
    title = name("mean_satisfaction")
    if rows is None:
        return _panel(title, "–", "", None)
    answers = sum(row.answers for row in rows)
    total = sum((row.mean or 0) * row.answers for row in rows)
    hint = ngettext("{n} answer in 30 days", "{n} answers in 30 days", answers).format(n=number(answers))
    figure = number(total / answers if answers else None, 2)
    goal = rows[-1].goal if rows else 0.0
    ends = (0.0, float(len(rows) - 1))
    enough = ((place, row.mean) for place, row in enumerate(rows) if row.answers >= FEWEST)
    drawn = Plot(
        lines=(
            Line(_("daily mean"), "series-3", _points(enough)),
            Line(_("goal {n}").format(n=goal), "quiet", tuple((at, goal) for at in ends), dashed=True),
        ),
        across=_across(rows),
        marks=_days(rows),
        digits=1,
    )
    return _panel(title, figure, hint, drawn if answers else Plot((), (0, 1), ()))


def _points(found: Iterable[tuple[int, float | None]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(at), float(value)) for at, value in found if value is not None)


def _placed(rows: Sequence[Any], field: str, times: float = 1) -> Iterable[tuple[int, float | None]]:
    for place, row in enumerate(rows):
        value = getattr(row, field)
        yield place, None if value is None else value * times


def _across(rows: Sequence[Any]) -> tuple[float, float]:
    return (0.0, float(max(len(rows) - 1, 1)))


def _days(rows: Sequence[Any]) -> tuple[Mark, ...]:
    """About five, the last one today."""
    step = max(1, len(rows) // 5)
    return tuple(Mark(at, _day(rows[at].day)) for at in range(len(rows) - 1, -1, -step))


def _day(day: date) -> str:
    return f"{day:%m-%d}"

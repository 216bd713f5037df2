"""The scene 'Customers': how satisfied they are, who is still to be called, and whether solutions held."""

from dataclasses import replace
from datetime import timedelta

from config.policy import Goals
from dashboard.controls.indicator import name
from dashboard.locale import _, ngettext
from dashboard.locale.shown import number, percent
from dashboard.parts import Context, Tone
from dashboard.views.wall.flow import satisfaction_panel
from dashboard.views.wall.pieces import Card, cards, slow, unavailable, verdict
from queries.filters import Filters
from queries.pages import resolution, satisfaction, wall
from queries.pages.satisfaction import FEWEST, Mean
from queries.policies import history

WEEK, MONTH = 7, 30


def callbacks_card(ctx: Context, expected_late: float | None = None) -> Card:
    calls = slow(ctx).read(wall.calls, ctx.filters).rows
    if calls is None:
        return Card(name("callbacks_today"), "–")
    hint = _("{n} overdue").format(n=number(calls.overdue))
    if expected_late is not None and expected_late >= 1:
        hint = _("{overdue} overdue · ≈ {n} will be late").format(
            overdue=number(calls.overdue), n=number(expected_late)
        )
    done = calls.done_today / (calls.today + calls.done_today) if calls.today else None
    tone: Tone = "warn" if calls.overdue else ""
    return Card(name("callbacks_today"), number(calls.today), hint, tone, filled=done)


def satisfaction_card(ctx: Context) -> Card:
    label = _("Satisfaction, 7 days")
    week = _days(ctx, WEEK)
    mean, goals = slow(ctx).read(satisfaction.mean, week).rows, slow(ctx).read(history.goals).rows
    if mean is None or mean.answers < FEWEST:
        few = ngettext("{n} answer, too few", "{n} answers, too few", mean.answers if mean else 0)
        return Card(label, "–", few.format(n=number(mean.answers if mean else 0)))
    return _against_goal(label, mean, goals)


def _against_goal(label: str, mean: Mean, goals: Goals | None) -> Card:
    value, margin = number(mean.mean, 2), number(mean.margin, 2)
    if goals is None:
        return Card(label, value, f"±{margin}", filled=_of_scale(mean.mean))
    aim = goals.satisfaction
    tone: Tone = "good" if mean.mean - mean.margin >= aim else "warn" if mean.mean + mean.margin < aim else ""
    hint = _("±{margin} · goal {goal}").format(margin=margin, goal=number(aim, 1))
    return Card(label, value, hint, tone, filled=_of_scale(mean.mean), goal=_of_scale(aim))


def _of_scale(score: float) -> float:
    return (score - 1) / 4


def _days(ctx: Context, days: int) -> Filters:
    today = ctx.now.astimezone(ctx.zone).date()
    return replace(ctx.filters, since=today - timedelta(days - 1), until=today)


def asks(ctx: Context) -> bool:
    calls = slow(ctx).read(wall.calls, ctx.filters).rows
    return calls is None or calls.overdue > 0


def customers(ctx: Context) -> str:
    calm = slow(ctx)
    calls, week = (
        calm.read(wall.calls, ctx.filters).rows,
        calm.read(satisfaction.total, _days(ctx, WEEK)).rows,
    )
    held = calm.read(resolution.lasting, _days(ctx, MONTH)).rows
    goals = calm.read(history.goals).rows
    if calls is None or week is None:
        return unavailable()
    rows = calm.read(satisfaction.by_day, _days(ctx, MONTH)).rows
    numbers = cards(
        satisfaction_card(ctx),
        Card(
            _("Survey answered, 7 days"),
            percent(week.response_rate),
            _("{answers} of {sent}").format(answers=number(week.answers), sent=number(week.sent)),
            filled=week.response_rate,
        ),
        _held(held, goals),
        callbacks_card(ctx),
        Card(
            _("Callbacks ended today"),
            number(calls.done_today),
            _("{n} reached").format(n=number(calls.reached)),
            filled=calls.reached / calls.done_today if calls.done_today else None,
        ),
    )
    sentence = _sentence(calls.overdue, calls.today)
    return f'<div class="wall-now">{sentence}{numbers}{satisfaction_panel(rows)}</div>'


def _held(held: resolution.Lasting | None, goals: Goals | None) -> Card:
    label = _("Solutions held, 30 days")
    if held is None or held.rate is None:
        return Card(label, "–", _("nothing resolved yet"))
    hint = _("{n} of {all} re-opened").format(n=number(held.reopened), all=number(held.resolved))
    if goals is None:
        return Card(label, percent(held.rate, 1), hint, filled=held.rate)
    tone: Tone = "good" if held.rate >= goals.resolution_rate else "warn"
    return Card(label, percent(held.rate, 1), hint, tone, filled=held.rate, goal=goals.resolution_rate)


def _sentence(overdue: int, today: int) -> str:
    if overdue:
        template = ngettext(
            "{n} callback is overdue; {today} more to make today",
            "{n} callbacks are overdue; {today} more to make today",
            overdue,
        )
        return verdict("warn", template.format(n=number(overdue), today=number(today)))
    if today:
        template = ngettext(
            "{n} callback to make today, none overdue", "{n} callbacks to make today, none overdue", today
        )
        return verdict("good", template.format(n=number(today)))
    return verdict("good", _("Every callback that was due is made"))

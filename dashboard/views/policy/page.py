"""Policy: what is promised, in which hours, in which version. What a change would do is in try_out.py, the
versions are in versions.py."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from html import escape
from operator import itemgetter

import streamlit as st

from config.policy import WEEKDAYS, Calendar, Goals, Policy, Target
from dashboard.controls import indicator
from dashboard.controls.columns import coded, plain
from dashboard.controls.indicator import tile
from dashboard.controls.names import Names, category, channel, customer_value, names, status, tier
from dashboard.locale import _, language, ngettext, pgettext
from dashboard.locale.shown import duration, listed, number, percent, when
from dashboard.parts import Column, Context, Tile, Tone, listing, panel, tiles
from dashboard.views.complaint.deadline import holiday
from dashboard.views.policy import closed_days
from dashboard.views.policy.versions import listed as versions_listed
from queries.hours.calendar_days import LAST_PUBLISHED, calendar_day
from queries.indicators import INDICATORS
from queries.policies import history
from queries.policy_changes import versions as policy_versions
from queries.policy_changes.versions import VersionRow, in_force

AHEAD = 120  # days in which special days are listed


def live(ctx: Context) -> None:
    versions, policy = ctx.read(policy_versions.versions), ctx.read(history.policy_in_force)
    provisional = ctx.read(history.provisional_deadlines)
    labels = names(ctx)
    newest = in_force(versions.rows or ())
    if newest is not None and policy.rows is not None and provisional.rows is not None:
        tiles(_tiles(ctx, newest, policy.rows, provisional.rows))
    panel(
        ctx,
        "targets",
        _("Targets"),
        policy,
        partial(_list_targets, labels),
        note=_("what is promised to customers and asked of co-owners"),
    )
    left, right = st.columns([3, 2])
    with left:
        panel(ctx, "calendars", _("Calendars"), policy, partial(_calendars, ctx, labels))
        versions_listed(ctx, versions)
    with right:
        panel(
            ctx,
            "follow_up",
            _("Callbacks, goals, shifts, escalation"),
            policy,
            partial(_list_rules, labels),
        )


def _list_targets(labels: Names, found: Policy) -> None:
    """Pauses and warnings only where a target has its own, so that each target has one line."""
    own = {
        _("Pauses while"): any(target.pauses_on for target in found.targets),
        _("Warning"): any(target.warn_left or target.warn_share for target in found.targets),
    }
    listing(found.targets, [one for one in _target_columns(labels) if own.get(one.head, True)])


def _list_rules(labels: Names, found: Policy) -> None:
    listing(*_rules(labels, found))


def _tiles(ctx: Context, newest: VersionRow, found: Policy, provisional: int) -> tuple[Tile, ...]:
    on = sum(target.on for target in found.targets)
    ends = (date(LAST_PUBLISHED + 1, 1, 1) - ctx.now.astimezone(ctx.zone).date()).days
    return (
        tile(
            "policy_version",
            str(newest.version),
            _("since {time}").format(time=when(newest.in_force_from, ctx.zone)),
        ),
        tile("targets_on", number(on), _("of {n}").format(n=number(len(found.targets)))),
        tile(
            "holidays_until",
            str(LAST_PUBLISHED),
            ngettext("{n} day ahead", "{n} days ahead", ends).format(n=number(ends)),
            "warn" if ends < AHEAD else "good",
        ),
        tile(
            "provisional",
            number(provisional),
            _("weekday rules used for unpublished holidays"),
            "warn" if provisional else "good",
        ),
    )


def label(target: Target) -> str:
    return target.label_zh if language() == "zh" else target.label


def budget(target: Target) -> str:
    days = target.budget.working_days
    if days:
        return ngettext("{n} working day", "{n} working days", days).format(n=days)
    return duration(target.budget.seconds)


def _covers(target: Target) -> str:
    parts = [tier(one) for one in target.tiers]
    parts += [channel(one) for one in target.channels] + [category(one) for one in target.categories]
    parts += [customer_value(one) for one in target.customer_values]
    return listed(parts) or _("all complaints")


def _milestone(code: str) -> str:
    labels = {
        "received": _("received"),
        "tier": _("the tier is set"),
        "requested": _("co-owner request"),
        "first_contact": _("First contact"),
        "plan": _("Plan given"),
        "verification_started": _("Verification started"),
        "feedback": _("Progress update sent"),
        "answered": pgettext("milestone", "Answered"),
        "resolved": _("resolved"),
        "responded": _("Co-owner responded"),
        "opinion": _("Co-owner's opinion"),
    }
    return labels[code]


def _warns(target: Target) -> str:
    if target.warn_left is not None:
        return _("{time} before").format(time=duration(target.warn_left))
    if target.warn_share is not None:
        return _("at {share} used").format(share=percent(target.warn_share))
    return _("default")


def _whose(target: Target) -> str:
    grades = {
        "senior": _("Senior agent or above"),
        "team_lead": _("Team lead or above"),
        "supervisor": _("Supervisor or above"),
        "manager": _("Manager"),
    }
    owner = _("Co-owner") if target.owner == "co_owner" else _("Lead owner")
    return grades.get(target.by_grade, owner)


def _target_columns(labels: Names) -> tuple[Column, ...]:
    def pauses(target: Target) -> str:
        return listed(status(one) for one in target.pauses_on) or _("no pauses")

    def tone(target: Target) -> Tone:
        return "good" if target.on else ""

    def source(target: Target) -> str:
        term = target.term if language() == "zh" else ""  # the source documents' own words
        rule = f"{target.rule} {term}".strip() or "–"
        return f"{rule} · {_('assumed')}" if target.assumption and target.rule else rule

    return (
        Column(_("Target"), label),
        coded(_("State"), "on", _on_or_off, tone),
        Column(_("Applies to"), _covers),
        coded(pgettext("milestone", "From"), "starts", _milestone),
        coded(pgettext("milestone", "Until"), "met_by", _milestone),
        Column(_("Time allowed"), budget, number=True),
        coded(_("Hours"), "hours", partial(_hours, labels)),
        Column(_("Pauses while"), pauses),
        Column(_("Warning"), _warns),
        Column(_("Responsible"), _whose),
        Column(_("Rule"), source),
    )


def _hours(labels: Names, code: str) -> str:
    return _("24 hours") if code == "always" else labels.calendar(code)


def _on_or_off(is_on: bool) -> str:
    return _("on") if is_on else _("off")


def _spans(spans: Sequence[tuple[int, int]]) -> str:
    shown = listed(f"{_clock(start)}–{_clock(end)}" for start, end in spans)
    return shown or _("off hours")


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}"


def _calendars(ctx: Context, labels: Names, found: Policy) -> None:
    for name, calendar in found.calendars.items():
        zone = calendar.zone or _("each region's own")
        holidays = _("no holidays")
        if calendar.holidays == "cn":
            holidays = _("Chinese holidays and make-up days, known until the end of {year}")
            holidays = holidays.format(year=LAST_PUBLISHED)
        st.html(f'<h4 class="part" aria-level="3">{escape(labels.calendar(name))}</h4>')
        st.caption(_("Zone: {zone}").format(zone=zone) + f" · {holidays}")
        left, right = st.columns(2)
        with left:
            listing(
                _week(calendar),
                (plain(_("Day"), itemgetter(0)), plain(_("Hours"), itemgetter(1))),
            )
        with right:
            special = _special(calendar, ctx.now.astimezone(ctx.zone).date())
            if not special:
                st.caption(_("No holiday and no other special day in the next {n} days.").format(n=AHEAD))
            else:
                listing(
                    special[:10],
                    (
                        plain(_("Next special days"), itemgetter(0)),
                        plain(_("Kind"), itemgetter(1)),
                        plain(_("Hours"), itemgetter(2)),
                    ),
                )
            closed_days.listed(calendar, labels, ctx.now.astimezone(ctx.zone).date())


def _week(calendar: Calendar) -> list[tuple[str, str]]:
    names = (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )
    return [(name, _spans(calendar.hours.get(day, ()))) for name, day in zip(names, WEEKDAYS, strict=True)]


def _special(calendar: Calendar, today: date) -> list[tuple[date, str, str]]:
    kinds = {
        "holiday": "{}",
        "make_up": _("make-up day, {holiday}"),
        "override": _("set by the policy"),
    }
    found = []
    for day in (today + timedelta(days=n) for n in range(AHEAD)):
        about = calendar_day(calendar, day)
        if about.kind in kinds:
            label = holiday(about.name) if about.kind == "holiday" else kinds[about.kind]
            found.append((day, label.format(holiday=holiday(about.name)), _spans(about.spans)))
    return found


def _goals(goals: Goals) -> list[tuple[str, str]]:
    aims = [one for one in INDICATORS if one.goal]
    word = _("Goal: {name}")
    return [(word.format(name=indicator.name(one.code)), indicator.goal(one, goals)) for one in aims]


def _rules(labels: Names, found: Policy) -> tuple[list[tuple[str, str]], tuple[Column, ...]]:
    days, escalation = _("{n} days, weekends included"), _("Escalation: {who}")
    calls, goals = found.callbacks, found.goals
    who = {
        "owner": pgettext("person", "Lead owner"),
        "team_lead": _("Team lead"),
        "supervisor": _("Supervisor"),
        "manager": _("Manager"),
    }
    rows = [
        (_("3-day callback"), days.format(n=calls.confirm_solved_days)),
        (_("7-day callback"), days.format(n=calls.experience_days)),
        (_("Second follow-up"), days.format(n=calls.dissatisfied_days)),
        (_("Attempts before giving up"), str(calls.most_attempts)),
        *_goals(goals),
        (_("At risk from this share of time used"), percent(found.warn_share)),
        (_("Alert from this breach risk"), percent(found.risk.alert_from)),
        (_("Riskiest first: weight of tiers 1, 2, 3"), " · ".join(f"{w:g}" for w in found.risk.tier_weights)),
        (_("Duration of one call"), duration(found.risk.call_takes)),
        (_("Hours of the departments"), labels.calendar(found.team_hours)),
    ]
    rows += [
        (
            _("Shift: {name}").format(name=shift.label_zh if language() == "zh" else shift.label),
            _clock(shift.begins),
        )
        for shift in found.shifts
    ]
    rows += [
        (
            escalation.format(who=who[step.who]),
            _("after {time}").format(time=duration(step.after)) if step.after > 1 else _("at once"),
        )
        for step in found.escalation
    ]
    value = replace(plain(_("Value"), itemgetter(1)), number=True)
    return rows, (plain(_("Rule"), itemgetter(0)), value)

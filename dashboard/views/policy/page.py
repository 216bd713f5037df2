"""Policy: what is promised, by which hours, in which version; and what a change would do (policy_try.py,
policy_versions.py)."""

from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

import streamlit as st

from config.policy import WEEKDAYS, Calendar, Policy, Target
from dashboard.controls.names import Names, category, channel, customer_value, names, status, tier
from dashboard.locale import _, language, ngettext, pgettext
from dashboard.locale.shown import duration, listed, number, percent, when
from dashboard.parts import Column, Context, Tile, Tone, listing, panel, tiles
from dashboard.views.complaint.deadline import holiday
from dashboard.views.policy.versions import listed as versions_listed
from queries.hours.calendar_days import LAST_PUBLISHED, calendar_day
from queries.policies import history
from queries.policy_changes import versions as policy_versions
from queries.policy_changes.versions import VersionRow, in_force

AHEAD = 120  # days in which special days are listed


def live(ctx: Context) -> None:
    versions, policy = ctx.read(policy_versions.versions), ctx.read(history.policy_in_force)
    provisional = ctx.read(history.provisional_deadlines)
    known = names(ctx)
    newest = in_force(versions.rows or ())
    if newest is not None and policy.rows is not None and provisional.rows is not None:
        tiles(_tiles(ctx, newest, policy.rows, provisional.rows))
    panel(
        ctx,
        "targets",
        _("Targets"),
        policy,
        lambda found: listing(found.targets, _target_columns(known)),
        note=_("what is promised to customers and asked of co-owners"),
    )
    left, right = st.columns([3, 2])
    with left:
        panel(ctx, "calendars", _("Calendars"), policy, lambda found: _calendars(ctx, known, found))
        versions_listed(ctx, versions)
    with right:
        panel(
            ctx,
            "follow_up",
            _("Callbacks, goals, shifts, escalation"),
            policy,
            lambda found: listing(*_rules(known, found)),
        )


def _tiles(ctx: Context, newest: VersionRow, found: Policy, provisional: int) -> tuple[Tile, ...]:
    on = sum(target.on for target in found.targets)
    ends = (date(LAST_PUBLISHED + 1, 1, 1) - ctx.now.astimezone(ctx.zone).date()).days
    return (
        Tile(
            _("Version in force"),
            str(newest.version),
            _("since {time}").format(time=when(newest.in_force_from, ctx.zone)),
        ),
        Tile(_("Targets that are on"), number(on), _("of {n}").format(n=number(len(found.targets)))),
        Tile(
            _("Holidays published until"),
            str(LAST_PUBLISHED),
            ngettext("{n} day ahead", "{n} days ahead", ends).format(n=number(ends)),
            "warn" if ends < AHEAD else "good",
        ),
        Tile(
            _("Provisional deadlines"),
            number(provisional),
            _("weekdays stand in for holidays"),
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
    words = [tier(one) for one in target.tiers]
    words += [channel(one) for one in target.channels] + [category(one) for one in target.categories]
    words += [customer_value(one) for one in target.customer_values]
    return listed(words) or _("all complaints")


def _milestone(code: str) -> str:
    words = {
        "received": _("received"),
        "tier": _("the tier is set"),
        "requested": _("the request"),
        "first_contact": _("First contact"),
        "plan": _("Plan given"),
        "verification_started": _("Verification started"),
        "feedback": _("Progress fed back"),
        "answered": pgettext("milestone", "Answered"),
        "resolved": _("resolved"),
        "responded": _("Co-owner responded"),
        "opinion": _("Co-owner's opinion"),
    }
    return words[code]


def _warns(target: Target) -> str:
    if target.warn_left is not None:
        return _("{time} before").format(time=duration(target.warn_left))
    if target.warn_share is not None:
        return _("at {share} of it").format(share=percent(target.warn_share))
    return _("as all")


def _whose(target: Target) -> str:
    words = {
        "senior": _("senior agent or above"),
        "team_lead": _("team lead or above"),
        "supervisor": _("supervisor or above"),
        "manager": _("manager"),
    }
    owner = _("Co-owner") if target.owner == "co_owner" else _("Lead owner")
    return listed([owner, words[target.by_grade]]) if target.by_grade in words else owner


def _target_columns(known: Names) -> tuple[Column, ...]:
    def pauses(target: Target) -> str:
        return listed(status(one) for one in target.pauses_on) or _("never pauses")

    def tone(target: Target) -> Tone:
        return "good" if target.on else ""

    def source(target: Target) -> str:
        rule = f"{target.rule} {target.term}".strip() or "–"
        return f"{rule} · {_('our assumption')}" if target.assumption and target.rule else rule

    return (
        Column(_("Target"), label),
        Column(
            _("State"), lambda one: _("on") if one.on else _("off"), tone=lambda one: "good" if one.on else ""
        ),
        Column(_("For"), _covers),
        Column(pgettext("milestone", "From"), lambda one: _milestone(one.starts)),
        Column(pgettext("milestone", "Until"), lambda one: _milestone(one.met_by)),
        Column(_("Budget"), budget, number=True),
        Column(_("Hours"), lambda one: known.calendar(one.hours)),
        Column(_("Pauses on"), pauses),
        Column(_("Warns"), _warns),
        Column(_("Whose"), _whose),
        Column(_("Rule"), source),
    )


def _spans(spans: Sequence[tuple[int, int]]) -> str:
    shown = listed(f"{_clock(start)}–{_clock(end)}" for start, end in spans)
    return shown or _("off hours")


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}"


def _calendars(ctx: Context, known: Names, found: Policy) -> None:
    for name, calendar in found.calendars.items():
        zone = calendar.zone or _("each region's own")
        holidays = _("no holidays")
        if calendar.holidays == "cn":
            holidays = _("Chinese holidays and make-up days, known until the end of {year}")
            holidays = holidays.format(year=LAST_PUBLISHED)
        st.html(f'<h4 class="part">{escape(known.calendar(name))}</h4>')
        st.caption(_("Zone: {zone}").format(zone=zone) + f" · {holidays}")
        left, right = st.columns(2)
        with left:
            listing(
                _week(calendar),
                (Column(_("Day"), lambda row: row[0]), Column(_("Hours"), lambda row: row[1])),
            )
        with right:
            special = _special(calendar, ctx.now.astimezone(ctx.zone).date())
            if not special:
                st.caption(_("No holiday and no other special day in the next {n} days.").format(n=AHEAD))
            else:
                listing(
                    special[:10],
                    (
                        Column(_("Next special days"), lambda row: row[0].strftime("%Y-%m-%d")),
                        Column(_("What it is"), lambda row: row[1]),
                        Column(_("Hours"), lambda row: row[2]),
                    ),
                )


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
    words = {
        "holiday": "{}",
        "make_up": _("make-up day, {holiday}"),
        "override": _("by the policy's own calendar"),
    }
    found = []
    for day in (today + timedelta(days=n) for n in range(AHEAD)):
        about = calendar_day(calendar, day)
        if about.kind in words:
            said = holiday(about.name) if about.kind == "holiday" else words[about.kind]
            found.append((day, said.format(holiday=holiday(about.name)), _spans(about.spans)))
    return found


def _rules(known: Names, found: Policy) -> tuple[list[tuple[str, str]], tuple[Column, ...]]:
    days, escalation = _("{n} natural days"), _("Escalation: {who}")
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
        (_("Attempts before it is given up"), str(calls.most_attempts)),
        (_("Goal: satisfaction"), f"≥ {goals.satisfaction:.1f}"),
        (_("Goal: resolution rate"), f"≥ {percent(goals.resolution_rate)}"),
        (_("Goal: repeat complaints"), f"≤ {percent(goals.repeat_rate)}"),
        (_("Goal: NPS"), f"≥ {goals.nps:g}"),
        (_("At risk when so much is used"), percent(found.warn_share)),
        (_("Alert from this breach risk on"), percent(found.risk.alert_from)),
        (_("Riskiest first: weight of tiers 1, 2, 3"), " · ".join(f"{w:g}" for w in found.risk.tier_weights)),
        (_("One call takes"), duration(found.risk.call_takes)),
        (_("Hours of the departments"), known.calendar(found.team_hours)),
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
            _("after {time}").format(time=duration(step.after)),
        )
        for step in found.escalation
    ]
    return rows, (Column(_("Rule"), lambda row: row[0]), Column(_("Value"), lambda row: row[1], number=True))

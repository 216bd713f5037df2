"""Complaint: why a due time is what it is, as a bar and a list whose parts add up to what is promised."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from html import escape

import streamlit as st

from dashboard.controls.columns import coded, plain
from dashboard.controls.names import Names, status
from dashboard.controls.stacked_bar import clocks
from dashboard.locale import _, ngettext
from dashboard.locale.shown import duration, exact, headed, listed, when
from dashboard.parts import Column, Context, Tone, listing, panel
from queries.clocks import explain
from queries.clocks.explain import Explanation
from queries.clocks.running_clock import Span
from queries.hours.segments import CountedDay, Segment

SHOWN = 60  # parts


def explanation(ctx: Context, labels: Names, complaint_id: int) -> None:
    snapshot = ctx.read(explain.of_complaint, complaint_id)
    one = chosen(snapshot.rows or ())
    title = (
        _("Why this due time: {target}").format(target=named(labels, one)) if one else _("Why this due time")
    )
    panel(
        ctx,
        "explanation",
        title,
        snapshot,
        partial(_draw, ctx, labels),
        note=_("click another name above to switch") if len(snapshot.rows or ()) > 1 else "",
        empty=_("The policy sets no target that the source of this complaint reports."),
    )


def key(target: str, party_id: int, episode: int) -> str:
    """Of one deadline in the URL."""
    return f"{target}.{party_id}.{episode}"


def chosen(rows: Sequence[Explanation]) -> Explanation | None:
    """The one in the URL, else the open one that is due first, else the last."""
    wanted = st.query_params.get("deadline", "")
    found = next((one for one in rows if key(one.target, one.party_id, one.episode) == wanted), None)
    if found is not None or not rows:
        return found
    running = [one for one in rows if one.ended_at is None and one.due_at is not None]
    return min(running, key=lambda one: one.due_at or 0, default=rows[-1])


def named(labels: Names, one: Explanation) -> str:
    parts = [labels.target(one.target)]
    if one.party_id:
        parts.append(labels.department(one.department_id))
    if one.episode > 1:
        parts.append(_("episode {n}").format(n=one.episode))
    return " · ".join(parts)


def _draw(ctx: Context, labels: Names, rows: Sequence[Explanation]) -> None:
    one = chosen(rows)
    if one is None:
        return
    st.html(f'<p class="because">{escape(_sentence(ctx, labels, one))}</p>{_bar(one)}{_clocks(one)}')
    if one.days:
        listing(one.days[:SHOWN], _day_columns(one))
    elif one.segments:
        listing(one.segments[:SHOWN], _segment_columns(ctx, one.calendar))
    st.html(f'<p class="sum">{escape(_sum(labels, one))}</p>')
    if len({span.due_at for span in one.spans}) > 1:
        st.html(f'<h4 class="part">{escape(_("How the due time has moved"))}</h4>')
        listing(one.spans, _span_columns(ctx))


def _at(instant: int | None) -> datetime | None:
    return None if instant is None else datetime.fromtimestamp(instant, UTC)


def _budget(one: Explanation) -> str:
    if one.budget.working_days:
        days = one.budget.working_days
        return ngettext("{n} working day", "{n} working days", days).format(n=days)
    return exact(one.budget.seconds)


def _sentence(ctx: Context, labels: Names, one: Explanation) -> str:
    if one.target == "promised":
        template = _("The source itself promised {due} when the complaint was received at {start}.")
    elif one.calendar == "always":
        template = _("{budget} around the clock from {start}: due {due}, by policy version {n}.")
    else:
        template = _("{budget} in calendar “{calendar}” from {start}: due {due}, by policy version {n}.")
    due = when(_at(one.due_at), ctx.zone) if one.due_at is not None else _("not set while paused")
    sentence = template.format(
        budget=_budget(one),
        calendar=labels.calendar(one.calendar),
        start=when(_at(one.started_at), ctx.zone),
        due=due,
        n=one.policy_version,
    )
    if one.provisional:
        sentence += " " + _("Provisional: holidays up to then are not all published yet.")
    return sentence


def _bar(one: Explanation) -> str:
    """Every part as wide as it lasts, so that nights and holidays are seen at a glance."""
    total = sum(part.until_at - part.from_at for part in one.segments) or 1
    parts = "".join(
        f'<i class="{_kind(part)}" style="flex-grow:{(part.until_at - part.from_at) / total:.6f}" '
        f'title="{escape(_label(part, one.calendar))}"></i>'
        for part in one.segments
    )
    kinds = dict.fromkeys(_kind(part) for part in one.segments)
    labels = {
        "counts": _("counted"),
        "closed": _("off hours"),
        "holiday": _("holiday"),
        "paused": _("paused"),
    }
    legend = "".join(f'<span class="{kind}">{escape(labels[kind])}</span>' for kind in kinds)
    return f'<div class="segments">{parts}</div><div class="legend segments-legend">{legend}</div>'


def _kind(part: Segment) -> str:
    if part.paused_by is not None:
        return "paused"
    if part.open:
        return "counts"
    return "holiday" if part.kind == "holiday" else "closed"


def _clocks(one: Explanation) -> str:
    """Two clocks side by side: the customer's and the team's."""
    used = _("of {budget}").format(budget=_budget(one))
    return clocks(
        (
            (_("The customer has waited"), duration(one.waited), ""),
            (
                _("Time used") if one.calendar == "always" else _("Working time used"),
                duration(one.used),
                used,
            ),
            (_("Left"), _left(one), ""),
        )
    )


def _left(one: Explanation) -> str:
    if one.ended_at is not None:
        return _("met") if one.met_at is not None else _("cancelled")
    if one.left_seconds is not None:
        return duration(one.left_seconds)
    if one.due_at is None:
        return "–"
    return duration(one.due_at - one.started_at - one.waited)


def _label(part: Segment, calendar: str) -> str:
    if part.paused_by is not None:
        return _("paused: {status}").format(status=status(part.paused_by))
    open_hours = _("around the clock") if calendar == "always" else _("working hours")
    parts = [open_hours if part.open else _("off hours")]
    if part.kind == "make_up":
        parts.append(_("make-up day, {holiday}").format(holiday=holiday(part.name)))
    elif part.kind == "holiday":
        parts = [holiday(part.name)]
    elif part.kind == "override":
        parts.append(set_by_policy(part.name))
    return listed(parts)


def set_by_policy(reason: str | None) -> str:
    """With the reason of a region's closed day; a holiday that the policy overrules is none."""
    if reason is None or reason in _holidays():
        return _("set by the policy")
    return headed(_("set by the policy"), reason)


def holiday(name: str | None) -> str:
    return _holidays().get(name or "", name or _("holiday"))


def _holidays() -> dict[str, str]:
    return {
        "New Year's Day": _("New Year's Day"),
        "Spring Festival": _("Spring Festival"),
        "Tomb-sweeping Day": _("Tomb-sweeping Day"),
        "Labour Day": _("Labour Day"),
        "Dragon Boat Festival": _("Dragon Boat Festival"),
        "National Day": _("National Day"),
        "Mid-autumn Festival": _("Mid-autumn Festival"),
    }


def _segment_columns(ctx: Context, calendar: str) -> tuple[Column, ...]:
    def tone(part: Segment) -> Tone:
        return "" if part.counted else "warn" if part.paused_by else ""

    def lasts(part: Segment) -> str:
        return exact(part.until_at - part.from_at)

    def counts(part: Segment) -> str:
        return exact(part.counted) if part.counted else "–"

    def kind(part: Segment) -> str:
        return _label(part, calendar)

    return (
        coded(_("From"), "from_at", partial(_shown, ctx)),
        coded(_("Until"), "until_at", partial(_shown, ctx)),
        Column(_("Duration"), lasts, number=True),
        Column(_("Kind"), kind, tone=tone),
        Column(_("Counted"), counts, number=True),
    )


def _shown(ctx: Context, second: int) -> str:
    return when(_at(second), ctx.zone)


def _day_columns(one: Explanation) -> tuple[Column, ...]:
    def why(day: CountedDay) -> str:
        if day.paused:
            return _("paused all day")
        if day.kind == "holiday":
            return holiday(day.name)
        if day.kind == "make_up":
            return _("make-up day, {holiday}").format(holiday=holiday(day.name))
        if day.kind == "override":
            return set_by_policy(day.name)
        return _("working day") if day.counted else _("weekend")

    places = {day.date: n for n, day in enumerate((day for day in one.days if day.counted), start=1)}

    def place(day: CountedDay) -> str:
        return str(places[day.date]) if day.counted else "–"

    return (plain(_("Day"), "date"), Column(_("Kind"), why), Column(_("Counted"), place, number=True))


def _sum(labels: Names, one: Explanation) -> str:
    if one.days:
        counted = sum(day.counted for day in one.days)
        return ngettext("{n} day counted", "{n} days counted", counted).format(n=counted)
    terms = _("{counted} counted").format(counted=exact(one.counted))
    if one.left_seconds is not None:
        terms += " + " + _("{left} left when the pause began").format(left=exact(one.left_seconds))
    if one.carried is not None and one.brought_forward:
        template = _("{time} less, because it replaced {target}, which was due earlier")
        less = template.format(time=exact(one.brought_forward), target=labels.target(one.carried.of))
        terms += " + " + less
    if one.target == "promised":
        return terms
    return terms + " = " + _("{budget} promised").format(budget=_budget(one))


def _span_columns(ctx: Context) -> tuple[Column, ...]:
    def due(span: Span) -> str:
        return _("not set while paused") if span.due_at is None else when(_at(span.due_at), ctx.zone)

    return (
        coded(_("From"), "from_at", partial(_shown, ctx)),
        Column(_("Due"), due),
        coded(_("Policy"), "policy_version", _version),
    )


def _version(version: int) -> str:
    return _("version {n}").format(n=version)

"""Complaint: why a due time is what it is, as a bar and a list whose parts add up to what is promised."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

import streamlit as st

from dashboard.controls.names import Names, status
from dashboard.controls.stacked_bar import clocks
from dashboard.locale import _, ngettext
from dashboard.locale.shown import duration, exact, listed, when
from dashboard.parts import Column, Context, Tone, listing, panel
from queries.clocks import explain
from queries.clocks.explain import Explanation
from queries.clocks.running_clock import Span
from queries.hours.segments import CountedDay, Segment

SHOWN = 60  # parts


def explanation(ctx: Context, known: Names, complaint_id: int) -> None:
    picture = ctx.read(explain.of_complaint, complaint_id)
    one = chosen(picture.rows or ())
    title = (
        _("Why this due time: {target}").format(target=named(known, one)) if one else _("Why this due time")
    )
    panel(
        ctx,
        "explanation",
        title,
        picture,
        lambda rows: _draw(ctx, known, rows),
        note=_("choose another by its name above") if len(picture.rows or ()) > 1 else "",
        empty=_("The policy promises nothing for this complaint."),
    )


def key(target: str, party_id: int, episode: int) -> str:
    """Of one deadline in the URL."""
    return f"{target}.{party_id}.{episode}"


def chosen(rows: Sequence[Explanation]) -> Explanation | None:
    """The one in the URL, else the open one that is due first, else the last."""
    asked = st.query_params.get("deadline", "")
    found = next((one for one in rows if key(one.target, one.party_id, one.episode) == asked), None)
    if found is not None or not rows:
        return found
    running = [one for one in rows if one.ended_at is None and one.due_at is not None]
    return min(running, key=lambda one: one.due_at or 0, default=rows[-1])


def named(known: Names, one: Explanation) -> str:
    words = [known.target(one.target)]
    if one.party_id:
        words.append(known.department(one.department_id))
    if one.episode > 1:
        words.append(_("episode {n}").format(n=one.episode))
    return " · ".join(words)


def _draw(ctx: Context, known: Names, rows: Sequence[Explanation]) -> None:
    one = chosen(rows)
    if one is None:
        return
    st.html(f'<p class="because">{escape(_sentence(ctx, known, one))}</p>{_bar(one)}{_clocks(one)}')
    if one.days:
        listing(one.days[:SHOWN], _day_columns(one))
    elif one.segments:
        listing(one.segments[:SHOWN], _segment_columns(ctx))
    st.html(f'<p class="sum">{escape(_sum(known, one))}</p>')
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


def _sentence(ctx: Context, known: Names, one: Explanation) -> str:
    if one.target == "promised":
        told = _("The source itself promised {due} when it was received at {start}.")
    elif one.calendar == "always":
        told = _("{budget} around the clock from {start}: due {due}, by policy version {n}.")
    else:
        told = _("{budget} of the hours “{calendar}” from {start}: due {due}, by policy version {n}.")
    due = when(_at(one.due_at), ctx.zone) if one.due_at is not None else _("open while it is paused")
    said = told.format(
        budget=_budget(one),
        calendar=known.calendar(one.calendar),
        start=when(_at(one.started_at), ctx.zone),
        due=due,
        n=one.policy_version,
    )
    if one.provisional:
        said += " " + _("Provisional: not all holidays up to then are published.")
    return said


def _bar(one: Explanation) -> str:
    """Every part as wide as it lasts, so that nights and holidays are seen at a glance."""
    whole = sum(part.until_at - part.from_at for part in one.segments) or 1
    parts = "".join(
        f'<i class="{_kind(part)}" style="flex-grow:{(part.until_at - part.from_at) / whole:.6f}" '
        f'title="{escape(_said(part))}"></i>'
        for part in one.segments
    )
    kinds = dict.fromkeys(_kind(part) for part in one.segments)
    words = {"counts": _("counts"), "closed": _("off hours"), "holiday": _("holiday"), "paused": _("paused")}
    legend = "".join(f'<span class="{kind}">{escape(words[kind])}</span>' for kind in kinds)
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
            (_("Working time used"), duration(one.used), used),
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


def _said(part: Segment) -> str:
    if part.paused_by is not None:
        return _("paused: {status}").format(status=status(part.paused_by))
    words = [_("working hours") if part.open else _("off hours")]
    if part.kind == "make_up":
        words.append(_("make-up day, {holiday}").format(holiday=holiday(part.name)))
    elif part.kind == "holiday":
        words = [holiday(part.name)]
    elif part.kind == "override":
        words.append(_("by the policy's own calendar"))
    return listed(words)


def holiday(name: str | None) -> str:
    words = {
        "New Year's Day": _("New Year's Day"),
        "Spring Festival": _("Spring Festival"),
        "Tomb-sweeping Day": _("Tomb-sweeping Day"),
        "Labour Day": _("Labour Day"),
        "Dragon Boat Festival": _("Dragon Boat Festival"),
        "National Day": _("National Day"),
        "Mid-autumn Festival": _("Mid-autumn Festival"),
    }
    return words.get(name or "", name or _("holiday"))


def _segment_columns(ctx: Context) -> tuple[Column, ...]:
    def tone(part: Segment) -> Tone:
        return "" if part.counted else "warn" if part.paused_by else ""

    return (
        Column(_("From"), lambda part: when(_at(part.from_at), ctx.zone)),
        Column(_("Until"), lambda part: when(_at(part.until_at), ctx.zone)),
        Column(_("Lasts"), lambda part: exact(part.until_at - part.from_at), number=True),
        Column(_("What it is"), _said, tone=tone),
        Column(_("Counts"), lambda part: exact(part.counted) if part.counted else "–", number=True),
    )


def _day_columns(one: Explanation) -> tuple[Column, ...]:
    def why(day: CountedDay) -> str:
        if day.paused:
            return _("paused all day")
        if day.kind == "holiday":
            return holiday(day.name)
        if day.kind == "make_up":
            return _("make-up day, {holiday}").format(holiday=holiday(day.name))
        return _("working day") if day.counted else _("weekend")

    places = {day.date: n for n, day in enumerate((day for day in one.days if day.counted), start=1)}
    return (
        Column(_("Day"), lambda day: day.date.strftime("%Y-%m-%d")),
        Column(_("What it is"), why),
        Column(_("Counts"), lambda day: str(places[day.date]) if day.counted else "–", number=True),
    )


def _sum(known: Names, one: Explanation) -> str:
    if one.days:
        counted = sum(day.counted for day in one.days)
        return ngettext("{n} day counts", "{n} days count", counted).format(n=counted)
    said = _("{counted} counts").format(counted=exact(one.counted))
    if one.left_seconds is not None:
        said += " + " + _("{left} left when the pause began").format(left=exact(one.left_seconds))
    if one.floor is not None and one.brought_forward:
        told = _("{time} less, because it took over from {target}, due before it")
        less = told.format(time=exact(one.brought_forward), target=known.target(one.floor.of))
        said += " + " + less
    if one.target == "promised":
        return said
    return said + " = " + _("{budget} promised").format(budget=_budget(one))


def _span_columns(ctx: Context) -> tuple[Column, ...]:
    def due(span: Span) -> str:
        return _("open while it is paused") if span.due_at is None else when(_at(span.due_at), ctx.zone)

    return (
        Column(_("From"), lambda span: when(_at(span.from_at), ctx.zone)),
        Column(_("Due"), due),
        Column(_("Policy"), lambda span: _("version {n}").format(n=span.policy_version)),
    )

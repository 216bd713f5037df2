"""Complaint: whose time it was, on both clocks, and which breaches its co-owners caused."""

from html import escape

import streamlit as st

from dashboard.controls.names import Names
from dashboard.controls.stacked_bar import Held, chip, clocks, holder_name, stacked_bar
from dashboard.locale import _
from dashboard.locale.shown import duration, in_brackets, listed, percent
from dashboard.parts import MARKS, Context, Tone, panel
from queries.attribution.parts import TEAM, Part, Verdict
from queries.attribution.rows import Attribution, attribution


def whose_time(ctx: Context, labels: Names, complaint_id: int) -> None:
    panel(
        ctx,
        "whose_time",
        _("Whose time it was"),
        ctx.read(attribution, complaint_id),
        lambda rows: _draw(labels, rows[0]),
        note=_("every second is counted for one holder"),
        empty=_("It was closed in the same second as it was received."),
    )


def _draw(labels: Names, found: Attribution) -> None:
    names = {part: _name(labels, part) for part in found.parts}
    bar = stacked_bar([Held(part.holder, names[part], part.seconds) for part in found.parts])
    body = "".join(_row(part, names[part], found.life) for part in found.parts)
    heads = (_("Holder"), _("Time"), _("Share"), _("In working hours"), _("Past due by"))
    head = "".join(f'<th class="{"n" if at else ""}">{escape(word)}</th>' for at, word in enumerate(heads))
    st.html(
        clocks(
            (
                (_("The customer has waited"), duration(found.waited), _("around the clock, until resolved")),
                (_("The team has used"), duration(found.worked), _("in its working hours")),
                (_("Total time"), duration(found.life), _("including follow-up")),
            )
        )
        + bar
        + f'<table class="list"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        + _verdicts(labels, found)
    )


def _name(labels: Names, part: Part) -> str:
    if part.holder not in TEAM:
        return holder_name(part.holder)
    whose = labels.department(part.department_id) if part.department_id else _("no department yet")
    return f"{holder_name(part.holder)} · {whose}"


def _row(part: Part, name: str, life: int) -> str:
    in_hours = duration(part.open_seconds) if part.holder in TEAM else ""
    late = f"{MARKS['warn']} {duration(part.late_seconds)}" if part.late_seconds else ""
    return (
        f'<tr><td>{chip(part.holder, name)}</td><td class="n">{duration(part.seconds)}</td>'
        f'<td class="n">{percent(part.seconds / life, 1)}</td><td class="n">{in_hours}</td>'
        f'<td class="n warn">{late}</td></tr>'
    )


def _verdicts(labels: Names, found: Attribution) -> str:
    if not found.verdicts:
        return ""
    lines = "".join(_verdict(labels, one) for one in found.verdicts)
    return f'<ul class="verdicts">{lines}</ul>'


def _verdict(labels: Names, one: Verdict) -> str:
    name = labels.target(one.target) + (f" · {one.episode}" if one.episode > 1 else "")
    over = duration(one.over_seconds)
    if one.ended_at is None:
        sentence = _("breached and still open, {over} past due").format(over=over)
    else:
        sentence = _("breached by {over}").format(over=over)
    tone, why = _why(labels, one)
    judged = f'<span class="{tone}">{MARKS[tone]} {escape(why)}</span>'
    return f"<li><b>{escape(name)}</b> {escape(sentence)}{judged}</li>"


def _why(labels: Names, one: Verdict) -> tuple[Tone, str]:
    """Only an avoidable breach is the co-owner's doing; others are not, or are not known yet."""
    late = listed(in_brackets(labels.department(whose), duration(seconds)) for whose, seconds in one.caused)
    if one.outcome == "no_telling" and not late:
        return "", _("Not known yet (still open); no co-owner past due so far.")
    if one.outcome == "no_telling":
        return "", _("Not known yet (still open). Past due so far: {late}.").format(late=late)
    if not late:
        return "", _("No co-owner was past due in that time.")
    if one.outcome == "own":
        template = _(
            "Unavoidable. Past due in that time: {late}; it would have been breached without that as well."
        )
        return "", template.format(late=late)
    template = _(
        "Avoidable, caused by {co_owner}. Past due in that time: {late}; without that it would "
        "have been on time."
    )
    return "bad", template.format(co_owner=labels.department(one.caused[0][0]), late=late)

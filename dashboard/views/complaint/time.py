"""Complaint: whose time it was, on both clocks, and which breaches its co-owners caused."""

from html import escape

import streamlit as st

from dashboard.controls.names import Names
from dashboard.controls.stacked_bar import Held, chip, clocks, holder_name, whole_bar
from dashboard.locale import _
from dashboard.locale.shown import duration, in_brackets, listed, percent
from dashboard.parts import MARKS, Context, Tone, panel
from queries.attribution.parts import TEAM, Part, Verdict
from queries.attribution.rows import Attribution, attribution


def whose_time(ctx: Context, known: Names, complaint_id: int) -> None:
    panel(
        ctx,
        "whose_time",
        _("Whose time it was"),
        ctx.read(attribution, complaint_id),
        lambda rows: _draw(known, rows[0]),
        note=_("each second of its life has one holder"),
        empty=_("It was closed in the second it was received."),
    )


def _draw(known: Names, found: Attribution) -> None:
    names = {part: _name(known, part) for part in found.parts}
    bar = whole_bar([Held(part.holder, names[part], part.seconds) for part in found.parts])
    body = "".join(_row(part, names[part], found.life) for part in found.parts)
    heads = (_("Holder"), _("Time"), _("Share"), _("In team hours"), _("Past its limit"))
    head = "".join(f'<th class="{"n" if at else ""}">{escape(word)}</th>' for at, word in enumerate(heads))
    st.html(
        clocks(
            (
                (_("The customer has waited"), duration(found.waited), _("around the clock, until resolved")),
                (_("The team has used"), duration(found.worked), _("in its working hours")),
                (_("Whole life"), duration(found.life), _("with the follow-up")),
            )
        )
        + bar
        + f'<table class="list"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        + _verdicts(known, found)
    )


def _name(known: Names, part: Part) -> str:
    if part.holder not in TEAM:
        return holder_name(part.holder)
    whose = known.department(part.department_id) if part.department_id else _("no department yet")
    return f"{holder_name(part.holder)} · {whose}"


def _row(part: Part, name: str, life: int) -> str:
    in_hours = duration(part.open_seconds) if part.holder in TEAM else ""
    late = f"{MARKS['warn']} {duration(part.late_seconds)}" if part.late_seconds else ""
    return (
        f'<tr><td>{chip(part.holder, name)}</td><td class="n">{duration(part.seconds)}</td>'
        f'<td class="n">{percent(part.seconds / life, 1)}</td><td class="n">{in_hours}</td>'
        f'<td class="n warn">{late}</td></tr>'
    )


def _verdicts(known: Names, found: Attribution) -> str:
    if not found.verdicts:
        return ""
    lines = "".join(_verdict(known, one) for one in found.verdicts)
    return f'<ul class="verdicts">{lines}</ul>'


def _verdict(known: Names, one: Verdict) -> str:
    name = known.target(one.target) + (f" · {one.episode}" if one.episode > 1 else "")
    over = duration(one.over_seconds)
    if one.ended_at is None:
        told = _("breached and still open, {over} over").format(over=over)
    else:
        told = _("breached by {over}").format(over=over)
    tone, why = _why(known, one)
    judged = f'<span class="{tone}">{MARKS[tone]} {escape(why)}</span>'
    return f"<li><b>{escape(name)}</b> {escape(told)}{judged}</li>"


def _why(known: Names, one: Verdict) -> tuple[Tone, str]:
    """Avoidable is the co-owner's doing; the rest is not, or cannot be told yet."""
    late = listed(in_brackets(known.department(whose), duration(seconds)) for whose, seconds in one.caused)
    if one.outcome == "no_telling" and not late:
        return "", _("No telling while it is open; no co-owner was past a limit so far.")
    if one.outcome == "no_telling":
        return "", _("No telling while it is open. Past a limit so far: {late}.").format(late=late)
    if not late:
        return "", _("No co-owner was past a limit meanwhile.")
    if one.outcome == "own":
        told = _("Not avoidable. Past a limit meanwhile: {late}; without that it had been breached as well.")
        return "", told.format(late=late)
    told = _(
        "Avoidable, caused by {co_owner}. Past a limit meanwhile: {late}; without that it had ended in time."
    )
    return "bad", told.format(co_owner=known.department(one.caused[0][0]), late=late)

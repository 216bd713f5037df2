"""Co-owners: whose time it was over a period, and the breaches in which a co-owner was late."""

from collections.abc import Iterable
from html import escape

import streamlit as st

from dashboard.controls.names import Names
from dashboard.controls.stacked_bar import Held, chip, clocks, holder_name, stacked_bar
from dashboard.locale import _
from dashboard.locale.shown import duration, number, percent
from dashboard.parts import Context, blank, panel
from dashboard.reads import Snapshot
from dashboard.views.co_owners.lists import linked
from queries.attribution.parts import TEAM, Holder
from queries.attribution.scope import Share, Totals

HOLDERS: tuple[Holder, ...] = ("customer", "lead", "co_owner", "follow_up")


def whose_time(ctx: Context, labels: Names, totals: Snapshot[Totals]) -> None:
    panel(
        ctx,
        "whose_time",
        _("Whose time it was"),
        totals,
        lambda found: _draw(ctx, labels, found) if found.complaints else _nothing(),
        note=_("of the complaints received in the period"),
    )


def _nothing() -> None:
    blank(_("Nothing here"), _("No complaint was received in this period."))


def _draw(ctx: Context, labels: Names, found: Totals) -> None:
    sums = {holder: sum(one.seconds for one in found.shares if one.holder == holder) for holder in HOLDERS}
    parts = [
        Held(holder, holder_name(holder), seconds, linked(ctx, "time", holder=holder))
        for holder, seconds in sums.items()
        if seconds
    ]
    each = found.complaints
    st.html(
        clocks(
            (
                (
                    _("Average customer wait"),
                    duration(found.waited / each),
                    _("around the clock, until resolved"),
                ),
                (_("Average team time"), duration(found.worked / each), _("in its working hours")),
                (_("Complaints"), number(each), _("averages per complaint")),
            )
        )
        + stacked_bar(parts)
        + _legend(parts, found.life)
        + _table(ctx, labels, found)
    )


def _legend(parts: Iterable[Held], life: int) -> str:
    links = "".join(
        f'<a href="{escape(part.href)}" target="_self">{chip(part.holder, part.name)} '
        f"<b>{percent(part.seconds / life, 1)}</b></a>"
        for part in parts
    )
    return f'<div class="words">{links}</div>'


def _table(ctx: Context, labels: Names, found: Totals) -> str:
    """Departments down, most first; hours as lead and as co-owner, in the team's hours and all."""
    by = {(one.holder, one.department_id): one for one in found.shares if one.holder in TEAM}
    departments = sorted({department for _holder, department in by}, key=lambda one: -_both(by, one))
    heads = (
        _("Department"),
        _("As lead (h)"),
        _("in working hours"),
        _("As co-owner (h)"),
        _("in working hours"),
        _("Share"),
    )
    head = "".join(f'<th class="{"n" if at else ""}">{escape(word)}</th>' for at, word in enumerate(heads))
    body = "".join(
        f"<tr><td>{escape(_name(labels, one))}</td>{_hours(ctx, labels, by.get(('lead', one)))}"
        f"{_hours(ctx, labels, by.get(('co_owner', one)))}"
        f'<td class="n">{percent(_both(by, one) / found.life, 1)}</td></tr>'
        for one in departments
    )
    return f'<table class="list"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _name(labels: Names, department: int | None) -> str:
    return labels.department(department) if department else _("no department yet")


def _both(by: dict[tuple[Holder, int | None], Share], department: int | None) -> int:
    return sum(one.seconds for (_holder, of), one in by.items() if of == department)


def _hours(ctx: Context, labels: Names, share: Share | None) -> str:
    if share is None:
        return '<td class="n none">–</td><td class="n none">–</td>'
    code = labels.department_codes.get(share.department_id or 0, "none")
    href = linked(ctx, "time", holder=share.holder, in_department=code)
    return (
        f'<td class="n"><a href="{escape(href)}" target="_self">{number(share.seconds / 3600)}</a></td>'
        f'<td class="n">{number(share.open_seconds / 3600)}</td>'
    )


def breaches(ctx: Context, totals: Snapshot[Totals]) -> None:
    panel(
        ctx,
        "breaches",
        _("Breaches with a late co-owner"),
        totals,
        lambda found: _breaches(ctx, found),
        note=_("of the lead owner's deadlines"),
    )


def _breaches(ctx: Context, found: Totals) -> None:
    rows = (
        ("avoidable", _("Avoidable: on time if the co-owner had not been late")),
        ("own", _("Unavoidable")),
        ("no_telling", _("Not known yet (still open)")),
    )
    body = "".join(
        f"<tr><td>{escape(word)}</td>"
        f'<td class="n"><a href="{escape(linked(ctx, "breaches", which=outcome))}" target="_self">'
        f"{number(sum(getattr(cost, outcome) for cost in found.costs))}</a></td></tr>"
        for outcome, word in rows
    )
    late = sum(cost.late_seconds for cost in found.costs)
    word = _("Time that co-owners held past due")
    body += (
        f"<tr><td>{escape(word)}</td>"
        f'<td class="n"><a href="{escape(linked(ctx, "late"))}" target="_self">{duration(late)}</a></td></tr>'
    )
    st.html(f'<table class="list"><tbody>{body}</tbody></table>')

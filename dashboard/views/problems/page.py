"""Problems: what customers complain of most, where, through which channel, and what their texts say."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from operator import attrgetter
from typing import Literal

import streamlit as st

from dashboard.controls.columns import amount, coded, share
from dashboard.controls.indicator import headed, name, tile, title
from dashboard.controls.links import link
from dashboard.controls.names import Names, channel, key_issue, names
from dashboard.locale import _
from dashboard.locale.shown import number, percent
from dashboard.parts import Column, Context, download, listing, panel, tiles
from dashboard.reads import Snapshot
from dashboard.views.problems import department, region
from dashboard.views.problems.lists import draw_list, drilled, region_link
from queries.pages import problems
from queries.pages.problems import ChannelCount, IssueCount, Overview

TOP = 3
Counted = Literal["complaints", "customers"]
FEW = 5  # before: below, a change in percent says nothing
MANY_TIMES = 10  # as many as before: from here on a multiple is read more easily than a percentage


def live(ctx: Context) -> None:
    """Counted once a minute: an analysis of weeks needs no second."""
    ctx = replace(ctx, moment=ctx.moment.to_minute())
    labels = names(ctx)
    if st.query_params.get("list"):
        draw_list(ctx, labels)
        return
    found = ctx.read(problems.overview, ctx.filters)
    if found.rows is not None:
        _tiles(ctx, labels, found.rows)
    has_before = found.rows is not None and found.rows.has_before
    issues = ctx.read(problems.by_issue, ctx.filters)
    left, right = st.columns([3, 2])
    with left:
        _issues(ctx, labels, issues, has_before)
    with right:
        _channels(ctx, labels)
        region.draw(ctx, labels)
    panel(
        ctx,
        "problem_departments",
        _("Problem by department"),
        ctx.read(problems.by_department, ctx.filters),
        partial(department.draw, ctx, labels),
        note=_("complaints by current lead department; click a number to list them"),
    )


def _tiles(ctx: Context, labels: Names, found: Overview) -> None:
    waiting = _("{n} texts not read yet").format(n=number(found.unread)) if found.unread else ""
    tiles(
        (
            tile(
                "received",
                number(found.complaints),
                waiting or _("in the period"),
                href=drilled(ctx, labels),
            ),
            tile(
                "recognised",
                percent(found.recognised / found.complaints if found.complaints else None),
                _("{n} not recognised").format(n=number(found.complaints - found.recognised)),
                href=drilled(ctx, labels, ""),
            ),
            tile(
                "negative",
                percent(found.negative / found.read if found.read else None),
                _("{n} of {total} read").format(n=number(found.negative), total=number(found.read)),
                href=drilled(ctx, labels, only=("negative",)),
            ),
            tile(
                "tier_1_words",
                number(found.proposing),
                _("safety, regulator or press, rage"),
                href=drilled(ctx, labels, only=("proposing",)),
            ),
            tile(
                "proposals_waiting",
                number(found.waiting),
                _("proposed for tier 1, still open"),
                "warn" if found.waiting else "",
                href=drilled(ctx, labels, only=("waiting",)),
            ),
        )
    )


def _issues(ctx: Context, labels: Names, issues: Snapshot[tuple[IssueCount, ...]], has_before: bool) -> None:
    left, right = st.columns(2)
    with left:
        panel(
            ctx,
            "top_complaints",
            _("Top 3 by frequency"),
            issues,
            partial(_top, ctx, labels, "complaints", has_before),
        )
    with right:
        panel(
            ctx,
            "top_customers",
            _("Top 3 by customers affected"),
            issues,
            partial(_top, ctx, labels, "customers", has_before),
        )
    note = _("compared with the previous period of equal length; click a problem for its regions")
    panel(
        ctx,
        "problem_list",
        _("All problems"),
        issues,
        partial(_all, ctx, labels, has_before),
        note=note if has_before else _("no data for the previous period; click a problem for its regions"),
    )


def _top(
    ctx: Context,
    labels: Names,
    by: Counted,
    has_before: bool,
    rows: Sequence[IssueCount],
) -> None:
    named = [row for row in rows if row.issue and getattr(row, by)]
    listing(sorted(named, key=attrgetter(by), reverse=True)[:TOP], _top_columns(ctx, labels, by, has_before))


def _top_columns(ctx: Context, labels: Names, by: Counted, has_before: bool) -> tuple[Column, ...]:
    only = ("customers",) if by == "customers" else ()

    def moved(row: IssueCount) -> str:
        if by == "customers":
            return change(row.customers, row.customers_before)
        return change(row.complaints, row.before)

    def regions(row: IssueCount) -> str:
        return ctx.url("problems", issue=row.issue)

    def counted(row: IssueCount) -> str:
        return drilled(ctx, labels, row.issue, only=only)

    def before(row: IssueCount) -> str:
        return drilled(ctx, labels, row.issue, only=(*only, "before"))

    count = headed("customers" if by == "customers" else "received", amount("", by, href=counted))
    columns = (coded(_("Problem"), "issue", key_issue, href=regions), count)
    if not has_before:
        return columns
    return (*columns, Column(_("Change"), moved, number=True, href=before, hint=_against()))


def _against() -> str:
    return _("Compared with the period of equal length before this one.")


def _changed(
    ctx: Context, labels: Names, issue: str, count: int, before: int, has_before: bool, only: tuple[str, ...]
) -> str:
    """Leads to the complaints before."""
    if not has_before:
        return "–"
    return link(change(count, before), drilled(ctx, labels, issue, only=(*only, "before")))


def change(count: int, before: int) -> str:
    """In percent where there was enough to compare with, else the difference."""
    moved = count - before
    arrow = "▲" if moved > 0 else "▼"
    if before < FEW:
        return f"{arrow} {number(abs(moved))}" if moved else "± 0"
    if count >= MANY_TIMES * before:
        return f"{arrow} ×{number(count / before)}"
    share = abs(moved) / before
    return f"{arrow} {percent(share)}" if share >= 0.005 else f"± {percent(0)}"


def _all(ctx: Context, labels: Names, has_before: bool, rows: Sequence[IssueCount]) -> None:
    most = max(row.complaints for row in rows) or 1
    moved = f' title="{escape(_against())}"'
    heads = (
        (_("Problem"), ""), ("", ""),
        (name("received"), title("received")), (_("Change"), moved),
        (name("customers"), title("customers")), (_("Change"), moved),
        (_("Negative"), title("negative")),
    )  # fmt: skip
    head = "".join(
        f'<th class="{"n" if at > 1 else ""}"{means}>{escape(word)}</th>'
        for at, (word, means) in enumerate(heads)
    )
    body = "".join(_issue_row(ctx, labels, row, most, has_before) for row in rows if row.complaints)
    st.html(f'<table class="list bars"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
    download(ctx, "problems", rows, _issue_columns())


def _issue_columns() -> tuple[Column, ...]:
    """Of the file; on the page bars stand between them."""
    return (
        coded(_("Problem"), "issue", key_issue),
        amount(_("Complaints"), "complaints"),
        amount(_("Complaints before"), "before"),
        amount(name("customers"), "customers"),
        amount(_("Customers before"), "customers_before"),
        amount(name("negative"), "negative"),
    )


def _issue_row(ctx: Context, labels: Names, row: IssueCount, most: int, has_before: bool) -> str:
    issue = row.issue
    people = ("customers",)
    cells = (
        link(number(row.complaints), drilled(ctx, labels, issue)),
        _changed(ctx, labels, issue, row.complaints, row.before, has_before, ()),
        link(number(row.customers), drilled(ctx, labels, issue, only=people)),
        _changed(ctx, labels, issue, row.customers, row.customers_before, has_before, people),
        link(
            percent(row.negative / row.read if row.read else None),
            drilled(ctx, labels, issue, only=("negative",)),
        ),
    )
    return (
        f'<tr><td>{region_link(ctx, issue)}</td><td><div class="lying">'
        f'<i style="width:{100 * row.complaints / most:.1f}%"></i></div></td>'
        + "".join(f'<td class="n">{cell}</td>' for cell in cells)
        + "</tr>"
    )


def _channels(ctx: Context, labels: Names) -> None:
    columns = _channel_columns(ctx, labels)
    panel(
        ctx,
        "problem_channels",
        _("By channel"),
        ctx.read(problems.by_channel, ctx.filters),
        partial(listing, columns=columns),
        note=_("sentiment from −1 to 1, mean of the texts"),
        export=columns,
    )


def _channel_columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def to(*only: str) -> Callable[[ChannelCount], str]:
        def link(row: ChannelCount) -> str:
            return drilled(ctx, labels, channel=row.channel, only=only)

        return link

    return (
        coded(_("Channel"), "channel", channel),
        headed("received", amount("", "complaints", href=to())),
        headed("sentiment", amount("", "mean", 2)),
        headed("negative", share(_("Negative"), _negative, href=to("negative"))),
        headed("tier_1_words", amount(_("Tier-1 words"), "proposing", href=to("proposing"))),
    )


def _negative(row: ChannelCount) -> float | None:
    return row.negative / row.read if row.read else None

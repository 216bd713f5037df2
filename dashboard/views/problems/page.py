"""Problems: what customers complain of most, where, through which channel, and what their texts say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape

import streamlit as st

from dashboard.controls.links import link
from dashboard.controls.names import Names, channel, key_issue, names
from dashboard.locale import _
from dashboard.locale.shown import number, percent
from dashboard.parts import Column, Context, Tile, download, listing, panel, tiles
from dashboard.reads import Snapshot
from dashboard.views.problems import department, region
from dashboard.views.problems.lists import draw_list, drilled, region_link
from queries.pages import problems
from queries.pages.problems import ChannelCount, IssueCount, Overview

TOP = 3
FEW = 5  # before: below, a change in percent says nothing


@dataclass(frozen=True, slots=True)
class IssueInWords:
    """As exported, like the cells."""

    problem: str
    complaints: int
    complaints_before: int
    customers: int
    customers_before: int
    negative_texts: int


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
        lambda cells: department.draw(ctx, labels, cells),
        note=_("complaints by current lead department; click a number to list them"),
    )


def _tiles(ctx: Context, labels: Names, found: Overview) -> None:
    waiting = _("{n} texts not read yet").format(n=number(found.unread)) if found.unread else ""
    tiles(
        (
            Tile(
                _("Complaints"),
                number(found.complaints),
                waiting or _("in the period"),
                href=drilled(ctx, labels),
            ),
            Tile(
                _("Problem recognised"),
                percent(found.recognised / found.complaints if found.complaints else None),
                _("{n} not recognised").format(n=number(found.complaints - found.recognised)),
                href=drilled(ctx, labels, ""),
            ),
            Tile(
                _("Negative texts"),
                percent(found.negative / found.read if found.read else None),
                _("{n} of {total} read").format(n=number(found.negative), total=number(found.read)),
                href=drilled(ctx, labels, only=("negative",)),
            ),
            Tile(
                _("With tier-1 words"),
                number(found.proposing),
                _("safety, regulator or press, rage"),
                href=drilled(ctx, labels, only=("proposing",)),
            ),
            Tile(
                _("Waiting for a decision"),
                number(found.waiting),
                _("proposed for tier 1, still open"),
                "warn" if found.waiting else "",
                href=drilled(ctx, labels, only=("waiting",)),
            ),
        )
    )


def _issues(ctx: Context, labels: Names, issues: Snapshot[tuple[IssueCount, ...]], has_before: bool) -> None:
    def ranked(count: Callable[[IssueCount], int]) -> list[IssueCount]:
        named = [row for row in issues.rows or () if row.issue and count(row)]
        return sorted(named, key=count, reverse=True)[:TOP]

    left, right = st.columns(2)
    with left:
        panel(
            ctx,
            "top_complaints",
            _("Top 3 by frequency"),
            issues,
            lambda _rows: _top(ctx, labels, ranked(lambda row: row.complaints), has_before, False),
        )
    with right:
        panel(
            ctx,
            "top_customers",
            _("Top 3 by customers affected"),
            issues,
            lambda _rows: _top(ctx, labels, ranked(lambda row: row.customers), has_before, True),
        )
    note = _("compared with the previous period of equal length; click a problem for its regions")
    panel(
        ctx,
        "problem_list",
        _("All problems"),
        issues,
        lambda rows: _all(ctx, labels, rows, has_before),
        note=note if has_before else _("no data for the previous period; click a problem for its regions"),
    )


def _top(ctx: Context, labels: Names, rows: Sequence[IssueCount], has_before: bool, customers: bool) -> None:
    only = ("customers",) if customers else ()

    def counts(row: IssueCount) -> tuple[int, int]:
        return (row.customers, row.customers_before) if customers else (row.complaints, row.before)

    def to(*more: str) -> Callable[[IssueCount], str]:
        return lambda row: drilled(ctx, labels, row.issue, only=(*only, *more))

    columns = [
        Column(
            _("Problem"),
            lambda row: key_issue(row.issue),
            href=lambda row: ctx.url("problems", issue=row.issue),
        ),
        Column(
            _("Customers") if customers else _("Complaints"),
            lambda row: number(counts(row)[0]),
            number=True,
            href=to(),
        ),
    ]
    if has_before:
        columns.append(Column(_("Change"), lambda row: change(*counts(row)), number=True, href=to("before")))
    listing(rows, columns)


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
    share = abs(moved) / before
    return f"{arrow} {percent(share)}" if share >= 0.005 else f"± {percent(0)}"


def _all(ctx: Context, labels: Names, rows: Sequence[IssueCount], has_before: bool) -> None:
    most = max(row.complaints for row in rows) or 1
    heads = (
        _("Problem"), "", _("Complaints"), _("Change"), _("Customers"), _("Change"), _("Negative"),
    )  # fmt: skip
    head = "".join(
        f'<th class="{"n" if at > 1 else ""}">{escape(word)}</th>' for at, word in enumerate(heads)
    )
    body = "".join(_issue_row(ctx, labels, row, most, has_before) for row in rows if row.complaints)
    st.html(f'<table class="list bars"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
    download(
        ctx,
        "problems",
        tuple(
            IssueInWords(
                key_issue(r.issue), r.complaints, r.before, r.customers, r.customers_before, r.negative
            )
            for r in rows
        ),
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
    def negative(row: ChannelCount) -> str:
        return percent(row.negative / row.read if row.read else None)

    def to(*only: str) -> Callable[[ChannelCount], str]:
        return lambda row: drilled(ctx, labels, channel=row.channel, only=only)

    panel(
        ctx,
        "problem_channels",
        _("By channel"),
        ctx.read(problems.by_channel, ctx.filters),
        lambda rows: listing(
            rows,
            (
                Column(_("Channel"), lambda row: channel(row.channel)),
                Column(_("Complaints"), lambda row: number(row.complaints), number=True, href=to()),
                Column(_("Sentiment"), lambda row: number(row.mean, 2), number=True),
                Column(_("Negative"), negative, number=True, href=to("negative")),
                Column(
                    _("Tier-1 words"), lambda row: number(row.proposing), number=True, href=to("proposing")
                ),
            ),
        ),
        note=_("sentiment from −1 to 1, mean of the texts"),
        export=True,
    )

"""Problems: in which regions a problem is above its share, and whether that is significant."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from html import escape
from operator import attrgetter

import streamlit as st

from dashboard.controls.columns import amount, coded, in_file_only, share
from dashboard.controls.names import Names, key_issue
from dashboard.locale import _
from dashboard.locale.shown import number, percent
from dashboard.parts import Column, Context, Tone, download, listing, panel
from dashboard.views.problems.lists import drilled
from queries.pages import problems
from queries.pages.problems import FEWEST, Cell, Share

SHOWN = 12


def draw(ctx: Context, labels: Names) -> None:
    """The concentrated regions of all problems; with ?issue=, every region of that one."""
    issue = st.query_params.get("issue")
    cells = ctx.read(problems.by_region, ctx.filters, not ctx.filters.regions)
    if issue is None:
        panel(
            ctx,
            "concentrated",
            _("Concentrated regions"),
            cells,
            partial(_concentrated, ctx, labels),
            note=_("above their share, and not by chance"),
        )
        return
    panel(
        ctx,
        "problem_regions",
        _("{problem} by region").format(problem=key_issue(issue)),
        cells,
        partial(_of_issue, ctx, labels, issue),
        note=_("its share of each region's complaints"),
    )


def _concentrated(ctx: Context, labels: Names, cells: Sequence[Cell]) -> None:
    found = problems.shares(cells)
    flagged = [one for one in found if one.flagged]
    if flagged:
        listing(flagged[:SHOWN], (_problem(), *_columns(ctx, labels)))
    else:
        st.caption(_("No problem stands out in any region."))
    few = _(
        "Flagged from {n} complaints; in 19 of 20 periods, chance alone would flag nothing in "
        "the whole table."
    )
    st.caption(few.format(n=FEWEST))
    _download(ctx, labels, found)


def _of_issue(ctx: Context, labels: Names, issue: str, cells: Sequence[Cell]) -> None:
    mine = (one for one in problems.shares(cells) if one.issue == issue)
    found = sorted(mine, key=attrgetter("complaints"), reverse=True)
    back = escape(ctx.url("problems"))
    st.html(f'<a href="{back}" target="_self">← {escape(_("All problems"))}</a>')
    if not found:
        st.caption(_("No complaint matches these filters."))
        return
    st.caption(_("Share of all complaints: {share}").format(share=percent(found[0].overall, 1)))
    listing(found[:60], _columns(ctx, labels))
    _download(ctx, labels, found)


def _columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def of_issue(row: Share) -> str:
        return drilled(ctx, labels, row.issue, row.place)

    def of_region(row: Share) -> str:
        return drilled(ctx, labels, place=row.place)

    return (
        coded(_("Region"), "place", labels.region),
        amount(_("Complaints"), "complaints", href=of_issue),
        amount(_("Region total"), "of_place", href=of_region),
        share(_("Share"), "share", 1),
        in_file_only(share(_("Overall share"), "overall", 1)),
        replace(amount(_("Ratio"), "times", 1), shown=_times, tone=_tone, hint=_ratio()),
        in_file_only(Column(_("More than chance"), _flagged)),
    )


def _ratio() -> str:
    return _("The problem's share of the region's complaints, divided by its share of all complaints.")


def _problem() -> Column:
    return coded(_("Problem"), "issue", key_issue)


def _times(row: Share) -> str:
    return f"×{number(row.times, 1)}"


def _tone(row: Share) -> Tone:
    return "warn" if row.flagged else ""


def _flagged(row: Share) -> str:
    return _("yes") if row.flagged else _("no")


def _download(ctx: Context, labels: Names, found: Sequence[Share]) -> None:
    download(ctx, "problem_regions", found, (_problem(), *_columns(ctx, labels)))

"""Problems: in which regions a problem is above its share, and whether that is significant."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from dashboard.controls.names import Names, key_issue
from dashboard.locale import _
from dashboard.locale.shown import number, percent
from dashboard.parts import Column, Context, Tone, download, listing, panel
from dashboard.views.problems.lists import drilled
from queries.pages import problems
from queries.pages.problems import FEWEST, Cell, Share

SHOWN = 12


@dataclass(frozen=True, slots=True)
class ShareInWords:
    """As exported."""

    problem: str
    region: str
    complaints: int
    of: int
    share: float
    overall: float
    flagged: bool


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
            lambda found: _concentrated(ctx, labels, found),
            note=_("above their share, and not by chance"),
        )
        return
    panel(
        ctx,
        "problem_regions",
        _("{problem} by region").format(problem=key_issue(issue)),
        cells,
        lambda found: _of_issue(ctx, labels, found, issue),
        note=_("its share of each region's complaints"),
    )


def _concentrated(ctx: Context, labels: Names, cells: Sequence[Cell]) -> None:
    found = problems.shares(cells)
    flagged = [one for one in found if one.flagged]
    if flagged:
        columns = (Column(_("Problem"), lambda row: key_issue(row.issue)), *_columns(ctx, labels))
        listing(flagged[:SHOWN], columns)
    else:
        st.caption(_("No problem stands out in any region."))
    few = _(
        "Flagged from {n} complaints; in 19 of 20 periods, chance alone would flag nothing in "
        "the whole table."
    )
    st.caption(few.format(n=FEWEST))
    _download(ctx, labels, found)


def _of_issue(ctx: Context, labels: Names, cells: Sequence[Cell], issue: str) -> None:
    found = sorted(
        (one for one in problems.shares(cells) if one.issue == issue), key=lambda one: -one.complaints
    )
    back = escape(ctx.url("problems"))
    st.html(f'<a href="{back}" target="_self">← {escape(_("All problems"))}</a>')
    if not found:
        st.caption(_("No complaint matches these filters."))
        return
    st.caption(_("Share of all complaints: {share}").format(share=percent(found[0].overall, 1)))
    listing(found[:60], _columns(ctx, labels))
    _download(ctx, labels, found)


def _columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def tone(row: Share) -> Tone:
        return "warn" if row.flagged else ""

    return (
        Column(_("Region"), lambda row: labels.region(row.place)),
        Column(
            _("Complaints"),
            lambda row: number(row.complaints),
            number=True,
            href=lambda row: drilled(ctx, labels, row.issue, row.place),
        ),
        Column(
            _("Region total"),
            lambda row: number(row.of_place),
            number=True,
            href=lambda row: drilled(ctx, labels, place=row.place),
        ),
        Column(_("Share"), lambda row: percent(row.share, 1), number=True),
        Column(_("Overall share"), lambda row: percent(row.overall, 1), number=True),
        Column(_("Ratio"), lambda row: f"×{number(row.times, 1)}", number=True, tone=tone),
    )


def _download(ctx: Context, labels: Names, found: Sequence[Share]) -> None:
    download(
        ctx,
        "problem_regions",
        tuple(
            ShareInWords(
                key_issue(one.issue), labels.region(one.place), one.complaints, one.of_place,
                round(one.share, 4), round(one.overall, 4), one.flagged,
            )
            for one in found
        ),
    )  # fmt: skip

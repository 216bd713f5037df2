"""Backlog: what is open, where, how old, and how it grew; each number links to exactly its complaints."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from html import escape
from typing import Any

import altair as alt
import streamlit as st

from dashboard.controls.bars import Bar, Part, rows
from dashboard.controls.columns import amount, coded, department, plain, tiers
from dashboard.controls.indicator import meaning, tile, title
from dashboard.controls.links import heat_cell
from dashboard.controls.names import Names, names, tier
from dashboard.controls.open_list import band_name, draw_list, drilled
from dashboard.locale import _
from dashboard.locale.shown import duration, number
from dashboard.parts import Column, Context, Tile, chart, download, panel, tiles
from dashboard.theme import Theme
from queries.pages import backlog
from queries.pages.backlog import AGE_EDGES, AgeBand, Cell, DayBacklog, RegionCount

REGIONS = 60
TIERS = (1, 2, 3, 0)


def live(ctx: Context) -> None:
    labels = names(ctx)
    if st.query_params.get("list"):
        draw_list(ctx, labels)
        return
    cells = ctx.read(backlog.by_tier_and_department, ctx.filters)
    if cells.rows is not None:
        tiles(_tiles(ctx, labels, cells.rows))
    left, right = st.columns([3, 2])
    with left:
        panel(
            ctx,
            "matrix",
            _("By department and tier"),
            cells,
            partial(_matrix, ctx, labels),
            note=_("open complaints; click a number to list them"),
        )
    with right:
        ages = ctx.read(backlog.by_age, ctx.filters)
        panel(ctx, "age", _("By age"), ages, partial(_ages, ctx, labels), note=_("since received"))
        _over_time(ctx)
    _by_region(ctx, labels)


def _tiles(ctx: Context, labels: Names, cells: Sequence[Cell]) -> list[Tile]:
    by_tier: dict[int, int] = defaultdict(int)
    for cell in cells:
        by_tier[cell.tier] += cell.complaints
    shown = [n for n in TIERS if n or by_tier[n]]
    return [tile("open_complaints", number(sum(by_tier.values())), href=drilled(ctx, labels))] + [
        tile(
            "open_of_tier",
            number(by_tier[n]),
            href=drilled(ctx, labels, n),
            label=_("Tier {tier}").format(tier=tier(n)) if n else _("Without a tier"),
        )
        for n in shown
    ]


def _matrix(ctx: Context, labels: Names, cells: Sequence[Cell]) -> None:
    """A heat table: departments down, tiers across, most first."""
    counts: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for cell in cells:
        counts[cell.department_id][cell.tier] += cell.complaints
    across = [n for n in TIERS if any(counts[one][n] for one in counts)]
    most = max(cell.complaints for cell in cells)
    heads = "".join(f'<th class="n"{title("open_of_tier")}>{escape(tier(n))}</th>' for n in across)
    body = "".join(
        f"<tr><td>{escape(labels.department(one))}</td>"
        + "".join(heat_cell(counts[one][n], most, drilled(ctx, labels, n, one)) for n in across)
        + _number(
            sum(counts[one].values()),
            drilled(ctx, labels, None, one),
            "<b>",
            "</b>",
        )
        + "</tr>"
        for one in sorted(counts, key=lambda one: -sum(counts[one].values()))
    )
    st.html(
        f'<table class="list heat"><thead><tr><th>{escape(_("Department"))}</th>{heads}'
        f'<th class="n"{title("open_complaints")}>{escape(_("All"))}</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )
    download(ctx, "backlog", cells, _matrix_columns(labels))


def _matrix_columns(labels: Names) -> tuple[Column, ...]:
    return department(labels), tiers(), amount(_("Open complaints"), "complaints")


def _number(count: int, link: str, before: str = "", after: str = "") -> str:
    inside = f"{before}{number(count)}{after}"
    return f'<td class="n"><a href="{escape(link)}" target="_self">{inside}</a></td>'


def _ages(ctx: Context, labels: Names, found: Sequence[AgeBand]) -> None:
    counts = {(row.band, row.tier): row.complaints for row in found}
    rows(
        [
            Bar(
                band_name(band),
                tuple(Part(tier(n), counts.get((band, n), 0), n) for n in TIERS),
                drilled(ctx, labels, band=band),
            )
            for band in range(len(AGE_EDGES) + 1)
        ],
        (_("Age"), _("Complaints")),
        meaning("open_complaints"),
    )


def _over_time(ctx: Context) -> None:
    panel(
        ctx,
        "over_time",
        _("Over time"),
        ctx.read(backlog.over_time, ctx.filters),
        partial(_draw_days, ctx),
        note=_("complaints per day"),
        export=_day_columns(),
    )


def _draw_days(ctx: Context, found: Sequence[DayBacklog]) -> None:
    chart(ctx, "over_time", days, found, 185, _("Open complaints at the end of each day"))


def _day_columns() -> tuple[Column, ...]:
    return (
        plain(_("Day"), "day"),
        amount(_("still open"), "complaints"),
        amount(_("received"), "received"),
        amount(_("resolved"), "resolved"),
        coded(_("The day"), "is_over", _over),
    )


def _over(is_over: bool) -> str:
    return _("is over") if is_over else _("goes on")


def days(theme: Theme) -> Any:
    """Open at the end of each day, of today so far; the flows of days that are over."""
    flows = {"complaints": _("still open"), "received": _("received"), "resolved": _("resolved")}
    colours = (theme.series[0], theme.series[1], theme.series[2])
    base = alt.Chart(alt.NamedData("rows")).encode(x=alt.X("day:T", title=None))
    stock = base.mark_area(color=theme.series[0], opacity=0.1).encode(y=alt.Y("complaints:Q", title=None))
    named = "".join(f"datum.flow == '{code}' ? '{word}' : " for code, word in flows.items())
    lines = (
        base.transform_fold(list(flows), as_=["flow", "count"])
        .transform_filter("datum.flow == 'complaints' || datum.is_over")
        .transform_calculate(shown=f"{named}''")
        .encode(
            y=alt.Y("count:Q", title=None),
            color=alt.Color("shown:N", scale=alt.Scale(domain=list(flows.values()), range=list(colours))),
            tooltip=[
                alt.Tooltip("day:T", title=_("Day"), format="%Y-%m-%d"),
                alt.Tooltip("shown:N", title=_("What")),
                alt.Tooltip("count:Q", title=_("Complaints"), format=","),
            ],
        )
    )
    return stock + lines.mark_line(strokeWidth=1.8) + lines.mark_circle(size=22, opacity=1)


def _by_region(ctx: Context, labels: Names) -> None:
    provinces = not ctx.filters.regions
    found = ctx.read(backlog.by_region, ctx.filters, provinces)
    note = _("click a region for its cities, a number for its complaints") if provinces else _("cities")
    panel(ctx, "regions", _("By region"), found, partial(_regions, ctx, labels, provinces), note=note)


def _regions(ctx: Context, labels: Names, provinces: bool, found: Sequence[RegionCount]) -> None:
    """In two columns, most first."""
    shown = found[:REGIONS]
    half = (len(shown) + 1) // 2
    for place, part in zip(st.columns(2, gap="large"), (shown[:half], shown[half:]), strict=True):
        if part:
            place.html(_region_table(ctx, labels, part, provinces, shown[0].complaints))
    if len(found) > len(shown):
        st.caption(_("Top {n} of {total} regions.").format(n=len(shown), total=len(found)))


def _region_table(
    ctx: Context, labels: Names, found: Sequence[RegionCount], provinces: bool, most: int
) -> str:
    oldest = _("Time since the oldest open complaint was received.")
    heads = (
        (_("Region"), ""),
        ("", ""),
        (_("Complaints"), title("open_complaints")),
        (tier(1), title("open_of_tier")),
        (_("Oldest"), f' title="{escape(oldest)}"'),
    )
    head = "".join(
        f'<th class="{"n" if at > 1 else ""}"{means}>{escape(word)}</th>'
        for at, (word, means) in enumerate(heads)
    )
    body = "".join(_region_row(ctx, labels, row, provinces, most) for row in found)
    return f'<table class="list bars"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _region_row(ctx: Context, labels: Names, row: RegionCount, provinces: bool, most: int) -> str:
    name = escape(labels.region(row.region_id))
    code = labels.region_codes.get(row.region_id)
    if provinces and code:
        name = f'<a href="{escape(ctx.url("backlog", region=code))}" target="_self">{name}</a>'
    urgent = (
        _number(row.tier_1, drilled(ctx, labels, 1, None, row.region_id))
        if row.tier_1
        else '<td class="n none">0</td>'
    )
    return (
        f'<tr><td>{name}</td><td><div class="lying"><i style="width:{100 * row.complaints / most:.1f}%"></i>'
        f"</div></td>{_number(row.complaints, drilled(ctx, labels, None, None, row.region_id))}{urgent}"
        f'<td class="n">{duration((ctx.now - row.oldest_at).total_seconds())}</td></tr>'
    )

"""Backlog: what is open, where, how old, and how it grew."""

from collections import defaultdict
from collections.abc import Sequence
from html import escape
from typing import Any

import altair as alt
import streamlit as st

from dashboard.controls.names import Names, category, channel, names, status, tier
from dashboard.locale import _
from dashboard.locale.shown import duration, number
from dashboard.parts import Column, Context, Tile, chart, listing, panel, tiles
from dashboard.theme import Theme
from queries import backlog
from queries.backlog import AGE_EDGES, AgeBand, Cell, OpenComplaint, RegionCount

SHOWN = 200


def live(ctx: Context) -> None:
    known = names(ctx)
    cells = ctx.read(backlog.by_tier_and_department, ctx.filters)
    if cells.rows is not None:
        _tiles(ctx, cells.rows)
    left, right = st.columns([3, 2])
    with left:
        panel(
            ctx,
            "matrix",
            _("By department and tier"),
            cells,
            lambda rows: _matrix(ctx, known, rows),
            note=_("open complaints; a number leads to its complaints"),
            export=True,
        )
    with right:
        panel(ctx, "age", _("By age"), ctx.read(backlog.by_age, ctx.filters), lambda rows: _ages(ctx, rows))
        regions = ctx.read(backlog.by_region, ctx.filters, not ctx.filters.regions)
        panel(ctx, "regions", _("By region"), regions, lambda rows: _regions(ctx, known, rows), export=True)
    panel(
        ctx,
        "over_time",
        _("Over time"),
        ctx.read(backlog.over_time, ctx.filters),
        lambda rows: chart(ctx, "over_time", days, rows, 240, _("Open complaints at the end of each day")),
        note=_("open at the end of the day; received and resolved that day"),
        export=True,
    )
    _drilled(ctx, known)


def _tiles(ctx: Context, rows: Sequence[Cell]) -> None:
    total = sum(cell.complaints for cell in rows)
    by_tier: dict[int, int] = defaultdict(int)
    for cell in rows:
        by_tier[cell.tier] += cell.complaints
    tiles(
        [Tile(_("Open complaints"), number(total), href=ctx.url("backlog", list="all"))]
        + [
            Tile(
                _("Tier {tier}").format(tier=tier(n)),
                number(by_tier[n]),
                href=ctx.url("backlog", tier=n, list="all"),
            )
            for n in (1, 2, 3)
        ]
    )


def _matrix(ctx: Context, known: Names, rows: Sequence[Cell]) -> None:
    """A heat table: departments down, tiers across, most first."""
    counts: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for cell in rows:
        counts[cell.department_id][cell.tier] += cell.complaints
    tiers = [n for n in (1, 2, 3, 0) if any(counts[d][n] for d in counts)]
    most = max((counts[d][n] for d in counts for n in tiers), default=1)
    heads = "".join(f'<th class="n">{escape(tier(n))}</th>' for n in tiers)
    body = "".join(
        f"<tr><td>{escape(known.department(one))}</td>"
        + "".join(_heat(ctx, known, counts[one][n], most, one, n) for n in tiers)
        + f'<td class="n"><b>{number(sum(counts[one].values()))}</b></td></tr>'
        for one in sorted(counts, key=lambda d: -sum(counts[d].values()))
    )
    st.html(
        f'<table class="list"><thead><tr><th>{escape(_("Department"))}</th>{heads}'
        f'<th class="n">{escape(_("All"))}</th></tr></thead><tbody>{body}</tbody></table>'
    )


def _heat(ctx: Context, known: Names, count: int, most: int, department: int, of_tier: int) -> str:
    if not count:
        return '<td class="n">·</td>'
    share = int(6 + 44 * (count / most) ** 0.5)
    colour = f"background:color-mix(in srgb, var(--accent) {share}%, transparent)"
    if not of_tier or department not in known.department_codes:
        return f'<td class="n" style="{colour}">{number(count)}</td>'
    link = ctx.url("backlog", department=known.department_codes[department], tier=of_tier, list="all")
    return f'<td class="n" style="{colour}"><a href="{escape(link)}" target="_self">{number(count)}</a></td>'


def band_name(band: int) -> str:
    words = [_("{h} h").format(h=4), _("{h} h").format(h=24), _("{n} d").format(n=3), _("{n} d").format(n=7)]
    if band == 0:
        return _("under {edge}").format(edge=words[0])
    if band == len(AGE_EDGES):
        return _("over {edge}").format(edge=words[-1])
    return f"{words[band - 1]} – {words[band]}"


def _ages(ctx: Context, rows: Sequence[AgeBand]) -> None:
    counts: dict[int, int] = defaultdict(int)
    for row in rows:
        counts[row.band] += row.complaints
    _bars(
        [
            (band_name(band), counts[band], ctx.url("backlog", band=band, list="age"))
            for band in range(len(AGE_EDGES) + 1)
        ]
    )


def _regions(ctx: Context, known: Names, rows: Sequence[RegionCount]) -> None:
    _bars(
        [
            (known.region(row.region_id), row.complaints, _of_region(ctx, known, row.region_id))
            for row in rows[:15]
        ]
    )


def _of_region(ctx: Context, known: Names, region_id: int) -> str:
    code = known.region_codes.get(region_id)
    return ctx.url("backlog", region=code, list="all") if code else ""


def _bars(rows: Sequence[tuple[str, int, str]]) -> None:
    most = max((count for _name, count, _link in rows), default=0) or 1
    body = "".join(
        f'<tr><td style="width:34%">{escape(name)}</td><td><div style="height:.6rem;border-radius:3px;'
        f'background:var(--accent);width:{100 * count / most:.1f}%"></div></td>'
        f'<td class="n" style="width:5rem">{_link(link, number(count))}</td></tr>'
        for name, count, link in rows
    )
    st.html(f'<table class="list"><tbody>{body}</tbody></table>')


def _link(url: str, text: str) -> str:
    return f'<a href="{escape(url)}" target="_self">{text}</a>' if url else text


def days(theme: Theme) -> Any:
    base = alt.Chart(alt.NamedData("rows")).encode(x=alt.X("day:T", title=None))
    flows = (
        base.transform_fold(["received", "resolved"], as_=["flow", "count"])
        .transform_calculate(shown=f"datum.flow == 'received' ? '{_('received')}' : '{_('resolved')}'")
        .mark_line(strokeWidth=1.5)
        .encode(
            y=alt.Y("count:Q", title=None),
            color=alt.Color("shown:N", scale=alt.Scale(range=[theme.series[1], theme.series[2]])),
        )
    )
    stock = base.mark_area(color=theme.series[0], opacity=0.18, line={"color": theme.series[0]}).encode(
        y=alt.Y("complaints:Q", title=None)
    )
    return stock + flows


def _drilled(ctx: Context, known: Names) -> None:
    """The complaints behind the number that was followed here; the URL says which."""
    asked = st.query_params.get("list")
    if not asked:
        return
    picture = ctx.read(backlog.open_complaints, ctx.filters, _asked("band"), SHOWN)
    panel(
        ctx,
        "complaints",
        _("Complaints behind this number"),
        picture,
        lambda rows: listing(rows, _columns(ctx, known)),
        note=_("oldest first, at most {n}").format(n=SHOWN),
        export=True,
    )


def _asked(name: str) -> int | None:
    value = st.query_params.get(name, "")
    return int(value) if value.isdigit() else None


def _columns(ctx: Context, known: Names) -> tuple[Column, ...]:
    def age(row: OpenComplaint) -> str:
        return duration((ctx.now - row.received_at).total_seconds())

    return (
        Column(_("Age"), age, number=True),
        Column(
            _("Complaint"),
            lambda row: row.external_id,
            href=lambda row: ctx.url("complaint", complaint=row.complaint_id),
        ),
        Column(_("Status"), lambda row: status(row.status)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Department"), lambda row: known.department(row.department_id)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
        Column(_("Category"), lambda row: category(row.category)),
        Column(_("Channel"), lambda row: channel(row.channel)),
    )

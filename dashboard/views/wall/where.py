"""The scene 'Where': the backlog by tier and department, and by province or city."""

from collections.abc import Sequence
from html import escape

from dashboard.controls.names import Names, names, short_tier
from dashboard.locale import _, language
from dashboard.locale.shown import number
from dashboard.parts import MARKS, Context
from dashboard.views.wall.pieces import blank, panel, unavailable
from queries.pages import backlog, wall
from queries.pages.backlog import Cell
from queries.pages.wall import PastDue, Place

DEPARTMENTS, PROVINCES = 12, 32  # that fit; the rest is summed up in the last place


def asks(ctx: Context) -> bool:
    return bool(ctx.read(wall.past_due, ctx.filters, bool(ctx.filters.regions)).rows)


def where(ctx: Context) -> str:
    cells = ctx.read(backlog.by_tier_and_department, ctx.filters).rows
    cities = bool(ctx.filters.regions)
    places = ctx.read(wall.places, ctx.filters, cities).rows
    late = ctx.read(wall.past_due, ctx.filters, cities).rows
    if cells is None or places is None or late is None:
        return unavailable()
    if not cells:
        return blank(_("No open complaint"), _("The backlog is empty."))
    labels = names(ctx)
    departments = panel(_("Open complaints by department"), _matrix(labels, cells, late))
    regions = panel(
        _("Open complaints by city") if cities else _("Open complaints by province"),
        _places(labels, places, late),
    )
    return f'<div class="wall-where">{departments}{regions}</div>'


def _matrix(labels: Names, cells: Sequence[Cell], late: Sequence[PastDue]) -> str:
    counts: dict[int, dict[int, int]] = {}
    for cell in cells:
        row = counts.setdefault(cell.department_id, {})
        row[cell.tier] = row.get(cell.tier, 0) + cell.complaints
    past: dict[int, int] = {}
    for one in late:
        past[one.department_id] = past.get(one.department_id, 0) + one.deadlines
    order = sorted(counts, key=lambda one: -sum(counts[one].values()))
    most = max(max(row.values()) for row in counts.values())
    tiers = [n for n in (1, 2, 3) if any(row.get(n) for row in counts.values())]
    heads = ("", *map(short_tier, tiers), _("All"), _("Past due"))
    head = "".join(f"<span>{escape(one)}</span>" for one in heads)

    def line(name: str, of: Sequence[int]) -> str:
        shown = [sum(counts[one].get(n, 0) for one in of) for n in tiers]
        total = sum(sum(counts[one].values()) for one in of)
        return _department(name, shown, total, sum(past.get(one, 0) for one in of), most)

    body = "".join(line(labels.department(one), [one]) for one in order[:DEPARTMENTS])
    if order[DEPARTMENTS:]:
        body += line(_("Others"), order[DEPARTMENTS:])
    tiers_shown = f'style="--tiers:{len(tiers)}"'
    return f'<div class="matrix {language()}" {tiers_shown}><div class="head">{head}</div>{body}</div>'


def _department(name: str, counts: Sequence[int], total: int, late: int, most: int) -> str:
    tiers = "".join(_heat(count, most) for count in counts)
    past_due = f'<span class="bad">{MARKS["bad"]} {number(late)}</span>' if late else "<span>0</span>"
    return f'<div class="row"><span>{escape(name)}</span>{tiers}<b>{number(total)}</b>{past_due}</div>'


def _places(labels: Names, places: Sequence[Place], late: Sequence[PastDue]) -> str:
    past: dict[int, int] = {}
    for one in late:
        past[one.region_id] = past.get(one.region_id, 0) + one.deadlines
    rows = [(_short(labels, p.region_id), p.complaints, past.get(p.region_id, 0)) for p in places]
    if len(rows) > PROVINCES:
        rest = rows[PROVINCES - 1 :]
        rows[PROVINCES - 1 :] = [(_("Others"), sum(r[1] for r in rest), sum(r[2] for r in rest))]
    most = max(row[1] for row in rows)
    return '<div class="places">' + "".join(_place(*row, most) for row in rows) + "</div>"


def _short(labels: Names, region_id: int) -> str:
    return labels.region(region_id).rpartition(" · ")[2]


def _place(name: str, complaints: int, late: int, most: int) -> str:
    past_due = f'<em class="bad">{MARKS["bad"]} {number(late)}</em>' if late else ""
    return (
        f'<div style="--share:{_share(complaints, most)}%"><span>{escape(name)}</span>'
        f"<b>{number(complaints)}</b>{past_due}</div>"
    )


def _share(count: int, most: int) -> int:
    """Of the strongest colour, in percent; the root makes small numbers distinguishable."""
    return round(70 * (count / most) ** 0.5) if most else 0


def _heat(count: int, most: int) -> str:
    shown = number(count) if count else "·"
    return f'<span class="heat" style="--share:{_share(count, most)}%">{shown}</span>'

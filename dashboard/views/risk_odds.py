"""Breach risk in the lists of Live risk: the number never stands without its evidence."""

from dashboard.locale import _
from dashboard.locale.shown import number, percent
from dashboard.parts import Column, Context, Tile, tiles
from queries import risk
from queries.risk import Expected, OpenDeadline


def expected(ctx: Context) -> None:
    """Nothing of a past moment, whose risk is not kept, and nothing while no deadline has a number."""
    found = None if ctx.moment.as_of else ctx.read(risk.expected, ctx.filters).rows
    if found is not None and found.known:
        tiles(_expected(ctx, found))


def _expected(ctx: Context, found: Expected) -> tuple[Tile, ...]:
    return tuple(
        Tile(
            _("Expected breaches within {n} h").format(n=hours),
            f"{breaches:.1f}",
            _("{n} more have no number").format(n=number(unknown)) if unknown else _("all have a number"),
            href=href,
        )
        for hours, breaches, unknown, href in (
            (1, found.within_hour, found.hour_unknown, ctx.url("risk", list="hour")),
            (4, found.within_four_hours, found.four_unknown, ctx.url("risk", list="four_hours")),
            (8, found.within_eight_hours, found.eight_unknown, ""),
        )
    )


def column() -> Column:
    return Column(_("Breach risk"), shown)


def shown(row: OpenDeadline) -> str:
    """Such as "63% · 31 of 44, same department"; a dash where there is no number."""
    if row.p is None:
        return "–"
    return _("{p} · {k} of {n}, {level}").format(
        p=percent(row.p), k=row.k, n=row.n, level=_levels().get(row.level or "", "")
    )


def exported() -> tuple[Column, ...]:
    return (
        Column(_("Breach risk"), lambda row: "" if row.p is None else f"{row.p:.3f}"),
        Column(_("Similar deadlines"), lambda row: "" if row.n is None else str(row.n)),
        Column(_("Of these breached"), lambda row: "" if row.k is None else str(row.k)),
    )


def _levels() -> dict[str, str]:
    return {
        "target": _("same target"),
        "tier": _("same tier"),
        "department": _("same department"),
        "category": _("same category"),
        "kind": _("same kind"),
    }

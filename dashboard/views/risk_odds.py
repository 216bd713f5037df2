"""Breach risk in the lists of Live risk: the number never stands without its evidence."""

from dashboard.locale import _
from dashboard.locale.shown import percent
from dashboard.parts import Column
from queries.risk import OpenDeadline


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

"""Breach risk in the lists of Live risk, always with its evidence."""

from collections.abc import Sequence
from typing import Protocol

from dashboard.controls.names import customer_value
from dashboard.locale import _, shown
from dashboard.locale.shown import chance, number, when
from dashboard.parts import Column, Context, Tile, tiles
from queries.pages import riskiest
from queries.pages.riskiest import Expected, Stake


class Odds(Protocol):
    """Deadlines of a list or of a complaint, and callbacks."""

    @property
    def p(self) -> float | None: ...
    @property
    def k(self) -> int | None: ...
    @property
    def n(self) -> int | None: ...
    @property
    def level(self) -> str | None: ...


def expected(ctx: Context) -> None:
    """Nothing of a past moment, whose risk is not kept, and nothing while no deadline has a number."""
    found = None if ctx.moment.as_of else ctx.read(riskiest.expected, ctx.filters).rows
    if found and any(one.count > one.unknown for one in found):
        tiles(_expected(ctx, *found))


def _expected(ctx: Context, hour: Expected, four: Expected, shift: Expected) -> tuple[Tile, ...]:
    ends = when(shift.until, ctx.zone, ctx.now)
    named = (
        (_("Expected breaches within 1 h"), hour),
        (_("Expected breaches within 4 h"), four),
        (_("Expected breaches until the shift ends, {time}").format(time=ends), shift),
    )
    return tuple(
        Tile(
            name,
            number(one.breaches, 1),
            _of(one),
            href=ctx.counted("risk", list="riskiest", before=one.until.isoformat()),
        )
        for name, one in named
    )


def _of(one: Expected) -> str:
    """Deadlines and callbacks apart: the other figures of the page count deadlines only."""
    parts = [
        _("deadlines {expected} of {n}").format(
            expected=number(one.deadlines.breaches, 1), n=number(one.deadlines.count)
        ),
        _("callbacks {expected} of {n}").format(
            expected=number(one.callbacks.breaches, 1), n=number(one.callbacks.count)
        ),
    ]
    if one.unknown:
        parts.append(_("{n} without a breach risk").format(n=number(one.unknown)))
    return " · ".join(parts)


def columns() -> tuple[Column, ...]:
    return (
        Column(_("Breach risk"), lambda row: chance(row.p), number=True),
        Column(_("Similar deadlines that breached"), evidence, hint=_adjusted()),
    )


def _adjusted() -> str:
    return _(
        "Deadlines and callbacks that were still open at the same age. The fewer there are, the "
        "more the risk is adjusted towards wider groups, so that it differs from their plain "
        "share."
    )


def evidence(row: Odds) -> str:
    """Such as "31 of 44, same department"."""
    if row.p is None:
        return "–"
    level = _levels().get(row.level or "", "")
    return _("{counted}, {level}").format(counted=shown.evidence(row.p, row.k, row.n), level=level)


def beside(rows: Sequence[Odds]) -> tuple[Column, ...]:
    """Both in one column, where any of the rows has a number."""
    if all(row.p is None for row in rows):
        return ()
    return (Column(_("Breach risk"), _both),)


def _both(row: Odds) -> str:
    return "–" if row.p is None else f"{chance(row.p)} · {evidence(row)}"


def weight() -> Column:
    """Of the tier and the customer; the customer's value is named where the policy gives it more weight."""
    return Column(_("Weight"), _weight, number=True)


def _weight(row: Stake) -> str:
    if row.weight is None:
        return "–"
    text = f"× {row.weight:g}"
    return f"{text} · {customer_value(row.customer_value)}" if row.is_valuable else text


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
        "late_rate": _("late rate of target and category"),
        "target_late_rate": _("late rate of the target"),
    }

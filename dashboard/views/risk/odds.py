"""Breach risk in the lists of Live risk, always with its evidence."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from dashboard.controls.columns import amount, in_file_only, share
from dashboard.controls.indicator import name, tile
from dashboard.controls.names import customer_value
from dashboard.locale import _, shown
from dashboard.locale.shown import chance, end_of, number
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
    ends = end_of(shift.until, ctx.zone)
    named = (
        ("expected_1h", hour),
        ("expected_4h", four),
        ("expected_shift", shift),
    )
    return tuple(
        tile(
            code,
            number(one.breaches, 1),
            _of(one),
            label=name(code, time=ends),
            href=ctx.counted("risk", list="riskiest", before=one.until.isoformat()),
        )
        for code, one in named
    )


def _of(one: Expected) -> str:
    """Deadlines and callbacks apart: the other figures of the page count deadlines only."""
    parts = [
        template.format(expected=number(kind.breaches, 1), n=number(kind.count))
        for template, kind in (
            (_("deadlines {expected} of {n}"), one.deadlines),
            (_("callbacks {expected} of {n}"), one.callbacks),
        )
        if kind.count
    ]
    if one.unknown:
        parts.append(_("{n} without a breach risk").format(n=number(one.unknown)))
    return " · ".join(parts)


def columns() -> tuple[Column, ...]:
    return (
        replace(share(_("Breach risk"), "p"), shown=_chance),
        Column(_("Similar deadlines that breached"), evidence, hint=_adjusted()),
        in_file_only(amount(_("Similar deadlines"), "n")),
        in_file_only(amount(_("Of these breached"), "k")),
    )


def _chance(row: Odds) -> str:
    return chance(row.p)


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
    return replace(amount(_("Weight"), "weight"), shown=_weight)


def _weight(row: Stake) -> str:
    if row.weight is None:
        return "–"
    text = f"× {row.weight:g}"
    return f"{text} · {customer_value(row.customer_value)}" if row.is_valuable else text


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

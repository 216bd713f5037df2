"""The alerts and breaches behind each number of alert precision, named by the URL, to be shared."""

from html import escape
from typing import get_args

import streamlit as st

from dashboard.controls.long_list import LongList, long_list, stamp, tabs
from dashboard.controls.names import Names, tier
from dashboard.controls.open_list import of_code
from dashboard.locale import _
from dashboard.locale.shown import duration, odds, when
from dashboard.parts import Column, Context
from queries.pages import alert_precision, alert_recall
from queries.pages.alert_precision import RULES, FiredAlert, Outcome, PrecisionRow, Rule, Slice
from queries.pages.alert_recall import Breach, Recall
from queries.risk.rates import NAMES as LATE_RATES

KEYS = ("rule", "outcome", "in_tier", "in_department", "warned")
WARNED = {"yes": True, "no": False}


def rule_name(rule: Rule) -> str:
    return _("Likely to breach") if rule == "likely_breach" else _("At risk")


def outcome_name(outcome: Outcome) -> str:
    labels: dict[Outcome, str] = {
        "came_true": _("came true"),
        "acted": _("met after action"),
        "untouched": _("met without recorded action"),
        "cancelled": _("cancelled"),
        "open": _("no outcome yet"),
    }
    return labels[outcome]


def linked(ctx: Context, labels: Names, what: str, part: Slice, warned: str = "") -> str:
    """Of a number. `what`: alerts or breaches; of these `warned` yes, no or all."""
    return ctx.counted("alert_precision", list=what, **_params(labels, part, warned))


def _params(labels: Names, part: Slice, warned: str = "") -> dict[str, str]:
    department = part.department_id
    params = {
        "rule": part.rule,
        "outcome": part.outcome,
        "in_tier": None if part.tier is None else str(part.tier or "none"),
        "in_department": None if department is None else labels.department_codes.get(department, "none"),
        "warned": warned,
    }
    return {key: value for key, value in params.items() if value}


def _tab(ctx: Context, labels: Names, what: str, part: Slice, warned: str = "") -> str:
    return ctx.url("alert_precision", list=what, **_params(labels, part, warned))


def draw_list(ctx: Context, labels: Names) -> None:
    params = {key: st.query_params[key] for key in KEYS if key in st.query_params}
    back, word = escape(ctx.back("alert_precision")), escape(_("Alert precision"))
    st.html(f'<div class="back"><a href="{back}" target="_self">← {word}</a></div>')
    part = _slice(labels, params)
    if st.query_params["list"] == "breaches":
        _breaches(ctx, labels, part, params)
    else:
        _alerts(ctx, labels, part, params)


def _slice(labels: Names, params: dict[str, str]) -> Slice:
    """What the URL names. An unknown code matches nothing: the same link never shows more."""
    rule: Rule = next((one for one in RULES if one == params.get("rule")), "likely_breach")
    outcome: Outcome | None = next((one for one in get_args(Outcome) if one == params.get("outcome")), None)
    return Slice(
        rule,
        outcome,
        of_code(params.get("in_tier"), {str(n): n for n in (1, 2, 3)}),
        of_code(params.get("in_department"), {code: key for key, code in labels.department_codes.items()}),
    )


def _titled(labels: Names, title: str, part: Slice) -> str:
    parts = [rule_name(part.rule), title]
    if part.tier is not None:
        parts.append(tier(part.tier) if part.tier else _("without a tier"))
    if part.department_id is not None:
        parts.append(
            labels.department(part.department_id) if part.department_id else _("without a department")
        )
    return " · ".join(parts)


def _alerts(ctx: Context, labels: Names, part: Slice, params: dict[str, str]) -> None:
    texts: dict[Outcome | None, str] = {None: _("all")}
    texts |= {outcome: outcome_name(outcome) for outcome in get_args(Outcome)}
    others = (part.rule, part.tier, part.department_id)
    shown = [
        (word, _tab(ctx, labels, "alerts", Slice(others[0], code, *others[1:])), code == part.outcome)
        for code, word in texts.items()
    ]
    tabs(shown)
    here = LongList(
        "warnings",
        _titled(labels, texts[part.outcome], part),
        _alert_columns(ctx, labels),
        _alerts_exported(ctx, labels),
        "alert_precision",
        {"list": "alerts", **params},
        _("No alerts in this list."),
    )
    row = _same(ctx.read(alert_precision.figures, ctx.filters).rows, part)
    total = None if row is None else getattr(row, part.outcome or "alerts")
    long_list(ctx, here, alert_precision.warnings, ctx.filters, part, total=total)


def _same(
    found: tuple[PrecisionRow, ...] | tuple[Recall, ...] | None, part: Slice
) -> PrecisionRow | Recall | None:
    key = (part.rule, part.tier, part.department_id)
    return next((one for one in found or () if (one.rule, one.tier, one.department_id) == key), None)


def _breaches(ctx: Context, labels: Names, part: Slice, params: dict[str, str]) -> None:
    texts = {"": _("all breaches"), "yes": _("predicted by an alert"), "no": _("not predicted")}
    chosen = params.get("warned", "") if params.get("warned") in texts else ""
    tabs([(word, _tab(ctx, labels, "breaches", part, code), code == chosen) for code, word in texts.items()])
    here = LongList(
        "warned_breaches",
        _titled(labels, texts[chosen], part),
        _breach_columns(ctx, labels),
        _breaches_exported(ctx, labels),
        "alert_precision",
        {"list": "breaches", **params},
        _("No breaches in this list."),
    )
    row = _same(ctx.read(alert_recall.recall, ctx.filters).rows, part)
    total = _total(row, chosen) if isinstance(row, Recall) else None
    long_list(ctx, here, alert_recall.breaches, ctx.filters, part, WARNED.get(chosen), total=total)


def _total(row: Recall, chosen: str) -> int:
    return {"": row.breached, "yes": row.warned}.get(chosen, row.breached - row.warned)


def _whose(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        Column(
            _("Complaint"),
            lambda row: row.external_id,
            href=lambda row: ctx.url("complaint", complaint=row.complaint_id),
        ),
        *_what(labels),
    )


def _what(labels: Names) -> tuple[Column, ...]:
    return (
        Column(_("Target"), lambda row: labels.target(row.target)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Department"), lambda row: labels.department(row.department_id)),
        Column(_("Region"), lambda row: labels.region(row.region_id)),
    )


def _odds(row: FiredAlert) -> str:
    return odds(row.p, row.k, row.n, row.similar in LATE_RATES)


def _lead(row: FiredAlert) -> float | None:
    return None if row.due_at is None else (row.due_at - row.decided_at).total_seconds()


def _before(row: Breach) -> float | None:
    return None if row.warned_at is None else (row.due_at - row.warned_at).total_seconds()


def _alert_columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        Column(_("Alert"), lambda row: when(row.decided_at, ctx.zone, ctx.now)),
        *_whose(ctx, labels),
        Column(_("Breach risk"), _odds),
        Column(_("Due"), lambda row: when(row.due_at, ctx.zone, ctx.now)),
        Column(_("Lead time"), lambda row: duration(_lead(row)), number=True),
        Column(_("Outcome"), lambda row: outcome_name(row.outcome)),
    )


def _seconds(value: float | None) -> str:
    return "" if value is None else str(round(value))


def _alerts_exported(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        Column(_("Alert"), lambda row: stamp(row.decided_at, ctx.zone)),
        Column(_("Complaint"), lambda row: row.external_id),
        Column(_("Board number"), lambda row: str(row.complaint_id)),
        *_what(labels),
        Column(_("Breach risk"), lambda row: "" if row.p is None else f"{row.p:.3f}"),
        Column(_("Similar deadlines"), lambda row: "" if row.n is None else str(row.n)),
        Column(_("Of these breached"), lambda row: "" if row.k is None else str(row.k)),
        Column(_("Due"), lambda row: stamp(row.due_at, ctx.zone)),
        Column(_("Ended at"), lambda row: stamp(row.ended_at, ctx.zone)),
        Column(_("Lead time (s)"), lambda row: _seconds(_lead(row))),
        Column(_("Outcome"), lambda row: outcome_name(row.outcome)),
    )


def _found(row: Breach) -> str:
    return _("found late") if row.found_late else "–"


def _breach_columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        Column(_("Due"), lambda row: when(row.due_at, ctx.zone, ctx.now)),
        *_whose(ctx, labels),
        Column(_("First alert"), lambda row: when(row.warned_at, ctx.zone, ctx.now)),
        Column(_("Lead time"), lambda row: duration(_before(row)), number=True),
        Column(_("Detection"), _found),
    )


def _breaches_exported(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        Column(_("Due"), lambda row: stamp(row.due_at, ctx.zone)),
        Column(_("Complaint"), lambda row: row.external_id),
        Column(_("Board number"), lambda row: str(row.complaint_id)),
        *_what(labels),
        Column(_("First alert"), lambda row: stamp(row.warned_at, ctx.zone)),
        Column(_("Lead time (s)"), lambda row: _seconds(_before(row))),
        Column(_("Detection"), _found),
    )

"""The alerts and breaches behind each number of alert precision, named by the URL, to be shared."""

from dataclasses import replace
from html import escape
from typing import get_args

import streamlit as st

from dashboard.controls.columns import (
    amount,
    coded,
    complaint,
    department,
    in_file_only,
    instant,
    region,
    share,
    span,
    target,
    tiers,
)
from dashboard.controls.long_list import LongList, long_list, tabs
from dashboard.controls.names import Names, tier
from dashboard.controls.open_list import of_code
from dashboard.locale import _, language
from dashboard.locale.shown import odds
from dashboard.parts import Column, Context
from queries.alerts import rules
from queries.pages import alert_precision, alert_recall
from queries.pages.alert_precision import RULES, FiredAlert, Outcome, PrecisionRow, Rule, Slice
from queries.pages.alert_recall import Breach, Recall
from queries.risk.rates import NAMES as LATE_RATES

KEYS = ("rule", "outcome", "in_tier", "in_department", "warned")
WARNED = {"yes": True, "no": False}


def rule_name(rule: Rule) -> str:
    label = rules.label(rule)
    return label.zh if language() == "zh" else label.en.capitalize()


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


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _titled(labels: Names, title: str, part: Slice) -> str:
    parts = [rule_name(part.rule), *([title] if title else [])]
    if part.tier is not None:
        parts.append(tier(part.tier) if part.tier else _("without a tier"))
    if part.department_id is not None:
        parts.append(
            labels.department(part.department_id) if part.department_id else _("without a department")
        )
    return " · ".join(parts)


def _alerts(ctx: Context, labels: Names, part: Slice, params: dict[str, str]) -> None:
    texts: dict[Outcome | None, str] = {None: _("All")}
    texts |= {outcome: _capital(outcome_name(outcome)) for outcome in get_args(Outcome)}
    others = (part.rule, part.tier, part.department_id)
    shown = [
        (word, _tab(ctx, labels, "alerts", Slice(others[0], code, *others[1:])), code == part.outcome)
        for code, word in texts.items()
    ]
    tabs(shown)
    here = LongList(
        "warnings",
        _titled(labels, texts[part.outcome] if part.outcome else "", part),
        alert_columns(ctx, labels),
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
    texts = {"": _("All breaches"), "yes": _("Predicted by an alert"), "no": _("Not predicted")}
    chosen = params.get("warned", "") if params.get("warned") in texts else ""
    tabs([(word, _tab(ctx, labels, "breaches", part, code), code == chosen) for code, word in texts.items()])
    here = LongList(
        "warned_breaches",
        _titled(labels, texts[chosen], part),
        breach_columns(ctx, labels),
        "alert_precision",
        {"list": "breaches", **params},
        _("No breaches in this list."),
    )
    row = _same(ctx.read(alert_recall.recall, ctx.filters).rows, part)
    total = _total(row, chosen) if isinstance(row, Recall) else None
    long_list(ctx, here, alert_recall.breaches, ctx.filters, part, WARNED.get(chosen), total=total)


def _total(row: Recall, chosen: str) -> int:
    return {"": row.breached, "yes": row.warned}.get(chosen, row.breached - row.warned)


def _what(labels: Names) -> tuple[Column, ...]:
    return target(labels), tiers(), department(labels), region(labels)


def _odds(row: FiredAlert) -> str:
    return odds(row.p, row.k, row.n, row.similar in LATE_RATES)


def _lead(row: FiredAlert) -> float | None:
    return None if row.due_at is None else (row.due_at - row.decided_at).total_seconds()


def _before(row: Breach) -> float | None:
    return None if row.warned_at is None else (row.due_at - row.warned_at).total_seconds()


def alert_columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    risk = replace(share(_("Breach risk"), "p"), shown=_odds, number=False)
    return (
        instant(ctx, _("Alert"), "decided_at"),
        *complaint(ctx),
        *_what(labels),
        risk,
        in_file_only(amount(_("Similar deadlines"), "n")),
        in_file_only(amount(_("Of these breached"), "k")),
        instant(ctx, _("Due"), "due_at"),
        in_file_only(instant(ctx, _("Ended at"), "ended_at")),
        span(_("Lead time"), _lead),
        coded(_("Outcome"), "outcome", outcome_name),
    )


def _found(row: Breach) -> str:
    return _("found late") if row.found_late else "–"


def breach_columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        instant(ctx, _("Due"), "due_at"),
        *complaint(ctx),
        *_what(labels),
        instant(ctx, _("First alert"), "warned_at"),
        span(_("Lead time"), _before),
        Column(_("Detection"), _found),
        instant(ctx, _("Excused since"), "excused_at"),
    )

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
    words: dict[Outcome, str] = {
        "came_true": _("came true"),
        "acted": _("met after somebody acted"),
        "untouched": _("met, no trace of anybody"),
        "cancelled": _("cancelled"),
        "open": _("not decided yet"),
    }
    return words[outcome]


def linked(ctx: Context, known: Names, what: str, part: Slice, warned: str = "") -> str:
    """Of a number. `what`: alerts or breaches; of these `warned` yes, no or all."""
    return ctx.counted("alert_precision", list=what, **_asked(known, part, warned))


def _asked(known: Names, part: Slice, warned: str = "") -> dict[str, str]:
    department = part.department_id
    asked = {
        "rule": part.rule,
        "outcome": part.outcome,
        "in_tier": None if part.tier is None else str(part.tier or "none"),
        "in_department": None if department is None else known.department_codes.get(department, "none"),
        "warned": warned,
    }
    return {key: value for key, value in asked.items() if value}


def _tab(ctx: Context, known: Names, what: str, part: Slice, warned: str = "") -> str:
    return ctx.url("alert_precision", list=what, **_asked(known, part, warned))


def draw_list(ctx: Context, known: Names) -> None:
    asked = {key: st.query_params[key] for key in KEYS if key in st.query_params}
    back, word = escape(ctx.back("alert_precision")), escape(_("Alert precision"))
    st.html(f'<div class="back"><a href="{back}" target="_self">← {word}</a></div>')
    part = _slice(known, asked)
    if st.query_params["list"] == "breaches":
        _breaches(ctx, known, part, asked)
    else:
        _alerts(ctx, known, part, asked)


def _slice(known: Names, asked: dict[str, str]) -> Slice:
    """What the URL names. An unknown code matches nothing: the same link never shows more."""
    rule: Rule = next((one for one in RULES if one == asked.get("rule")), "likely_breach")
    outcome: Outcome | None = next((one for one in get_args(Outcome) if one == asked.get("outcome")), None)
    return Slice(
        rule,
        outcome,
        of_code(asked.get("in_tier"), {str(n): n for n in (1, 2, 3)}),
        of_code(asked.get("in_department"), {code: key for key, code in known.department_codes.items()}),
    )


def _titled(known: Names, title: str, part: Slice) -> str:
    words = [rule_name(part.rule), title]
    if part.tier is not None:
        words.append(tier(part.tier) if part.tier else _("without a tier"))
    if part.department_id is not None:
        words.append(
            known.department(part.department_id) if part.department_id else _("without a department")
        )
    return " · ".join(words)


def _alerts(ctx: Context, known: Names, part: Slice, asked: dict[str, str]) -> None:
    words: dict[Outcome | None, str] = {None: _("all")}
    words |= {outcome: outcome_name(outcome) for outcome in get_args(Outcome)}
    others = (part.rule, part.tier, part.department_id)
    shown = [
        (word, _tab(ctx, known, "alerts", Slice(others[0], code, *others[1:])), code == part.outcome)
        for code, word in words.items()
    ]
    tabs(shown)
    here = LongList(
        "warnings",
        _titled(known, words[part.outcome], part),
        alert_columns(ctx, known),
        "alert_precision",
        {"list": "alerts", **asked},
        _("No alert in this list."),
    )
    told = _same(ctx.read(alert_precision.figures, ctx.filters).rows, part)
    total = None if told is None else getattr(told, part.outcome or "alerts")
    long_list(ctx, here, alert_precision.warnings, ctx.filters, part, total=total)


def _same(
    found: tuple[PrecisionRow, ...] | tuple[Recall, ...] | None, part: Slice
) -> PrecisionRow | Recall | None:
    key = (part.rule, part.tier, part.department_id)
    return next((one for one in found or () if (one.rule, one.tier, one.department_id) == key), None)


def _breaches(ctx: Context, known: Names, part: Slice, asked: dict[str, str]) -> None:
    words = {"": _("all breaches"), "yes": _("warned of before"), "no": _("not warned of")}
    chosen = asked.get("warned", "") if asked.get("warned") in words else ""
    tabs([(word, _tab(ctx, known, "breaches", part, code), code == chosen) for code, word in words.items()])
    here = LongList(
        "warned_breaches",
        _titled(known, words[chosen], part),
        breach_columns(ctx, known),
        "alert_precision",
        {"list": "breaches", **asked},
        _("No breach here."),
    )
    told = _same(ctx.read(alert_recall.recall, ctx.filters).rows, part)
    total = _total(told, chosen) if isinstance(told, Recall) else None
    long_list(ctx, here, alert_recall.breaches, ctx.filters, part, WARNED.get(chosen), total=total)


def _total(told: Recall, chosen: str) -> int:
    return {"": told.breached, "yes": told.warned}.get(chosen, told.breached - told.warned)


def _what(known: Names) -> tuple[Column, ...]:
    return target(known), tiers(), department(known), region(known)


def _odds(row: FiredAlert) -> str:
    return odds(row.p, row.k, row.n, row.similar in LATE_RATES)


def _lead(row: FiredAlert) -> float | None:
    return None if row.due_at is None else (row.due_at - row.decided_at).total_seconds()


def _before(row: Breach) -> float | None:
    return None if row.warned_at is None else (row.due_at - row.warned_at).total_seconds()


def alert_columns(ctx: Context, known: Names) -> tuple[Column, ...]:
    risk = replace(share(_("Breach risk"), "p"), shown=_odds, number=False)
    return (
        instant(ctx, _("Alert"), "decided_at"),
        *complaint(ctx),
        *_what(known),
        risk,
        in_file_only(amount(_("Similar deadlines"), "n")),
        in_file_only(amount(_("Of these breached"), "k")),
        instant(ctx, _("Due"), "due_at"),
        in_file_only(instant(ctx, _("Over at"), "ended_at")),
        span(_("Lead time"), _lead),
        coded(_("What became of it"), "outcome", outcome_name),
    )


def _found(row: Breach) -> str:
    return _("found late") if row.found_late else "–"


def breach_columns(ctx: Context, known: Names) -> tuple[Column, ...]:
    return (
        instant(ctx, _("Due"), "due_at"),
        *complaint(ctx),
        *_what(known),
        instant(ctx, _("First warned"), "warned_at"),
        span(_("Before"), _before),
        Column(_("The breach was"), _found),
    )

"""Alert precision: which alerts came true, which led to action in time, and with how much lead time."""

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import get_args

import streamlit as st

from dashboard.controls.indicator import tile, title
from dashboard.controls.interval import between, counted, interval
from dashboard.controls.links import link
from dashboard.controls.names import Names, names, tier
from dashboard.locale import _
from dashboard.locale.shown import duration, headed, number, percent
from dashboard.parts import Context, Tile, panel, tiles
from dashboard.reads import Snapshot
from dashboard.views.alert_precision.lists import draw_list, linked, outcome_name, rule_name
from dashboard.views.co_owners.page import calm
from queries.pages import alert_precision, alert_recall
from queries.pages.alert_precision import RULES, Outcome, PrecisionRow, Rule, Slice
from queries.pages.alert_recall import Recall

SHOWN_FROM = 0.06  # a part with less of the bar has no room for its figure
Found = tuple[tuple[PrecisionRow, ...], tuple[Recall, ...]]


def live(ctx: Context) -> None:
    labels, slow = names(ctx), calm(ctx)
    if st.query_params.get("list"):
        draw_list(slow, labels)
        return
    both = _both(slow)
    if both.rows == ((), ()):
        nothing: Snapshot[tuple[PrecisionRow, ...]] = Snapshot((), both.at, both.state)
        title = _("Alert outcomes")
        panel(slow, "outcomes", title, nothing, partial(_outcomes, slow, labels), empty=_empty())
        return
    if both.rows is not None:
        precision, recall = both.rows
        tiles((*_precision_tiles(slow, labels, precision), _recall_tile(slow, labels, recall)))
    left, right = st.columns(2)
    with left:
        panel(
            slow,
            "outcomes",
            _("Alert outcomes"),
            both,
            lambda found: _outcomes(slow, labels, found[0]),
            note=_("raised in the period"),
        )
    with right:
        panel(
            slow,
            "compared",
            _("The two rules compared"),
            both,
            lambda found: _compared(slow, labels, found),
            note=_("with the 95 % interval"),
        )
    for name, title in (("tier", _("By tier")), ("department", _("By department"))):
        note = (
            ""
            if name == "tier"
            else _("by the department of the deadline: the lead owner's or the co-owner's")
        )
        panel(slow, f"by_{name}", title, both, partial(_groups, slow, labels, name == "tier"), note=note)


def _empty() -> str:
    return _(
        "No alert in this period. Alerts are raised only while the board runs; imported history raises none."
    )


def _both(ctx: Context) -> Snapshot[Found]:
    """Both or neither, so that no panel shows half of the figures."""
    precision = ctx.read(alert_precision.figures, ctx.filters)
    recall = ctx.read(alert_recall.recall, ctx.filters)
    if precision.rows is None or recall.rows is None:
        return Snapshot(None, None, "unavailable")
    state = precision.state if precision.state != "live" else recall.state
    return Snapshot((precision.rows, recall.rows), precision.at, state)


def precision_of(
    found: Sequence[PrecisionRow], rule: Rule, tier: int | None = None, department: int | None = None
) -> PrecisionRow:
    """All zero where there is none."""
    key = (rule, tier, department)
    none = PrecisionRow(rule, tier, department, 0, 0, 0, 0, 0, 0, None, None)
    return next((one for one in found if (one.rule, one.tier, one.department_id) == key), none)


def recall_of(
    found: Sequence[Recall], rule: Rule, tier: int | None = None, department: int | None = None
) -> Recall:
    key = (rule, tier, department)
    none = Recall(rule, tier, department, 0, 0, 0, None, None)
    return next((one for one in found if (one.rule, one.tier, one.department_id) == key), none)


def _precision_tiles(ctx: Context, labels: Names, found: Sequence[PrecisionRow]) -> tuple[Tile, ...]:
    row = precision_of(found, "likely_breach")
    precision, of_decided = row.precision, _("{interval}\nof {n} with an outcome")
    few = _("too few for a percentage")
    return (
        tile(
            "risk_alerts",
            number(row.alerts),
            _("{n} without an outcome yet").format(n=number(row.open)),
            href=linked(ctx, labels, "alerts", Slice("likely_breach")),
        ),
        tile(
            "precision",
            percent(precision.share) if precision else _counts(row.came_true, row.decided),
            of_decided.format(interval=between(precision), n=number(row.decided)) if precision else few,
            href=linked(ctx, labels, "alerts", Slice("likely_breach", "came_true")),
        ),
        tile(
            "acted",
            number(row.acted),
            _("{n} met without recorded action").format(n=number(row.untouched)),
            href=linked(ctx, labels, "alerts", Slice("likely_breach", "acted")),
        ),
        tile(
            "lead_time",
            duration(row.lead_median),
            _most(row.lead_shortest),
        ),
    )


def _counts(hits: int, of: int) -> str:
    return counted(hits, of) if of else "–"


def _recall_tile(ctx: Context, labels: Names, found: Sequence[Recall]) -> Tile:
    recall = recall_of(found, "likely_breach")
    counts, share = _counts(recall.warned, recall.breached), recall.share
    before = _("{counts}\nmedian {time} ahead")
    return tile(
        "recall",
        percent(share.share) if share else counts,
        before.format(counts=counts, time=duration(recall.before_median))
        if share
        else _("too few for a percentage"),
        href=linked(ctx, labels, "breaches", Slice("likely_breach"), "yes"),
    )


def _outcomes(ctx: Context, labels: Names, found: Sequence[PrecisionRow]) -> None:
    st.html("".join(_outcome_bar(ctx, labels, precision_of(found, rule)) for rule in RULES))
    st.caption(
        _(
            "Counts alone cannot tell an alert that led to action from a false one: the deadline was "
            "met because somebody was alerted. Read the precision together with “met after action”."
        )
    )
    st.caption(
        _(
            "Action: after the alert and before the deadline was met, somebody acknowledged it, or "
            "the complaint changed owner, department, status or tier, reached another milestone, or "
            "a co-owner was asked or answered; for a callback, an attempt or a booking. The step "
            "that met the deadline does not count."
        )
    )


def _outcome_bar(ctx: Context, labels: Names, row: PrecisionRow) -> str:
    ways = {"likely_breach": _("by breach risk"), "at_risk": _("by share of time used")}
    parts, legend = "", ""
    for outcome in get_args(Outcome):
        count = getattr(row, outcome)
        href = escape(linked(ctx, labels, "alerts", Slice(row.rule, outcome)))
        word = escape(outcome_name(outcome))
        if count:
            label = headed(word, number(count))
            figure = number(count) if count / row.alerts >= SHOWN_FROM else ""
            about = f'class="became-{outcome}" style="flex-grow:{count}" title="{label}"'
            parts += f'<a {about} href="{href}" target="_self">{figure}</a>'
        named = f'<i class="chip became-{outcome}"></i>{word} <b>{number(count)}</b>'
        legend += f'<a href="{href}" target="_self">{named}</a>'
    count = link(number(row.alerts), linked(ctx, labels, "alerts", Slice(row.rule)))
    name, way = escape(rule_name(row.rule)), escape(ways.get(row.rule, ""))
    return (
        f'<div class="became"><h4><b>{name}</b> <span>{way}</span><em>{count}</em></h4>'
        f'<div class="whole">{parts}</div><div class="words">{legend}</div></div>'
    )


def _compared(ctx: Context, labels: Names, found: Found) -> None:
    precision = [precision_of(found[0], rule) for rule in RULES]
    recall = [recall_of(found[1], rule) for rule in RULES]
    rows = (
        (
            _("Alerts"),
            [link(number(t.alerts), linked(ctx, labels, "alerts", Slice(t.rule))) for t in precision],
        ),
        (_("Precision"), [interval(t.precision, t.came_true, t.decided) for t in precision]),
        (_("Lead time"), [_times(t.lead_median, t.lead_shortest) for t in precision]),
        (_("Breaches predicted"), [interval(r.share, r.warned, r.breached) for r in recall]),
        (_("Not predicted"), [_missed(ctx, labels, r) for r in recall]),
        (_("Predicted ahead by"), [_times(r.before_median, r.before_shortest) for r in recall]),
    )
    heads = "".join(f"<th>{escape(rule_name(rule))}</th>" for rule in RULES)
    body = "".join(
        f"<tr><td>{escape(word)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        for word, cells in rows
    )
    table = f"<thead><tr><th></th>{heads}</tr></thead><tbody>{body}</tbody>"
    st.html(f'<table class="list compared">{table}</table>')
    st.caption(
        _(
            "Precision: alerts that came true, of those that came true or were met. Breaches: those "
            "for which the board raised an alert in the period; the share of time used predicts no "
            "callbacks. Times are medians."
        )
    )


def _times(median: float | None, shortest: float | None) -> str:
    if median is None:
        return "–"
    time, most = escape(duration(median)), escape(_most(shortest))
    return f'<span class="rate"><b>{time}</b><small>{most}</small></span>'


def _most(shortest: float | None) -> str:
    return "" if shortest is None else _("9 of 10 at least {time}").format(time=duration(shortest))


def _missed(ctx: Context, labels: Names, one: Recall) -> str:
    missed = one.breached - one.warned
    href = linked(ctx, labels, "breaches", Slice(one.rule, None, one.tier, one.department_id), "no")
    return link(number(missed), href) if missed else "0"


def _groups(ctx: Context, labels: Names, by_tier: bool, found: Found) -> None:
    """One row for each tier, or department with most alerts first, that had an alert or a breach."""
    keys = {(one.tier, one.department_id) for part in found for one in part}
    keys = {key for key in keys if (key[0] if by_tier else key[1]) is not None}
    order = sorted(keys, key=lambda key: (key[0] or 9, -_alerts(found, *key), key[1] or 0))
    head = "".join(f"<th{more}>{escape(word)}</th>" for word, more in _heads(by_tier))
    body = "".join(_group(ctx, labels, found, *key) for key in order)
    st.html(
        f'<table class="list grouped"><thead><tr class="over"><th></th><th colspan="5">'
        f'{escape(rule_name("likely_breach"))}</th><th colspan="2">{escape(rule_name("at_risk"))}</th>'
        f'<th class="n">{escape(_("Breaches"))}</th></tr><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _heads(by_tier: bool) -> tuple[tuple[str, str], ...]:
    n = ' class="n"'
    return (
        (_("Tier") if by_tier else _("Department"), ""),
        (_("Alerts"), n + title("risk_alerts")),
        (_("Came true"), n + _hint(_("Alerts whose deadline was breached."))),
        (_("After action"), n + title("acted")),
        (_("No action"), n + _hint(_("Alerts whose deadline was met without recorded action."))),
        (_("Precision"), ' class="far"' + title("precision")),
        (_("Alerts"), n + _hint(_("Alerts raised because most of the time was used."))),
        (_("Precision"), ' class="far"' + title("precision")),
        (_("Predicted"), n + title("recall")),
    )


def _hint(means: str) -> str:
    return f' title="{escape(means)}"'


def _alerts(found: Found, tier: int | None, department: int | None) -> int:
    return precision_of(found[0], "likely_breach", tier, department).alerts


def _group(ctx: Context, labels: Names, found: Found, of_tier: int | None, department: int | None) -> str:
    likely, share = (
        precision_of(found[0], rule, of_tier, department) for rule in ("likely_breach", "at_risk")
    )
    recall = recall_of(found[1], "likely_breach", of_tier, department)
    name = tier(of_tier) if department is None else labels.department(department)
    counts = "".join(
        _count(ctx, labels, likely, outcome) for outcome in (None, "came_true", "acted", "untouched")
    )
    missed = linked(ctx, labels, "breaches", Slice("likely_breach", None, of_tier, department), "")
    warned = counted(recall.warned, recall.breached)
    return (
        f"<tr><td>{escape(name)}</td>{counts}"
        f'<td class="far">{interval(likely.precision, likely.came_true, likely.decided)}</td>'
        f"{_count(ctx, labels, share, None)}"
        f'<td class="far">{interval(share.precision, share.came_true, share.decided)}</td>'
        f'<td class="n">{link(warned, missed) if recall.breached else "–"}</td></tr>'
    )


def _count(ctx: Context, labels: Names, row: PrecisionRow, outcome: Outcome | None) -> str:
    count = getattr(row, outcome or "alerts")
    if not count:
        return '<td class="n none">0</td>'
    part = Slice(row.rule, outcome, row.tier, row.department_id)
    return f'<td class="n">{link(number(count), linked(ctx, labels, "alerts", part))}</td>'

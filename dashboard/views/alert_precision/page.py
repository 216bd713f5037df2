"""Alert precision: which alerts came true, which led to action in time, and how long before they came."""

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import get_args

import streamlit as st

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
    known, slow = names(ctx), calm(ctx)
    if st.query_params.get("list"):
        draw_list(slow, known)
        return
    both = _both(slow)
    if both.rows == ((), ()):
        nothing: Snapshot[tuple[PrecisionRow, ...]] = Snapshot((), both.at, both.state)
        title = _("What became of the alerts")
        panel(slow, "outcomes", title, nothing, partial(_outcomes, slow, known), empty=_empty())
        return
    if both.rows is not None:
        told, recall = both.rows
        tiles((*_told_tiles(slow, known, told), _recall_tile(slow, known, recall)))
    left, right = st.columns(2)
    with left:
        panel(
            slow,
            "outcomes",
            _("What became of the alerts"),
            both,
            lambda found: _outcomes(slow, known, found[0]),
            note=_("decided in the period"),
        )
    with right:
        panel(
            slow,
            "compared",
            _("Breach risk against share of time"),
            both,
            lambda found: _compared(slow, known, found),
            note=_("with the 95 % interval"),
        )
    for name, title in (("tier", _("By tier")), ("department", _("By department"))):
        note = "" if name == "tier" else _("whose deadline it was: the lead owner's, or the co-owner's")
        panel(slow, f"by_{name}", title, both, partial(_groups, slow, known, name == "tier"), note=note)


def _empty() -> str:
    return _("No alert in this period. Alerts ring while the board runs: an import of history rings none.")


def _both(ctx: Context) -> Snapshot[Found]:
    """No panel stands on a half of it."""
    told = ctx.read(alert_precision.figures, ctx.filters)
    recall = ctx.read(alert_recall.recall, ctx.filters)
    if told.rows is None or recall.rows is None:
        return Snapshot(None, None, "unavailable")
    state = told.state if told.state != "live" else recall.state
    return Snapshot((told.rows, recall.rows), told.at, state)


def told_of(
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
    none = Recall(rule, tier, department, 0, 0, None, None)
    return next((one for one in found if (one.rule, one.tier, one.department_id) == key), none)


def _told_tiles(ctx: Context, known: Names, found: Sequence[PrecisionRow]) -> tuple[Tile, ...]:
    told = told_of(found, "likely_breach")
    precision, of_decided = told.precision, _("{interval}, of {n} decided")
    few = _("too few for a percentage")
    return (
        Tile(
            _("Alerts by breach risk"),
            number(told.alerts),
            _("{n} not decided yet").format(n=number(told.open)),
            href=linked(ctx, known, "alerts", Slice("likely_breach")),
        ),
        Tile(
            _("Came true"),
            percent(precision.share) if precision else counted(told.came_true, told.decided),
            of_decided.format(interval=between(precision), n=number(told.decided)) if precision else few,
            href=linked(ctx, known, "alerts", Slice("likely_breach", "came_true")),
        ),
        Tile(
            _("Met after somebody acted"),
            number(told.acted),
            _("{n} met without a trace").format(n=number(told.untouched)),
            href=linked(ctx, known, "alerts", Slice("likely_breach", "acted")),
        ),
        Tile(
            _("Lead time"),
            duration(told.lead_median),
            _("median; a tenth under {time}").format(time=duration(told.lead_shortest)),
        ),
    )


def _recall_tile(ctx: Context, known: Names, found: Sequence[Recall]) -> Tile:
    recall = recall_of(found, "likely_breach")
    counts, share = counted(recall.warned, recall.breached), recall.share
    before = _("{counts}, median {time} before")
    return Tile(
        _("Breaches warned of"),
        percent(share.share) if share else counts,
        before.format(counts=counts, time=duration(recall.before_median))
        if share
        else _("too few for a percentage"),
        href=linked(ctx, known, "breaches", Slice("likely_breach"), "yes"),
    )


def _outcomes(ctx: Context, known: Names, found: Sequence[PrecisionRow]) -> None:
    st.html("".join(_outcome_bar(ctx, known, told_of(found, rule)) for rule in RULES))
    st.caption(
        _(
            "An alert that led to action looks like a false one by counting alone: the deadline was met "
            "because somebody was told. Read the precision together with what was met after somebody acted."
        )
    )
    st.caption(
        _(
            "Acted: after the alert and before the deadline was met, somebody acknowledged it, or the "
            "complaint got another owner, department, status or tier, a step, or a request to or an answer "
            "from a co-owner; a callback an attempt or a booking. What met the deadline does not count."
        )
    )


def _outcome_bar(ctx: Context, known: Names, told: PrecisionRow) -> str:
    ways = {"likely_breach": _("by breach risk"), "at_risk": _("by share of time used")}
    parts, words = "", ""
    for outcome in get_args(Outcome):
        count = getattr(told, outcome)
        href = escape(linked(ctx, known, "alerts", Slice(told.rule, outcome)))
        word = escape(outcome_name(outcome))
        if count:
            said = headed(word, number(count))
            figure = number(count) if count / told.alerts >= SHOWN_FROM else ""
            about = f'class="became-{outcome}" style="flex-grow:{count}" title="{said}"'
            parts += f'<a {about} href="{href}" target="_self">{figure}</a>'
        named = f'<i class="chip became-{outcome}"></i>{word} <b>{number(count)}</b>'
        words += f'<a href="{href}" target="_self">{named}</a>'
    count = link(number(told.alerts), linked(ctx, known, "alerts", Slice(told.rule)))
    name, way = escape(rule_name(told.rule)), escape(ways[told.rule])
    return (
        f'<div class="became"><h4><b>{name}</b> <span>{way}</span><em>{count}</em></h4>'
        f'<div class="whole">{parts}</div><div class="words">{words}</div></div>'
    )


def _compared(ctx: Context, known: Names, found: Found) -> None:
    told = [told_of(found[0], rule) for rule in RULES]
    recall = [recall_of(found[1], rule) for rule in RULES]
    rows = (
        (_("Alerts"), [link(number(t.alerts), linked(ctx, known, "alerts", Slice(t.rule))) for t in told]),
        (_("Precision"), [interval(t.precision, t.came_true, t.decided) for t in told]),
        (_("Lead time"), [_times(t.lead_median, t.lead_shortest) for t in told]),
        (_("Breaches warned of"), [interval(r.share, r.warned, r.breached) for r in recall]),
        (_("Not warned of"), [_missed(ctx, known, r) for r in recall]),
        (_("Warned before"), [_times(r.before_median, r.before_shortest) for r in recall]),
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
            "Precision: came true, of what came true or was met. Breaches: those that the board rang in the "
            "period; the share of time warns of no callback. Times are medians."
        )
    )


def _times(median: float | None, shortest: float | None) -> str:
    if median is None:
        return "–"
    tenth = _("a tenth under {time}").format(time=duration(shortest))
    return f'<span class="rate"><b>{escape(duration(median))}</b><small>{escape(tenth)}</small></span>'


def _missed(ctx: Context, known: Names, one: Recall) -> str:
    missed = one.breached - one.warned
    href = linked(ctx, known, "breaches", Slice(one.rule, None, one.tier, one.department_id), "no")
    return link(number(missed), href) if missed else "0"


def _groups(ctx: Context, known: Names, by_tier: bool, found: Found) -> None:
    """One row for each tier, or department with most alerts first, that had an alert or a breach."""
    keys = {(one.tier, one.department_id) for part in found for one in part}
    keys = {key for key in keys if (key[0] if by_tier else key[1]) is not None}
    order = sorted(keys, key=lambda key: (key[0] or 9, -_alerts(found, *key), key[1] or 0))
    head = "".join(f"<th{more}>{escape(word)}</th>" for word, more in _heads(by_tier))
    body = "".join(_group(ctx, known, found, *key) for key in order)
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
        (_("Alerts"), n),
        (_("Came true"), n),
        (_("Acted"), n),
        (_("No trace"), n),
        (_("Precision"), ' class="far"'),
        (_("Alerts"), n),
        (_("Precision"), ' class="far"'),
        (_("warned of"), n),
    )


def _alerts(found: Found, tier: int | None, department: int | None) -> int:
    return told_of(found[0], "likely_breach", tier, department).alerts


def _group(ctx: Context, known: Names, found: Found, of_tier: int | None, department: int | None) -> str:
    likely, share = (told_of(found[0], rule, of_tier, department) for rule in RULES)
    recall = recall_of(found[1], "likely_breach", of_tier, department)
    name = tier(of_tier) if department is None else known.department(department)
    counts = "".join(
        _count(ctx, known, likely, outcome) for outcome in (None, "came_true", "acted", "untouched")
    )
    missed = linked(ctx, known, "breaches", Slice("likely_breach", None, of_tier, department), "")
    warned = counted(recall.warned, recall.breached)
    return (
        f"<tr><td>{escape(name)}</td>{counts}"
        f'<td class="far">{interval(likely.precision, likely.came_true, likely.decided)}</td>'
        f"{_count(ctx, known, share, None)}"
        f'<td class="far">{interval(share.precision, share.came_true, share.decided)}</td>'
        f'<td class="n">{link(warned, missed) if recall.breached else "–"}</td></tr>'
    )


def _count(ctx: Context, known: Names, told: PrecisionRow, outcome: Outcome | None) -> str:
    count = getattr(told, outcome or "alerts")
    if not count:
        return '<td class="n none">0</td>'
    part = Slice(told.rule, outcome, told.tier, told.department_id)
    return f'<td class="n">{link(number(count), linked(ctx, known, "alerts", part))}</td>'

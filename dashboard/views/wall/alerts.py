"""The scene 'Alerts': what nobody has acknowledged yet, for how long; and surges that wait for a decision."""

from collections.abc import Sequence
from html import escape

from dashboard.controls.names import Names, category, level, names
from dashboard.locale import _, ngettext
from dashboard.locale.shown import duration, number
from dashboard.parts import Context, Tone
from dashboard.views.alerts import about, department, region, rule, target
from dashboard.views.wall.pieces import Card, blank, cards, slow, tier_mark, unavailable, verdict
from queries.pages import alerts, surges
from queries.pages.alerts import Alert, Counts

SHOWN = 9
TONES: dict[str, Tone] = {"critical": "bad", "warning": "warn", "info": ""}


def scene(ctx: Context) -> str:
    counts = ctx.read(alerts.counts, ctx.filters).rows
    rows = ctx.read(alerts.alerts, ctx.filters, "open", SHOWN).rows
    if counts is None or rows is None:
        return unavailable()
    numbers = cards(*_cards(ctx, counts))
    return f'<div class="wall-now">{_sentence(counts)}{numbers}{_list(ctx, names(ctx), rows)}</div>'


def asks(ctx: Context) -> bool:
    counts = ctx.read(alerts.counts, ctx.filters).rows
    return counts is None or counts.open > 0


def _cards(ctx: Context, counts: Counts) -> tuple[Card, ...]:
    waiting = None if ctx.moment.as_of else slow(ctx).read(surges.undecided).rows
    largest = category(waiting[0].category) if waiting else ""
    return (
        Card(_("Not acknowledged"), number(counts.open), "", "warn" if counts.open else "good"),
        Card(
            level("critical").capitalize(), number(counts.critical), "", "bad" if counts.critical else "good"
        ),
        Card(_("Acknowledged, still open"), number(counts.acknowledged)),
        Card(
            _("Messages not delivered"), number(counts.undelivered), "", "warn" if counts.undelivered else ""
        ),
        Card(
            _("Surges to decide"),
            number(None if waiting is None else len(waiting)),
            largest,
            "warn" if waiting else "",
        ),
    )


def _sentence(counts: Counts) -> str:
    if counts.critical:
        template = ngettext(
            "{n} critical alert is not acknowledged",
            "{n} critical alerts are not acknowledged",
            counts.critical,
        )
        return verdict("bad", template.format(n=number(counts.critical)))
    if counts.open:
        template = ngettext("{n} alert is not acknowledged", "{n} alerts are not acknowledged", counts.open)
        return verdict("warn", template.format(n=number(counts.open)))
    return verdict("good", _("Every open alert is acknowledged"))


def _list(ctx: Context, labels: Names, rows: Sequence[Alert]) -> str:
    if not rows:
        return f'<div class="wall-panel">{blank(_("No open alert"), "")}</div>'
    heads = (
        "",
        _("Alert"),
        _("Not acknowledged for"),
        _("Target"),
        _("Complaint"),
        _("Department"),
        _("Region"),
    )
    head = "".join(f"<span>{escape(one)}</span>" for one in heads)
    body = "".join(_row(ctx, labels, row) for row in rows)
    return f'<div class="wall-panel"><div class="raised"><div class="head">{head}</div>{body}</div></div>'


def _row(ctx: Context, labels: Names, row: Alert) -> str:
    what = target(labels, row) if row.target else ""
    since = duration((ctx.now - row.decided_at).total_seconds())
    cells = (
        tier_mark(row.tier) if row.complaint_id else "<span></span>",
        f'<b class="{TONES.get(row.level, "")}">{escape(rule(row.rule))}</b>',
        f"<span>{escape(since)}</span>",
        f"<span>{escape(what)}</span>",
        f'<span class="quiet">{escape(about(row))}</span>',
        f"<span>{escape(department(labels, row))}</span>",
        f"<span>{escape(region(labels, row))}</span>",
    )
    return f'<div class="row">{"".join(cells)}</div>'

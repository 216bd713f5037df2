"""The scene 'Now': whose deadlines are past due, what will probably breach, and who must move."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from itertools import groupby

from dashboard.controls.indicator import name
from dashboard.controls.names import Names, names, source
from dashboard.locale import _, language, ngettext, pgettext
from dashboard.locale.shown import (
    chance,
    duration,
    end_of,
    excused_of,
    headed,
    in_brackets,
    listed,
    number,
    short_evidence,
    signed,
    when,
)
from dashboard.parts import Context, Tone
from dashboard.views.wall import customers
from dashboard.views.wall.pieces import Card, blank, cards, slow, tier_mark, unavailable, verdict
from queries.pages import riskiest, to_move, wall
from queries.pages.riskiest import Expected
from queries.pages.to_move import GROUPS, Group, ToMove, Urgent
from queries.pages.wall import Feeds, Figures
from queries.risk.rates import NAMES as LATE_RATES

LINES = 10  # of the list, heads of groups included
FIRST = 4  # lines that what is past due, and what is likely to breach, take before the others
SOON_SECONDS = 300
FEW = 10  # expected breaches: below, a tenth of one matters, above, there is no room for it
NAMED = 3  # departments in the sentence

Sentence = tuple[Tone, str, str]


def now(ctx: Context) -> str:
    figures, feeds = ctx.read(wall.figures, ctx.filters).rows, ctx.read(wall.feeds).rows
    if figures is None or feeds is None:
        return unavailable()
    if not feeds.sources:
        return blank(_("Waiting for data"), _("No data from any source yet."))
    urgent = ctx.read(to_move.urgent, ctx.filters).rows or ()
    expected = None if ctx.moment.as_of else slow(ctx).read(riskiest.expected, ctx.filters).rows
    labels = names(ctx)
    sentence = verdict(*state(labels, figures, feeds, urgent, ctx.now))
    numbers = cards(*_of_now(ctx, figures, expected), *_of_customers(ctx, expected))
    return f'<div class="wall-now">{sentence}{numbers}{_list(ctx, labels, figures)}</div>'


def asks(ctx: Context) -> bool:
    figures = ctx.read(wall.figures, ctx.filters).rows
    return figures is None or figures.breached > 0


def is_urgent(ctx: Context) -> bool:
    figures = ctx.read(wall.figures, ctx.filters).rows
    return figures is not None and figures.breached_urgent > 0


def state(labels: Names, found: Figures, feeds: Feeds, urgent: Sequence[Urgent], at: datetime) -> Sentence:
    """The one sentence on the state of the centre, and whose it is. Red for a silent source or urgent
    deadlines past due."""
    if feeds.silent:
        silent = duration(feeds.silent_seconds)
        template = _("Current state unknown: no data from {source} for {time}")
        return "bad", template.format(source=source(feeds.silent), time=silent), ""
    if found.breached_urgent:
        template = ngettext(
            "{n} urgent deadline is past due",
            "{n} urgent deadlines are past due",
            found.breached_urgent,
        )
        whose = _whose(labels, urgent, at) if urgent else ""  # unavailable: still red
        return "bad", template.format(n=number(found.breached_urgent)), whose
    if found.breached:
        template = ngettext(
            "No urgent deadline is past due; {n} other is",
            "No urgent deadline is past due; {n} others are",
            found.breached,
        )
        return "warn", template.format(n=number(found.breached)), ""
    if found.next_due_at is None:
        return "good", _("All fine: no deadline is running"), ""
    left = duration((found.next_due_at - at).total_seconds())
    return "good", _("All fine: nothing is past due, next deadline in {time}").format(time=left), ""


def _whose(labels: Names, urgent: Sequence[Urgent], at: datetime) -> str:
    parts = [f"{labels.department(one.department_id)} {number(one.deadlines)}" for one in urgent[:NAMED]]
    others = sum(one.deadlines for one in urgent[NAMED:])
    if others:
        parts.append(_("others {n}").format(n=number(others)))
    oldest = min(urgent, key=lambda one: one.oldest_due_at)
    longest = duration((at - oldest.oldest_due_at).total_seconds())
    region = labels.region(oldest.oldest_region_id)
    return _("{departments}; the longest for {time} ({region})").format(
        departments=listed(parts), time=longest, region=region
    )


def _of_now(ctx: Context, found: Figures, expected: tuple[Expected, ...] | None) -> tuple[Card, ...]:
    grown = _("{change} in the past hour").format(change=signed(ctx.read(wall.growth, ctx.filters).rows))
    requests = ngettext("of {n} open request", "of {n} open requests", found.requests_open)
    share = found.requests_overdue / found.requests_open if found.requests_open else None
    return (
        _of_shift(ctx, expected),
        Card(name("due_within_1h"), number(found.within_hour), _of_hour(found, expected)),
        Card(name("open_complaints"), number(found.open_complaints), grown),
        Card(
            name("requests_overdue"),
            number(found.requests_overdue),
            requests.format(n=number(found.requests_open)),
            "warn" if found.requests_overdue else "good",
            filled=share,
        ),
    )


def _of_shift(ctx: Context, expected: tuple[Expected, ...] | None) -> Card:
    """Of a past moment no breach risk is kept."""
    if not expected:
        return Card(name("expected_late"), "–", _("not known of a past moment") if ctx.moment.as_of else "")
    shift = expected[-1]
    if _is_unknown(shift):
        return Card(name("expected_late"), "–", _("breach risk not learned yet"))
    late = shift.deadlines.breaches
    until = end_of(shift.until, ctx.zone)
    hint = _("of {n} due by {time}").format(n=number(shift.deadlines.count), time=until)
    share = late / shift.deadlines.count if shift.deadlines.count else None
    tone: Tone = "warn" if late >= 1 else "good"
    return Card(name("expected_late"), f"≈ {_expected(late)}", hint, tone, filled=share)


def _is_unknown(one: Expected) -> bool:
    return 0 < one.deadlines.count == one.deadlines.unknown


def _expected(breaches: float) -> str:
    return number(breaches, 1 if breaches < FEW else 0)


def _of_hour(found: Figures, expected: tuple[Expected, ...] | None) -> str:
    if not expected or _is_unknown(expected[0]):
        return _("of {n} running").format(n=number(found.open_deadlines))
    return _("≈ {n} expected late").format(n=_expected(expected[0].deadlines.breaches))


def _of_customers(ctx: Context, expected: tuple[Expected, ...] | None) -> tuple[Card, ...]:
    late = expected[-1].callbacks.breaches if expected else None
    return customers.callbacks_card(ctx, late), customers.satisfaction_card(ctx)


def _list(ctx: Context, labels: Names, found: Figures) -> str:
    moves = ctx.read(to_move.to_move, ctx.filters, LINES).rows
    if moves is None or not moves.rows:
        body = unavailable() if moves is None else blank(_("No deadline is running"), "")
        return f'<div class="wall-panel">{body}</div>'
    heads = ("", _("Time"), _("Breach risk"), _("Target"), _("Complaint"), _("Who must move"))
    head = "".join(f"<span>{escape(one)}</span>" for one in (*heads, _("Department"), _("Region")))
    body = ""
    for group, rows in groupby(chosen(moves.rows), key=lambda row: row.group):
        shown = tuple(rows)
        title = _head(group, shown[0].of, found, moves.within)
        body += f'<div class="group is-{group}">{escape(title)}</div>'
        body += "".join(_row(ctx, labels, row) for row in shown)
    table = f'<div class="next {language()}"><div class="head">{head}</div>{body}</div>'
    return f'<div class="wall-panel">{table}</div>'


def chosen(rows: Sequence[ToMove]) -> tuple[ToMove, ...]:
    """Those that have a line: each group has its head, and the first two do not crowd out each other."""
    likely = {(row.complaint_id, row.target, row.department_id) for row in rows if row.group == "likely"}
    of: dict[Group, list[ToMove]] = {
        group: [row for row in rows if row.group == group and not (group == "next" and _key(row) in likely)]
        for group in GROUPS
    }
    taken = dict.fromkeys(GROUPS, 0)
    left = LINES - bool(of["past_due"]) - bool(of["likely"])
    for most in (FIRST, LINES):
        for group in GROUPS:
            head = int(group == "next" and not taken["next"] and bool(of["next"]) and left < LINES)
            if most == FIRST and group == "next":
                continue
            more = max(0, min(len(of[group]), most, taken[group] + left - head) - taken[group])
            taken[group] += more
            left -= more + (head if more else 0)
    return tuple(row for group in GROUPS for row in of[group][: taken[group]])


def _key(row: ToMove) -> tuple[int, str, int | None]:
    return row.complaint_id, row.target, row.department_id


def _head(group: Group, count: int, found: Figures, within: int) -> str:
    if group == "next":
        return _("Next to fall due")
    if group == "likely":
        return headed(_("Likely to breach within {time}").format(time=_hours(within)), number(count))
    urgent = _("{n} of them urgent").format(n=number(found.breached_urgent)) if found.breached_urgent else ""
    more = listed(filter(None, (urgent, excused_of(found.excused))))
    counted = in_brackets(number(count), more) if more else number(count)
    return headed(_("Past due, to be done first"), counted)


def _hours(seconds: int) -> str:
    return _("{n} h").format(n=seconds // 3600) if seconds % 3600 == 0 else duration(seconds)


def _row(ctx: Context, labels: Names, row: ToMove) -> str:
    left = (row.due_at - ctx.now).total_seconds()
    time = _("{time} over").format(time=duration(-left)) if row.group == "past_due" else duration(left)
    tone = (
        "bad" if row.group == "past_due" else "warn" if row.group == "likely" or left < SOON_SECONDS else ""
    )
    cells = (
        tier_mark(row.tier),
        f'<b class="{tone}">{escape(time)}</b>',
        _odds(ctx, row),
        f"<span>{escape(labels.target(row.target))}</span>",
        f'<span class="quiet">{escape(row.external_id)}</span>',
        _who(ctx, row),
        f"<span>{escape(labels.department(row.department_id))}</span>",
        f"<span>{escape(labels.region(row.region_id))}</span>",
    )
    return f'<div class="row">{"".join(cells)}</div>'


def _odds(ctx: Context, row: ToMove) -> str:
    if row.group == "past_due":
        return f"<span>{escape(_('due {time}').format(time=when(row.due_at, ctx.zone, ctx.now)))}</span>"
    if row.p is None:
        return "<span>–</span>"
    evidence = short_evidence(row.p, row.k, row.n, row.similar in LATE_RATES)
    return f"<span>{escape(chance(row.p))} <small>{escape(evidence)}</small></span>"


def _who(ctx: Context, row: ToMove) -> str:
    """Who, without a name; and whether an alert of it was acknowledged."""
    who = (
        _("Co-owner")
        if row.is_co_owner
        else pgettext("person", "Lead owner")
        if row.has_owner
        else _("No owner yet")
    )
    hint = ""
    if row.acknowledged_at:
        hint = _("acknowledged {time}").format(time=when(row.acknowledged_at, ctx.zone, ctx.now))
    elif row.alerted_at:
        since = duration((ctx.now - row.alerted_at).total_seconds())
        hint = _("unacknowledged {time}").format(time=since)
    return f"<span>{escape(who)} <small>{escape(hint)}</small></span>"

"""The scenes of the wall, in the order in which they turn. No name and no phone number is on any."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from html import escape

from dashboard.controls.indicator import name
from dashboard.controls.names import Names, names, short_tier, source, tier
from dashboard.locale import _, language, ngettext
from dashboard.locale.shown import chance, duration, excused_of, listed, number, short_evidence, signed, when
from dashboard.parts import MARKS, Context, Scene, Tone
from dashboard.views.wall import trend
from dashboard.views.wall.trend import slow
from queries.pages import backlog, satisfaction, wall
from queries.pages.backlog import Cell
from queries.pages.satisfaction import Satisfaction
from queries.pages.wall import Feeds, Figures, NextDeadline, PastDue, Place
from queries.risk.rates import NAMES as LATE_RATES

NEXT = 10
DUE_SOON_SECONDS = 300  # seconds
LIKELY = 0.5
FEW = 10  # expected breaches: below, a tenth of one matters, above, there is no room for it
DEPARTMENTS, PROVINCES = 12, 32  # that fit; the rest is summed up in the last place
Card = tuple[str, str, str, Tone]  # label, value, hint, tone


def now(ctx: Context) -> str:
    figures, feeds = ctx.read(wall.figures, ctx.filters).rows, ctx.read(wall.feeds).rows
    if figures is None or feeds is None:
        return _blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
    if not feeds.sources:
        return _blank(_("Waiting for data"), _("No data from any source yet."))
    tone, sentence = verdict(figures, feeds, ctx.now)
    cards = "".join(map(_card, (*_of_now(ctx, figures), *_customers(ctx))))
    return (
        f'<div class="wall-now"><p class="verdict {tone}"><span>{MARKS[tone]}</span>{escape(sentence)}</p>'
        f'<div class="wall-cards">{cards}</div>{_next(ctx)}</div>'
    )


def verdict(found: Figures, feeds: Feeds, at: datetime) -> tuple[Tone, str]:
    """The one sentence on the state of the centre. Red for a silent source or urgent deadlines past due."""
    if feeds.silent:
        silent = duration(feeds.silent_seconds)
        template = _("Current state unknown: no data from {source} for {time}")
        return "bad", template.format(source=source(feeds.silent), time=silent)
    if found.breached_urgent and found.longest_urgent:
        template = ngettext(
            "{n} urgent deadline is past due, for {time}",
            "{n} urgent deadlines are past due, the longest for {time}",
            found.breached_urgent,
        )
        longest = duration((at - found.longest_urgent).total_seconds())
        return "bad", template.format(n=number(found.breached_urgent), time=longest)
    if found.breached:
        template = ngettext(
            "No urgent deadline is past due; {n} other is",
            "No urgent deadline is past due; {n} others are",
            found.breached,
        )
        return "warn", template.format(n=number(found.breached))
    if found.next_due_at is None:
        return "good", _("All fine: no deadline is running")
    left = duration((found.next_due_at - at).total_seconds())
    return "good", _("All fine: nothing is past due, next deadline in {time}").format(time=left)


def _of_now(ctx: Context, found: Figures) -> tuple[Card, ...]:
    change = ctx.read(wall.growth, ctx.filters).rows
    grown = _("{change} in the past hour").format(change=signed(change))
    expected = None if ctx.moment.as_of else ctx.read(wall.expected_within_hour, ctx.filters).rows
    soon = _("of {n} running").format(n=number(found.open_deadlines))
    if expected is not None:
        soon = _("≈ {n} expected late").format(n=number(expected, 1 if expected < FEW else 0))
    requests = ngettext("of {n} open request", "of {n} open requests", found.requests_open)
    return (
        (name("open_complaints"), number(found.open_complaints), grown, ""),
        (
            name("past_due"),
            number(found.breached),
            listed(
                [
                    _("{n} of them urgent").format(n=number(found.breached_urgent)),
                    *filter(None, [excused_of(found.excused)]),
                ]
            ),
            "bad" if found.breached_urgent else "warn" if found.breached else "good",
        ),
        (name("due_within_1h"), number(found.within_hour), soon, ""),
        (
            name("requests_overdue"),
            number(found.requests_overdue),
            requests.format(n=number(found.requests_open)),
            "warn" if found.requests_overdue else "good",
        ),
    )


def _customers(ctx: Context) -> tuple[Card, ...]:
    calls = slow(ctx).read(wall.calls, ctx.filters).rows
    today = ctx.now.astimezone(ctx.zone).date()
    day = replace(ctx.filters, since=today, until=today)
    answers = slow(ctx).read(satisfaction.total, day).rows
    return (
        (
            name("callbacks_today"),
            number(calls.today if calls else None),
            _("{n} overdue").format(n=number(calls.overdue if calls else None)),
            "warn" if calls and calls.overdue else "",
        ),
        (
            name("mean_satisfaction"),
            number(answers.mean if answers else None, 2),
            _answers(answers) if answers else "",
            "",
        ),
    )


def _answers(day: Satisfaction) -> str:
    if not day.answers:
        return _("no answers today")
    counted = ngettext("{n} answer today", "{n} answers today", day.answers).format(n=number(day.answers))
    return counted if day.enough else counted + _(", too few to judge")


def _card(card: Card) -> str:
    label, value, hint, tone = card
    mark = f"<i>{MARKS[tone]}</i>" if tone else ""
    return (
        f'<div class="wall-card {tone}"><div class="label">{escape(label)}</div>'
        f'<div class="value">{escape(value)}{mark}</div><div class="hint">{escape(hint)}</div></div>'
    )


def _next(ctx: Context) -> str:
    snapshot = ctx.read(wall.next_deadlines, ctx.filters, NEXT)
    if not snapshot.rows:
        word = _("Unavailable") if snapshot.rows is None else _("No deadline is running")
        return _panel(_("Next to breach"), _blank(word, ""))
    labels = names(ctx)
    heads = (
        *(
            _("Time left"),
            _("Breach risk"),
            _("Due"),
            _("Complaint"),
            _("Target"),
            _("Tier"),
            _("Department"),
        ),
        _("Region"),
    )
    head = "".join(f"<span>{escape(one)}</span>" for one in heads)
    body = "".join(_next_row(ctx, labels, row) for row in snapshot.rows)
    return _panel(_title(ctx), f'<div class="next"><div class="head">{head}</div>{body}</div>')


def _title(ctx: Context) -> str:
    """None may also mean that no breach risk is known: the title is left as it is then."""
    found, title = ctx.read(wall.likely, ctx.filters).rows, _("Next to breach")
    if found is None or not (found.deadlines or found.callbacks):
        return title
    counted = (
        (ngettext("{n} deadline", "{n} deadlines", found.deadlines), found.deadlines),
        (ngettext("{n} callback", "{n} callbacks", found.callbacks), found.callbacks),
    )
    likely = listed(word.format(n=number(n)) for word, n in counted if n)
    likely = _("likely within {time}: {listed}").format(time=_hours(found.within), listed=likely)
    return f"{title} · {likely}"


def _hours(seconds: int) -> str:
    return _("{n} h").format(n=seconds // 3600) if seconds % 3600 == 0 else duration(seconds)


def _next_row(ctx: Context, labels: Names, row: NextDeadline) -> str:
    left = (row.due_at - ctx.now).total_seconds()
    tone = "warn" if left < DUE_SOON_SECONDS else ""
    cells = (
        f'<b class="{tone}">{escape(duration(left))}</b>',
        _odds(row),
        f"<span>{when(row.due_at, ctx.zone, ctx.now)}</span>",
        f"<span>{escape(row.external_id)}</span>",
        f"<span>{escape(labels.target(row.target))}</span>",
        f'<b class="t{row.tier or 0}">{_tier(row.tier)}</b>',
        f"<span>{escape(labels.department(row.department_id))}</span>",
        f"<span>{escape(labels.region(row.region_id))}</span>",
    )
    return f'<div class="row">{"".join(cells)}</div>'


def _tier(number: int | None) -> str:
    """English has room for the number alone, below its head."""
    return tier(number) if language() == "zh" else str(number or "–")


def _odds(row: NextDeadline) -> str:
    if row.p is None:
        return "<span>–</span>"
    evidence = short_evidence(row.p, row.k, row.n, row.similar in LATE_RATES)
    tone = "warn" if row.p >= LIKELY else ""
    return f'<span><b class="{tone}">{escape(chance(row.p))}</b> <small>{escape(evidence)}</small></span>'


def where(ctx: Context) -> str:
    cells = ctx.read(backlog.by_tier_and_department, ctx.filters).rows
    cities = bool(ctx.filters.regions)
    places = ctx.read(wall.places, ctx.filters, cities).rows
    late = ctx.read(wall.past_due, ctx.filters, cities).rows
    if cells is None or places is None or late is None:
        return _blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
    if not cells:
        return _blank(_("No open complaint"), _("The backlog is empty."))
    labels = names(ctx)
    departments = _panel(_("Open complaints by department"), _matrix(labels, cells, late))
    regions = _panel(
        _("Open complaints by city") if cities else _("Open complaints by province"),
        _places(labels, places, late),
    )
    return f'<div class="wall-where">{departments}{regions}</div>'


def _panel(title: str, body: str) -> str:
    return f'<div class="wall-panel"><h2>{escape(title)}</h2>{body}</div>'


def _matrix(labels: Names, cells: Sequence[Cell], late: Sequence[PastDue]) -> str:
    counts: dict[int, dict[int, int]] = {}
    for cell in cells:
        row = counts.setdefault(cell.department_id, {})
        row[cell.tier] = row.get(cell.tier, 0) + cell.complaints
    past: dict[int, int] = {}
    for one in late:
        past[one.department_id] = past.get(one.department_id, 0) + one.deadlines
    order = sorted(counts, key=lambda one: -sum(counts[one].values()))
    most = max(max(row.values()) for row in counts.values())
    tiers = [n for n in (1, 2, 3) if any(row.get(n) for row in counts.values())]
    heads = ("", *map(short_tier, tiers), _("All"), _("Past due"))
    head = "".join(f"<span>{escape(one)}</span>" for one in heads)

    def line(name: str, of: Sequence[int]) -> str:
        shown = [sum(counts[one].get(n, 0) for one in of) for n in tiers]
        total = sum(sum(counts[one].values()) for one in of)
        return _department(name, shown, total, sum(past.get(one, 0) for one in of), most)

    body = "".join(line(labels.department(one), [one]) for one in order[:DEPARTMENTS])
    if order[DEPARTMENTS:]:
        body += line(_("Others"), order[DEPARTMENTS:])
    tiers_shown = f'style="--tiers:{len(tiers)}"'
    return f'<div class="matrix {language()}" {tiers_shown}><div class="head">{head}</div>{body}</div>'


def _department(name: str, counts: Sequence[int], total: int, late: int, most: int) -> str:
    tiers = "".join(_heat(count, most) for count in counts)
    past_due = f'<span class="bad">{MARKS["bad"]} {number(late)}</span>' if late else "<span>0</span>"
    return f'<div class="row"><span>{escape(name)}</span>{tiers}<b>{number(total)}</b>{past_due}</div>'


def _places(labels: Names, places: Sequence[Place], late: Sequence[PastDue]) -> str:
    past: dict[int, int] = {}
    for one in late:
        past[one.region_id] = past.get(one.region_id, 0) + one.deadlines
    rows = [(_short(labels, p.region_id), p.complaints, past.get(p.region_id, 0)) for p in places]
    if len(rows) > PROVINCES:
        rest = rows[PROVINCES - 1 :]
        rows[PROVINCES - 1 :] = [(_("Others"), sum(r[1] for r in rest), sum(r[2] for r in rest))]
    most = max(row[1] for row in rows)
    return '<div class="places">' + "".join(_place(*row, most) for row in rows) + "</div>"


def _short(labels: Names, region_id: int) -> str:
    return labels.region(region_id).rpartition(" · ")[2]


def _place(name: str, complaints: int, late: int, most: int) -> str:
    past_due = f'<em class="bad">{MARKS["bad"]} {number(late)}</em>' if late else ""
    return (
        f'<div style="--share:{_share(complaints, most)}%"><span>{escape(name)}</span>'
        f"<b>{number(complaints)}</b>{past_due}</div>"
    )


def _share(count: int, most: int) -> int:
    """Of the strongest colour, in percent; the root makes small numbers distinguishable."""
    return round(70 * (count / most) ** 0.5) if most else 0


def _heat(count: int, most: int) -> str:
    shown = number(count) if count else "·"
    return f'<span class="heat" style="--share:{_share(count, most)}%">{shown}</span>'


def _blank(word: str, sentence: str) -> str:
    return f'<div class="wall-blank"><b>{escape(word)}</b>{escape(sentence)}</div>'


SCENES = (
    Scene("now", lambda: _("Now"), now),
    Scene("where", lambda: _("Where"), where),
    Scene("trend", lambda: _("Trend"), trend.trend),
)

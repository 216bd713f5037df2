"""As it was known: what the board had recorded at a minute, beside what is known of that minute today."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboard.controls import filters
from dashboard.controls.columns import amount, plain
from dashboard.controls.indicator import name, tile
from dashboard.controls.moment import full
from dashboard.controls.names import Names, names
from dashboard.locale import _, ngettext
from dashboard.locale.shown import in_brackets, number
from dashboard.parts import Context, Tile, blank, download, tiles
from dashboard.reads import reads
from queries.rollups import samples
from queries.rollups.samples import COUNTS, ProvinceCounts, Sample


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of the file."""

    province: str
    number: str
    shown_then: int
    known_today: int


def live(ctx: Context) -> None:
    provinces = _provinces(ctx)
    if provinces == ():
        blank(
            _("Nothing here"),
            _("The record is kept by province: select a province instead of a city."),
        )
        return
    if ctx.filters.departments or ctx.filters.tiers:
        st.caption(_("The record is kept by province only, not by department or tier."))
    minute = ctx.now.replace(second=0, microsecond=0)
    found = ctx.read(samples.recorded, provinces, minute)
    if found.state == "unavailable":
        blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
    elif found.rows is None:
        _none(ctx, minute)
    else:
        _compare(ctx, provinces, found.rows)


def _provinces(ctx: Context) -> tuple[int, ...] | None:
    """The whole provinces among the chosen regions; None for all of everywhere."""
    if ctx.scope.regions is None and not ctx.filters.regions:
        return None
    tree = reads().read(ctx.scope, ctx.moment.to_minute(), filters.regions, ctx.scope).rows or ()
    chosen = set(ctx.filters.regions) or {one.region_id for one in tree}
    return tuple(one.region_id for one in tree if one.parent_id is None and one.region_id in chosen)


def _none(ctx: Context, minute: datetime) -> None:
    """Links to the nearest recorded minutes before and after it."""
    sentence = _("Nothing was recorded at {time}: the board or its jobs were not running.")
    near = [at for at in ctx.read(samples.nearest, minute).rows or () if at is not None]
    links = " · ".join(
        f'<a href="{escape(_link(ctx, at))}" target="_self">{full(at, ctx.zone)}</a>' for at in near
    )
    head, near_by = _("No record of this minute"), _("The nearest minutes with a record:")
    beside = f"<div>{escape(near_by)} {links}</div>" if near else ""
    st.html(
        f'<div class="panel-blank card"><b>{escape(head)}</b>'
        f"{escape(sentence.format(time=full(minute, ctx.zone)))}{beside}</div>"
    )


def _link(ctx: Context, at: datetime) -> str:
    """This page at another minute."""
    there = {"as_of": at.astimezone(ctx.zone).isoformat(), "view": "known"}
    return "?" + urlencode(dict(ctx.query) | there)


def _compare(ctx: Context, provinces: tuple[int, ...] | None, then: Sample) -> None:
    """Both at the instant that was recorded, some seconds after its minute began."""
    same_instant = replace(ctx, moment=replace(ctx.moment, now=then.shown_at))
    today = same_instant.read(samples.counted, provinces).rows
    if today is None:
        blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
        return
    shown, known = _sum(then.counts), _sum(today)
    tiles(_tile(indicator, shown[code], known[code]) for code, indicator in INDICATOR_OF.items())
    st.html(f'<div class="summary">{escape(_sentence(shown, known))}</div>')
    with st.container(key="panel_known", gap="small"):
        at = then.shown_at.astimezone(ctx.zone).strftime("%Y-%m-%d %H:%M:%S")
        note = _("recorded at {time}; where today's number differs, it follows the arrow").format(time=at)
        title = escape(_("By province"))
        st.html(f'<div class="panel-head"><h3>{title}</h3><span class="note">{escape(note)}</span></div>')
        _table(ctx, names(ctx), then.counts, today)


INDICATOR_OF = {
    "open_complaints": "open_complaints",
    "follow_up": "follow_up",
    "due_soon": "due_within_1h",
    "breached": "past_due",
    "requests_open": "requests_open",
    "requests_overdue": "requests_overdue",
    "callbacks_due": "callbacks_overdue",
}


def _labels() -> dict[str, str]:
    return {code: name(indicator) for code, indicator in INDICATOR_OF.items()}


def _sum(counts: Sequence[ProvinceCounts]) -> dict[str, int]:
    return {code: sum(getattr(one, code) for one in counts) for code in COUNTS}


def _tile(code: str, shown: int, known: int) -> Tile:
    if shown == known:
        return tile(code, number(shown), _("unchanged today"))
    return tile(
        code,
        number(shown),
        _("today {n}").format(n=in_brackets(number(known), _signed(known - shown))),
        "warn",
    )


def _signed(by: int) -> str:
    return f"{by:+,}".replace("-", "−")


def _sentence(shown: dict[str, int], known: dict[str, int]) -> str:
    moved = [code for code in COUNTS if shown[code] != known[code]]
    if not moved:
        return _("What was shown was correct: no later fact changes these numbers.")
    sentence = ngettext(
        "Facts that the board learned later change {n} of these numbers:",
        "Facts that the board learned later change {n} of these numbers:",
        len(moved),
    ).format(n=len(moved))
    labels = _labels()
    parts = (
        _("{what}: shown {shown}, today {known}").format(
            what=labels[code], shown=number(shown[code]), known=number(known[code])
        )
        for code in moved
    )
    return f"{sentence} {' · '.join(parts)}"


def _table(
    ctx: Context, labels: Names, then: Sequence[ProvinceCounts], today: Sequence[ProvinceCounts]
) -> None:
    now = {one.region_id: one for one in today}
    rows = [
        (one, now.get(one.region_id, one)) for one in then if _any(one) or _any(now.get(one.region_id, one))
    ]
    rows.sort(key=lambda pair: -pair[0].open_complaints)
    heads = _labels()
    first = _("Province")
    head = f"<th>{escape(first)}</th>"
    head += "".join(f'<th class="n">{escape(word)}</th>' for word in heads.values())
    body = "".join(
        f"<tr><td>{escape(labels.region(shown.region_id))}</td>"
        + "".join(_cell(getattr(shown, code), getattr(real, code)) for code in COUNTS)
        + "</tr>"
        for shown, real in rows
    )
    st.html(f'<table class="list known"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
    compared = tuple(
        Compared(labels.region(shown.region_id), heads[code], getattr(shown, code), getattr(real, code))
        for shown, real in rows
        for code in COUNTS
    )
    columns = (
        plain(_("Province"), "province"),
        plain(_("Number"), "number"),
        amount(_("Shown then"), "shown_then"),
        amount(_("Known today"), "known_today"),
    )
    download(ctx, "known", compared, columns)


def _any(one: ProvinceCounts) -> bool:
    return any(getattr(one, code) for code in COUNTS)


def _cell(shown: int, known: int) -> str:
    if shown == known:
        return f'<td class="n{"" if shown else " none"}">{number(shown)}</td>'
    return f'<td class="n">{number(shown)} <em class="warn">→ {number(known)}</em></td>'

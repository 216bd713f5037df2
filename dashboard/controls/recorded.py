"""As it was known: what the board had written down at a minute, beside what is known of that minute today."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from urllib.parse import urlencode

import streamlit as st

from dashboard.controls import filters
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
    """As exported."""

    province: str
    number: str
    shown_then: int
    known_today: int


def live(ctx: Context) -> None:
    provinces = _provinces(ctx)
    if provinces == ():
        blank(
            _("Nothing here"),
            _("The record is kept by whole provinces: choose a province instead of a city."),
        )
        return
    if ctx.filters.departments or ctx.filters.tiers:
        st.caption(_("The record is kept by province alone: departments and tiers are not told apart in it."))
    minute = ctx.now.replace(second=0, microsecond=0)
    found = ctx.read(samples.recorded, provinces, minute)
    if found.state == "unavailable":
        blank(_("Unavailable"), _("This could not be read. It is tried again by itself."))
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
    """The minutes that were written down next before and after it."""
    told = _("Nothing was written down at {time}: the board, or its jobs, did not run then.")
    near = [at for at in ctx.read(samples.nearest, minute).rows or () if at is not None]
    links = " · ".join(
        f'<a href="{escape(_link(ctx, at))}" target="_self">{full(at, ctx.zone)}</a>' for at in near
    )
    head, near_by = _("No record of this minute"), _("The nearest minutes with a record:")
    beside = f"<div>{escape(near_by)} {links}</div>" if near else ""
    st.html(
        f'<div class="panel-blank card"><b>{escape(head)}</b>'
        f"{escape(told.format(time=full(minute, ctx.zone)))}{beside}</div>"
    )


def _link(ctx: Context, at: datetime) -> str:
    """This page at another minute."""
    there = {"as_of": at.astimezone(ctx.zone).isoformat(), "view": "known"}
    return "?" + urlencode(dict(ctx.query) | there)


def _compare(ctx: Context, provinces: tuple[int, ...] | None, then: Sample) -> None:
    """Both at the instant that was written down, some seconds after its minute began."""
    same_instant = replace(ctx, moment=replace(ctx.moment, now=then.shown_at))
    today = same_instant.read(samples.counted, provinces).rows
    if today is None:
        blank(_("Unavailable"), _("This could not be read. It is tried again by itself."))
        return
    shown, known = _sum(then.counts), _sum(today)
    tiles(_tile(word, shown[code], known[code]) for code, word in _words().items())
    st.html(f'<div class="told">{escape(_sentence(shown, known))}</div>')
    with st.container(key="panel_known", gap="small"):
        at = then.shown_at.astimezone(ctx.zone).strftime("%Y-%m-%d %H:%M:%S")
        note = _("written down at {time}; where today's number differs, it stands behind").format(time=at)
        title = escape(_("By province"))
        st.html(f'<div class="panel-head"><h3>{title}</h3><span class="note">{escape(note)}</span></div>')
        _table(ctx, names(ctx), then.counts, today)


def _words() -> dict[str, str]:
    return {
        "open_complaints": _("Open complaints"),
        "follow_up": _("In follow-up"),
        "due_soon": _("Due within 1 hour"),
        "breached": _("Past due"),
        "requests_open": _("Requests open"),
        "requests_overdue": _("Requests overdue"),
        "callbacks_due": _("Callbacks overdue"),
    }


def _sum(counts: Sequence[ProvinceCounts]) -> dict[str, int]:
    return {code: sum(getattr(one, code) for one in counts) for code in COUNTS}


def _tile(word: str, shown: int, known: int) -> Tile:
    if shown == known:
        return Tile(word, number(shown), _("the same today"))
    return Tile(
        word,
        number(shown),
        _("today {n}").format(n=in_brackets(number(known), _signed(known - shown))),
        "warn",
    )


def _signed(by: int) -> str:
    return f"{by:+,}".replace("-", "−")


def _sentence(shown: dict[str, int], known: dict[str, int]) -> str:
    moved = [code for code in COUNTS if shown[code] != known[code]]
    if not moved:
        return _("What was shown is what was so: no fact that came later changes these numbers.")
    told = ngettext(
        "Facts that the board learned later change {n} of these numbers:",
        "Facts that the board learned later change {n} of these numbers:",
        len(moved),
    ).format(n=len(moved))
    words = _words()
    parts = (
        _("{what}: shown {shown}, today {known}").format(
            what=words[code], shown=number(shown[code]), known=number(known[code])
        )
        for code in moved
    )
    return f"{told} {' · '.join(parts)}"


def _table(
    ctx: Context, known: Names, then: Sequence[ProvinceCounts], today: Sequence[ProvinceCounts]
) -> None:
    now = {one.region_id: one for one in today}
    rows = [
        (one, now.get(one.region_id, one)) for one in then if _any(one) or _any(now.get(one.region_id, one))
    ]
    rows.sort(key=lambda pair: -pair[0].open_complaints)
    words = _words()
    first = _("Province")
    head = f"<th>{escape(first)}</th>"
    head += "".join(f'<th class="n">{escape(word)}</th>' for word in words.values())
    body = "".join(
        f"<tr><td>{escape(known.region(shown.region_id))}</td>"
        + "".join(_cell(getattr(shown, code), getattr(real, code)) for code in COUNTS)
        + "</tr>"
        for shown, real in rows
    )
    st.html(f'<table class="list known"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
    compared = tuple(
        Compared(known.region(shown.region_id), words[code], getattr(shown, code), getattr(real, code))
        for shown, real in rows
        for code in COUNTS
    )
    download(ctx, "known", compared)


def _any(one: ProvinceCounts) -> bool:
    return any(getattr(one, code) for code in COUNTS)


def _cell(shown: int, known: int) -> str:
    if shown == known:
        return f'<td class="n{"" if shown else " none"}">{number(shown)}</td>'
    return f'<td class="n">{number(shown)} <em class="warn">→ {number(known)}</em></td>'

"""What changed since the running shift began: a strip on Live risk, and the lists behind its numbers."""

from dataclasses import replace
from datetime import datetime
from html import escape

import streamlit as st

from config.instants import from_text
from dashboard.controls import indicator
from dashboard.controls.columns import coded, complaint, department, instant, region, span, target, tiers
from dashboard.controls.long_list import LongList, long_list
from dashboard.controls.names import Names, outcome
from dashboard.locale import _
from dashboard.locale.shown import duration, excused_of, name, number, when
from dashboard.parts import MARKS, Column, Context, Tone
from dashboard.reads import Moment
from queries.pages import shift, wall
from queries.pages.shift import WHATS, Changes, What
from queries.pages.wall import Figures
from queries.policies import shifts
from queries.policies.shifts import RunningShift


def strip(ctx: Context) -> None:
    """The state when the shift began is read once a minute: only late facts can still change it."""
    running = ctx.read(shifts.running_shift).rows
    if running is None:
        _draw(_("Since the shift began"), "", _blank())
        return
    began = running.began_at
    minute = int(ctx.now.timestamp()) // 60
    before = replace(ctx, moment=Moment(minute, began, as_of=True))
    then, now = before.read(wall.figures, ctx.filters).rows, ctx.read(wall.figures, ctx.filters).rows
    found = ctx.read(shift.changes, ctx.filters, began).rows
    title = _("Since the shift began at {time}").format(time=f"{began.astimezone(ctx.zone):%H:%M}")
    lasted = duration((ctx.now - began).total_seconds())
    ready = then is not None and now is not None and found is not None
    body = _cells(ctx, running, then, now, found) if ready else _blank()  # type: ignore[arg-type]
    _draw(title, f"{name(running)} · {lasted}", body)


def _draw(title: str, note: str, body: str) -> None:
    st.html(
        f'<section class="shift"><header><h3>{escape(title)}</h3><span>{escape(note)}</span></header>'
        f"<div>{body}</div></section>"
    )


def _blank() -> str:
    word = _("Unavailable")
    return f'<div class="change"><span>{escape(word)}</span></div>'


def _cells(ctx: Context, running: RunningShift, then: Figures, now: Figures, found: Changes) -> str:
    began = running.began_at.astimezone(ctx.zone).isoformat()
    beside = {"breached": excused_of(found.excused)}
    cells = "".join(
        _cell(word, _number(getattr(found, what), _link(ctx, what, began)) + _small(beside.get(what, "")))
        for what, word in _labels().items()
    )
    stocks = (
        (indicator.name("open_complaints"), then.open_complaints, now.open_complaints, "backlog", "open"),
        (indicator.name("requests_overdue"), then.requests_overdue, now.requests_overdue, "co_owners", ""),
    )
    for word, before, after, page, listed in stocks:
        more = {"list": listed} if listed else {}
        held = _number(before, ctx.url(page, as_of=began, **more), quiet=True)
        moved = _moved(after - before)
        cells += _cell(word, f"{held} → {_number(after, ctx.counted(page, **more))} {moved}")
    return cells


def _labels() -> dict[What, str]:
    return {
        "received": _("New complaints"),
        "resolved": _("Resolved"),
        "breached": _("Newly breached"),
        "recovered": _("Breaches ended"),
        "called": _("Callbacks done"),
    }


def _cell(word: str, value: str) -> str:
    return f'<div class="change"><span>{escape(word)}</span><p>{value}</p></div>'


def _number(count: int, link: str, quiet: bool = False) -> str:
    shown = number(count) if quiet else f"<b>{number(count)}</b>"
    return f'<a class="{"then" if quiet else ""}" href="{escape(link)}" target="_self">{shown}</a>'


def _small(words: str) -> str:
    return f" <small>{escape(words)}</small>" if words else ""


def _moved(by: int) -> str:
    """More of it is worse."""
    if not by:
        return ""
    tone: Tone = "warn" if by > 0 else "good"
    return f'<em class="{tone}">{MARKS[tone]} {f"{by:+,}".replace("-", "−")}</em>'


def _link(ctx: Context, what: What, since: str) -> str:
    return ctx.counted("risk", list="since", what=what, since=since)


def list_in_url() -> tuple[What, datetime] | None:
    """The list that the URL names."""
    query = st.query_params
    what = next((one for one in WHATS if one == query.get("what")), None)
    since = from_text(query.get("since", ""))
    return (what, since) if what and since and query.get("list") == "since" else None


def listed(ctx: Context, labels: Names, what: What, since: datetime) -> None:
    counted = ctx.read(shift.changes, ctx.filters, since).rows
    word = _labels()[what]
    here = LongList(
        f"since_{what}",
        _("{what} since {time}").format(what=word, time=when(since, ctx.zone)),
        columns(ctx, labels, what),
        "risk",
        {"list": "since", "what": what, "since": since.isoformat()},
        _("Nothing in this list."),
    )
    total = None if counted is None else getattr(counted, what)
    long_list(ctx, here, shift.happened, ctx.filters, what, since, total=total)


def columns(ctx: Context, labels: Names, what: What) -> tuple[Column, ...]:
    return (
        instant(ctx, _("At"), "at"),
        *complaint(ctx),
        *_own_columns(ctx, labels, what),
        tiers(),
        department(labels),
        region(labels),
    )


def _own_columns(ctx: Context, labels: Names, what: What) -> tuple[Column, ...]:
    """For deadlines the target, for callbacks the outcome, for complaints nothing."""
    if what in ("received", "resolved"):
        return ()
    if what == "called":
        return coded(_("Callback"), "target", labels.target), coded(_("Outcome"), "outcome", outcome)
    if what == "recovered":
        return target(labels), span(_("Late by"), "late_seconds")
    return target(labels), instant(ctx, _("Excused since"), "excused_at")

"""Live risk: which deadlines breach next, and whose they are."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, get_args

import streamlit as st

from config.instants import from_text
from dashboard.controls.bars import Bar, Part, columns
from dashboard.controls.columns import (
    complaint,
    department,
    due_time,
    in_file_only,
    instant,
    owner,
    region,
    span,
    target,
    tiers,
)
from dashboard.controls.indicator import name, tile
from dashboard.controls.long_list import LongList, long_list, tabs
from dashboard.controls.names import Names, names, tier
from dashboard.locale import _
from dashboard.locale.shown import due, duration, excused_of, number, when
from dashboard.parts import Column, Context, Tile, Tone, panel, tiles
from dashboard.views.risk import moves, odds, shift
from dashboard.views.risk_quality import page as risk_quality
from queries.open_deadlines import Which
from queries.pages import risk, riskiest
from queries.pages.risk import HourDue, OpenDeadline, Summary

HOURS = 24
DUE_SOON_SECONDS = 3600
List = Which | Literal["riskiest"]


def live(ctx: Context) -> None:
    summary = ctx.read(risk.summary, ctx.filters).rows
    hours = ctx.read(risk.due_by_hour, ctx.filters, HOURS)
    which, instant = _list_in_url(ctx)
    since = shift.list_in_url()
    shift.strip(ctx)
    if summary is not None:
        tiles(_tiles(ctx, summary))
    odds.expected(ctx)
    risk_quality.pointer(ctx)
    moves.five(ctx, _columns)
    panel(
        ctx,
        "due_by_hour",
        _("Falling due in the next 24 hours"),
        hours,
        lambda rows: columns(_columns_of(ctx, rows, instant if which == "due_in" else None)),
        note=_("open deadlines per hour, by tier; click an hour for its deadlines"),
        empty=_("Nothing falls due in the next 24 hours."),
    )
    tabs(
        [
            (word, ctx.url("risk", list=code), code == which and since is None)
            for code, word in _tabs(ctx).items()
        ]
    )
    if since is not None:
        shift.listed(ctx, names(ctx), *since)
    elif which == "riskiest":
        _riskiest(ctx, instant)
    else:
        _list(ctx, which, instant, _total(summary, hours.rows or (), which, instant))


def _list_in_url(ctx: Context) -> tuple[List, datetime | None]:
    """The list that the URL names; without one what is riskiest, or of a past moment what breaches next."""
    wanted = st.query_params.get("list")
    usual: List = "coming" if ctx.moment.as_of else "riskiest"
    if wanted == "due_in":
        hour = _instant("hour")
        return ("due_in", hour) if hour else (usual, None)
    which: List = next((one for one in get_args(Which) if one == wanted), usual)
    return which, _instant("before") if which == "riskiest" else None


def _instant(name: str) -> datetime | None:
    return from_text(st.query_params.get(name, ""))


def _link(ctx: Context, which: List) -> str:
    return ctx.counted("risk", list=which)


def _tiles(ctx: Context, found: Summary) -> tuple[Tile, ...]:
    deadlines = _("open deadlines")
    return (
        tile(
            "past_due",
            number(found.breached),
            excused_of(found.excused) or _("of {n} open deadlines").format(n=number(found.open)),
            "bad" if found.breached > found.excused else "good",
            _link(ctx, "breached"),
        ),
        tile(
            "due_within_1h",
            number(found.within_hour),
            deadlines,
            "warn" if found.within_hour else "",
            _link(ctx, "hour"),
        ),
        tile(
            "due_within_4h",
            number(found.within_four_hours),
            deadlines,
            href=_link(ctx, "four_hours"),
        ),
        tile("at_risk", number(found.at_risk), _("most of their time used"), href=_link(ctx, "at_risk")),
        tile("paused", number(found.paused), _("by the policy"), href=_link(ctx, "paused")),
    )


def _has_risk(ctx: Context) -> bool:
    """Breach risk of the past is not kept: only the link of a live number leads to the riskiest of then."""
    return ctx.drilled or not ctx.moment.as_of


def _tabs(ctx: Context) -> dict[List, str]:
    first: dict[List, str] = {"riskiest": _("Riskiest first")} if _has_risk(ctx) else {}
    return first | {
        "coming": _("Next to breach"),
        "hour": name("due_within_1h"),
        "four_hours": name("due_within_4h"),
        "at_risk": name("at_risk"),
        "breached": name("past_due"),
        "excused": _("Excused"),
        "paused": name("paused"),
        "open": _("All open"),
    }


def _total(
    found: Summary | None, hours: Sequence[HourDue], which: Which, hour: datetime | None
) -> int | None:
    if found is None:
        return None
    counts: dict[Which, int] = {
        "open": found.open,
        "coming": found.open - found.breached - found.paused,
        "breached": found.breached,
        "excused": found.excused,
        "hour": found.within_hour,
        "four_hours": found.within_four_hours,
        "at_risk": found.at_risk,
        "paused": found.paused,
        "due_in": sum(row.deadlines for row in hours if row.hour == hour),
    }
    return counts[which]


def _list(ctx: Context, which: Which, hour: datetime | None, total: int | None) -> None:
    labels = names(ctx)
    title = _tabs(ctx).get(which, "")
    set_of: dict[str, str] = {"list": which}
    if hour is not None:
        until = hour + timedelta(hours=1)
        title = _("Due {since} – {until}").format(
            since=when(hour, ctx.zone, ctx.now), until=when(until, ctx.zone, hour)
        )
        set_of["hour"] = hour.isoformat()
    here = LongList(
        "deadlines",
        title,
        (*_columns(ctx, labels), *_excused(ctx, which)),
        "risk",
        set_of,
        _("No open deadlines in this list."),
    )
    long_list(ctx, here, risk.open_deadlines, ctx.filters, which, hour, total=total)


def _excused(ctx: Context, which: Which) -> tuple[Column, ...]:
    column = instant(ctx, _("Excused since"), "excused_at")
    return (column if which in ("breached", "excused") else in_file_only(column),)


def _riskiest(ctx: Context, before: datetime | None) -> None:
    labels = names(ctx)
    title = _("Riskiest first")
    if before is not None:
        title = _("Riskiest first, due by {time}").format(time=due(before, ctx.zone, ctx.now))
    if ctx.moment.as_of:
        title = _("{title} · breach risk as it is now").format(title=title)
    here = LongList(
        "riskiest",
        title,
        _columns(ctx, labels, *odds.columns(), odds.weight()),
        "risk",
        {"list": "riskiest"} | ({"before": before.isoformat()} if before else {}),
        _("No open deadlines in this list."),
    )
    total = ctx.read(riskiest.count, ctx.filters, before).rows
    long_list(ctx, here, riskiest.riskiest, ctx.filters, before, total=total)


def _department(labels: Names, row: OpenDeadline) -> str:
    whose = labels.department(row.department_id)
    if not row.party_id:
        return whose
    return _("{co_owner}, asked by {lead}").format(
        co_owner=whose, lead=labels.department(row.lead_department_id)
    )


def _columns(ctx: Context, labels: Names, *first: Column) -> tuple[Column, ...]:
    """With `first`, by which the list is ordered; else it is ordered by the time left."""

    def seconds(row: OpenDeadline) -> float | None:
        return row.left_seconds if row.due_at is None else (row.due_at - ctx.now).total_seconds()

    whose = replace(department(labels), shown=partial(_department, labels))
    return (
        *first,
        span(_("Time left"), seconds, partial(_left, ctx), partial(_tone, ctx)),
        due_time(ctx, _("Due"), "due_at"),
        *(() if first or not _has_risk(ctx) else odds.columns()),
        *complaint(ctx),
        target(labels),
        tiers(),
        replace(whose, exported=department(labels).shown),
        in_file_only(department(labels, _("Lead department"), "lead_department_id")),
        region(labels),
        owner(),
        in_file_only(instant(ctx, _("Started"), "started_at")),
    )


def _left(ctx: Context, row: OpenDeadline) -> str:
    if row.due_at is None:
        return _("paused, {time} left").format(time=duration(row.left_seconds))
    return duration((row.due_at - ctx.now).total_seconds())


def _tone(ctx: Context, row: OpenDeadline) -> Tone:
    if row.due_at is None:
        return ""
    left = (row.due_at - ctx.now).total_seconds()
    return "bad" if left < 0 else "warn" if left < DUE_SOON_SECONDS else ""


def _columns_of(ctx: Context, rows: Sequence[HourDue], chosen: datetime | None) -> list[Bar]:
    """One for each hour, empty ones too, so that the hours keep their places."""
    counts = {(row.hour, row.tier): row.deadlines for row in rows}
    first = ctx.now.replace(minute=0, second=0, microsecond=0)
    return [
        Bar(
            hour.astimezone(ctx.zone).strftime("%H:%M"),
            tuple(Part(tier(n), counts.get((hour, n), 0), n) for n in (1, 2, 3, 0)),
            ctx.counted("risk", list="due_in", hour=hour.isoformat()),
            f"{when(hour, ctx.zone)} – {when(hour + timedelta(hours=1), ctx.zone, hour)}",
            hour == chosen,
        )
        for hour in (first + timedelta(hours=n) for n in range(HOURS))
    ]

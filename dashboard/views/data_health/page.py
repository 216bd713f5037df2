"""Data health: whether the sources speak, and whether what they say is whole and on time."""

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from typing import NamedTuple

import streamlit as st

from dashboard.controls.columns import coded, complaint, department, instant, region, tiers
from dashboard.controls.long_list import LongList, long_list
from dashboard.controls.names import category, names, source, status
from dashboard.locale import _
from dashboard.locale.shown import duration, number, when
from dashboard.parts import Column, Context, Tone, listing, panel
from dashboard.reads import Snapshot
from dashboard.views.data_health import connected
from dashboard.views.data_health.words import CHECKS, Check, check
from dashboard.views.imports.reasons import reasons
from queries.db import replay_speed
from queries.intake import imports
from queries.intake.imports import ImportRun
from queries.pages import data_health
from queries.pages.data_health import Counts, SourceRow

PAGE = "data_health"
SHOWN_REASONS = 3  # of each import
IMPORTS = 50  # of files, the last ones
FEW, MANY = 0.5, 2.0  # of the usual, that are worth a look
LONG_LAG = 900.0  # seconds, of 95 %


class Line(NamedTuple):
    """A number with what to do about it. `href`: its list."""

    title: str
    amount: int
    do: str
    href: str


def live(ctx: Context) -> None:
    chosen = check(st.query_params.get("list"))
    if chosen is not None:
        _list(ctx, chosen)
        return
    for draw in PANELS:
        draw(ctx)


def _sources(ctx: Context) -> None:
    panel(
        ctx,
        "health_sources",
        _("Sources"),
        ctx.read(data_health.sources),
        partial(_draw_sources, ctx),
        note=_("lag: from happening to being recorded here, of the complaints received in the past day"),
        empty=_("No source has brought anything yet. Import a file, or connect one."),
    )


def _draw_sources(ctx: Context, rows: Sequence[SourceRow]) -> None:
    speed = ctx.read(replay_speed).rows or 1.0

    def age(row: SourceRow) -> str:
        return duration(max(0.0, (ctx.now - row.heard_at).total_seconds() / speed))

    listing(
        rows,
        (
            Column(_("Source"), lambda row: source(row.source)),
            Column(_("State"), _state, tone=_tone),
            Column(_("Last received"), lambda row: when(row.heard_at, ctx.zone, ctx.now)),
            Column(_("No data for"), age, number=True),
            Column(_("Latest data"), lambda row: when(row.fact_at, ctx.zone, ctx.now)),
            Column(_("Lag, 50 %"), lambda row: _lag(row.lag_half), number=True),
            Column(_("Lag, 95 %"), lambda row: _lag(row.lag_most), number=True, tone=_lag_tone),
            Column(_("New today"), lambda row: number(row.today), number=True),
            Column(_("New yesterday"), lambda row: number(row.yesterday), number=True, tone=_day_tone),
            Column(_("Usual that weekday"), lambda row: number(row.usual), number=True),
            Column(_("What to do"), _do),
        ),
    )


def _state(row: SourceRow) -> str:
    if row.silent == "heartbeat":
        return _("silent")
    if row.silent == "news":
        return _("nothing new")
    return _("live") if row.expected_every is not None else _("not live")


def _tone(row: SourceRow) -> Tone:
    return "bad" if row.silent else "good" if row.expected_every is not None else ""


def _lag(seconds: float | None) -> str:
    return "–" if seconds is None else duration(seconds)


def _lag_tone(row: SourceRow) -> Tone:
    return "warn" if row.lag_most is not None and row.lag_most > LONG_LAG else ""


def _day_tone(row: SourceRow) -> Tone:
    is_odd = row.usual and not FEW <= row.yesterday / row.usual <= MANY
    return "warn" if is_odd else ""


def _do(row: SourceRow) -> str:
    if row.silent == "heartbeat":
        return _("See whether the program that brings it runs and reaches the board.")
    if row.silent == "news":
        return _("It speaks and brings nothing new for unusually long: see whether its system still records.")
    if _day_tone(row):
        return _("Far from the usual: compare with the source's own count.")
    if _lag_tone(row):
        return _("Read the source more often, or let it send at once.")
    return "–"


def _complaints(ctx: Context) -> None:
    found = ctx.read(data_health.counts)
    opened = found.rows.opened if found.rows else None
    panel(
        ctx,
        "health_complaints",
        _("Complaints to look at"),
        found,
        partial(_draw_complaints, ctx),
        note=_("{n} are open; click a number for its list").format(n=number(opened)),
    )


def _draw_complaints(ctx: Context, found: Counts) -> None:
    lines = [
        Line(one.title(), getattr(found, one.which), one.do(), ctx.url(PAGE, list=one.which))
        for one in CHECKS
    ]
    withdrawn = Line(
        _("Alerts withdrawn by late facts, past {n} days").format(n=number(data_health.WITHDRAWN_DAYS)),
        found.withdrawn,
        _("Those alerts were sent for nothing: what is late there comes late from its source."),
        ctx.url("alert_precision"),
    )
    listing(
        (*lines, withdrawn),
        (
            Column(_("What"), lambda line: line.title),
            Column(_("How many"), lambda line: number(line.amount), True, _line_tone, lambda line: line.href),
            Column(_("What to do"), lambda line: line.do if line.amount else "–"),
        ),
    )


def _line_tone(line: Line) -> Tone:
    return "warn" if line.amount else "good"


def _imports(ctx: Context) -> None:
    found = ctx.read(imports.last_imports, IMPORTS)
    rows = None if found.rows is None else [one for one in found.rows if one.rows_kept or one.rows_rejected]
    panel(
        ctx,
        "health_imports",
        _("Rows refused or kept in part"),
        Snapshot(rows, found.at, found.state),
        partial(_draw_imports, ctx),
        note=_("of the last {n} imports; the reject file lies beside the imported file").format(n=IMPORTS),
        empty=_("Every row of the last imports was taken whole."),
    )


def _draw_imports(ctx: Context, rows: Sequence[ImportRun]) -> None:
    listing(
        rows,
        (
            Column(_("File"), lambda run: run.file_name),
            Column(_("Source"), lambda run: source(run.source)),
            Column(_("Started"), lambda run: when(run.started_at, ctx.zone, ctx.now)),
            Column(_("Rows read"), lambda run: number(run.rows_read), True),
            Column(_("Kept in part"), lambda run: number(run.rows_kept), True),
            Column(_("Refused"), lambda run: number(run.rows_rejected), True, _refused_tone),
            Column(_("Why"), _why),
            Column(_("What to do"), _import_do),
        ),
    )


def _why(run: ImportRun) -> str:
    return reasons(run.reasons, SHOWN_REASONS)


def _refused_tone(run: ImportRun) -> Tone:
    return "warn" if run.rows_rejected else ""


def _import_do(run: ImportRun) -> str:
    if run.rows_rejected:
        return _("Correct the rows in the reject file and import it.")
    return _("Name the values in the map, and import the file again.")


# A panel a line, in their order.
PANELS: tuple[Callable[[Context], None], ...] = (_sources, connected.draw, _complaints, _imports)


def _list(ctx: Context, chosen: Check) -> None:
    back, word = escape(ctx.url(PAGE)), escape(_("Data health"))
    st.html(f'<div class="back"><a href="{back}" target="_self">← {word}</a></div>')
    counted: Counts | None = ctx.read(data_health.counts).rows
    here = LongList(
        "health_list",
        chosen.title(),
        _columns(ctx, chosen),
        PAGE,
        {"list": chosen.which},
        _("No complaint is in this list any more."),
    )
    st.caption(chosen.do())
    total = None if counted is None else getattr(counted, chosen.which)
    long_list(ctx, here, data_health.members, chosen.which, total=total)


def _columns(ctx: Context, chosen: Check) -> tuple[Column, ...]:
    labels = names(ctx)
    meant = (instant(ctx, chosen.at(), "at"),) if chosen.at else ()
    return (
        instant(ctx, _("Received"), "received_at"),
        *complaint(ctx),
        *meant,
        coded(_("Source"), "source", source),
        coded(_("Status"), "status", status),
        tiers(),
        department(labels),
        region(labels),
        coded(_("Category"), "category", category),
    )

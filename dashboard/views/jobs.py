"""Jobs: whether the board itself works: feeds, job processes, the last run of each job."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from html import escape

import streamlit as st

from dashboard.controls.columns import instant, plain
from dashboard.controls.indicator import tile
from dashboard.controls.names import source
from dashboard.locale import _
from dashboard.locale.shown import duration, name, number, when
from dashboard.parts import Column, Context, Tile, Tone, listing, panel, tiles
from dashboard.reads import Snapshot
from queries import jobs
from queries.db import replay_speed
from queries.jobs import Feed, JobRun, NamedJob, Process

SILENT = 20  # seconds without a heartbeat, after which a process counts as not responding
DAY = 86_400.0  # seconds
LastRun = tuple[str, JobRun | None]  # by job; None: it has left no run yet
Tick = tuple[datetime | None, datetime]  # the last and the next of a job; None: none yet


def live(ctx: Context) -> None:
    feeds = ctx.read(jobs.feeds)
    processes = ctx.read(jobs.processes, DAY)
    runs = ctx.read(jobs.last_runs)
    known = ctx.read(jobs.named_jobs)
    titles = {one.name: name(one) for one, _current in known.rows or ()}
    failures = ctx.read(jobs.recent_failures, DAY)
    if feeds.rows is not None and processes.rows is not None and failures.rows is not None:
        tiles(_summary(ctx, feeds.rows, processes.rows, failures.rows))
    left, right = st.columns([3, 2])
    with left:
        panel(
            ctx,
            "runs",
            _("Jobs"),
            _with_all(runs, known),
            lambda rows: _draw_runs(ctx, rows, titles, _ticks(ctx, processes.rows or (), known.rows or ())),
            note=_("runs that succeed within five minutes are counted together"),
            empty=_("No job has run yet."),
        )
    with right:
        _sources(ctx, feeds, processes)
    panel(
        ctx,
        "failures",
        _("Failed runs"),
        failures,
        lambda rows: _draw_failures(ctx, rows, titles),
        note=_("past day"),
        empty=_("No failed runs."),
    )
    if ctx.scope.role == "administrator":
        link = escape(ctx.url("imports"))
        st.html(
            f'<div class="note"><a href="{link}" target="_self">{escape(_("Imports of files"))}</a></div>'
        )


def _sources(ctx: Context, feeds: Snapshot[list[Feed]], processes: Snapshot[list[Process]]) -> None:
    panel(
        ctx,
        "feeds",
        _("Feeds"),
        feeds,
        partial(_draw_feeds, ctx),
        empty=_("No data from any source yet."),
    )
    panel(
        ctx,
        "processes",
        _("Job processes"),
        processes,
        partial(listing, columns=_process_columns(ctx)),
        empty=_("No job process ran in the past day. Start one with: board jobs"),
    )


def _age(ctx: Context, at: datetime) -> float:
    """In real seconds, in a replay too."""
    return max(0.0, (ctx.now - at).total_seconds() / (ctx.read(replay_speed).rows or 1.0))


def _alive(ctx: Context, process: Process) -> bool:
    return process.ended_at is None and _age(ctx, process.beat_at) <= SILENT


def _summary(
    ctx: Context, feeds: Sequence[Feed], processes: Sequence[Process], failures: Sequence[JobRun]
) -> tuple[Tile, ...]:
    alive = sum(_alive(ctx, one) for one in processes)
    heard = max((one.heard_at for one in feeds), default=None)
    return (
        tile("processes_alive", number(alive), tone="good" if alive else "bad"),
        tile("failed_runs", number(len(failures)), tone="bad" if failures else "good"),
        tile("sources", number(len(feeds))),
        tile("last_heard", _ago(ctx, heard) if heard else _("never")),
    )


def _ago(ctx: Context, at: datetime) -> str:
    age = _age(ctx, at)
    return _("{time} ago").format(time=duration(age)) if age >= 1 else _("just now")


def _outcome(run: JobRun) -> tuple[str, Tone]:
    if run.finished_at is None:
        return _("running"), ""
    return (_("failed"), "bad") if run.outcome == "failed" else (_("done"), "good")


def _took(run: JobRun) -> str:
    if run.finished_at is None:
        return "–"
    return _("{n} s").format(n=number((run.finished_at - run.last_at).total_seconds(), 1))


def _with_all(
    runs: Snapshot[list[JobRun]], known: Snapshot[list[tuple[NamedJob, bool]]]
) -> Snapshot[list[LastRun]]:
    """The last run of each job, and those jobs that left none yet."""
    if runs.rows is None or known.rows is None:
        return Snapshot(None, None, "unavailable")
    left: list[LastRun] = [(run.job, run) for run in runs.rows]
    ran = {run.job for run in runs.rows}
    left += [(one.name, None) for one, current in known.rows if current and one.name not in ran]
    return Snapshot(sorted(left, key=lambda one: one[0]), runs.at, runs.state)


def _ticks(
    ctx: Context, processes: Sequence[Process], known: Sequence[tuple[NamedJob, bool]]
) -> dict[str, Tick]:
    """By job, in whichever live process comes next. The last one lies an interval before it."""
    every, speed = (
        {one.name: one.every_seconds for one, _current in known},
        ctx.read(replay_speed).rows or 1.0,
    )
    found: dict[str, Tick] = {}
    for one in filter(partial(_alive, ctx), processes):
        for job, text in one.next_runs.items():
            coming = datetime.fromisoformat(text)
            before = coming - timedelta(seconds=every.get(job, 0.0) * speed)
            if job not in found or coming < found[job][1]:
                found[job] = (min(before, ctx.now) if before >= one.started_at else None, coming)
    return found


def _draw_runs(ctx: Context, rows: Sequence[LastRun], titles: dict[str, str], ticks: dict[str, Tick]) -> None:
    def next_run(row: LastRun) -> str:
        tick = ticks.get(row[0])
        return _("no process") if tick is None else when(max(tick[1], ctx.now), ctx.zone, ctx.now)

    def last_run(row: LastRun) -> str:
        if row[1] is not None:
            return _ago(ctx, row[1].last_at)
        # A run that finds nothing to write down leaves no row.
        tick = ticks.get(row[0])
        if tick is None:
            return _("never")
        return _("not yet") if tick[0] is None else _("last tick {time}").format(time=_ago(ctx, tick[0]))

    def of_run(show: Callable[[JobRun], str]) -> Callable[[LastRun], str]:
        return lambda row: "–" if row[1] is None else show(row[1])

    def tone(row: LastRun) -> Tone:
        return "" if row[1] is None else _outcome(row[1])[1]

    listing(
        rows,
        (
            Column(_("Job"), lambda row: titles.get(row[0], row[0])),
            Column(_("Last run"), last_run),
            Column(_("Outcome"), of_run(lambda run: _outcome(run)[0]), tone=tone),
            Column(_("Next run"), next_run),
            Column(_("Took"), of_run(_took), number=True),
            Column(_("Runs"), of_run(lambda run: number(run.runs)), number=True),
            Column(
                _("Longest"), of_run(lambda run: _("{n} s").format(n=number(run.longest, 1))), number=True
            ),
            Column(_("Rows"), of_run(lambda run: number(run.done)), number=True),
        ),
    )


def _draw_failures(ctx: Context, rows: Sequence[JobRun], titles: dict[str, str]) -> None:
    listing(
        rows[:20],
        (
            Column(_("Started"), lambda run: when(run.started_at, ctx.zone, ctx.now)),
            Column(_("Job"), lambda run: titles.get(run.job, run.job)),
            Column(_("Error"), lambda run: run.error or "–"),
            Column(_("Process"), lambda run: run.process),
        ),
    )


def _draw_feeds(ctx: Context, rows: Sequence[Feed]) -> None:
    listing(
        rows,
        (
            Column(_("Source"), lambda feed: source(feed.source)),
            Column(_("Last received"), lambda feed: when(feed.heard_at, ctx.zone, ctx.now)),
            Column(_("No data for"), lambda feed: duration(_age(ctx, feed.heard_at)), number=True),
            Column(_("Latest data"), lambda feed: when(feed.fact_at, ctx.zone, ctx.now)),
        ),
    )


def _process_columns(ctx: Context) -> tuple[Column, ...]:
    def state(one: Process) -> str:
        return _("alive") if _alive(ctx, one) else _("ended") if one.ended_at else _("not responding")

    def tone(one: Process) -> Tone:
        return "good" if _alive(ctx, one) else "" if one.ended_at else "bad"

    return (
        plain(_("Process"), "process"),
        instant(ctx, _("Started"), "started_at"),
        instant(ctx, _("Last heartbeat"), "beat_at"),
        Column(_("State"), state, tone=tone),
    )

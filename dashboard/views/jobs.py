"""Jobs: does the board itself work: feeds, job processes, the last run of each job."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from dashboard.controls.names import source
from dashboard.locale import _
from dashboard.locale.shown import duration, number, when
from dashboard.parts import Column, Context, Tile, Tone, listing, panel, tiles
from dashboard.reads import Snapshot
from queries import jobs
from queries.db import replay_speed
from queries.jobs import Feed, JobRun, Process

SILENT = 20  # seconds without a beat, after which a process is said to be silent
DAY = 86_400.0  # seconds


def live(ctx: Context) -> None:
    feeds = ctx.read(jobs.feeds)
    processes = ctx.read(jobs.processes, DAY)
    runs = ctx.read(jobs.last_runs)
    failures = ctx.read(jobs.recent_failures, DAY)
    if feeds.rows is not None and processes.rows is not None and failures.rows is not None:
        tiles(_summary(ctx, feeds.rows, processes.rows, failures.rows))
    left, right = st.columns([3, 2])
    with left:
        panel(
            ctx,
            "runs",
            _("Jobs"),
            runs,
            lambda rows: _draw_runs(ctx, rows, _next_runs(ctx, processes.rows or ())),
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
        lambda rows: _draw_failures(ctx, rows),
        note=_("past day"),
        empty=_("No run failed."),
    )


def _sources(ctx: Context, feeds: Snapshot[list[Feed]], processes: Snapshot[list[Process]]) -> None:
    panel(
        ctx,
        "feeds",
        _("Feeds"),
        feeds,
        lambda rows: _draw_feeds(ctx, rows),
        empty=_("No source was heard yet."),
    )
    panel(
        ctx,
        "processes",
        _("Job processes"),
        processes,
        lambda rows: _draw_processes(ctx, rows),
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
        Tile(_("Job processes alive"), number(alive), tone="good" if alive else "bad"),
        Tile(_("Failed runs, past day"), number(len(failures)), tone="bad" if failures else "good"),
        Tile(_("Sources"), number(len(feeds))),
        Tile(_("A source was heard"), _ago(ctx, heard) if heard else _("never")),
    )


def _ago(ctx: Context, at: datetime) -> str:
    return _("{time} ago").format(time=duration(_age(ctx, at)))


def _outcome(run: JobRun) -> tuple[str, Tone]:
    if run.finished_at is None:
        return _("running"), ""
    return (_("failed"), "bad") if run.outcome == "failed" else (_("done"), "good")


def _took(run: JobRun) -> str:
    if run.finished_at is None:
        return "–"
    return _("{n} s").format(n=number((run.finished_at - run.last_at).total_seconds(), 1))


def job_name(code: str) -> str:
    words = {
        "derive": _("derive"),
        "sweep": _("sweep"),
        "deliver": _("deliver"),
        "rollups": _("rollups"),
        "sample": _("sample"),
        "read_texts": _("read texts"),
        "risk": _("breach risk"),
        "learn": _("learn"),
        "surge": _("surges"),
        "purge": _("purge"),
        "heartbeat": _("heartbeat"),
    }
    return words.get(code, code)


def _next_runs(ctx: Context, processes: Sequence[Process]) -> dict[str, datetime]:
    """When each job ticks next, in whichever living process is first."""
    found: dict[str, datetime] = {}
    for one in processes:
        if _alive(ctx, one):
            for job, text in one.next_runs.items():
                found[job] = min(
                    datetime.fromisoformat(text), found.get(job, datetime.max.replace(tzinfo=UTC))
                )
    return found


def _draw_runs(ctx: Context, rows: Sequence[JobRun], coming: dict[str, datetime]) -> None:
    def next_run(run: JobRun) -> str:
        at = coming.get(run.job)
        return _("no process") if at is None else when(max(at, ctx.now), ctx.zone, ctx.now)

    listing(
        rows,
        (
            Column(_("Job"), lambda run: job_name(run.job)),
            Column(_("Last run"), lambda run: _ago(ctx, run.last_at)),
            Column(_("Outcome"), lambda run: _outcome(run)[0], tone=lambda run: _outcome(run)[1]),
            Column(_("Next run"), next_run),
            Column(_("Took"), _took, number=True),
            Column(_("Runs"), lambda run: number(run.runs), number=True),
            Column(_("Longest"), lambda run: _("{n} s").format(n=number(run.longest, 1)), number=True),
            Column(_("Rows"), lambda run: number(run.done), number=True),
        ),
    )


def _draw_failures(ctx: Context, rows: Sequence[JobRun]) -> None:
    listing(
        rows[:20],
        (
            Column(_("Started"), lambda run: when(run.started_at, ctx.zone, ctx.now)),
            Column(_("Job"), lambda run: job_name(run.job)),
            Column(_("Error"), lambda run: run.error or "–"),
            Column(_("Process"), lambda run: run.process),
        ),
    )


def _draw_feeds(ctx: Context, rows: Sequence[Feed]) -> None:
    listing(
        rows,
        (
            Column(_("Source"), lambda feed: source(feed.source)),
            Column(_("Last heard"), lambda feed: when(feed.heard_at, ctx.zone, ctx.now)),
            Column(_("Silent for"), lambda feed: duration(_age(ctx, feed.heard_at)), number=True),
            Column(_("Latest fact"), lambda feed: when(feed.fact_at, ctx.zone, ctx.now)),
        ),
    )


def _draw_processes(ctx: Context, rows: Sequence[Process]) -> None:
    listing(
        rows,
        (
            Column(_("Process"), lambda one: one.process),
            Column(_("Started"), lambda one: when(one.started_at, ctx.zone, ctx.now)),
            Column(_("Last beat"), lambda one: when(one.beat_at, ctx.zone, ctx.now)),
            Column(
                _("State"),
                lambda one: _("alive") if _alive(ctx, one) else _("ended") if one.ended_at else _("silent"),
                tone=lambda one: "good" if _alive(ctx, one) else "" if one.ended_at else "bad",
            ),
        ),
    )

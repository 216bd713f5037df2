"""Jobs: does the board itself work: feeds, job processes, the last run of each job."""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from dashboard.controls.columns import amount, coded, instant, plain, span
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
            partial(listing, columns=_run_columns(ctx, _next_runs(ctx, processes.rows or ()))),
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
        partial(_draw_failures, ctx),
        note=_("past day"),
        empty=_("No run failed."),
    )


def _sources(ctx: Context, feeds: Snapshot[list[Feed]], processes: Snapshot[list[Process]]) -> None:
    panel(
        ctx,
        "feeds",
        _("Feeds"),
        feeds,
        partial(listing, columns=_feed_columns(ctx)),
        empty=_("No source was heard yet."),
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


def _run_columns(ctx: Context, coming: dict[str, datetime]) -> tuple[Column, ...]:
    def next_run(run: JobRun) -> str:
        at = coming.get(run.job)
        return _("no process") if at is None else when(max(at, ctx.now), ctx.zone, ctx.now)

    def outcome(run: JobRun) -> str:
        return _outcome(run)[0]

    def tone(run: JobRun) -> Tone:
        return _outcome(run)[1]

    def longest(run: JobRun) -> str:
        return _("{n} s").format(n=number(run.longest, 1))

    return (
        coded(_("Job"), "job", job_name),
        coded(_("Last run"), "last_at", partial(_ago, ctx)),
        Column(_("Outcome"), outcome, tone=tone),
        Column(_("Next run"), next_run),
        Column(_("Took"), _took, number=True),
        amount(_("Runs"), "runs"),
        Column(_("Longest"), longest, number=True),
        amount(_("Rows"), "done"),
    )


def _draw_failures(ctx: Context, rows: Sequence[JobRun]) -> None:
    listing(
        rows[:20],
        (
            instant(ctx, _("Started"), "started_at"),
            coded(_("Job"), "job", job_name),
            plain(_("Error"), "error"),
            plain(_("Process"), "process"),
        ),
    )


def _feed_columns(ctx: Context) -> tuple[Column, ...]:
    def silent(feed: Feed) -> float:
        return _age(ctx, feed.heard_at)

    return (
        plain(_("Source"), "source"),
        instant(ctx, _("Last heard"), "heard_at"),
        span(_("Silent for"), silent),
        instant(ctx, _("Latest fact"), "fact_at"),
    )


def _process_columns(ctx: Context) -> tuple[Column, ...]:
    def state(one: Process) -> str:
        return _("alive") if _alive(ctx, one) else _("ended") if one.ended_at else _("silent")

    def tone(one: Process) -> Tone:
        return "good" if _alive(ctx, one) else "" if one.ended_at else "bad"

    return (
        plain(_("Process"), "process"),
        instant(ctx, _("Started"), "started_at"),
        instant(ctx, _("Last beat"), "beat_at"),
        Column(_("State"), state, tone=tone),
    )

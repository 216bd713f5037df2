"""Jobs: does the board itself work: feeds, job processes, the last run of each job."""

from collections.abc import Sequence
from datetime import datetime

from dashboard.locale import _
from dashboard.locale.shown import duration, number, when
from dashboard.parts import Column, Context, Tile, Tone, listing, panel, tiles
from queries import health
from queries.health import Feed, JobRun, Process

SILENT = 20  # seconds without a beat, as design.md promises to say


def live(ctx: Context) -> None:
    feeds = ctx.read(health.feeds)
    processes = ctx.read(health.processes)
    runs = ctx.read(health.last_runs)
    if "unavailable" not in (feeds.state, processes.state, runs.state):
        tiles(_summary(ctx, feeds.rows or (), processes.rows or (), runs.rows or ()))
    panel(
        ctx,
        "runs",
        _("Last run of each job"),
        runs,
        lambda rows: _draw_runs(ctx, rows),
        note=_("past hour"),
        empty=_("No job ran in the past hour."),
    )
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
    return max(0.0, (ctx.now - at).total_seconds())


def _alive(ctx: Context, process: Process) -> bool:
    return process.ended_at is None and _age(ctx, process.beat_at) <= SILENT


def _summary(
    ctx: Context, feeds: Sequence[Feed], processes: Sequence[Process], runs: Sequence[JobRun]
) -> tuple[Tile, ...]:
    alive = sum(_alive(ctx, one) for one in processes)
    failed = sum(one.failed for one in runs)
    heard = max((one.heard_at for one in feeds), default=None)
    return (
        Tile(_("Job processes alive"), number(alive), tone="good" if alive else "bad"),
        Tile(_("Runs in the past hour"), number(sum(one.runs for one in runs))),
        Tile(_("Failed runs"), number(failed), tone="bad" if failed else "good"),
        Tile(
            _("A source was heard"),
            _("{time} ago").format(time=duration(_age(ctx, heard))) if heard else _("never"),
        ),
    )


def _outcome(run: JobRun) -> tuple[str, Tone]:
    if run.finished_at is None:
        return _("running"), ""
    return (_("failed"), "bad") if run.outcome == "failed" else (_("done"), "good")


def _draw_runs(ctx: Context, rows: Sequence[JobRun]) -> None:
    listing(
        rows,
        (
            Column(_("Job"), lambda run: run.job),
            Column(_("Started"), lambda run: when(run.started_at, ctx.zone, ctx.now)),
            Column(_("Outcome"), lambda run: _outcome(run)[0], tone=lambda run: _outcome(run)[1]),
            Column(_("Rows"), lambda run: number(run.done), number=True),
            Column(_("Runs"), lambda run: number(run.runs), number=True),
            Column(_("Failed"), lambda run: number(run.failed), number=True),
            Column(_("Error"), lambda run: run.error or ""),
        ),
    )


def _draw_feeds(ctx: Context, rows: Sequence[Feed]) -> None:
    listing(
        rows,
        (
            Column(_("Source"), lambda feed: feed.source),
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

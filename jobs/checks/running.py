"""What runs: job processes, jobs, and the sources."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import text

from jobs.checks.finding import Finding, Look, fail, ok, span, warn
from queries import jobs
from queries.db import replay_speed
from queries.intake.feeds import SILENT
from queries.jobs import Feed


def processes(look: Look) -> Iterator[Finding]:
    alive = [one for one in jobs.processes(look.conn, jobs.ALIVE_SECONDS, look.now) if one.ended_at is None]
    if alive:
        yield ok("job processes", f"{len(alive)} alive")
    else:
        yield fail(
            "job processes",
            f"None was alive within {jobs.ALIVE_SECONDS} s: no deadline is derived and nobody is alerted",
            "Start `board jobs`, or look into its log.",
        )


def failing(look: Look) -> Iterator[Finding]:
    known = {one.name for one, is_current in jobs.named_jobs(look.conn) if is_current}
    failed = [one for one in jobs.last_runs(look.conn) if one.outcome == "failed" and one.job in known]
    if not failed:
        yield ok("jobs", f"The last run of each of the {len(known)} jobs succeeded")
    for one in failed:
        yield fail(
            "jobs", f"The last run of {one.job} failed: {one.error}", "Look into the log of `board jobs`."
        )


def sources(look: Look) -> Iterator[Finding]:
    feeds, speed = jobs.feeds(look.conn), replay_speed(look.conn) or 1.0
    if not feeds:
        yield warn(
            "sources",
            "No source has brought anything yet",
            "Import a file with `board import`, or make a key with `board token new intake`.",
        )
    silent = {row.source: row.cause for row in look.conn.execute(text(SILENT), {"now": look.now}).all()}
    for one in feeds:
        yield _source(one, look, speed, silent.get(one.source))


def _source(one: Feed, look: Look, speed: float, silent: str | None) -> Finding:
    name, found = f"source {one.source}", f"last heard {_ago(look, one.heard_at, speed)}"
    if one.fact_at is not None:
        found += f", its latest fact happened {_ago(look, one.fact_at, speed)}"
    if silent == "heartbeat":
        return fail(name, found, "See whether the program that brings it runs and reaches the database.")
    if silent == "news":
        return fail(
            name, f"{found}; it speaks and brings nothing new", "See whether its system still records."
        )
    return ok(name, found)


def _ago(look: Look, at: datetime, speed: float) -> str:
    """In real time, in a replay too."""
    return f"{span(max(0.0, (look.now - at).total_seconds() / speed))} ago"

"""The columns of the co-owners page's lists."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from dashboard.controls.columns import (
    amount,
    complaint,
    department,
    in_file_only,
    instant,
    plain,
    region,
    span,
    target,
    tiers,
)
from dashboard.controls.names import Names
from dashboard.locale import _
from dashboard.locale.shown import duration
from dashboard.parts import Column, Context, Tone
from queries.attribution.blocking import Blocked
from queries.attribution.lists import Breach
from queries.attribution.parts import Outcome
from queries.pages.co_owner_requests import Asked

DUE_SOON_SECONDS = 3600


def outcomes() -> dict[Outcome, str]:
    return {
        "avoidable": _("Avoidable breaches"),
        "own": _("Unavoidable"),
        "no_telling": _("Not known yet (still open)"),
    }


def _ends(labels: Names, lead: str = "lead_department_id") -> tuple[Column, ...]:
    return department(labels, _("Lead owner"), lead), tiers(), region(labels)


def _co_owner(labels: Names) -> Column:
    return department(labels, _("Co-owner"))


def _request() -> Column:
    return in_file_only(plain(_("Request"), "request_id"))


def _left(ctx: Context, name: str, row: Blocked) -> float | None:
    due_at: datetime | None = getattr(row, name)
    return None if due_at is None else (due_at - ctx.now).total_seconds()


def _urgency(left: Callable[[Any], float | None], row: Blocked) -> Tone:
    seconds = left(row)
    if seconds is None:
        return ""
    return "bad" if seconds < 0 else "warn" if seconds < DUE_SOON_SECONDS else ""


def waiting(ctx: Context, labels: Names) -> tuple[Column, ...]:
    of_lead, of_co_owner = partial(_left, ctx, "due_at"), partial(_left, ctx, "limit_at")

    def at_stake(row: Blocked) -> str:
        return _("no deadline") if row.target is None else labels.target(row.target)

    def left(row: Blocked) -> str:
        return _("paused") if row.target and row.due_at is None else duration(of_lead(row))

    def waits(row: Blocked) -> float:
        return (ctx.now - row.since).total_seconds()

    return (
        span(_("Time left"), of_lead, left, partial(_urgency, of_lead)),
        Column(_("Deadline"), at_stake),
        in_file_only(instant(ctx, _("Due"), "due_at")),
        *complaint(ctx),
        department(labels, _("Waiting on")),
        in_file_only(instant(ctx, _("Requested"), "requested_at")),
        in_file_only(instant(ctx, _("Held since"), "since")),
        span(_("Waiting time"), waits),
        span(_("Co-owner's time left"), of_co_owner, tone=partial(_urgency, of_co_owner)),
        in_file_only(instant(ctx, _("Co-owner's deadline"), "limit_at")),
        *_ends(labels),
    )


def requests(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        *complaint(ctx),
        _request(),
        _co_owner(labels),
        instant(ctx, _("Requested"), "requested_at"),
        in_file_only(instant(ctx, _("Responded"), "responded_at")),
        _step(ctx, _("Response"), "responded_at", "respond_late"),
        in_file_only(instant(ctx, _("Opinion given"), "opinion_at")),
        _step(ctx, _("Opinion"), "opinion_at", "opinion_late"),
        in_file_only(instant(ctx, _("Ended unanswered"), "over_at")),
        *_ends(labels),
    )


def _step(ctx: Context, head: str, at: str, late: str) -> Column:
    """How long it took or takes; in a file whether that was in time, beside the instant."""

    def shown(row: Asked) -> str:
        answered_at: datetime | None = getattr(row, at)
        if answered_at is not None:
            return duration((answered_at - row.requested_at).total_seconds())
        if row.over_at is not None:
            return _("ended unanswered")
        return _("waiting {time}").format(time=duration((ctx.now - row.requested_at).total_seconds()))

    def tone(row: Asked) -> Tone:
        is_late: bool | None = getattr(row, late)
        return "" if is_late is None else "bad" if is_late else "good"

    def exported(row: Asked) -> str:
        is_late: bool | None = getattr(row, late)
        return "" if is_late is None else _("late") if is_late else _("in time")

    return Column(head, shown, True, tone, exported=exported)


def late(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        span(_("Past due by"), "late_seconds"),
        *complaint(ctx),
        _request(),
        _co_owner(labels),
        instant(ctx, _("Requested"), "requested_at"),
        instant(ctx, _("Ended"), "ended_at"),
        *_ends(labels),
    )


def breaches(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def with_episode(row: Breach) -> str:
        return labels.target(row.target) + (f" · {row.episode}" if row.episode > 1 else "")

    of_target = target(labels)
    return (
        *complaint(ctx),
        replace(of_target, shown=with_episode, exported=of_target.shown),
        in_file_only(amount(_("Episode"), "episode")),
        instant(ctx, _("Due"), "due_at"),
        instant(ctx, _("Ended"), "ended_at"),
        replace(span(_("Overrun"), "over_seconds"), hint=_in_target_hours()),
        replace(span(_("Co-owner late by"), "late_seconds"), hint=_in_target_hours()),
        department(labels, _("Co-owner"), "co_owner_id"),
        *_ends(labels),
        instant(ctx, _("Excused since"), "excused_at"),
    )


def _in_target_hours() -> str:
    return _("In the hours of the target: around the clock, or the working hours of its calendar.")


def held(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        span(_("Held"), "seconds"),
        *complaint(ctx),
        span(_("Customer waited"), "waited"),
        span(_("Team used"), "worked"),
        span(_("Total time"), "life"),
        instant(ctx, _("Received"), "received_at"),
        *_ends(labels, "department_id"),
    )

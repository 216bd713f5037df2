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
        "own": _("Would have come anyway"),
        "no_telling": _("Still open: no telling"),
    }


def _ends(known: Names, lead: str = "lead_department_id") -> tuple[Column, ...]:
    return department(known, _("Lead owner"), lead), tiers(), region(known)


def _co_owner(known: Names) -> Column:
    return department(known, _("Co-owner"))


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


def waiting(ctx: Context, known: Names) -> tuple[Column, ...]:
    of_lead, of_co_owner = partial(_left, ctx, "due_at"), partial(_left, ctx, "limit_at")

    def at_stake(row: Blocked) -> str:
        return _("nothing promised") if row.target is None else known.target(row.target)

    def left(row: Blocked) -> str:
        return _("paused") if row.target and row.due_at is None else duration(of_lead(row))

    def waits(row: Blocked) -> float:
        return (ctx.now - row.since).total_seconds()

    return (
        span(_("Time left"), of_lead, left, partial(_urgency, of_lead)),
        Column(_("At stake"), at_stake),
        in_file_only(instant(ctx, _("Due"), "due_at")),
        *complaint(ctx),
        department(known, _("Waits on")),
        in_file_only(instant(ctx, _("Requested"), "requested_at")),
        in_file_only(instant(ctx, _("Holds it since"), "since")),
        span(_("Waiting for"), waits),
        span(_("Its limit"), of_co_owner, tone=partial(_urgency, of_co_owner)),
        in_file_only(instant(ctx, _("Co-owner's limit"), "limit_at")),
        *_ends(known),
    )


def requests(ctx: Context, known: Names) -> tuple[Column, ...]:
    return (
        *complaint(ctx),
        _request(),
        _co_owner(known),
        instant(ctx, _("Requested"), "requested_at"),
        in_file_only(instant(ctx, _("Responded"), "responded_at")),
        _step(ctx, _("Response"), "responded_at", "respond_late"),
        in_file_only(instant(ctx, _("Opinion given"), "opinion_at")),
        _step(ctx, _("Opinion"), "opinion_at", "opinion_late"),
        in_file_only(instant(ctx, _("Ended without"), "over_at")),
        *_ends(known),
    )


def _step(ctx: Context, head: str, at: str, late: str) -> Column:
    """How long it took or takes; in a file whether that was in time, beside the instant."""

    def shown(row: Asked) -> str:
        answered_at: datetime | None = getattr(row, at)
        if answered_at is not None:
            return duration((answered_at - row.requested_at).total_seconds())
        if row.over_at is not None:
            return _("ended without")
        return _("waits {time}").format(time=duration((ctx.now - row.requested_at).total_seconds()))

    def tone(row: Asked) -> Tone:
        is_late: bool | None = getattr(row, late)
        return "" if is_late is None else "bad" if is_late else "good"

    def exported(row: Asked) -> str:
        is_late: bool | None = getattr(row, late)
        return "" if is_late is None else _("late") if is_late else _("in time")

    return Column(head, shown, True, tone, exported=exported)


def late(ctx: Context, known: Names) -> tuple[Column, ...]:
    return (
        span(_("Past its limit"), "late_seconds"),
        *complaint(ctx),
        _request(),
        _co_owner(known),
        instant(ctx, _("Requested"), "requested_at"),
        instant(ctx, _("Ended"), "ended_at"),
        *_ends(known),
    )


def breaches(ctx: Context, known: Names) -> tuple[Column, ...]:
    def with_episode(row: Breach) -> str:
        return known.target(row.target) + (f" · {row.episode}" if row.episode > 1 else "")

    of_target = target(known)
    return (
        *complaint(ctx),
        replace(of_target, shown=with_episode, exported=of_target.shown),
        in_file_only(amount(_("Episode"), "episode")),
        instant(ctx, _("Due"), "due_at"),
        instant(ctx, _("Ended"), "ended_at"),
        span(_("Over, in its hours"), "over_seconds"),
        span(_("Late, in its hours"), "late_seconds"),
        department(known, _("Co-owner"), "co_owner_id"),
        *_ends(known),
    )


def held(ctx: Context, known: Names) -> tuple[Column, ...]:
    return (
        span(_("Held"), "seconds"),
        *complaint(ctx),
        span(_("Customer waited"), "waited"),
        span(_("Team used"), "worked"),
        span(_("Whole life"), "life"),
        instant(ctx, _("Received"), "received_at"),
        *_ends(known, "department_id"),
    )

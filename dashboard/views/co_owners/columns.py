"""The columns of the co-owners page's lists, on the page and as exported."""

from datetime import datetime

from dashboard.controls.long_list import stamp
from dashboard.controls.names import Names, tier
from dashboard.locale import _
from dashboard.locale.shown import duration, when
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


def _complaint(ctx: Context) -> Column:
    return Column(
        _("Complaint"),
        lambda row: row.external_id,
        href=lambda row: ctx.url("complaint", complaint=row.complaint_id),
    )


def _numbers() -> tuple[Column, ...]:
    return (
        Column(_("Complaint"), lambda row: row.external_id),
        Column(_("Our number"), lambda row: str(row.complaint_id)),
    )


def _left(ctx: Context, due_at: datetime | None) -> float | None:
    return None if due_at is None else (due_at - ctx.now).total_seconds()


def _time_left(ctx: Context, due_at: datetime | None) -> tuple[str, Tone]:
    left = _left(ctx, due_at)
    if left is None:
        return "–", ""
    return duration(left), "bad" if left < 0 else "warn" if left < DUE_SOON_SECONDS else ""


def waiting(ctx: Context, known: Names) -> tuple[Column, ...]:
    def at_stake(row: Blocked) -> str:
        if row.target is None:
            return _("nothing promised")
        return known.target(row.target)

    def left(row: Blocked) -> str:
        return _("paused") if row.target and row.due_at is None else _time_left(ctx, row.due_at)[0]

    return (
        Column(_("Time left"), left, True, lambda row: _time_left(ctx, row.due_at)[1]),
        Column(_("At stake"), at_stake),
        _complaint(ctx),
        Column(_("Waits on"), lambda row: known.department(row.department_id)),
        Column(_("Waiting for"), lambda row: duration((ctx.now - row.since).total_seconds()), number=True),
        Column(
            _("Its limit"),
            lambda row: _time_left(ctx, row.limit_at)[0],
            True,
            lambda row: _time_left(ctx, row.limit_at)[1],
        ),
        Column(_("Lead owner"), lambda row: known.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
    )


def waiting_exported(ctx: Context, known: Names) -> tuple[Column, ...]:
    def seconds(at: datetime | None) -> str:
        left = _left(ctx, at)
        return "" if left is None else str(int(left))

    return (
        *_numbers(),
        Column(_("At stake"), lambda row: known.target(row.target) if row.target else ""),
        Column(_("Due"), lambda row: stamp(row.due_at, ctx.zone)),
        Column(_("Seconds left"), lambda row: seconds(row.due_at)),
        Column(_("Co-owner"), lambda row: known.department(row.department_id)),
        Column(_("Requested"), lambda row: stamp(row.requested_at, ctx.zone)),
        Column(_("Holds it since"), lambda row: stamp(row.since, ctx.zone)),
        Column(_("Co-owner's limit"), lambda row: stamp(row.limit_at, ctx.zone)),
        Column(_("Lead department"), lambda row: known.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
    )


def requests(ctx: Context, known: Names) -> tuple[Column, ...]:
    def step(row: Asked, at: datetime | None) -> str:
        if at is not None:
            return duration((at - row.requested_at).total_seconds())
        if row.over_at is not None:
            return _("ended without")
        return _("waits {time}").format(time=duration((ctx.now - row.requested_at).total_seconds()))

    def verdict(late: bool | None) -> Tone:
        return "" if late is None else "bad" if late else "good"

    return (
        _complaint(ctx),
        Column(_("Co-owner"), lambda row: known.department(row.department_id)),
        Column(_("Requested"), lambda row: when(row.requested_at, ctx.zone, ctx.now)),
        Column(
            _("Response"),
            lambda row: step(row, row.responded_at),
            True,
            lambda row: verdict(row.respond_late),
        ),
        Column(
            _("Opinion"), lambda row: step(row, row.opinion_at), True, lambda row: verdict(row.opinion_late)
        ),
        Column(_("Lead owner"), lambda row: known.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
    )


def requests_exported(ctx: Context, known: Names) -> tuple[Column, ...]:
    def late(value: bool | None) -> str:
        return "" if value is None else _("late") if value else _("in time")

    return (
        *_numbers(),
        Column(_("Request"), lambda row: str(row.request_id)),
        Column(_("Co-owner"), lambda row: known.department(row.department_id)),
        Column(_("Lead department"), lambda row: known.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
        Column(_("Requested"), lambda row: stamp(row.requested_at, ctx.zone)),
        Column(_("Responded"), lambda row: stamp(row.responded_at, ctx.zone)),
        Column(_("Response"), lambda row: late(row.respond_late)),
        Column(_("Opinion given"), lambda row: stamp(row.opinion_at, ctx.zone)),
        Column(_("Opinion"), lambda row: late(row.opinion_late)),
        Column(_("Ended without"), lambda row: stamp(row.over_at, ctx.zone)),
    )


def late(ctx: Context, known: Names) -> tuple[Column, ...]:
    return (
        Column(_("Past its limit"), lambda row: duration(row.late_seconds), number=True),
        _complaint(ctx),
        Column(_("Co-owner"), lambda row: known.department(row.department_id)),
        Column(_("Requested"), lambda row: when(row.requested_at, ctx.zone, ctx.now)),
        Column(_("Ended"), lambda row: when(row.ended_at, ctx.zone, ctx.now)),
        Column(_("Lead owner"), lambda row: known.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
    )


def late_exported(ctx: Context, known: Names) -> tuple[Column, ...]:
    return (
        *_numbers(),
        Column(_("Request"), lambda row: str(row.request_id)),
        Column(_("Co-owner"), lambda row: known.department(row.department_id)),
        Column(_("Seconds past its limit"), lambda row: str(row.late_seconds)),
        Column(_("Requested"), lambda row: stamp(row.requested_at, ctx.zone)),
        Column(_("Ended"), lambda row: stamp(row.ended_at, ctx.zone)),
        Column(_("Lead department"), lambda row: known.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
    )


def breaches(ctx: Context, known: Names) -> tuple[Column, ...]:
    def target(row: Breach) -> str:
        return known.target(row.target) + (f" · {row.episode}" if row.episode > 1 else "")

    return (
        _complaint(ctx),
        Column(_("Target"), target),
        Column(_("Due"), lambda row: when(row.due_at, ctx.zone, ctx.now)),
        Column(_("Ended"), lambda row: when(row.ended_at, ctx.zone, ctx.now)),
        Column(_("Over, in its hours"), lambda row: duration(row.over_seconds), number=True),
        Column(_("Late, in its hours"), lambda row: duration(row.late_seconds), number=True),
        Column(_("Co-owner"), lambda row: known.department(row.co_owner_id)),
        Column(_("Lead owner"), lambda row: known.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
    )


def breaches_exported(ctx: Context, known: Names) -> tuple[Column, ...]:
    return (
        *_numbers(),
        Column(_("Target"), lambda row: known.target(row.target)),
        Column(_("Episode"), lambda row: str(row.episode)),
        Column(_("Due"), lambda row: stamp(row.due_at, ctx.zone)),
        Column(_("Ended"), lambda row: stamp(row.ended_at, ctx.zone)),
        Column(_("Seconds over"), lambda row: str(row.over_seconds)),
        Column(_("Seconds of late co-owners"), lambda row: str(row.late_seconds)),
        Column(_("Co-owner"), lambda row: known.department(row.co_owner_id)),
        Column(_("Lead department"), lambda row: known.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
    )


def held(ctx: Context, known: Names) -> tuple[Column, ...]:
    def time(head: str, name: str) -> Column:
        return Column(head, lambda row: duration(getattr(row, name)), number=True)

    return (
        time(_("Held"), "seconds"),
        _complaint(ctx),
        time(_("Customer waited"), "waited"),
        time(_("Team used"), "worked"),
        time(_("Whole life"), "life"),
        Column(_("Received"), lambda row: when(row.received_at, ctx.zone, ctx.now)),
        Column(_("Lead owner"), lambda row: known.department(row.department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
    )


def held_exported(ctx: Context, known: Names) -> tuple[Column, ...]:
    def plain(head: str, name: str) -> Column:
        return Column(head, lambda row: str(getattr(row, name)))

    return (
        *_numbers(),
        plain(_("Seconds held"), "seconds"),
        plain(_("Seconds the customer waited"), "waited"),
        plain(_("Seconds the team used"), "worked"),
        plain(_("Seconds of its life"), "life"),
        Column(_("Received"), lambda row: stamp(row.received_at, ctx.zone)),
        Column(_("Lead department"), lambda row: known.department(row.department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
    )

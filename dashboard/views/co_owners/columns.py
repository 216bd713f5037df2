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
        "own": _("Unavoidable"),
        "no_telling": _("Not known yet (still open)"),
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
        Column(_("Board number"), lambda row: str(row.complaint_id)),
    )


def _left(ctx: Context, due_at: datetime | None) -> float | None:
    return None if due_at is None else (due_at - ctx.now).total_seconds()


def _time_left(ctx: Context, due_at: datetime | None) -> tuple[str, Tone]:
    left = _left(ctx, due_at)
    if left is None:
        return "–", ""
    return duration(left), "bad" if left < 0 else "warn" if left < DUE_SOON_SECONDS else ""


def waiting(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def at_stake(row: Blocked) -> str:
        if row.target is None:
            return _("no deadline")
        return labels.target(row.target)

    def left(row: Blocked) -> str:
        return _("paused") if row.target and row.due_at is None else _time_left(ctx, row.due_at)[0]

    return (
        Column(_("Time left"), left, True, lambda row: _time_left(ctx, row.due_at)[1]),
        Column(_("Deadline"), at_stake),
        _complaint(ctx),
        Column(_("Waiting on"), lambda row: labels.department(row.department_id)),
        Column(_("Waiting time"), lambda row: duration((ctx.now - row.since).total_seconds()), number=True),
        Column(
            _("Co-owner's time left"),
            lambda row: _time_left(ctx, row.limit_at)[0],
            True,
            lambda row: _time_left(ctx, row.limit_at)[1],
        ),
        Column(_("Lead owner"), lambda row: labels.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: labels.region(row.region_id)),
    )


def waiting_exported(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def seconds(at: datetime | None) -> str:
        left = _left(ctx, at)
        return "" if left is None else str(int(left))

    return (
        *_numbers(),
        Column(_("Deadline"), lambda row: labels.target(row.target) if row.target else ""),
        Column(_("Due"), lambda row: stamp(row.due_at, ctx.zone)),
        Column(_("Seconds left"), lambda row: seconds(row.due_at)),
        Column(_("Co-owner"), lambda row: labels.department(row.department_id)),
        Column(_("Requested"), lambda row: stamp(row.requested_at, ctx.zone)),
        Column(_("Held since"), lambda row: stamp(row.since, ctx.zone)),
        Column(_("Co-owner's deadline"), lambda row: stamp(row.limit_at, ctx.zone)),
        Column(_("Lead department"), lambda row: labels.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: labels.region(row.region_id)),
    )


def requests(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def step(row: Asked, at: datetime | None) -> str:
        if at is not None:
            return duration((at - row.requested_at).total_seconds())
        if row.over_at is not None:
            return _("ended unanswered")
        return _("waiting {time}").format(time=duration((ctx.now - row.requested_at).total_seconds()))

    def verdict(late: bool | None) -> Tone:
        return "" if late is None else "bad" if late else "good"

    return (
        _complaint(ctx),
        Column(_("Co-owner"), lambda row: labels.department(row.department_id)),
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
        Column(_("Lead owner"), lambda row: labels.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: labels.region(row.region_id)),
    )


def requests_exported(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def late(value: bool | None) -> str:
        return "" if value is None else _("late") if value else _("in time")

    return (
        *_numbers(),
        Column(_("Request"), lambda row: str(row.request_id)),
        Column(_("Co-owner"), lambda row: labels.department(row.department_id)),
        Column(_("Lead department"), lambda row: labels.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: labels.region(row.region_id)),
        Column(_("Requested"), lambda row: stamp(row.requested_at, ctx.zone)),
        Column(_("Responded"), lambda row: stamp(row.responded_at, ctx.zone)),
        Column(_("Response"), lambda row: late(row.respond_late)),
        Column(_("Opinion given"), lambda row: stamp(row.opinion_at, ctx.zone)),
        Column(_("Opinion"), lambda row: late(row.opinion_late)),
        Column(_("Ended unanswered"), lambda row: stamp(row.over_at, ctx.zone)),
    )


def late(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        Column(_("Past due by"), lambda row: duration(row.late_seconds), number=True),
        _complaint(ctx),
        Column(_("Co-owner"), lambda row: labels.department(row.department_id)),
        Column(_("Requested"), lambda row: when(row.requested_at, ctx.zone, ctx.now)),
        Column(_("Ended"), lambda row: when(row.ended_at, ctx.zone, ctx.now)),
        Column(_("Lead owner"), lambda row: labels.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: labels.region(row.region_id)),
    )


def late_exported(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        *_numbers(),
        Column(_("Request"), lambda row: str(row.request_id)),
        Column(_("Co-owner"), lambda row: labels.department(row.department_id)),
        Column(_("Past due by (s)"), lambda row: str(row.late_seconds)),
        Column(_("Requested"), lambda row: stamp(row.requested_at, ctx.zone)),
        Column(_("Ended"), lambda row: stamp(row.ended_at, ctx.zone)),
        Column(_("Lead department"), lambda row: labels.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: labels.region(row.region_id)),
    )


def breaches(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def target(row: Breach) -> str:
        return labels.target(row.target) + (f" · {row.episode}" if row.episode > 1 else "")

    return (
        _complaint(ctx),
        Column(_("Target"), target),
        Column(_("Due"), lambda row: when(row.due_at, ctx.zone, ctx.now)),
        Column(_("Ended"), lambda row: when(row.ended_at, ctx.zone, ctx.now)),
        Column(_("Overrun (target hours)"), lambda row: duration(row.over_seconds), number=True),
        Column(_("Co-owner lateness (target hours)"), lambda row: duration(row.late_seconds), number=True),
        Column(_("Co-owner"), lambda row: labels.department(row.co_owner_id)),
        Column(_("Lead owner"), lambda row: labels.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: labels.region(row.region_id)),
    )


def breaches_exported(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        *_numbers(),
        Column(_("Target"), lambda row: labels.target(row.target)),
        Column(_("Episode"), lambda row: str(row.episode)),
        Column(_("Due"), lambda row: stamp(row.due_at, ctx.zone)),
        Column(_("Ended"), lambda row: stamp(row.ended_at, ctx.zone)),
        Column(_("Overrun (s)"), lambda row: str(row.over_seconds)),
        Column(_("Co-owner lateness (s)"), lambda row: str(row.late_seconds)),
        Column(_("Co-owner"), lambda row: labels.department(row.co_owner_id)),
        Column(_("Lead department"), lambda row: labels.department(row.lead_department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: labels.region(row.region_id)),
    )


def held(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def time(head: str, name: str) -> Column:
        return Column(head, lambda row: duration(getattr(row, name)), number=True)

    return (
        time(_("Held"), "seconds"),
        _complaint(ctx),
        time(_("Customer waited"), "waited"),
        time(_("Team used"), "worked"),
        time(_("Total time"), "life"),
        Column(_("Received"), lambda row: when(row.received_at, ctx.zone, ctx.now)),
        Column(_("Lead owner"), lambda row: labels.department(row.department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: labels.region(row.region_id)),
    )


def held_exported(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def plain(head: str, name: str) -> Column:
        return Column(head, lambda row: str(getattr(row, name)))

    return (
        *_numbers(),
        plain(_("Held (s)"), "seconds"),
        plain(_("Customer waited (s)"), "waited"),
        plain(_("Team used (s)"), "worked"),
        plain(_("Total time (s)"), "life"),
        Column(_("Received"), lambda row: stamp(row.received_at, ctx.zone)),
        Column(_("Lead department"), lambda row: labels.department(row.department_id)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Region"), lambda row: labels.region(row.region_id)),
    )

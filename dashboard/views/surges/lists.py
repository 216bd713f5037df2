"""Surges: the complaints of one, as a list that can be shared and taken home."""

from dashboard.controls.long_list import LongList, long_list, stamp
from dashboard.controls.names import Names, category, channel, status, tier
from dashboard.controls.surge_words import About
from dashboard.locale import _
from dashboard.locale.shown import when
from dashboard.parts import Column, Context
from queries.pages import surges
from queries.pages.surges import Member, SurgeRow


def what(row: About) -> str:
    return " · ".join(part for part in (category(row.category), row.product) if part)


def draw(ctx: Context, labels: Names, row: SurgeRow) -> None:
    here = LongList(
        "surge_complaints",
        _("Complaints in this surge"),
        _columns(ctx, labels),
        _exported(ctx, labels),
        "surges",
        {"surge": str(row.surge_id)},
        _("None of its complaints is in your regions."),
    )
    long_list(ctx, here, surges.members, row.surge_id, total=row.complaints)


def _decision(row: Member) -> str:
    return _("proposed for tier 1") if row.waits else "–"


def _columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        Column(_("Received"), lambda row: when(row.received_at, ctx.zone, ctx.now)),
        Column(
            _("Complaint"),
            lambda row: row.external_id,
            href=lambda row: ctx.url("complaint", complaint=row.complaint_id),
        ),
        Column(_("Status"), lambda row: status(row.status)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Decision"), _decision),
        Column(_("Department"), lambda row: labels.department(row.department_id)),
        Column(_("Region"), lambda row: labels.region(row.region_id)),
        Column(_("Channel"), lambda row: channel(row.channel)),
    )


def _exported(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        Column(_("Complaint"), lambda row: row.external_id),
        Column(_("Board number"), lambda row: str(row.complaint_id)),
        Column(_("Received"), lambda row: stamp(row.received_at, ctx.zone)),
        *_columns(ctx, labels)[2:],
    )

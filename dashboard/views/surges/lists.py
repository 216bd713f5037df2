"""Surges: the complaints of one, as a list that can be shared and taken home."""

from dashboard.controls.columns import coded, complaint, department, instant, region, tiers
from dashboard.controls.long_list import LongList, long_list
from dashboard.controls.names import Names, category, channel, status
from dashboard.controls.surge_words import About
from dashboard.locale import _
from dashboard.parts import Column, Context
from queries.pages import surges
from queries.pages.surges import Member, SurgeRow


def what(row: About) -> str:
    return " · ".join(part for part in (category(row.category), row.product) if part)


def draw(ctx: Context, labels: Names, row: SurgeRow) -> None:
    here = LongList(
        "surge_complaints",
        _("Complaints in this surge"),
        columns(ctx, labels),
        "surges",
        {"surge": str(row.surge_id)},
        _("None of its complaints is in your regions."),
    )
    long_list(ctx, here, surges.members, row.surge_id, total=row.complaints)


def _decision(row: Member) -> str:
    return _("proposed for tier 1") if row.waits else "–"


def columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        instant(ctx, _("Received"), "received_at"),
        *complaint(ctx),
        coded(_("Status"), "status", status),
        tiers(),
        Column(_("Decision"), _decision),
        department(labels),
        region(labels),
        coded(_("Channel"), "channel", channel),
    )

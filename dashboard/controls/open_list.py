"""The open complaints behind one number of the backlog, named by the URL, so that the list can be shared."""

from html import escape

import streamlit as st

from dashboard.controls.columns import (
    coded,
    complaint,
    department,
    in_file_only,
    instant,
    owner,
    region,
    span,
    tiers,
)
from dashboard.controls.long_list import LongList, long_list
from dashboard.controls.names import Names, category, channel, status, tier
from dashboard.locale import _
from dashboard.parts import Column, Context
from dashboard.reads import reads
from queries import organisation
from queries.pages import backlog
from queries.pages.backlog import AGE_EDGES, OpenComplaint, Slice

NONE = "none"  # in the URL: complaints of which none is known
KEYS = ("in_tier", "in_department", "in_region", "in_age")


def drilled(
    ctx: Context,
    labels: Names,
    tier: int | None = None,
    department_id: int | None = None,
    region_id: int | None = None,
    band: int | None = None,
) -> str:
    """The link of a number. 0 stands for none on record, None for all."""
    params = {
        "in_tier": None if tier is None else str(tier or NONE),
        "in_department": None if department_id is None else labels.department_codes.get(department_id, NONE),
        "in_region": None if region_id is None else labels.region_codes.get(region_id, NONE),
        "in_age": None if band is None else str(band),
    }
    return ctx.counted(
        "backlog", list="open", **{key: value for key, value in params.items() if value is not None}
    )


def draw_list(ctx: Context, labels: Names) -> None:
    params = {key: st.query_params[key] for key in KEYS if key in st.query_params}
    part = slice_of(ctx, labels, params)
    back, word = escape(ctx.back("backlog")), escape(_("Backlog"))
    st.html(f'<div class="back"><a href="{back}" target="_self">← {word}</a></div>')
    here = LongList(
        "open_complaints",
        " · ".join(_title_parts(labels, part, params)),
        columns(ctx, labels),
        "backlog",
        {"list": "open", **params},
    )
    total = ctx.read(backlog.count_open, ctx.filters, part).rows
    long_list(ctx, here, backlog.open_complaints, ctx.filters, part, total=total)


def slice_of(ctx: Context, labels: Names, params: dict[str, str]) -> Slice:
    """What the URL names. An unknown code matches nothing: the same link never shows more."""
    return Slice(
        tier=of_code(params.get("in_tier"), {str(n): n for n in (1, 2, 3)}),
        department_id=of_code(
            params.get("in_department"), {c: n for n, c in labels.department_codes.items()}
        ),
        regions=region_with_cities(ctx, labels, params.get("in_region")),
        band=of_code(params.get("in_age"), {str(n): n for n in range(len(AGE_EDGES) + 1)}),
    )


def of_code(word: str | None, known: dict[str, int]) -> int | None:
    if word is None:
        return None
    return 0 if word == NONE else known.get(word, -1)


def region_with_cities(ctx: Context, labels: Names, code: str | None) -> tuple[int, ...] | None:
    """A province with its cities."""
    found = of_code(code, {code: n for n, code in labels.region_codes.items()})
    if found is None:
        return None
    tree = reads().read(ctx.scope, ctx.moment.to_minute(), organisation.regions).rows or ()
    return (found, *(one.region_id for one in tree if one.parent_id == found))


def band_name(band: int) -> str:
    hours = [
        _("{n} h").format(n=edge) if edge < 24 else _("{n} d").format(n=edge // 24) for edge in AGE_EDGES
    ]
    if band == 0:
        return _("under {edge}").format(edge=hours[0])
    if band == len(AGE_EDGES):
        return _("over {edge}").format(edge=hours[-1])
    return f"{hours[band - 1]} – {hours[band]}"


def _title_parts(labels: Names, part: Slice, params: dict[str, str]) -> list[str]:
    parts = [_("Open complaints")]
    if part.tier is not None:
        parts.append(tier(part.tier) if part.tier else _("without a tier"))
    if part.department_id is not None:
        parts.append(
            labels.department(part.department_id) if part.department_id else _("without a department")
        )
    if part.regions is not None:
        parts.append(labels.region(part.regions[0]) if part.regions[0] else _("without a region"))
    if part.band is not None and part.band >= 0:
        parts.append(_("{band} old").format(band=band_name(part.band)))
    return parts


def columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def age(row: OpenComplaint) -> float:
        return (ctx.now - row.received_at).total_seconds()

    return (
        span(_("Age"), age),
        *complaint(ctx),
        in_file_only(instant(ctx, _("Received"), "received_at")),
        coded(_("Status"), "status", status),
        tiers(),
        department(labels),
        owner(),
        region(labels),
        coded(_("Category"), "category", category),
        coded(_("Channel"), "channel", channel),
        instant(ctx, _("Unchanged since"), "since"),
    )

"""The complaints behind one number of the problems page, named by the URL, so that the list can be shared."""

from html import escape

import streamlit as st

from dashboard.controls.columns import amount, coded, complaint, department, instant, region, tiers
from dashboard.controls.links import link
from dashboard.controls.long_list import LongList, long_list
from dashboard.controls.names import Names, channel, key_issue, status, trigger
from dashboard.locale import _
from dashboard.locale.shown import in_brackets, listed
from dashboard.parts import Column, Context
from dashboard.reads import reads
from queries import organisation
from queries.pages import problems
from queries.pages.problems import Part, ReadComplaint

NONE = "none"  # in the URL: complaints of which none is known
KEYS = ("in_issue", "in_department", "in_region", "in_channel", "only")


def drilled(
    ctx: Context,
    labels: Names,
    issue: str | None = None,
    place: int | None = None,
    department_id: int | None = None,
    channel: str | None = None,
    only: tuple[str, ...] = (),
) -> str:
    """The link of a number. "" and 0 stand for none on record, None for all. `only`: some of negative,
    proposing, waiting, customers, before."""
    params = {
        "in_issue": None if issue is None else issue or NONE,
        "in_department": None if department_id is None else labels.department_codes.get(department_id, NONE),
        "in_region": None if place is None else labels.region_codes.get(place, NONE),
        "in_channel": None if channel is None else channel or NONE,
        "only": ".".join(only) or None,
    }
    return ctx.counted(
        "problems", list="complaints", **{key: value for key, value in params.items() if value is not None}
    )


def region_link(ctx: Context, issue: str) -> str:
    """A problem's name, which leads to its regions."""
    return link(key_issue(issue), ctx.url("problems", issue=issue)) if issue else escape(key_issue(issue))


def draw_list(ctx: Context, labels: Names) -> None:
    params = {key: st.query_params[key] for key in KEYS if key in st.query_params}
    part = part_of(ctx, labels, params)
    back, word = escape(ctx.back("problems")), escape(_("Problems"))
    st.html(f'<div class="back"><a href="{back}" target="_self">← {word}</a></div>')
    here = LongList(
        "problem_complaints",
        " · ".join(_title_parts(labels, part)),
        columns(ctx, labels),
        "problems",
        {"list": "complaints", **params},
    )
    total = ctx.read(problems.count_complaints, ctx.filters, part).rows
    long_list(ctx, here, problems.complaints, ctx.filters, part, total=total)


def part_of(ctx: Context, labels: Names, params: dict[str, str]) -> Part:
    """What the URL names. An unknown code matches nothing: the same link never shows more."""
    flags = set(params.get("only", "").split("."))
    department = params.get("in_department")
    codes = {code: n for n, code in labels.department_codes.items()}
    return Part(
        issue=_text(params.get("in_issue")),
        regions=_regions(ctx, labels, params.get("in_region")),
        department_id=None if department is None else 0 if department == NONE else codes.get(department, -1),
        channel=_text(params.get("in_channel")),
        is_negative="negative" in flags,
        proposes="proposing" in flags,
        waits="waiting" in flags,
        has_customer="customers" in flags,
        is_before="before" in flags,
    )


def _text(word: str | None) -> str | None:
    return "" if word == NONE else word


def _regions(ctx: Context, labels: Names, code: str | None) -> tuple[int, ...] | None:
    """A province with its cities."""
    if code is None or code == NONE:
        return None if code is None else (0,)
    found = next((n for n, one in labels.region_codes.items() if one == code), -1)
    tree = reads().read(ctx.scope, ctx.moment.to_minute(), organisation.regions).rows or ()
    return (found, *(one.region_id for one in tree if one.parent_id == found))


def _title_parts(labels: Names, part: Part) -> list[str]:
    parts = [_("Complaints of the previous period") if part.is_before else _("Complaints of the period")]
    if part.issue is not None:
        parts.append(key_issue(part.issue))
    if part.regions is not None:
        parts.append(labels.region(part.regions[0]) if part.regions[0] else _("without a region"))
    if part.department_id is not None:
        parts.append(
            labels.department(part.department_id) if part.department_id else _("without a department")
        )
    if part.channel is not None:
        parts.append(channel(part.channel))
    flags = {
        _("negative texts"): part.is_negative,
        _("with tier-1 words"): part.proposes,
        _("waiting for a decision on tier 1"): part.waits,
        _("with a known customer"): part.has_customer,
    }
    return parts + [word for word, is_on in flags.items() if is_on]


def _says(row: ReadComplaint) -> str:
    if not row.words:
        return "–"
    groups = listed(trigger(group) for group in dict.fromkeys((row.groups or "").split()))
    return in_brackets(listed(dict.fromkeys(row.words.splitlines())), groups)


def columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    return (
        instant(ctx, _("Received"), "received_at"),
        *complaint(ctx),
        coded(_("Status"), "status", status),
        tiers(),
        coded(_("Problem"), "key_issue", key_issue),
        amount(_("Sentiment"), "sentiment", 2),
        Column(_("Tier-1 words"), _says),
        department(labels),
        region(labels),
        coded(_("Channel"), "channel", channel),
    )

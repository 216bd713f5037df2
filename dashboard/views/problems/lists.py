"""The complaints behind one number of the problems page, named by the URL, so that the list can be shared."""

from html import escape

import streamlit as st

from dashboard.controls.links import link
from dashboard.controls.long_list import LongList, long_list, stamp
from dashboard.controls.names import Names, channel, key_issue, status, tier, trigger
from dashboard.locale import _
from dashboard.locale.shown import in_brackets, listed, number, when
from dashboard.parts import Column, Context
from dashboard.reads import reads
from queries import organisation
from queries.pages import problems
from queries.pages.problems import Part, ReadComplaint

NONE = "none"  # in the URL: complaints of which none is known
FLAGS = ("negative", "proposing", "waiting", "customers", "before")
KEYS = ("in_issue", "in_department", "in_region", "in_channel", "only")


def drilled(
    ctx: Context,
    known: Names,
    issue: str | None = None,
    place: int | None = None,
    department_id: int | None = None,
    channel: str | None = None,
    only: tuple[str, ...] = (),
) -> str:
    """The link of a number. "" and 0 stand for none known, None for all; `only`: some of FLAGS."""
    asked = {
        "in_issue": None if issue is None else issue or NONE,
        "in_department": None if department_id is None else known.department_codes.get(department_id, NONE),
        "in_region": None if place is None else known.region_codes.get(place, NONE),
        "in_channel": None if channel is None else channel or NONE,
        "only": ".".join(only) or None,
    }
    return ctx.counted(
        "problems", list="complaints", **{key: value for key, value in asked.items() if value is not None}
    )


def region_link(ctx: Context, issue: str) -> str:
    """A problem's name, which leads to its regions."""
    return link(key_issue(issue), ctx.url("problems", issue=issue)) if issue else escape(key_issue(issue))


def draw_list(ctx: Context, known: Names) -> None:
    asked = {key: st.query_params[key] for key in KEYS if key in st.query_params}
    part = part_of(ctx, known, asked)
    back, word = escape(ctx.back("problems")), escape(_("Problems"))
    st.html(f'<div class="back"><a href="{back}" target="_self">← {word}</a></div>')
    here = LongList(
        "problem_complaints",
        " · ".join(_words(known, part)),
        _columns(ctx, known),
        _exported(ctx, known),
        "problems",
        {"list": "complaints", **asked},
    )
    total = ctx.read(problems.count_complaints, ctx.filters, part).rows
    long_list(ctx, here, problems.complaints, ctx.filters, part, total=total)


def part_of(ctx: Context, known: Names, asked: dict[str, str]) -> Part:
    """What the URL names. An unknown code matches nothing: the same link never shows more."""
    flags = set(asked.get("only", "").split("."))
    department = asked.get("in_department")
    codes = {code: n for n, code in known.department_codes.items()}
    return Part(
        issue=_text(asked.get("in_issue")),
        regions=_regions(ctx, known, asked.get("in_region")),
        department_id=None if department is None else 0 if department == NONE else codes.get(department, -1),
        channel=_text(asked.get("in_channel")),
        is_negative="negative" in flags,
        proposes="proposing" in flags,
        waits="waiting" in flags,
        has_customer="customers" in flags,
        is_before="before" in flags,
    )


def _text(word: str | None) -> str | None:
    return "" if word == NONE else word


def _regions(ctx: Context, known: Names, code: str | None) -> tuple[int, ...] | None:
    """A province with its cities."""
    if code is None or code == NONE:
        return None if code is None else (0,)
    found = next((n for n, one in known.region_codes.items() if one == code), -1)
    tree = reads().read(ctx.scope, ctx.moment.to_minute(), organisation.regions).rows or ()
    return (found, *(one.region_id for one in tree if one.parent_id == found))


def _words(known: Names, part: Part) -> list[str]:
    words = [_("Complaints of the period before") if part.is_before else _("Complaints of the period")]
    if part.issue is not None:
        words.append(key_issue(part.issue))
    if part.regions is not None:
        words.append(known.region(part.regions[0]) if part.regions[0] else _("without a region"))
    if part.department_id is not None:
        words.append(
            known.department(part.department_id) if part.department_id else _("without a department")
        )
    if part.channel is not None:
        words.append(channel(part.channel))
    flags = {
        _("negative texts"): part.is_negative,
        _("with words of tier 1"): part.proposes,
        _("waiting for a decision on tier 1"): part.waits,
        _("of known customers"): part.has_customer,
    }
    return words + [word for word, is_on in flags.items() if is_on]


def _says(row: ReadComplaint) -> str:
    if not row.words:
        return "–"
    groups = listed(trigger(group) for group in dict.fromkeys((row.groups or "").split()))
    return in_brackets(listed(dict.fromkeys(row.words.splitlines())), groups)


def _feeling(row: ReadComplaint) -> str:
    return number(row.sentiment, 2)


def _columns(ctx: Context, known: Names) -> tuple[Column, ...]:
    return (
        Column(_("Received"), lambda row: when(row.received_at, ctx.zone, ctx.now)),
        Column(
            _("Complaint"),
            lambda row: row.external_id,
            href=lambda row: ctx.url("complaint", complaint=row.complaint_id),
        ),
        Column(_("Status"), lambda row: status(row.status)),
        Column(_("Tier"), lambda row: tier(row.tier)),
        Column(_("Problem"), lambda row: key_issue(row.key_issue)),
        Column(_("Sentiment"), _feeling, number=True),
        Column(_("Words of tier 1"), _says),
        Column(_("Department"), lambda row: known.department(row.department_id)),
        Column(_("Region"), lambda row: known.region(row.region_id)),
        Column(_("Channel"), lambda row: channel(row.channel)),
    )


def _exported(ctx: Context, known: Names) -> tuple[Column, ...]:
    return (
        Column(_("Complaint"), lambda row: row.external_id),
        Column(_("Our number"), lambda row: str(row.complaint_id)),
        Column(_("Received"), lambda row: stamp(row.received_at, ctx.zone)),
        *_columns(ctx, known)[2:],
    )

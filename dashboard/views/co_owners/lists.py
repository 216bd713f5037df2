"""The rows behind each number of the co-owners page, named by the URL, so that a list can be shared."""

from datetime import date
from html import escape
from typing import get_args

import streamlit as st

from config.instants import EARLIEST
from dashboard.controls import periods
from dashboard.controls.long_list import LongList, long_list, tabs
from dashboard.controls.names import Names
from dashboard.controls.open_list import of_code, region_with_cities
from dashboard.controls.stacked_bar import holder_name
from dashboard.locale import _
from dashboard.parts import Context
from dashboard.views.co_owners import columns
from queries.attribution import blocking, lists, scope
from queries.attribution.parts import TEAM, Holder, Outcome
from queries.attribution.scope import Cost
from queries.pages import co_owner_requests
from queries.pages.co_owner_requests import NOW, Slice, Which

KEYS = ("which", "holder", "in_department", "in_region", "in_day")


def linked(ctx: Context, what: str, **more: str) -> str:
    """Of a number. `what`: waiting, requests, late, breaches or time; `more`: of KEYS."""
    return ctx.counted("co_owners", list=what, **more)


def draw_list(ctx: Context, slow: Context, known: Names) -> None:
    """`slow` reads the sums that its lists belong to."""
    asked = {key: st.query_params[key] for key in KEYS if key in st.query_params}
    back, word = escape(ctx.back("co_owners")), escape(_("Co-owners"))
    st.html(f'<div class="back"><a href="{back}" target="_self">← {word}</a></div>')
    what = st.query_params["list"]
    if what == "requests":
        _requests(ctx, slow, known, asked)
    elif what == "late":
        _late(slow, known, asked)
    elif what == "breaches":
        _breaches(slow, known, asked)
    elif what == "time":
        _time(slow, known, asked)
    else:
        _waiting(ctx, known, asked)


def _department(known: Names, asked: dict[str, str]) -> int | None:
    return of_code(asked.get("in_department"), {code: key for key, code in known.department_codes.items()})


def _titled(known: Names, title: str, asked: dict[str, str]) -> str:
    """With what it is narrowed down to."""
    words = [title]
    department = _department(known, asked)
    if department is not None:
        words.append(known.department(department) if department else _("without a department"))
    if "in_region" in asked:
        ids = {code: key for key, code in known.region_codes.items()}
        words.append(known.region(ids.get(asked["in_region"])))
    if "in_day" in asked:
        words.append(asked["in_day"])
    return " · ".join(words)


def _choices(
    ctx: Context, what: str, asked: dict[str, str], words: dict[str, str], key: str, chosen: str
) -> None:
    others = {name: value for name, value in asked.items() if name != key}
    shown = [
        (word, ctx.url("co_owners", list=what, **others, **{key: code}), code == chosen)
        for code, word in words.items()
    ]
    tabs(shown)


def _waiting(ctx: Context, known: Names, asked: dict[str, str]) -> None:
    department = _department(known, asked)
    counts = ctx.read(blocking.blockers, ctx.filters).rows
    mine = [one for one in counts or () if department is None or one.department_id == department]
    total = None if counts is None else sum(one.complaints for one in mine)
    here = LongList(
        "waiting_on_co_owners",
        _titled(known, _("Waiting on a co-owner now"), asked),
        columns.waiting(ctx, known),
        columns.waiting_exported(ctx, known),
        "co_owners",
        {"list": "waiting", **asked},
        _("No open complaint waits on a co-owner."),
    )
    long_list(ctx, here, blocking.blocked, ctx.filters, department, total=total)


def _requests(ctx: Context, slow: Context, known: Names, asked: dict[str, str]) -> None:
    words: dict[Which, str] = {
        "all": _("All requests of the period"),
        "open": _("Open"),
        "respond_late": _("Not responded in time"),
        "opinion_late": _("No opinion in time"),
        "open_now": _("All open now"),
        "overdue": _("Past due now"),
    }
    which: Which = next((one for one in words if one == asked.get("which")), "all")
    _choices(ctx, "requests", asked, {str(code): word for code, word in words.items()}, "which", which)
    part = Slice(
        _department(known, asked), region_with_cities(ctx, known, asked.get("in_region")), _day(asked)
    )
    of = ctx if which in NOW else slow
    here = LongList(
        "co_owner_requests",
        _titled(known, words[which], asked),
        columns.requests(of, known),
        columns.requests_exported(of, known),
        "co_owners",
        {"list": "requests", **asked},
        _("No requests in this list."),
    )
    total = of.read(co_owner_requests.count_requests, ctx.filters, which, part).rows
    long_list(of, here, co_owner_requests.requests, ctx.filters, which, part, total=total)


def _day(asked: dict[str, str]) -> date | None:
    if "in_day" not in asked:
        return None
    return periods.iso_day(asked["in_day"]) or EARLIEST.date()  # no such day, no rows


def _costs(ctx: Context, department: int | None) -> list[Cost] | None:
    whole = ctx.read(scope.whole, ctx.filters).rows
    if whole is None:
        return None
    return [cost for cost in whole.costs if department is None or (cost.department_id or 0) == department]


def _late(ctx: Context, known: Names, asked: dict[str, str]) -> None:
    department = _department(known, asked)
    costs = _costs(ctx, department)
    total = None if costs is None else sum(cost.late_requests for cost in costs)
    here = LongList(
        "late_co_owner_requests",
        _titled(known, _("Held past due, on the critical path"), asked),
        columns.late(ctx, known),
        columns.late_exported(ctx, known),
        "co_owners",
        {"list": "late", **asked},
        _("No co-owner held a complaint past due."),
    )
    long_list(ctx, here, lists.late_requests, ctx.filters, department, total=total)


def _breaches(ctx: Context, known: Names, asked: dict[str, str]) -> None:
    words = columns.outcomes()
    outcome: Outcome = next((one for one in words if one == asked.get("which")), "avoidable")
    _choices(ctx, "breaches", asked, {str(code): word for code, word in words.items()}, "which", outcome)
    department = _department(known, asked)
    costs = _costs(ctx, department)
    total = None if costs is None else sum(getattr(cost, outcome) for cost in costs)
    here = LongList(
        "co_owner_breaches",
        _titled(known, words[outcome], asked),
        columns.breaches(ctx, known),
        columns.breaches_exported(ctx, known),
        "co_owners",
        {"list": "breaches", **asked},
        _("No breaches in this list."),
    )
    long_list(ctx, here, lists.breaches, ctx.filters, outcome, department, total=total)


def _time(ctx: Context, known: Names, asked: dict[str, str]) -> None:
    holder: Holder = next((one for one in get_args(Holder) if one == asked.get("holder")), "co_owner")
    words = {str(one): holder_name(one) for one in get_args(Holder)}
    _choices(ctx, "time", {}, words, "holder", holder)
    department = _department(known, asked) if holder in TEAM else None
    here = LongList(
        "time_held",
        _titled(known, _("Time of: {holder}").format(holder=holder_name(holder)), asked),
        columns.held(ctx, known),
        columns.held_exported(ctx, known),
        "co_owners",
        {"list": "time", **asked},
        _("No time recorded."),
    )
    total = ctx.read(lists.count_held, ctx.filters, holder, department).rows
    long_list(ctx, here, lists.held_by, ctx.filters, holder, department, total=total)

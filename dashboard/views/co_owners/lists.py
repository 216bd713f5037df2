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


def draw_list(ctx: Context, slow: Context, labels: Names) -> None:
    """`slow` reads the sums that its lists belong to."""
    params = {key: st.query_params[key] for key in KEYS if key in st.query_params}
    back, word = escape(ctx.back("co_owners")), escape(_("Co-owners"))
    st.html(f'<div class="back"><a href="{back}" target="_self">← {word}</a></div>')
    what = st.query_params["list"]
    if what == "requests":
        _requests(ctx, slow, labels, params)
    elif what == "late":
        _late(slow, labels, params)
    elif what == "breaches":
        _breaches(slow, labels, params)
    elif what == "time":
        _time(slow, labels, params)
    else:
        _waiting(ctx, labels, params)


def _department(labels: Names, params: dict[str, str]) -> int | None:
    return of_code(params.get("in_department"), {code: key for key, code in labels.department_codes.items()})


def _titled(labels: Names, title: str, params: dict[str, str]) -> str:
    """With what it is narrowed down to."""
    parts = [title]
    department = _department(labels, params)
    if department is not None:
        parts.append(labels.department(department) if department else _("without a department"))
    if "in_region" in params:
        ids = {code: key for key, code in labels.region_codes.items()}
        parts.append(labels.region(ids.get(params["in_region"])))
    if "in_day" in params:
        parts.append(params["in_day"])
    return " · ".join(parts)


def _choices(
    ctx: Context, what: str, params: dict[str, str], texts: dict[str, str], key: str, chosen: str
) -> None:
    others = {name: value for name, value in params.items() if name != key}
    shown = [
        (word, ctx.url("co_owners", list=what, **others, **{key: code}), code == chosen)
        for code, word in texts.items()
    ]
    tabs(shown)


def _waiting(ctx: Context, labels: Names, params: dict[str, str]) -> None:
    department = _department(labels, params)
    counts = ctx.read(blocking.blockers, ctx.filters).rows
    blockers = [one for one in counts or () if department is None or one.department_id == department]
    total = None if counts is None else sum(one.complaints for one in blockers)
    here = LongList(
        "waiting_on_co_owners",
        _titled(labels, _("Waiting on a co-owner now"), params),
        columns.waiting(ctx, labels),
        "co_owners",
        {"list": "waiting", **params},
        _("No open complaint waits on a co-owner."),
    )
    long_list(ctx, here, blocking.blocked, ctx.filters, department, total=total)


def _requests(ctx: Context, slow: Context, labels: Names, params: dict[str, str]) -> None:
    texts: dict[Which, str] = {
        "all": _("All requests of the period"),
        "open": _("Open"),
        "respond_late": _("Not responded in time"),
        "opinion_late": _("No opinion in time"),
        "open_now": _("All open now"),
        "overdue": _("Past due now"),
    }
    which: Which = next((one for one in texts if one == params.get("which")), "all")
    _choices(ctx, "requests", params, {str(code): word for code, word in texts.items()}, "which", which)
    part = Slice(
        _department(labels, params), region_with_cities(ctx, labels, params.get("in_region")), _day(params)
    )
    of = ctx if which in NOW else slow
    here = LongList(
        "co_owner_requests",
        _titled(labels, texts[which], params),
        columns.requests(of, labels),
        "co_owners",
        {"list": "requests", **params},
        _("No requests in this list."),
    )
    total = of.read(co_owner_requests.count_requests, ctx.filters, which, part).rows
    long_list(of, here, co_owner_requests.requests, ctx.filters, which, part, total=total)


def _day(params: dict[str, str]) -> date | None:
    if "in_day" not in params:
        return None
    return periods.iso_day(params["in_day"]) or EARLIEST.date()  # no such day, no rows


def _costs(ctx: Context, department: int | None) -> list[Cost] | None:
    totals = ctx.read(scope.totals, ctx.filters).rows
    if totals is None:
        return None
    return [cost for cost in totals.costs if department is None or (cost.department_id or 0) == department]


def _late(ctx: Context, labels: Names, params: dict[str, str]) -> None:
    department = _department(labels, params)
    costs = _costs(ctx, department)
    total = None if costs is None else sum(cost.late_requests for cost in costs)
    here = LongList(
        "late_co_owner_requests",
        _titled(labels, _("Held past due, on the critical path"), params),
        columns.late(ctx, labels),
        "co_owners",
        {"list": "late", **params},
        _("No co-owner held a complaint past due."),
    )
    long_list(ctx, here, lists.late_requests, ctx.filters, department, total=total)


def _breaches(ctx: Context, labels: Names, params: dict[str, str]) -> None:
    texts = columns.outcomes()
    outcome: Outcome = next((one for one in texts if one == params.get("which")), "avoidable")
    _choices(ctx, "breaches", params, {str(code): word for code, word in texts.items()}, "which", outcome)
    department = _department(labels, params)
    costs = _costs(ctx, department)
    total = None if costs is None else sum(getattr(cost, outcome) for cost in costs)
    here = LongList(
        "co_owner_breaches",
        _titled(labels, texts[outcome], params),
        columns.breaches(ctx, labels),
        "co_owners",
        {"list": "breaches", **params},
        _("No breaches in this list."),
    )
    long_list(ctx, here, lists.breaches, ctx.filters, outcome, department, total=total)


def _time(ctx: Context, labels: Names, params: dict[str, str]) -> None:
    holder: Holder = next((one for one in get_args(Holder) if one == params.get("holder")), "co_owner")
    texts = {str(one): holder_name(one) for one in get_args(Holder)}
    _choices(ctx, "time", {}, texts, "holder", holder)
    department = _department(labels, params) if holder in TEAM else None
    here = LongList(
        "time_held",
        _titled(labels, _("Time of: {holder}").format(holder=holder_name(holder)), params),
        columns.held(ctx, labels),
        "co_owners",
        {"list": "time", **params},
        _("No time recorded."),
    )
    total = ctx.read(lists.count_held, ctx.filters, holder, department).rows
    long_list(ctx, here, lists.held_by, ctx.filters, holder, department, total=total)

"""Co-owners: who keeps whom waiting now, who answers how fast, and what that cost."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import streamlit as st

from dashboard.controls.indicator import name, tile
from dashboard.controls.names import Names, names
from dashboard.locale import _
from dashboard.locale.shown import duration, number, percent
from dashboard.parts import Context, Tile, listing, panel, tiles
from dashboard.reads import Snapshot
from dashboard.views.co_owners import breakdown, columns, time
from dashboard.views.co_owners.lists import draw_list, linked
from dashboard.views.co_owners.pace import departments, tone, total_cost, within
from queries.attribution import blocking, scope
from queries.attribution.blocking import Blocked, Blocker
from queries.attribution.scope import Totals
from queries.pages import co_owner_requests, co_owners
from queries.pages.co_owners import Limits, Pace

URGENT = 8


def calm(ctx: Context) -> Context:
    """Sums over a period move slowly: read once a minute."""
    return ctx if ctx.moment.as_of else replace(ctx, moment=ctx.moment.to_minute())


def live(ctx: Context) -> None:
    labels, slow = names(ctx), calm(ctx)
    if st.query_params.get("list"):
        draw_list(ctx, slow, labels)
        return
    answers = slow.read(co_owners.answers, ctx.filters)
    totals = slow.read(scope.totals, ctx.filters)
    blockers = ctx.read(blocking.blockers, ctx.filters)
    limits = slow.read(co_owners.limits).rows or Limits((), ())
    now = [_waiting_tile(ctx, blockers), _overdue_tile(ctx)]
    paces = _pace_tiles(slow, limits, answers.rows.all) if answers.rows else []
    tiles([*now, *paces, *_cost_tiles(slow, totals)])
    _waiting(ctx, labels, blockers)
    departments(ctx, slow, labels, limits, answers, totals, blockers)
    left, right = st.columns([3, 2])
    with left:
        time.whose_time(slow, labels, totals)
    with right:
        breakdown.trend(slow, limits, answers)
        time.breaches(slow, totals)
    breakdown.regions(slow, labels, limits, answers)


def _waiting_tile(ctx: Context, blockers: Snapshot[tuple[Blocker, ...]]) -> Tile:
    waiting = None if blockers.rows is None else sum(one.complaints for one in blockers.rows)
    return tile("waiting_on_co_owner", number(waiting), _("open complaints"), href=linked(ctx, "waiting"))


def _overdue_tile(ctx: Context) -> Tile:
    now = ctx.read(co_owner_requests.standing, ctx.filters).rows
    return tile(
        "requests_overdue",
        number(now.overdue if now else None),
        _("of {n} open requests").format(n=number(now.open if now else None)),
        "" if now is None else "bad" if now.overdue else "good",
        linked(ctx, "requests", which="overdue"),
    )


def _pace_tiles(ctx: Context, limits: Limits, pace: Pace) -> list[Tile]:
    hint = _("median {time}\n{late} late")
    return [
        tile(
            "response_in_time",
            percent(pace.within_respond, 1),
            hint.format(time=duration(pace.respond_median), late=number(pace.respond_late)),
            tone(pace.within_respond),
            linked(ctx, "requests", which="respond_late"),
            within(limits.respond, name("response_in_time", limit="{limit}"), _("Responded in time")),
        ),
        tile(
            "opinion_in_time",
            percent(pace.within_opinion, 1),
            hint.format(time=duration(pace.opinion_median), late=number(pace.opinion_late)),
            tone(pace.within_opinion),
            linked(ctx, "requests", which="opinion_late"),
            within(limits.opinion, name("opinion_in_time", limit="{limit}"), _("Opinion in time")),
        ),
    ]


def _cost_tiles(ctx: Context, totals: Snapshot[Totals]) -> list[Tile]:
    if totals.rows is None:
        return []
    total = total_cost(totals.rows.costs)
    return [
        tile(
            "held_past_limit",
            duration(total.late_seconds),
            _("by {n} requests").format(n=number(total.late_requests)),
            href=linked(ctx, "late"),
        ),
        tile(
            "avoidable_breaches",
            number(total.avoidable),
            _("co-owner late in {n}").format(n=number(total.avoidable + total.own)),
            "bad" if total.avoidable else "good",
            linked(ctx, "breaches", which="avoidable"),
        ),
    ]


def _waiting(ctx: Context, labels: Names, blockers: Snapshot[tuple[Blocker, ...]]) -> None:
    total = sum(one.complaints for one in blockers.rows or ())

    def draw(rows: Sequence[Blocked]) -> None:
        listing(rows, columns.waiting(ctx, labels))
        if total > len(rows):
            word, href = _("All {n}").format(n=number(total)), linked(ctx, "waiting")
            st.html(f'<div class="more"><a href="{escape(href)}" target="_self">{escape(word)}</a></div>')

    panel(
        ctx,
        "waiting",
        _("Waiting on a co-owner now"),
        ctx.read(blocking.blocked, ctx.filters, None, URGENT),
        draw,
        note=_("the lead owner's earliest deadline first"),
        empty=_("No open complaint waits on a co-owner."),
    )

"""The wall: everything by URL, no forms, one HTML picture of all scenes that the browser turns.

?token=…  ?lang=zh  ?region=code,code  ?department=code  ?tier=1,2  ?scene=now,where  ?rotate=30
?as_of=2026-11-24T14:00:00+08:00
"""

import logging
from dataclasses import replace
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from config.wall import Wall
from dashboard import live_bus, theme
from dashboard.controls import filters, moment
from dashboard.controls.names import Names, names, tier
from dashboard.locale import _, choose, language, use
from dashboard.locale.shown import end_of, listed, name, offset
from dashboard.parts import BRAND, MARK, Context
from dashboard.reads import Moment, reads
from dashboard.sign_in import wall_door
from dashboard.views.wall.address import Address
from dashboard.views.wall.address import read as read_address
from dashboard.views.wall.now import is_urgent
from dashboard.views.wall.pieces import slow
from dashboard.views.wall.turning import turns
from queries import organisation
from queries.db import Scope
from queries.filters import Filters
from queries.organisation import Department, Region
from queries.policies import history, shifts

NAMED = 2  # regions in the header; the others are counted
log = logging.getLogger(__name__)


def main() -> None:
    st.set_page_config(page_title="Complaint Board", page_icon=MARK, layout="wide")
    st.html(theme.css("wall"))
    _live()


@st.fragment
def _live() -> None:
    use(choose(st.query_params.get("lang"), st.context.locale))
    ctx, show = None, live_bus.WallShow(())
    try:
        scope = wall_door.scope(st.query_params)
    except SQLAlchemyError:
        scope = st.session_state.get("scope")  # of the last run; none: nothing was shown yet
    st.session_state.scope = scope
    if scope is None:
        live_bus.picture(_closed() if live_bus.moment() else _nothing())
    else:
        ctx = _context(scope)
        if ctx is None:
            live_bus.picture(_nothing())
        else:
            asked = _asked(ctx)
            live_bus.picture(_picture(ctx, asked))
            show = _show(ctx, asked)
    with st.container(key="wall_bus"):
        past = moment.full(ctx.now, ctx.zone) if ctx and ctx.moment.as_of else ""
        live_bus.mount(ctx.moment if ctx else None, ctx.zone if ctx else None, wall=show, as_of=past)


def _asked(ctx: Context) -> Address:
    regions, departments = _organisation(ctx.scope, ctx.moment)
    known = {
        "region": {one.code for one in regions},
        "department": {one.code for one in departments},
        "tier": set(map(str, filters.TIERS)),
    }
    policy = slow(ctx).read(history.wall).rows or Wall()
    return read_address(st.query_params.to_dict(), policy, known)


def _organisation(scope: Scope, at: Moment) -> tuple[tuple[Region, ...], tuple[Department, ...]]:
    """As it is now, also for a past moment."""
    now = replace(at, as_of=False).to_minute()
    regions = reads().read(scope, now, filters.regions, scope).rows or ()
    return regions, reads().read(scope, now, organisation.departments).rows or ()


def _show(ctx: Context, asked: Address) -> live_bus.WallShow:
    asks = [scene.asks(ctx) for scene in asked.scenes]
    names = [scene.name for scene in asked.scenes]
    urgent = None
    if asked.wall.urgent_first and "now" in names and is_urgent(ctx):
        urgent = names.index("now")
    return live_bus.WallShow(turns(asks, urgent, asked.wall), urgent)


def _context(scope: Scope) -> Context | None:
    """None until the database was reached once; afterwards the last snapshot stays."""
    live = _moment()
    if live is None:
        return None
    zone = reads().zone(scope, live)
    shown, st.session_state.wrong_moment = _past(live, zone)
    tree, departments = _organisation(scope, live)
    choice = filters.from_query(st.query_params, tree, departments)
    return Context(
        scope=scope,
        filters=_bound(filters.resolve(choice, tree, departments, shown.now, zone), scope),
        moment=shown,
        language=language(),
        theme=theme.DARK,
        zone=zone,
    )


def _bound(chosen: Filters, scope: Scope) -> Filters:
    """To the regions of the token where the URL names none of them: no region in a filter means all."""
    return replace(chosen, regions=chosen.regions or scope.regions or ())


def _moment() -> Moment | None:
    try:
        st.session_state.moment = live_bus.moment() or reads().moment()
    except SQLAlchemyError as error:
        log.warning("the wall keeps its last snapshot: %s", type(error).__name__)
    kept: Moment | None = st.session_state.get("moment")
    return kept


def _past(live: Moment, zone: ZoneInfo) -> tuple[Moment, str]:
    """The moment that the URL names, the present where it names none; and what is wrong with it."""
    at = st.query_params.get(moment.URL)
    try:
        if not at:
            return live, ""
        return Moment(live.version, moment.from_url(at, live.now, zone), as_of=True), ""
    except moment.NoMoment as problem:
        return live, f"{problem} {_('Showing the present.')}"


def _picture(ctx: Context, asked: Address) -> str:
    titles, bodies, dots, rules = "", "", "", ""
    for n, scene in enumerate(asked.scenes):
        titles += f'<span class="scene-title s{n}">{escape(scene.title())}</span>'
        bodies += f'<section class="scene s{n}">{scene.draw(ctx)}</section>'
        dots += f'<i class="d{n}"></i>'
        rules += (
            f'html[data-scene="{n}"] .wall .s{n}{{display:block}}'
            f'html[data-scene="{n}"] .wall .d{n}{{background:var(--accent)}}'
        )
    brand = f'<div class="brand">{BRAND}{_("Complaint Board")}</div>'
    return (
        f"<style>.wall .scene,.wall .scene-title{{display:none}}{rules}</style>"
        f'<div class="wall"><header>{brand}{titles}{_chips(ctx)}{_notes(ctx, asked)}</header>'
        f'<main style="min-height:0">{bodies}</main>'
        f"<footer>{dots if len(asked.scenes) > 1 else ''}</footer></div>"
    )


def _chips(ctx: Context) -> str:
    """Whose complaints these are, which shift runs, and whose times are shown."""
    labels = names(ctx)
    chosen = _chosen_regions(ctx, labels)
    places = listed(chosen[:NAMED]) + (f" +{len(chosen) - NAMED}" if chosen[NAMED:] else "")
    chips = [places or _("All regions")]
    if ctx.filters.departments:
        chips.append(listed(map(labels.department, ctx.filters.departments)))
    if ctx.filters.tiers:
        chips.append(listed(map(tier, ctx.filters.tiers)))
    running = slow(ctx).read(shifts.running_shift).rows
    if running:
        began, until = running.began_at.astimezone(ctx.zone), end_of(running.ends_at, ctx.zone)
        chips.append(f"{name(running)} {began:%H:%M}–{until} {offset(ctx.now, ctx.zone)}")
    return "".join(f'<span class="of">{escape(one)}</span>' for one in chips)


def _chosen_regions(ctx: Context, labels: Names) -> list[str]:
    """Provinces with their cities are one."""
    regions, _departments = _organisation(ctx.scope, ctx.moment)
    chosen = set(ctx.filters.regions)
    return [
        labels.region(one.region_id)
        for one in regions
        if one.region_id in chosen and one.parent_id not in chosen
    ]


def _notes(ctx: Context, asked: Address) -> str:
    if asked.unknown:
        sentence = _("Not known in the address: {parts}").format(parts=listed(asked.unknown))
        return f'<span class="then wrong">▲ {escape(sentence)}</span>'
    wrong = st.session_state.get("wrong_moment", "")
    if wrong:
        return f'<span class="then wrong">{escape(wrong)}</span>'
    label = f"{_('PAST')} · {moment.full(ctx.now, ctx.zone)}"
    return f'<span class="then">◷ {escape(label)}</span>' if ctx.moment.as_of else ""


def _nothing() -> str:
    return _blank(_("The database cannot be reached"), _("The page retries automatically every few seconds."))


def _closed() -> str:
    return _blank(
        _("This wall needs its token"),
        _("Open it by the address that board token new wall printed. A revoked token opens nothing."),
    )


def _blank(word: str, sentence: str) -> str:
    return (
        f'<div class="wall"><header><div class="brand">{BRAND}{_("Complaint Board")}</div></header>'
        f'<div class="wall-blank"><b>{escape(word)}</b>{escape(sentence)}</div></div>'
    )


if __name__ == "__main__":
    main()

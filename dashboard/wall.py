"""The wall: everything by URL, no forms, one HTML picture of all scenes that the browser turns.

?token=…  ?lang=zh  ?region=code,code  ?scenes=name,name  ?seconds=20  ?as_of=2026-11-24T14:00:00+08:00
"""

import logging
from dataclasses import replace
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from dashboard import live_bus, theme
from dashboard.controls import filters, moment
from dashboard.locale import _, choose, language, use
from dashboard.parts import BRAND, MARK, Context, Scene
from dashboard.reads import Moment, reads
from dashboard.sign_in import wall_door
from dashboard.views.wall.scenes import SCENES
from queries.db import Scope
from queries.filters import Filters

SECONDS = 20
log = logging.getLogger(__name__)


def main() -> None:
    st.set_page_config(page_title="Complaint Board", page_icon=MARK, layout="wide")
    st.html(theme.css("wall"))
    _live()


@st.fragment
def _live() -> None:
    use(choose(st.query_params.get("lang"), st.context.locale))
    scenes, ctx = _chosen(), None
    try:
        scope = wall_door.scope(st.query_params)
    except SQLAlchemyError:
        scope = st.session_state.get("scope")  # of the last run; none: nothing was shown yet
    st.session_state.scope = scope
    if scope is None:
        live_bus.picture(_closed() if live_bus.moment() else _nothing())
    else:
        ctx = _context(scope)
        live_bus.picture(_nothing() if ctx is None else _picture(ctx, scenes))
    with st.container(key="wall_bus"):
        show = live_bus.WallShow(len(scenes), _seconds())
        past = moment.full(ctx.now, ctx.zone) if ctx and ctx.moment.as_of else ""
        live_bus.mount(ctx.moment if ctx else None, ctx.zone if ctx else None, wall=show, as_of=past)


def _chosen() -> tuple[Scene, ...]:
    wanted = st.query_params.get("scenes", "").split(",")
    return tuple(scene for scene in SCENES if scene.name in wanted) or SCENES


def _seconds() -> int:
    wanted = st.query_params.get("seconds", "")
    return min(max(int(wanted), 5), 3600) if wanted.isdecimal() else SECONDS


def _context(scope: Scope) -> Context | None:
    """None until the database was reached once; afterwards the last snapshot stays."""
    live = _moment()
    if live is None:
        return None
    zone = reads().zone(scope, live)
    shown, st.session_state.wrong_moment = _past(live, zone)
    tree = reads().read(scope, live.to_minute(), filters.regions, scope).rows or ()
    choice = filters.from_query(st.query_params, tree, ())
    return Context(
        scope=scope,
        filters=_bound(filters.resolve(choice, tree, (), shown.now, zone), scope),
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


def _picture(ctx: Context, scenes: tuple[Scene, ...]) -> str:
    label = f"{_('PAST')} · {moment.full(ctx.now, ctx.zone)}"
    past = f'<span class="then">◷ {escape(label)}</span>' if ctx.moment.as_of else ""
    wrong = st.session_state.get("wrong_moment", "")
    if wrong:
        past = f'<span class="then wrong">{escape(wrong)}</span>'
    titles, bodies, dots, rules = "", "", "", ""
    for n, scene in enumerate(scenes):
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
        f'<div class="wall"><header>{brand}{titles}{past}</header>'
        f'<main style="min-height:0">{bodies}</main><footer>{dots if len(scenes) > 1 else ""}</footer></div>'
    )


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

"""Runs the page that the URL names, for the person who is signed in."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings, settings
from dashboard import live_bus, theme
from dashboard.controls import filters, moment, person, recorded
from dashboard.locale import LANGUAGES, Language, _, choose, use
from dashboard.locale.shown import when
from dashboard.pages import PAGES, home_of
from dashboard.parts import MARK, Context, Page, blank
from dashboard.reads import Moment, reads
from queries import organisation
from queries.db import Scope
from queries.organisation import Department, Region
from queries.policies import shifts

log = logging.getLogger(__name__)


def main() -> None:
    language = _language()
    st.set_page_config(page_title=_("Complaint Board"), page_icon=MARK, layout="wide")
    st.logo(MARK, size="small")
    st.html(theme.css("dashboard", _("Complaint Board")))
    try:
        _signed_in(settings(), language)
    except SQLAlchemyError as error:
        log.warning("page could not be drawn: %s", type(error).__name__)
        blank(_("The database cannot be reached"), _("The page retries automatically every few seconds."))
        _try_again()


@st.fragment(run_every=5)
def _try_again() -> None:
    st.session_state.tries = st.session_state.get("tries", 0) + 1
    if st.session_state.tries > 1:
        st.session_state.tries = 0
        st.rerun()


def _language() -> Language:
    """The URL when the tab is opened, then the person's choice."""
    if "language" not in st.session_state:
        st.session_state.language = choose(st.query_params.get("lang"), st.context.locale)
    language: Language = st.session_state.language
    use(language)
    return language


def _signed_in(here: Settings, language: Language) -> None:
    with st.sidebar, st.container(key="sidebar_foot"):
        login = person.login(here)
        st.segmented_control(
            _("Language"),
            list(LANGUAGES),
            key="language",
            format_func=LANGUAGES.__getitem__,
            required=True,
            on_change=_keep_language,
            label_visibility="collapsed",
            width="stretch",
        )
    scope = person.scope(here, login) if login else None
    if scope is not None:
        _navigate(here, scope, language)
    elif login is not None:
        blank(_("No access"), _("You are signed in but have no permission to view this board."))
    elif here.sign_in == "local":
        blank(_("Not signed in"), _("Your session has ended or was never begun: sign in on the left."))


def _keep_language() -> None:
    st.query_params["lang"] = st.session_state.language
    person.keep()


def _navigate(here: Settings, scope: Scope, language: Language) -> None:
    pages = [
        st.Page(
            _body(page, scope, language),
            title=page.title(),
            icon=page.icon,
            url_path=page.name,
            visibility="visible" if page.listed and scope.role in page.roles else "hidden",
        )
        for page in PAGES
    ]
    first = next(place for place, page in enumerate(PAGES) if page.name == home_of(scope.role))
    home = st.Page(
        lambda: st.switch_page(pages[first], query_params=st.query_params.to_dict()),
        title=_("Complaint Board"),
        url_path="home",
        visibility="hidden",
        default=True,
    )
    wall = st.Page(_wall_url(here, language), title=_("Wall"), icon=":material/tv:")
    st.navigation([home, *pages, wall], expanded=True).run()


def _wall_url(here: Settings, language: Language) -> str:
    url = urlsplit(st.context.url or f"http://{here.host}")
    return f"{url.scheme}://{url.hostname}:{here.wall_port}/?lang={language}"


def _body(page: Page, scope: Scope, language: Language) -> Callable[[], None]:
    def run() -> None:
        st.title(page.title(), anchor=False)
        if scope.role not in page.roles:
            blank(_("No access"), _("This page is not available to your role."))
            return
        ctx = _context(page, scope, language)
        moment.wrong_in_url()
        if ctx.moment.as_of:
            moment.bar(ctx, page, _now(), _shows_record(page, ctx))
        if page.header is not None:
            page.header(ctx)
        _live(page, ctx)
        if page.static is not None:
            page.static(ctx)

    return run


def _context(page: Page, scope: Scope, language: Language) -> Context:
    live = live_bus.moment(page.ticking) or reads().moment()
    zone = reads().zone(scope, live)
    shown = _moment(page, live, zone)
    tree = reads().read(scope, live.to_minute(), filters.regions, scope).rows or ()
    departments = reads().read(scope, live.to_minute(), organisation.departments).rows or ()
    choice = _bar(page, scope, shown, zone, tree, departments) if page.filtered else filters.Choice()
    return Context(
        scope=scope,
        filters=filters.resolve(choice, tree, departments, shown.now, zone),
        moment=shown,
        language=language,
        theme=theme.LIGHT,
        zone=zone,
        drilled=shown.as_of and moment.drilled(),
        query=(*choice.query().items(), ("lang", language), *person.in_url()),
    )


def _bar(
    page: Page,
    scope: Scope,
    shown: Moment,
    zone: ZoneInfo,
    tree: tuple[Region, ...],
    departments: tuple[Department, ...],
) -> filters.Choice:
    """The filters and, on pages that can show the past, the moment beside them."""
    if not page.past:
        return filters.bar(tree, departments)
    left, right = st.columns([8.3, 1.35], vertical_alignment="bottom")
    with left:
        choice = filters.bar(tree, departments)
    with right:
        now = _now()
        began = reads().read(scope, Moment(0, now).to_minute(), shifts.running_shift).rows
        moment.control(shown.now if shown.as_of else None, now, zone, began.began_at if began else None)
    return choice


def _moment(page: Page, live: Moment, zone: ZoneInfo) -> Moment:
    """The board's version; or the past moment in the URL."""
    if not (page.past or (page.pinned and moment.drilled())):
        moment.forget()
        return live
    at = moment.chosen(page.name, _now(), zone)
    return live if at is None else Moment(live.version, at, as_of=True)


def _now() -> datetime:
    """The board's clock, also while nothing new comes in. A link may name an instant that this process has
    not been notified of yet: then only the database knows."""
    heard = None if moment.URL in st.query_params else live_bus.moment(ticking=True)
    return heard.now if heard else reads().now()


def _shows_record(page: Page, ctx: Context) -> bool:
    return page.record and ctx.moment.as_of and st.query_params.get("view") == "known"


@st.fragment
def _live(page: Page, ctx: Context) -> None:
    """Runs again for each version, with the arguments of the last full run."""
    use(ctx.language)
    shown = ctx if ctx.moment.as_of else _renewed(page, ctx)
    draw = recorded.live if _shows_record(page, ctx) else page.live
    try:
        draw(shown)
    finally:
        with st.container(key="bus_place"):
            past = when(shown.now, shown.zone) if shown.moment.as_of else ""
            live_bus.mount(shown.moment, shown.zone, as_of=past, ticking=page.ticking)


def _renewed(page: Page, ctx: Context) -> Context:
    """The same view at the newest version; unchanged while the database is unavailable."""
    try:
        scope = person.scope(settings(), ctx.scope.person_login)
        newest = live_bus.moment(page.ticking) or reads().moment()
    except SQLAlchemyError as error:
        log.warning("the live part keeps its last snapshot: %s", type(error).__name__)
        return ctx
    if scope != ctx.scope:
        st.rerun()
    days = newest.now.astimezone(ctx.zone).date() - ctx.now.astimezone(ctx.zone).date()
    return replace(
        ctx, moment=newest, filters=filters.moved(ctx.filters, ctx.now.astimezone(ctx.zone).date(), days)
    )


if __name__ == "__main__":
    main()

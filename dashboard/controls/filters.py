"""The filter bar: region, department, tier and period, the same on every page and kept in the URL."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy import Connection

from dashboard.controls import periods
from dashboard.controls.names import short_tier
from dashboard.locale import Language, _, language
from dashboard.locale.shown import name
from queries import organisation
from queries.db import Scope
from queries.filters import Filters
from queries.organisation import Department, Region

TIERS = (1, 2, 3)
NAMES = ("region", "department", "tier", "period")
WIDTHS: dict[Language, tuple[float, ...]] = {"en": (2.0, 1.8, 1.75, 3.6), "zh": (1.75, 1.65, 2.7, 3.1)}


@dataclass(frozen=True, slots=True)
class Choice:
    """As in the URL: codes, so that a link means the same in both languages."""

    region: tuple[str, ...] = ()
    department: tuple[str, ...] = ()
    tier: tuple[int, ...] = ()
    period: str = periods.DEFAULT

    def query(self) -> dict[str, str]:
        """Only what differs from the default."""
        return {
            key: value
            for key, value in {
                "region": ",".join(self.region),
                "department": ",".join(self.department),
                "tier": ",".join(map(str, self.tier)),
                "period": "" if self.period == periods.DEFAULT else self.period,
            }.items()
            if value
        }


def from_query(
    query: Mapping[str, str], regions: Iterable[Region], departments: Iterable[Department]
) -> Choice:
    """What is not known, or not in the person's scope, is left out."""
    known_regions, known_departments = {one.code for one in regions}, {one.code for one in departments}
    period = query.get("period", periods.DEFAULT)
    return Choice(
        tuple(code for code in _split(query, "region") if code in known_regions),
        tuple(code for code in _split(query, "department") if code in known_departments),
        tuple(int(tier) for tier in _split(query, "tier") if tier in map(str, TIERS)),
        period if periods.is_known(period) else periods.DEFAULT,
    )


def _split(query: Mapping[str, str], key: str) -> list[str]:
    return [part for part in query.get(key, "").split(",") if part]


def resolve(
    choice: Choice,
    regions: Iterable[Region],
    departments: Iterable[Department],
    now: datetime,
    zone: ZoneInfo,
) -> Filters:
    tree = tuple(regions)
    chosen = {one.region_id for one in tree if one.code in choice.region}
    today = now.astimezone(zone).date()
    since, until = periods.days(choice.period, today)
    return Filters(
        since=since,
        until=until,
        regions=tuple(one.region_id for one in tree if chosen & {one.region_id, one.parent_id}),
        departments=tuple(one.department_id for one in departments if one.code in choice.department),
        tiers=choice.tier,
        zone=zone.key,
    )


def moved(shown: Filters, today: date, by: timedelta) -> Filters:
    """A period that ends today keeps doing so when the day changes under an open page."""
    if not by or shown.until != today:
        return shown
    return replace(shown, since=shown.since + by, until=shown.until + by)


def regions(conn: Connection, scope: Scope) -> tuple[Region, ...]:
    """The ones in `scope`."""
    tree = organisation.regions(conn)
    return tuple(one for one in tree if scope.regions is None or one.region_id in scope.regions)


def bar(regions: tuple[Region, ...], departments: tuple[Department, ...]) -> Choice:
    """Draws the bar and keeps it equal to the URL: a new URL wins over the widgets, else they write it.

    The choice is held beside the widgets, whose state Streamlit drops on a page without them.
    """
    state = st.session_state
    here = {key: st.query_params[key] for key in NAMES if key in st.query_params}
    held: Choice | None = state.get("filter_choice")
    by_url = held is None or (here and here != held.query())
    wanted = from_query(here if by_url or held is None else held.query(), regions, departments)
    if wanted != held or "filter_period" not in state:
        _fill(wanted)
    state.filter_choice = choice = _widgets(regions, departments)
    if here != choice.query():
        others = {key: value for key, value in st.query_params.items() if key not in NAMES}
        st.query_params.from_dict(others | choice.query())
    return choice


def _fill(choice: Choice) -> None:
    st.session_state.filter_region = list(choice.region)
    st.session_state.filter_department = list(choice.department)
    st.session_state.filter_tier = list(choice.tier)
    periods.fill(choice.period)


def _widgets(regions: tuple[Region, ...], departments: tuple[Department, ...]) -> Choice:
    tree = {one.region_id: one for one in regions}
    region_names = {one.code: _path(one, tree) for one in regions}
    department_names = {one.code: name(one) for one in departments}
    widths = WIDTHS[language()]
    wide, middle, tier_place, period_place = st.columns(widths, vertical_alignment="bottom")
    with wide:
        region = _several("region", _("Region"), region_names, _("All regions"))
    with middle:
        department = _several("department", _("Department"), department_names, _("All departments"))
    with tier_place:
        tier = st.pills(
            _("Tier"),
            TIERS,
            selection_mode="multi",
            key="filter_tier",
            format_func=short_tier,
            width="stretch",
        )
    with period_place:
        chosen = periods.choose()
    return Choice(tuple(region), tuple(department), tuple(sorted(tier)), chosen)


def _several(key: str, label: str, names: dict[str, str], everything: str) -> list[str]:
    return st.multiselect(
        label,
        list(names),
        format_func=lambda code: names.get(code, code),
        key=f"filter_{key}",
        placeholder=everything,
        select_all=False,
    )


def _path(region: Region, tree: dict[int, Region]) -> str:
    parent = tree.get(region.parent_id) if region.parent_id else None
    return f"{name(parent)} › {name(region)}" if parent else name(region)

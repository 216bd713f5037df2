"""Organisation: unknown values of sources, departments with their teams, regions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from html import escape
from typing import Literal

import streamlit as st

from dashboard.controls.columns import amount, coded, dated, plain
from dashboard.controls.long_list import tabs
from dashboard.controls.names import source
from dashboard.locale import _, language, ngettext, pgettext
from dashboard.locale.shown import headed, name, number
from dashboard.parts import Column, Context, Tone, listing, panel
from dashboard.views.organisation.words import field_name, meant
from queries.pages import organisation, unknown_values
from queries.pages.organisation import DepartmentShown, RegionShown, TeamShown
from queries.pages.unknown_values import Meaning, Unknown

Part = Literal["unknown", "departments", "regions", "files"]
SHOWN = 200


def chosen() -> Part:
    wanted = st.query_params.get("list")
    return wanted if wanted in ("departments", "regions", "files") else "unknown"  # type: ignore[return-value]


def parts(ctx: Context) -> None:
    """The tabs of the page."""
    unknown = ctx.read(unknown_values.count).rows
    word = _("Unknown values")
    labels: dict[Part, str] = {
        "unknown": f"{word} ({number(unknown)})" if unknown else word,
        "departments": _("Departments and teams"),
        "regions": _("Regions"),
        "files": _("From a file"),
    }
    tabs([(label, ctx.url("organisation", list=code), code == chosen()) for code, label in labels.items()])


def live(ctx: Context) -> None:
    if ctx.scope.regions is not None:
        return
    if chosen() == "unknown":
        _unknown(ctx)
    elif chosen() == "departments":
        _departments(ctx)
    elif chosen() == "regions":
        _regions(ctx)


def _unknown(ctx: Context) -> None:
    found = ctx.read(unknown_values.listed, SHOWN)
    panel(
        ctx,
        "unknown_values",
        _("What sources say and nobody knows"),
        found,
        partial(_draw_unknown, ctx),
        note=_("most complaints first"),
        empty=_("Every department, region, person and word of your sources is known."),
        export=_unknown_columns(ctx),
    )
    panel(
        ctx,
        "meanings",
        _("What they mean"),
        ctx.read(unknown_values.meanings, SHOWN),
        partial(listing, columns=_meaning_columns(ctx)),
        note=_("used for all that comes in, and for all that came in before"),
        empty=_("No value has been given a meaning yet."),
        export=_meaning_columns(ctx),
    )


def _draw_unknown(ctx: Context, rows: Sequence[Unknown]) -> None:
    listing(rows, _unknown_columns(ctx))
    if len(rows) == SHOWN:
        st.caption(_("There are more: the first {n} are shown.").format(n=SHOWN))


def _unknown_columns(ctx: Context) -> tuple[Column, ...]:
    return (
        coded(_("Field"), "field", field_name),
        plain(pgettext("organisation", "Value"), "value"),
        coded(_("Source"), "source", source),
        amount(_("Complaints"), "complaints"),
        dated(ctx, _("First seen"), "first_at"),
        dated(ctx, _("Last seen"), "last_at"),
        plain(_("Such as"), "examples"),
        Column(_("Perhaps"), partial(_proposed, ctx)),
    )


def _proposed(ctx: Context, row: Unknown) -> str:
    return "–" if row.proposal is None else meant(ctx, row.field, row.proposal)


def _meaning_columns(ctx: Context) -> tuple[Column, ...]:
    return (
        coded(_("Field"), "field", field_name),
        plain(pgettext("organisation", "Value"), "value"),
        coded(_("Source"), "source", source),
        Column(_("Means"), lambda one: meant(ctx, one.field, one.means)),
        coded(_("By"), "made_by", lambda login: login or _("its name")),
        dated(ctx, _("Since"), "made_at"),
        amount(_("Complaints changed"), "followed"),
        Column(_("State"), _state, tone=_tone),
    )


def _state(one: Meaning) -> str:
    if one.undone_at is None:
        return pgettext("organisation", "in force") if one.is_applied else _("being applied")
    if not one.is_applied:
        return _("being undone")
    return headed(_("undone by"), one.undone_by or "–")


def _tone(one: Meaning) -> Tone:
    return "" if one.is_applied else "warn"


def _departments(ctx: Context) -> None:
    panel(
        ctx,
        "departments",
        _("Departments"),
        ctx.read(organisation.departments),
        partial(_draw_departments, ctx),
        empty=_("No department yet: add one above, or bring them in from a file."),
        export=_department_columns(ctx),
    )
    panel(
        ctx,
        "teams",
        _("Teams"),
        ctx.read(organisation.teams),
        partial(listing, columns=_team_columns(ctx)),
        empty=_("No team yet: add one above, or bring them in from a file."),
        export=_team_columns(ctx),
    )


def _draw_departments(ctx: Context, rows: Sequence[DepartmentShown]) -> None:
    listing(rows, _department_columns(ctx))


def _names() -> tuple[Column, ...]:
    """The reader's own language first."""
    columns = (plain(_("Chinese name"), "name_zh"), plain(_("English name"), "name_en"))
    return columns if language() == "zh" else columns[::-1]


def _department_columns(ctx: Context) -> tuple[Column, ...]:
    return (
        plain(_("Code"), "code"),
        *_names(),
        amount(_("Teams"), "teams"),
        amount(pgettext("organisation", "People"), "people"),
        amount(_("Open complaints"), "open"),
        Column(_("State"), partial(state, ctx)),
    )


def _team_columns(ctx: Context) -> tuple[Column, ...]:
    return (
        plain(_("Code"), "code"),
        *_names(),
        plain(_("Department"), "department"),
        amount(pgettext("organisation", "People"), "people"),
        Column(_("State"), partial(state, ctx)),
    )


def state(ctx: Context, one: DepartmentShown | TeamShown) -> str:
    """Open, from when to when, or what it was merged into."""
    merged = one.merged_zh if language() == "zh" else one.merged_en
    if merged:
        return _("merged into {name}").format(name=merged)
    if one.active_until is not None:
        last = _day(ctx, one.active_until - timedelta(microseconds=1))
        return (_("until {day}") if one.is_open else _("closed since {day}")).format(day=last)
    if one.active_from is not None and one.active_from > ctx.now:
        return _("from {day}").format(day=_day(ctx, one.active_from))
    return pgettext("organisation", "open")


def _day(ctx: Context, at: datetime) -> str:
    return f"{at.astimezone(ctx.zone):%Y-%m-%d}"


def _regions(ctx: Context) -> None:
    found = ctx.read(organisation.regions)
    rows = found.rows or ()
    provinces = sum(one.parent_id is None for one in rows)
    sentence = ngettext("{n} province", "{n} provinces", provinces).format(n=number(provinces))
    panel(
        ctx,
        "regions",
        _("Regions"),
        found,
        partial(_draw_regions, ctx),
        note=sentence if rows else "",
        empty=_("No region yet. The 31 provinces with their cities come along: bring them in above."),
        export=_region_columns(),
    )


def _draw_regions(ctx: Context, rows: Sequence[RegionShown]) -> None:
    """Provinces; of the chosen one its cities."""
    within = st.query_params.get("province")
    shown = [one for one in rows if one.parent_id is None]
    if within is not None:
        back, word = escape(ctx.url("organisation", list="regions")), escape(_("Provinces"))
        st.html(f'<div class="back"><a href="{back}" target="_self">← {word}</a></div>')
        shown = [one for one in rows if within in (one.code, one.parent)]
    listing(shown, _region_columns(ctx, link=within is None))


def _region_columns(ctx: Context | None = None, link: bool = False) -> tuple[Column, ...]:
    def href(one: RegionShown) -> str:
        assert ctx is not None  # noqa: S101 - only with a page
        return ctx.url("organisation", list="regions", province=one.code)

    named = Column(_("Name"), name, href=href if link else None)
    return (
        named,
        plain(_("Code"), "code"),
        amount(_("Cities"), "cities"),
        amount(_("Open complaints"), "open"),
        amount(_("People who see it by name"), "people"),
        plain(_("Time zone"), "time_zone"),
    )

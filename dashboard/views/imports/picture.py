"""What would come in: how many rows, when, of whom, and what would not, with the reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import altair as alt
import streamlit as st

from dashboard.controls import names
from dashboard.controls.columns import amount, coded, plain
from dashboard.locale import _, pgettext
from dashboard.locale.shown import number
from dashboard.parts import Column, Context, Tile, blank, chart, listing, tiles
from dashboard.theme import Theme
from dashboard.views.imports.reasons import reason
from queries.intake.picture import OTHERS

FEW_DAYS, MONTHS_FROM = 25, 120  # days, up to which bars are wide, and from which on they are months
SHOWN_REASONS = 12
HEIGHT = 150


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    complaints: int


@dataclass(frozen=True, slots=True)
class Group:
    code: str
    complaints: int


def summary(found: Mapping[str, Any]) -> tuple[Tile, ...]:
    rows, refused, kept = found["rows"], found["rejected"], found["kept"]
    return (
        Tile(_("Rows read"), number(rows)),
        Tile(_("Taken"), number(found["taken"]), tone="good" if found["taken"] else "bad"),
        Tile(_("Kept in part"), number(kept), tone="warn" if kept else ""),
        Tile(_("Refused"), number(refused), tone="bad" if refused else ""),
        Tile(_("New complaints"), number(found["complaints"])),
        Tile(_("Complaints derived again"), number(found["changed"])),
    )


def draw(ctx: Context, found: Mapping[str, Any]) -> None:
    """`found`: of a try, see jobs/uploads.py."""
    told = found["summary"]
    tiles(summary(told))
    _sentences(told)
    picture = found.get("picture")
    if picture and picture["complaints"]:
        _days(ctx, picture)
        _groups(ctx, picture)
    elif picture:
        blank(_("Nothing here"), _("The file tells of no complaint."))
    _reasons(told["reasons"])


def _sentences(told: Mapping[str, Any]) -> None:
    if told["complete"]:
        st.caption(
            _(
                "The file holds every complaint of its source: what an earlier one had and this one lacks "
                "has vanished."
            )
        )
    if told["broken"]:
        st.warning(
            _("{n} rows could not be separated: an unclosed quotation mark, or another encoding.").format(
                n=number(told["broken"])
            )
        )


def _days(ctx: Context, picture: Mapping[str, Any]) -> None:
    days = sorted(
        (Day(date.fromisoformat(day), count) for day, count in picture["days"]), key=lambda one: one.day
    )
    span = (days[-1].day - days[0].day).days
    title = _("Complaints by day of receipt") if span <= MONTHS_FROM else _("Complaints by month of receipt")
    st.html(f'<div class="panel-head"><h4 aria-level="3">{title}</h4></div>')
    build = _by_month if span > MONTHS_FROM else _by_day if span > FEW_DAYS else _by_few_days
    chart(ctx, "import_days", build, days, height=HEIGHT, alt=title)


def _by_few_days(_theme: Theme) -> Any:
    return _bars("day:O", "yearmonthdate", "%m-%d", 22)


def _by_day(_theme: Theme) -> Any:
    return _bars("day:T", "yearmonthdate", "%m-%d", 5)


def _by_month(_theme: Theme) -> Any:
    return _bars("day:O", "yearmonth", "%Y-%m", 12)


def _bars(field: str, unit: Literal["yearmonthdate", "yearmonth"], form: str, size: int) -> Any:
    """`size`: pixels of a bar."""
    axis = alt.Axis(format=form, labelAngle=0, labelOverlap=True)
    return (
        alt.Chart(alt.NamedData("rows"))
        .mark_bar(size=size)
        .encode(
            x=alt.X(field, title=None, timeUnit=unit, axis=axis),
            y=alt.Y("sum(complaints):Q", title=None, axis=alt.Axis(tickMinStep=1)),
        )
    )


def _groups(ctx: Context, picture: Mapping[str, Any]) -> None:
    labels = names.names(ctx)
    by_code = {code: labels.department(number_) for number_, code in labels.department_codes.items()}
    regions = {code: labels.region(number_) for number_, code in labels.region_codes.items()}
    columns = st.columns(4)
    for place, name, head, word in zip(
        columns,
        ("departments", "tiers", "regions", "statuses"),
        (_("Department"), _("Tier"), _("Region"), _("Status")),
        (
            lambda code: by_code.get(code, code) or _("none"),
            lambda code: names.tier(int(code or 0)),
            lambda code: regions.get(code, code) or _("none"),
            names.status,
        ),
        strict=True,
    ):
        with place:
            rows = [Group(code, count) for code, count in picture[name]]
            shown = coded(head, "code", _with_others(word))
            listing(rows, (shown, amount(_("Complaints"), "complaints")))


def _with_others(word: Any) -> Any:
    def shown(code: str) -> str:
        return _("others") if code == OTHERS else str(word(code))

    return shown


def _reasons(found: Sequence[Mapping[str, Any]]) -> None:
    if not found:
        return
    st.html(f'<div class="panel-head"><h4 aria-level="3">{_("Not taken, or kept in part")}</h4></div>')
    kinds = {
        "kept": pgettext("import", "kept in part"),
        "refused": pgettext("import", "refused"),
        "repeated": pgettext("import", "repeated"),
    }
    ordered = sorted(found, key=lambda one: -one["count"])
    listing(
        ordered[:SHOWN_REASONS],
        (
            Column(pgettext("import", "What"), lambda one: kinds.get(one["kind"], one["kind"])),
            Column(_("Column"), lambda one: one["column"] or "–"),
            Column(pgettext("import", "Why"), lambda one: reason(one["reason"])),
            Column(pgettext("import", "Rows"), lambda one: number(one["count"]), number=True),
            plain(_("For instance rows"), lambda one: ", ".join(map(str, one["rows"]))),
        ),
    )
    more = len(ordered) - SHOWN_REASONS
    if more > 0:
        st.caption(_("{n} other reasons").format(n=number(more)))

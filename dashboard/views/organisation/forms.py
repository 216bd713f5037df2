"""Organisation: adding, renaming, closing and merging."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import streamlit as st
from sqlalchemy import Connection
from streamlit.delta_generator import DeltaGenerator

from dashboard.controls.administering import Refused, act, say, sees_all
from dashboard.locale import _, ngettext, pgettext
from dashboard.locale.shown import name, number
from dashboard.parts import Context
from dashboard.views.organisation import page, unknown, upload
from queries import organisation_changes, organisation_rows
from queries.db import board_now
from queries.organisation import agent_of
from queries.organisation_changes import NotPossible
from queries.organisation_rows import Kind, Part
from queries.pages import organisation
from queries.pages.organisation import DepartmentShown, RegionShown, TeamShown

NEW = ""
Shown = DepartmentShown | TeamShown | RegionShown


def header(ctx: Context) -> None:
    if not sees_all(ctx):
        return
    page.parts(ctx)
    which = page.chosen()
    if which == "unknown":
        unknown.form(ctx)
    elif which == "files":
        upload.form(ctx)
    elif which == "departments":
        _departments(ctx)
    else:
        _regions(ctx)


def _departments(ctx: Context) -> None:
    departments, teams = ctx.read(organisation.departments).rows, ctx.read(organisation.teams).rows
    if departments is None or teams is None:
        return
    with st.container(key="panel_edit_departments", gap="small"):
        st.html(f'<div class="panel-head"><h3 aria-level="2">{_("Add, rename, close, merge")}</h3></div>')
        say("departments")
        kinds: dict[Kind, str] = {"departments": _("Department"), "teams": _("Team")}
        left, right = st.columns([1, 4.5])
        kind: Kind = left.segmented_control(
            pgettext("organisation", "What"),
            list(kinds),
            default="departments",
            format_func=kinds.__getitem__,
            required=True,
            key="edit_kind",
        )
        rows: Sequence[Any] = departments if kind == "departments" else teams
        code = _choose(right, kind, rows)
        found = next((one for one in rows if one.code == code), None)
        if code is not None:
            _edit(ctx, kind, found, departments)
        if found is not None:
            _end(ctx, kind, found, rows)


def _choose(place: DeltaGenerator, kind: Kind, rows: Sequence[Shown]) -> str | None:
    """The code, NEW for a new one, None where none is chosen."""
    by_code = {one.code: one for one in rows}

    def shown(code: str) -> str:
        return f"{name(by_code[code])} · {code}" if code in by_code else _("＋ A new one")

    return place.selectbox(
        _("Which"),
        [NEW, *by_code],
        index=None,
        format_func=shown,
        placeholder=_("Choose, or add a new one"),
        key=f"edit_{kind}",
    )


def _edit(ctx: Context, kind: Kind, found: Any, above: Sequence[Any]) -> None:
    """`above`: what it can belong to."""
    at = found.code if found else "new"
    with st.form(f"edit_{kind}_{at}", border=False):
        cells = st.columns([1.1, 1.5, 1.5, 1.5, 1], vertical_alignment="bottom")
        code = cells[0].text_input(
            _("Code"),
            value=found.code if found else "",
            max_chars=60,
            disabled=found is not None,
            key=f"{kind}_code_{at}",
        )
        zh = cells[1].text_input(
            _("Chinese name"), value=found.name_zh if found else "", max_chars=200, key=f"{kind}_zh_{at}"
        )
        en = cells[2].text_input(
            _("English name"), value=found.name_en if found else "", max_chars=200, key=f"{kind}_en_{at}"
        )
        parent, zone = None, ""
        if kind == "teams":
            parent = _select(cells[3], _("Department"), above, found and found.department, f"{kind}_of_{at}")
        elif kind == "regions":
            parent = _select(
                cells[3], _("Province (of a city)"), above, found and found.parent, f"{kind}_of_{at}"
            )
            zone = st.selectbox(
                _("Time zone"),
                _zones(),
                index=_zones().index(found.time_zone if found else ctx.zone.key),
                key=f"{kind}_zone_{at}",
            )
        if cells[4].form_submit_button(_("Save"), type="primary", width="stretch"):
            part = Part(code.strip(), en.strip() or zh.strip(), zh.strip() or en.strip(), parent, zone)
            _save(ctx, kind, part, found)


def _select(cell: Any, label: str, above: Sequence[Any], current: str | None, key: str) -> str | None:
    by_code = {one.code: one for one in above}
    codes = list(by_code)
    found: str | None = cell.selectbox(
        label,
        codes,
        index=codes.index(current) if current in codes else None,
        format_func=lambda code: name(by_code[code]),
        placeholder="–",
        key=key,
    )
    return found


@cache
def _zones() -> list[str]:
    return sorted(one for one in available_timezones() if "/" in one and not one.startswith("Etc/"))


def _save(ctx: Context, kind: Kind, part: Part, found: Any) -> None:
    """An error stays beside what was typed; a success draws the page anew."""
    place = "regions" if kind == "regions" else "departments"
    wrong = _wrong(kind, part)
    if wrong:
        st.error(wrong)
        return

    def action(conn: Connection, by: str) -> str:
        known = {row.code for row in _known(conn, kind)}
        if found is None and part.code in known:
            raise Refused(_("The code {code} is taken already.").format(code=part.code))
        moved = organisation_rows.put_parts(conn, kind, [part], part.time_zone or ctx.zone.key, by)
        words = _("Saved: {name}.").format(name=part.name_zh if ctx.language == "zh" else part.name_en)
        return words if not moved else words + " " + _moved(moved)

    act(ctx, place, action)
    st.rerun()


def _moved(count: int) -> str:
    return ngettext(
        "{n} complaint is derived again, because its region moved.",
        "{n} complaints are derived again, because their region moved.",
        count,
    ).format(n=number(count))


def _known(conn: Connection, kind: Kind) -> Sequence[Any]:
    reads: dict[Kind, Callable[[Connection], Sequence[Any]]] = {
        "departments": organisation.departments,
        "teams": organisation.teams,
        "regions": organisation.regions,
    }
    return reads[kind](conn)


def _wrong(kind: Kind, part: Part) -> str:
    if not part.code:
        return _("Not saved yet: the code is empty.")
    if not part.name_zh:
        return _("Not saved yet: give it a name.")
    if kind == "teams" and part.parent is None:
        return _("Not saved yet: choose the department of the team.")
    if kind == "regions" and part.parent == part.code:
        return _("Not saved yet: a region cannot be its own province.")
    return ""


def _end(ctx: Context, kind: Kind, found: Any, rows: Sequence[Any]) -> None:
    """Its last day; or into which other one it is merged, which is confirmed beforehand."""
    thing: organisation_changes.Closing = "department" if kind == "departments" else "team"
    last = found.active_until - timedelta(microseconds=1) if found.active_until else None
    cells = st.columns([1.5, 1, 1.5, 1.6, 1], vertical_alignment="bottom")
    day = cells[0].date_input(
        pgettext("organisation", "Last day"),
        value=last.astimezone(ctx.zone).date() if last else None,
        key=f"last_{thing}_{found.code}",
    )
    cells[1].button(
        pgettext("organisation", "Save the last day"),
        on_click=_close,
        args=(ctx, thing, found.code, day),
        width="stretch",
        key="organisation_close",
    )
    others = [one for one in rows if one.code != found.code and one.is_open and _fits(kind, found, one)]
    into = _select(cells[2], _("Merge into"), others, None, f"into_{thing}_{found.code}")
    sure = cells[3].checkbox(_sure(kind, found), disabled=into is None, key=f"sure_{thing}_{found.code}")
    cells[4].button(
        _("Merge"),
        disabled=not (into and sure),
        on_click=_merge,
        args=(ctx, thing, found.code, into),
        width="stretch",
        key="organisation_merge",
    )


def _fits(kind: Kind, found: Any, other: Any) -> bool:
    return kind == "departments" or bool(found.department_id == other.department_id)


def _sure(kind: Kind, found: Any) -> str:
    people = number(found.people)
    if kind == "teams":
        return _("Yes: {people} people go there").format(people=people)
    return _("Yes: {open} open complaints and {people} people go there").format(
        open=number(found.open), people=people
    )


def _close(ctx: Context, thing: organisation_changes.Closing, code: str, day: date | None) -> None:
    def action(conn: Connection, by: str) -> str:
        until = None
        if day is not None:
            until = datetime(day.year, day.month, day.day, tzinfo=ctx.zone) + timedelta(days=1)
        try:
            organisation_changes.close(conn, thing, code, until, by)
        except NotPossible as why:
            raise Refused(_reasons()[why.reason]) from None
        return (
            pgettext("organisation", "Saved: there is no last day.")
            if day is None
            else _("Saved: the last day is {day}.").format(day=day)
        )

    act(ctx, "departments", action)


def _merge(ctx: Context, thing: organisation_changes.Closing, code: str, into: str) -> None:
    def action(conn: Connection, by: str) -> str:
        now = board_now(conn)
        try:
            if thing == "team":
                done = organisation_changes.merge_team(conn, code, into, by, now)
            else:
                me = agent_of(conn, by)
                done = organisation_changes.merge_department(conn, code, into, by, me, now)
        except NotPossible as why:
            raise Refused(_reasons()[why.reason]) from None
        return _("Merged: {open} open complaints and {people} people went along.").format(
            open=number(done.complaints), people=number(done.people)
        )

    act(ctx, "departments", action)


def _reasons() -> dict[str, str]:
    return {
        "unknown": _("It is not there any more."),
        "itself": _("It cannot be merged into itself."),
        "merged": _("It has been merged already."),
        "closed": _("What it is to be merged into is closed."),
        "before": _("The last day is before the first."),
        "other_department": _("Teams are merged within their department."),
    }


def _regions(ctx: Context) -> None:
    rows = ctx.read(organisation.regions).rows
    if rows is None:
        return
    with st.container(key="panel_edit_regions", gap="small"):
        st.html(f'<div class="panel-head"><h3 aria-level="2">{_("Add, rename")}</h3></div>')
        say("regions")
        if not rows:
            st.button(
                _("Bring in the 31 provinces with their cities"),
                on_click=upload.bring_china,
                args=(ctx,),
                type="primary",
                key="bring_china",
            )
        code = _choose(st.container(), "regions", rows)
        if code is not None:
            found = next((one for one in rows if one.code == code), None)
            _edit(ctx, "regions", found, [one for one in rows if one.parent_id is None])

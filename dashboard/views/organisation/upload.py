"""Organisation: a file of regions, departments or teams, first tried, then put in."""

from zoneinfo import ZoneInfo

import streamlit as st
from sqlalchemy import Connection

from config.small_tables import CHINA, SmallTable, read_table
from dashboard.controls import small_file
from dashboard.controls.administering import act, say
from dashboard.locale import _, language, ngettext
from dashboard.locale.shown import number
from dashboard.parts import Context
from dashboard.reads import reads
from queries import organisation_rows
from queries.days import USUAL
from queries.db import reading
from queries.organisation_rows import KINDS, Kind
from queries.sheets import MissingColumns

PLACE, BOX = "organisation_file", "organisation_box"


def form(ctx: Context) -> None:
    with st.container(key="panel_organisation_file", gap="small"):
        st.html(f'<div class="panel-head"><h3 aria-level="2">{_("Bring in a file")}</h3></div>')
        say(PLACE)
        labels: dict[Kind, str] = {
            "regions": _("Regions"),
            "departments": _("Departments"),
            "teams": _("Teams"),
        }
        kind: Kind = st.segmented_control(
            _("A row is one of"),
            KINDS,
            default="departments",
            format_func=labels.__getitem__,
            required=True,
            key="organisation_kind",
        )
        st.caption(_explained(kind))
        file = small_file.dropped(BOX, _("The file"))
        if file is not None:
            _try(ctx, kind, *file)


def _explained(kind: Kind) -> str:
    columns = {
        "regions": _("Columns: code, name, Chinese name, parent (of a city: its province), time zone."),
        "departments": _("Columns: code, name, Chinese name, active_from, active_to."),
        "teams": _("Columns: code, name, Chinese name, department, active_from, active_to."),
    }[kind]
    rest = _("Heads may be Chinese. A code that is there is brought up to date; nothing is removed.")
    return f"{columns}{'' if language() == 'zh' else ' '}{rest}"


def _try(ctx: Context, kind: Kind, name: str, table: SmallTable) -> None:
    try:
        with reading(reads().engine, ctx.scope) as conn:
            plan = organisation_rows.plan(conn, kind, table.header, table.rows, ctx.zone)
    except MissingColumns as columns:
        small_file.missing(name, columns)
        return
    small_file.draw_plan(plan.rows, _("Code"))
    st.button(
        ngettext("Put in {n} row", "Put in {n} rows", len(plan.parts)).format(n=number(len(plan.parts))),
        type="primary",
        disabled=not plan.parts,
        on_click=_put,
        args=(ctx, kind, table),
        key="organisation_put",
    )


def _put(ctx: Context, kind: Kind, table: SmallTable) -> None:
    """Planned again, since the organisation may have changed."""

    def action(conn: Connection, by: str) -> str:
        return put(conn, kind, table, ctx.zone, by)

    if act(ctx, PLACE, action):
        small_file.empty(BOX)


def put(conn: Connection, kind: Kind, table: SmallTable, zone: ZoneInfo, by: str) -> str:
    plan = organisation_rows.plan(conn, kind, table.header, table.rows, zone)
    moved = organisation_rows.put_parts(conn, kind, plan.parts, zone.key, by)
    words = _("Put in: {new} new, {changed} changed; {refused} refused.").format(
        new=number(plan.count("new")),
        changed=number(plan.count("changed")),
        refused=number(plan.count("refused")),
    )
    if moved:
        words += " " + ngettext(
            "{n} complaint is derived again, because its region moved.",
            "{n} complaints are derived again, because their region moved.",
            moved,
        ).format(n=number(moved))
    return words


def bring_china(ctx: Context) -> None:
    """The 31 provinces, offered while there are no regions."""

    def action(conn: Connection, by: str) -> str:
        return put(conn, "regions", read_table(CHINA.name, CHINA.read_bytes()), ZoneInfo(USUAL), by)

    act(ctx, "regions", action)

"""People: a file of people, first tried, then put in."""

import streamlit as st
from sqlalchemy import Connection

from config.small_tables import SmallTable
from dashboard.controls import small_file
from dashboard.controls.administering import Refused, act, say
from dashboard.locale import _, ngettext
from dashboard.locale.shown import number
from dashboard.parts import Context
from dashboard.reads import reads
from queries.db import reading
from queries.organisation import scope_of
from queries.people.people_plan import plan_people, put_plan
from queries.sheets import MissingColumns

PLACE, BOX = "people_file", "people_box"


def form(ctx: Context) -> None:
    if ctx.scope.regions is not None:
        return
    with st.expander(_("People from a file"), icon=":material/upload_file:", key="people_file"):
        say(PLACE)
        st.caption(
            _(
                "Columns: login, name_en, name_zh, grade, department, team, regions, active_from, active_to. "
                "Heads may be Chinese. A login that is there is brought up to date; nobody is removed."
            )
        )
        add = st.checkbox(_("Make departments and teams that are new"), key="people_add")
        file = small_file.dropped(BOX, _("The file"))
        if file is not None:
            _try(ctx, *file, add)


def _try(ctx: Context, file_name: str, table: SmallTable, add: bool) -> None:
    try:
        with reading(reads().engine, ctx.scope) as conn:
            plan = plan_people(conn, table.header, table.rows, ctx.zone, add)
    except MissingColumns as columns:
        small_file.missing(file_name, columns)
        return
    small_file.draw_plan(plan.rows, _("Login"))
    count = len(plan.people)
    st.button(
        ngettext("Put in {n} row", "Put in {n} rows", count).format(n=number(count)),
        type="primary",
        disabled=not count,
        on_click=_put,
        args=(ctx, table, add),
        key="people_put",
    )


def _put(ctx: Context, table: SmallTable, add: bool) -> None:
    """Planned again, since people may have changed."""

    def action(conn: Connection, by: str) -> str:
        plan = plan_people(conn, table.header, table.rows, ctx.zone, add)
        put_plan(conn, plan, by)
        me = scope_of(conn, by)
        if me is None or me.role != "administrator":
            raise Refused(_("Nothing was changed: the file would shut you out. Another administrator can."))
        counted = {what: number(sum(one.what == what for one in plan.rows)) for what in _WHAT}
        return _("Put in: {new} new, {changed} changed; {refused} refused.").format(**counted)

    if act(ctx, PLACE, action):
        small_file.empty(BOX)


_WHAT = ("new", "changed", "refused")

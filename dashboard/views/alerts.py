"""Alerts: what the board has told, to whom, and who has taken it up."""

from html import escape
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from config.instants import from_text
from dashboard.controls import work_list
from dashboard.controls.names import Names, category, names, outlet, source, tier
from dashboard.locale import _, ngettext
from dashboard.locale.shown import number, odds, when
from dashboard.parts import Column, Context, Tile, Tone, blank, listing, panel, tiles
from dashboard.reads import reads
from queries.db import writing
from queries.pages import alerts, wall
from queries.pages.alerts import Alert, Counts, DeliveryRow, Digest, Which
from queries.pages.wall import Figures
from queries.risk.rates import NAMES as LATE_RATES

SHOWN = 300
DELIVERIES = 30
LIST = "alerts"
STARS = {"critical": "★★★", "warning": "★★", "info": "★"}


def live(ctx: Context) -> None:
    counts = ctx.read(alerts.counts, ctx.filters)
    floor = ctx.read(wall.figures, ctx.filters).rows
    if counts.rows is not None and floor is not None:
        _tiles(ctx, counts.rows, floor)
    panel(
        ctx,
        "deliveries",
        _("Deliveries"),
        ctx.read(alerts.deliveries, DELIVERIES),
        lambda rows: listing(rows, _delivery_columns(ctx)),
        note=_("not yet sent first, then the newest"),
        empty=_("Nothing was sent. Set BOARD_WEBHOOK_URL to send alerts to an outlet."),
        export=True,
    )
    if not ctx.moment.as_of:
        if counts.rows is not None and counts.rows.refused:
            _offer_again(ctx, counts.rows.refused)
        work_list.news(ctx, LIST, *_asked(ctx))


def _offer_again(ctx: Context, refused: int) -> None:
    said = ngettext(
        "{n} message of the past week was not delivered. When the cause is mended:",
        "{n} messages of the past week were not delivered. When the cause is mended:",
        refused,
    )
    st.caption(said.format(n=number(refused)))
    if st.button(
        ngettext("Send {n} message again", "Send {n} messages again", refused).format(n=number(refused)),
        key="send_again",
        icon=":material/send:",
    ):
        _send_again(ctx)


def _send_again(ctx: Context) -> None:
    try:
        with writing(reads().engine, ctx.scope) as conn:
            done = alerts.send_again(conn, ctx.scope.person_login, reads().now())
    except SQLAlchemyError:
        st.error(_("Not saved: the database cannot be reached. Your entries are still here; try again."))
        return
    st.session_state.alerts_said = ngettext(
        "{n} message is being sent again.", "{n} messages are being sent again.", done
    ).format(n=number(done))
    st.rerun()


def rule(code: str) -> str:
    words = {
        "breached": _("breached"),
        "likely_breach": _("likely to breach"),
        "at_risk": _("at risk"),
        "callback_overdue": _("callback overdue"),
        "text_trigger": _("proposed for tier 1"),
        "surge": _("surge of complaints"),
        "feed_silent": _("no data from the source"),
        "job_failing": _("job keeps failing"),
    }
    return words.get(code, code)


def _tiles(ctx: Context, found: Counts, floor: Figures) -> None:
    tiles(
        (
            Tile(_("Open alerts"), number(found.open), _("not acknowledged")),
            Tile(_("Critical"), number(found.critical), _("alerts of ★★★"), "bad" if found.critical else ""),
            _urgent(ctx, floor),
            Tile(_("Acknowledged"), number(found.acknowledged), _("and not over yet")),
            Tile(_("Sent today"), number(found.sent_today)),
            Tile(_("Not delivered"), number(found.undelivered), tone="warn" if found.undelivered else ""),
        )
    )


def _urgent(ctx: Context, floor: Figures) -> Tile:
    """Alerts do not tell whether the floor is fine: what an import brought and what was acknowledged rings no
    more, and is past due all the same."""
    return Tile(
        _("Urgent deadlines past due"),
        number(floor.breached_urgent),
        _("with an alert or without"),
        "bad" if floor.breached_urgent else "good",
        ctx.counted("risk", list="breached", tier=1) if floor.breached_urgent else "",
    )


def _words() -> dict[Which, str]:
    return {"open": _("Open alerts"), "acknowledged": _("Acknowledged"), "all": _("All")}


def _chosen_list() -> Which:
    chosen: Which = st.session_state.get("alerts_which") or "open"
    return chosen


def _asked(ctx: Context) -> tuple[Any, ...]:
    """The query and its arguments."""
    digest = _digest()
    if digest is None:
        return alerts.alerts, ctx.filters, _chosen_list(), SHOWN
    return alerts.of_digest, ctx.filters, digest, SHOWN


def _digest() -> Digest | None:
    """Of the message whose link was followed."""
    asked = st.query_params
    at = from_text(asked.get("decided", ""))
    rule, level = asked.get("rule", ""), asked.get("level", "")
    return Digest(rule, level, at, asked.get("late") == "1") if at else None


def still(ctx: Context) -> None:
    _choose(ctx)
    said = st.session_state.pop("alerts_said", None)
    if said:
        st.success(said)
    asked = _asked(ctx)
    picture = ctx.read(*asked) if ctx.moment.as_of else work_list.frozen(ctx, LIST, *asked)
    if picture.rows is None:
        blank(_("Unavailable"), _("This could not be read. It is tried again by itself."))
    elif not picture.rows:
        blank(_("Nothing here"), _("No alert in this list."))
    elif ctx.moment.as_of:
        work_list.read_only(_frame(ctx, names(ctx), picture.rows), _total(ctx), SHOWN)
    else:
        _list(ctx, picture.rows)


def _choose(ctx: Context) -> None:
    digest, words = _digest(), _words()
    if digest is not None:
        told = _("The alerts of one message, {time}").format(time=when(digest.decided_at, ctx.zone, ctx.now))
        link = f'<a href="{escape(ctx.url("alerts"))}" target="_self">{escape(_("All alerts"))} →</a>'
        st.html(f'<div class="told">{escape(told)} {link}</div>')
        return
    st.segmented_control(
        _("List"),
        list(words),
        key="alerts_which",
        format_func=words.__getitem__,
        default="open",
        label_visibility="collapsed",
    )


def _total(ctx: Context) -> int | None:
    """None: not counted."""
    counts = None if _digest() else ctx.read(alerts.counts, ctx.filters).rows
    which = _chosen_list()
    return None if counts is None or which == "all" else getattr(counts, which)


def _list(ctx: Context, rows: tuple[Alert, ...]) -> None:
    ids = [row.alert_id for row in rows]
    wide = {_("State"): st.column_config.TextColumn(width="medium")}
    shown = _frame(ctx, names(ctx), rows)
    chosen = work_list.table(LIST, shown, ids, several=True, height=460, column_config=wide)
    if len(rows) == SHOWN:
        told = _("{extent} alerts, the most urgent first, then the newest.")
        st.caption(told.format(extent=work_list.extent(len(rows), _total(ctx), SHOWN)))
    with st.form("acknowledge", border=False):
        left, right = st.columns([4, 1], vertical_alignment="bottom")
        note = left.text_input(_("Note"), max_chars=300, placeholder=_("What is being done about it"))
        pressed = right.form_submit_button(
            _("Acknowledge {n}").format(n=len(chosen)) if chosen else _("Acknowledge"),
            type="primary",
            disabled=not chosen,
            width="stretch",
        )
    if pressed and chosen:
        _acknowledge(ctx, [int(str(one)) for one in chosen], note)


def _acknowledge(ctx: Context, ids: list[int], note: str) -> None:
    try:
        with writing(reads().engine, ctx.scope) as conn:
            done = alerts.acknowledge(conn, ids, ctx.scope.person_login, note or None, reads().now())
    except SQLAlchemyError:
        st.error(_("Not saved: the database cannot be reached. Your entries are still here; try again."))
        return
    st.session_state.alerts_said = _("Acknowledged: {n} alerts.").format(n=done)
    work_list.load_next(LIST, chosen=())
    st.rerun()


def _frame(ctx: Context, known: Names, rows: tuple[Alert, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("Level"): [STARS[row.level] for row in rows],
            _("Alert"): [rule(row.rule) for row in rows],
            _("Complaint"): [row.external_id or _subject(row) for row in rows],
            _("Target"): [_target(known, row) for row in rows],
            _("Tier"): [tier(row.tier) if row.complaint_id else "–" for row in rows],
            _("Department"): [
                known.department(row.department_id) if row.complaint_id else "–" for row in rows
            ],
            _("Region"): [_region(known, row) for row in rows],
            _("Breach risk"): [_odds(row) for row in rows],
            _("Since"): [when(row.crossed_at, ctx.zone, ctx.now) for row in rows],
            _("State"): [_state(ctx, row) for row in rows],
        }
    )


def _subject(row: Alert) -> str:
    """Of an alert that is about no complaint."""
    code = row.subject.split(":")[1]
    return source(code) if row.rule == "feed_silent" else code


def _odds(row: Alert) -> str:
    """When it rang."""
    return odds(row.p, row.k, row.n, row.similar in LATE_RATES)


def _target(known: Names, row: Alert) -> str:
    return category(row.target) if row.rule == "surge" else known.target(row.target)


def _region(known: Names, row: Alert) -> str:
    if row.rule == "surge":
        return known.region(row.region_id) if row.region_id else _("Whole country")
    return known.region(row.region_id) if row.complaint_id else "–"


def _state(ctx: Context, row: Alert) -> str:
    if row.withdrawn_at:
        return _("withdrawn {time}").format(time=when(row.withdrawn_at, ctx.zone, ctx.now))
    if row.was_over and row.rule == "breached":
        return _("breached and over since {time}").format(time=when(row.ended_at, ctx.zone, ctx.now))
    if row.ended_at:
        return _("over since {time}").format(time=when(row.ended_at, ctx.zone, ctx.now))
    if row.acknowledged_by:
        return _("acknowledged by {person}").format(person=row.acknowledged_by)
    return _("open, found late") if row.found_late else _("open")


def _delivery_state(row: DeliveryRow) -> tuple[str, Tone]:
    words: dict[str, tuple[str, Tone]] = {
        "waiting": (_("waiting"), "warn" if row.attempts else ""),
        "sending": (_("sending"), ""),
        "sent": (_("sent"), "good"),
        "failed": (_("refused by the receiver"), "bad"),
        "dead": (_("no longer tried"), "bad"),
        "cancelled": (_("cancelled"), ""),
    }
    return words[row.state]


def _delivery_columns(ctx: Context) -> tuple[Column, ...]:
    def what(row: DeliveryRow) -> str:
        return rule(row.rule) + (f" ×{row.digest_of}" if row.digest_of else "")

    return (
        Column(_("Created"), lambda row: when(row.created_at, ctx.zone, ctx.now)),
        Column(_("Alert"), what),
        Column(_("Outlet"), lambda row: outlet(row.outlet)),
        Column(_("State"), lambda row: _delivery_state(row)[0], tone=lambda row: _delivery_state(row)[1]),
        Column(_("Tries"), lambda row: number(row.attempts), number=True),
        Column(_("Error"), lambda row: row.last_error or "–"),
        Column(_("Sent"), lambda row: when(row.sent_at, ctx.zone, ctx.now)),
    )

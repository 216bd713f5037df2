"""Alerts: what the board has raised, whom it notified, and who acknowledged it."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from config.instants import from_text
from dashboard.controls import work_list
from dashboard.controls.columns import amount, coded, in_file_only, instant, plain, share
from dashboard.controls.indicator import tile
from dashboard.controls.names import Names, category, level, names, outlet, source, tier
from dashboard.locale import _, language, ngettext
from dashboard.locale.shown import chance, number, short_evidence, when
from dashboard.parts import Column, Context, Tile, Tone, blank, listing, panel, tiles
from dashboard.reads import reads
from queries.alerts import rules
from queries.db import writing
from queries.pages import alerts, wall
from queries.pages.alerts import Alert, Counts, DeliveryRow, Digest, Which
from queries.pages.wall import Figures
from queries.risk.rates import NAMES as LATE_RATES

SHOWN = 300
DELIVERIES, LISTED_DELIVERIES = 30, 6  # read and in the file; on the page, above the alerts to work on
LIST = "alerts"
STARS = {"critical": "★★★", "warning": "★★", "info": "★"}


def live(ctx: Context) -> None:
    counts = ctx.read(alerts.counts, ctx.filters)
    figures = ctx.read(wall.figures, ctx.filters).rows
    if counts.rows is not None and figures is not None:
        _tiles(ctx, counts.rows, figures)
    columns = _delivery_columns(ctx)
    panel(
        ctx,
        "deliveries",
        _("Deliveries"),
        ctx.read(alerts.deliveries, DELIVERIES),
        partial(_draw_deliveries, columns),
        note=_("unsent first, then newest"),
        empty=_("Nothing has been sent. Set BOARD_WEBHOOK_URL to send alerts to an outlet."),
        export=columns,
    )
    if not ctx.moment.as_of:
        if counts.rows is not None and counts.rows.refused:
            _offer_again(ctx, counts.rows.refused)
        work_list.news(ctx, LIST, *_query(ctx), SHOWN)


def _draw_deliveries(columns: Sequence[Column], rows: Sequence[DeliveryRow]) -> None:
    listing(rows[:LISTED_DELIVERIES], columns)


def _offer_again(ctx: Context, refused: int) -> None:
    sentence = ngettext(
        "{n} message of the past week was not delivered. Once the cause is fixed:",
        "{n} messages of the past week were not delivered. Once the cause is fixed:",
        refused,
    )
    st.caption(sentence.format(n=number(refused)))
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
    st.session_state.alerts_message = ngettext(
        "{n} message is being sent again.", "{n} messages are being sent again.", done
    ).format(n=number(done))
    st.rerun()


def rule(code: str) -> str:
    label = rules.label(code)
    return label.zh if language() == "zh" else label.en


def _tiles(ctx: Context, found: Counts, figures: Figures) -> None:
    tiles(
        (
            tile("alerts_open", number(found.open), _("not acknowledged")),
            tile("alerts_critical", number(found.critical), "★★★", "bad" if found.critical else ""),
            _urgent(ctx, figures),
            tile("alerts_acknowledged", number(found.acknowledged), _("not ended yet")),
            tile("sent_today", number(found.sent_today)),
            tile("not_delivered", number(found.undelivered), tone="warn" if found.undelivered else ""),
        )
    )


def _urgent(ctx: Context, figures: Figures) -> Tile:
    """Open alerts alone do not show whether all is well: imported history and acknowledged alerts raise none,
    although their deadlines are past due."""
    return tile(
        "urgent_past_due",
        number(figures.breached_urgent),
        _("with or without an alert"),
        "bad" if figures.breached_urgent else "good",
        ctx.counted("risk", list="breached", tier=1) if figures.breached_urgent else "",
    )


def _labels() -> dict[Which, str]:
    return {"open": _("Open alerts"), "acknowledged": _("Acknowledged"), "all": _("All")}


def _chosen_list() -> Which:
    chosen: Which = st.session_state.get("alerts_which") or "open"
    return chosen


def _query(ctx: Context) -> tuple[Any, ...]:
    """The query and its arguments, without how many rows."""
    digest = _digest()
    if digest is None:
        return alerts.alerts, ctx.filters, _chosen_list()
    return alerts.of_digest, ctx.filters, digest


def _digest() -> Digest | None:
    """The digest whose link was followed; None where the URL names none."""
    params = st.query_params
    at = from_text(params.get("decided", ""))
    rule, level = params.get("rule", ""), params.get("level", "")
    return Digest(rule, level, at, params.get("late") == "1") if at else None


def static(ctx: Context) -> None:
    _choose(ctx)
    message = st.session_state.pop("alerts_message", None)
    if message:
        st.success(message)
    query, columns = _query(ctx), list_columns(ctx, names(ctx))
    of = (*query, SHOWN)
    snapshot = ctx.read(*of) if ctx.moment.as_of else work_list.frozen(ctx, LIST, *of)
    if snapshot.rows is None:
        blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
    elif not snapshot.rows:
        blank(_("Nothing here"), _("No alerts in this list."))
    else:
        if ctx.moment.as_of:
            work_list.read_only(work_list.frame(columns, snapshot.rows), _total(ctx), SHOWN)
        else:
            _list(ctx, columns, snapshot.rows)
        work_list.file(ctx, LIST, columns, *query)


def _choose(ctx: Context) -> None:
    digest, labels = _digest(), _labels()
    if digest is not None:
        sentence = _("Alerts in one message, {time}").format(time=when(digest.decided_at, ctx.zone, ctx.now))
        link = f'<a href="{escape(ctx.url("alerts"))}" target="_self">{escape(_("All alerts"))} →</a>'
        st.html(f'<div class="summary">{escape(sentence)} {link}</div>')
        return
    st.segmented_control(
        _("List"),
        list(labels),
        key="alerts_which",
        format_func=labels.__getitem__,
        default="open",
        label_visibility="collapsed",
    )


def _total(ctx: Context) -> int | None:
    """None: not counted."""
    counts = None if _digest() else ctx.read(alerts.counts, ctx.filters).rows
    which = _chosen_list()
    return None if counts is None or which == "all" else getattr(counts, which)


def _list(ctx: Context, columns: Sequence[Column], rows: tuple[Alert, ...]) -> None:
    ids = [row.alert_id for row in rows]
    shown = work_list.frame(columns, rows)
    height = work_list.height(len(rows), 460)
    chosen = work_list.table(LIST, shown, ids, several=True, height=height)
    if len(rows) == SHOWN:
        sentence = _("{extent} alerts, most urgent first, then newest.")
        st.caption(sentence.format(extent=work_list.extent(len(rows), _total(ctx), SHOWN)))
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
    st.session_state.alerts_message = _("Acknowledged: {n} alerts.").format(n=done)
    work_list.load_next(LIST, chosen=())
    st.rerun()


def list_columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    stars = replace(coded(_("Level"), "level", STARS.__getitem__), exported=_level)
    complaint = coded(_("Complaint"), about, str)
    risk = replace(share(_("Breach risk"), "p"), shown=_odds, number=False)

    def state(row: Alert) -> str:
        return _state(ctx, row)

    return (
        stars,
        coded(_("Alert"), "rule", rule),
        replace(complaint, leads=True),
        replace(in_file_only(plain(_("Board number"), "complaint_id")), leads=True),
        Column(_("Target"), partial(target, labels)),
        Column(_("Tier"), _tier),
        Column(_("Department"), partial(department, labels)),
        Column(_("Region"), partial(region, labels)),
        risk,
        in_file_only(amount(_("Similar deadlines"), "n")),
        in_file_only(amount(_("Of these breached"), "k")),
        instant(ctx, _("Since"), "crossed_at"),
        in_file_only(instant(ctx, _("Raised"), "decided_at")),
        Column(_("State"), state, exported=_plain_state),
        in_file_only(plain(_("Acknowledged by"), "acknowledged_by")),
        in_file_only(instant(ctx, _("Acknowledged at"), "acknowledged_at")),
        in_file_only(instant(ctx, _("Ended at"), "ended_at")),
        in_file_only(instant(ctx, _("Withdrawn at"), "withdrawn_at")),
    )


def _level(row: Alert) -> str:
    return level(row.level)


def about(row: Alert) -> str:
    return row.external_id or _subject(row)


def _tier(row: Alert) -> str:
    return tier(row.tier) if row.complaint_id else "–"


def department(labels: Names, row: Alert) -> str:
    return labels.department(row.department_id) if row.complaint_id else "–"


def _subject(row: Alert) -> str:
    """Of an alert that is about no complaint."""
    code = row.subject.split(":")[1]
    return source(code) if row.rule == "feed_silent" else code


def _odds(row: Alert) -> str:
    """The breach risk when the alert was raised."""
    if row.p is None:
        return "–"
    return f"{chance(row.p)} · {short_evidence(row.p, row.k, row.n, row.similar in LATE_RATES)}"


def target(labels: Names, row: Alert) -> str:
    return category(row.target) if row.rule == "surge" else labels.target(row.target)


def region(labels: Names, row: Alert) -> str:
    if row.rule == "surge":
        return labels.region(row.region_id) if row.region_id else _("Whole country")
    return labels.region(row.region_id) if row.complaint_id else "–"


def _plain_state(row: Alert) -> str:
    """Of the file, where instants have columns of their own."""
    if row.withdrawn_at:
        return _("withdrawn")
    if row.ended_at:
        return _("ended")
    return _("acknowledged") if row.acknowledged_by else _("open")


def _state(ctx: Context, row: Alert) -> str:
    if row.withdrawn_at:
        return _("withdrawn {time}").format(time=when(row.withdrawn_at, ctx.zone, ctx.now))
    if row.was_over and row.rule == "breached":
        return _("breached, ended {time}").format(time=when(row.ended_at, ctx.zone, ctx.now))
    if row.ended_at:
        return _("ended {time}").format(time=when(row.ended_at, ctx.zone, ctx.now))
    if row.acknowledged_by:
        return _("acknowledged by {person}").format(person=row.acknowledged_by)
    return _("open, found late") if row.found_late else _("open")


def _delivery_state(row: DeliveryRow) -> tuple[str, Tone]:
    states: dict[str, tuple[str, Tone]] = {
        "waiting": (_("waiting"), "warn" if row.attempts else ""),
        "sending": (_("sending"), ""),
        "sent": (_("sent"), "good"),
        "failed": (_("rejected by the receiver"), "bad"),
        "dead": (_("retries exhausted"), "bad"),
        "cancelled": (_("cancelled"), ""),
    }
    return states[row.state]


def _delivery_columns(ctx: Context) -> tuple[Column, ...]:
    def what(row: DeliveryRow) -> str:
        return rule(row.rule) + (f" ×{row.digest_of}" if row.digest_of else "")

    def state(row: DeliveryRow) -> str:
        return _delivery_state(row)[0]

    def tone(row: DeliveryRow) -> Tone:
        return _delivery_state(row)[1]

    return (
        instant(ctx, _("Created"), "created_at"),
        Column(_("Alert"), what),
        coded(_("Outlet"), "outlet", outlet),
        Column(_("State"), state, tone=tone),
        amount(_("Attempts"), "attempts"),
        plain(_("Error"), "last_error"),
        instant(ctx, _("Sent"), "sent_at"),
    )

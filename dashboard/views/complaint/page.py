"""Complaint: everything about one, found by its number."""

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt
import streamlit as st

from dashboard.controls.names import (
    Names,
    category,
    channel,
    customer_value,
    names,
    outcome,
    source,
    status,
    tier,
)
from dashboard.locale import _, language
from dashboard.locale.shown import due, duration, number, when
from dashboard.parts import Column, Context, Tile, Tone, blank, chart, listing, panel, tiles
from dashboard.theme import Theme
from dashboard.views.complaint import deadline
from dashboard.views.complaint.time import whose_time
from dashboard.views.risk import odds
from queries.pages import complaint
from queries.pages.complaint import Answer, Callback, Deadline, Headline, Seen, Stint


def asked() -> int | None:
    value = st.query_params.get("complaint", "")
    return int(value) if value.isdigit() and len(value) < 19 else None


def live(ctx: Context) -> None:
    number_ = asked()
    if number_ is None:
        return
    picture = ctx.read(complaint.headline, number_)
    if picture.state == "unavailable":
        blank(_("Unavailable"), _("This could not be read. It is tried again by itself."))
    elif not picture.rows:
        blank(_("No such complaint"), _("There is none with this number among those that you may see."))
    else:
        _page(ctx, names(ctx), picture.rows[0])


def _page(ctx: Context, known: Names, found: Headline) -> None:
    _tiles(ctx, known, found)
    key = found.complaint_id
    left, right = st.columns([2, 3])
    with left:
        _text(found)
        panel(
            ctx,
            "trail",
            _("Trail"),
            ctx.read(complaint.trail, key),
            lambda rows: listing(rows, _trail_columns(ctx, known)),
            note=_("newest first"),
            export=True,
        )
    with right:
        panel(
            ctx,
            "life",
            _("Life"),
            ctx.read(complaint.stints, key),
            lambda rows: _draw_life(ctx, rows),
            note=_("what it waited for, over time"),
            empty=_("It was closed in the second it was received."),
        )
        whose_time(ctx, known, key)
        _promises(ctx, known, key)


def _tiles(ctx: Context, known: Names, found: Headline) -> None:
    owner = found.owner_zh if language() == "zh" else found.owner_en
    age = duration((ctx.now - found.received_at).total_seconds())
    tiles(
        (
            Tile(_("Complaint"), found.external_id, _("from {source}").format(source=source(found.source))),
            Tile(_("Status"), status(found.status), _("tier {tier}").format(tier=tier(found.tier))),
            Tile(_("Received"), when(found.received_at, ctx.zone), _("{time} ago").format(time=age)),
            Tile(_("Lead owner"), known.department(found.department_id), owner or _("nobody yet")),
            Tile(
                _("Region"),
                known.region(found.region_id),
                f"{category(found.category)} · {channel(found.channel)}",
            ),
        )
    )


def _text(found: Headline) -> None:
    with st.container(key="panel_text", gap="small"):
        st.html(f'<div class="panel-head"><h3>{_("What the customer says")}</h3></div>')
        # Complaint text is hostile: plain text only.
        st.text(found.title or _("no title"))
        if found.body and found.body != found.title:
            st.text(found.body)
        masked = " · ".join(
            part for part in (found.customer, found.phone, customer_value(found.value)) if part
        )
        st.caption(_("Customer: {customer}").format(customer=masked or _("not known")))


def _promises(ctx: Context, known: Names, key: int) -> None:
    panel(
        ctx,
        "deadlines",
        _("Deadlines"),
        ctx.read(complaint.deadlines, key),
        lambda rows: listing(rows, (*_deadline_columns(ctx, known, key), *odds.beside(rows))),
        note=_("a name leads to why it is due then"),
        empty=_("The policy promises nothing for this complaint."),
        export=True,
    )
    deadline.explanation(ctx, known, key)
    panel(
        ctx,
        "callbacks",
        _("Callbacks"),
        ctx.read(complaint.callbacks, key),
        lambda rows: listing(rows, (*_callback_columns(ctx, known, key), *odds.beside(rows))),
        empty=_("None: callbacks follow a resolution."),
    )
    panel(
        ctx,
        "answers",
        _("Surveys"),
        ctx.read(complaint.answers, key),
        lambda rows: listing(rows, _answer_columns(ctx)),
        empty=_("No survey was sent."),
    )


def _verdict(ctx: Context, row: Deadline) -> tuple[str, Tone]:
    ended = row.met_at or row.cancelled_at
    if row.due_at is None:
        return _("paused, {time} left").format(time=duration(row.left_seconds)), ""
    if ended is None:
        left = (row.due_at - ctx.now).total_seconds()
        if left < 0:
            return _("breached {time} ago").format(time=duration(-left)), "bad"
        return _("{time} left").format(time=duration(left)), "warn" if left < 3600 else ""
    over = (ended - row.due_at).total_seconds()
    if over > 0:
        return _("breached by {time}").format(time=duration(over)), "bad"
    return (_("met"), "good") if row.met_at else (_("cancelled"), "")


def _deadline_columns(ctx: Context, known: Names, number_: int) -> tuple[Column, ...]:
    def target(row: Deadline) -> str:
        whose = f" · {known.department(row.department_id)}" if row.party_id else ""
        return known.target(row.target) + whose + (f" · {row.episode}" if row.episode > 1 else "")

    def why(row: Deadline) -> str:
        wanted = deadline.key(row.target, row.party_id, row.episode)
        return ctx.url("complaint", complaint=number_, deadline=wanted)

    def due(row: Deadline) -> str:
        return when(row.due_at, ctx.zone) + (_(" (provisional)") if row.provisional else "")

    return (
        Column(_("Target"), target, href=why),
        Column(_("Started"), lambda row: when(row.started_at, ctx.zone)),
        Column(_("Due"), due),
        Column(_("Met"), lambda row: when(row.met_at, ctx.zone)),
        Column(_("State"), lambda row: _verdict(ctx, row)[0], tone=lambda row: _verdict(ctx, row)[1]),
        Column(_("Policy"), lambda row: _("version {n}").format(n=row.policy_version)),
    )


def _callback_columns(ctx: Context, known: Names, number_: int) -> tuple[Column, ...]:
    def why(row: Callback) -> str:
        wanted = deadline.key(row.kind, 0, row.episode)
        return ctx.url("complaint", complaint=number_, deadline=wanted)

    def state(row: Callback) -> str:
        if row.ended_at:
            return outcome(row.outcome)
        if row.agreed_at is None:
            return _("pending")
        return _("agreed for {time}").format(time=when(row.agreed_at, ctx.zone))

    def late(row: Callback) -> Tone:
        return "bad" if row.ended_at is None and row.due_at < ctx.now else ""

    return (
        Column(_("Callback"), lambda row: known.target(row.kind), href=why),
        Column(_("Due"), lambda row: due(row.due_at, ctx.zone)),
        Column(_("Outcome"), state, tone=late),
        Column(_("Ended"), lambda row: when(row.ended_at, ctx.zone)),
        Column(_("Tries"), lambda row: number(row.attempts), number=True),
    )


def _answer_columns(ctx: Context) -> tuple[Column, ...]:
    words = {"sms": _("SMS"), "app_push": _("App push"), "ivr": _("Automated voice"), "person": _("Person")}

    def said(row: Answer) -> str:
        return words.get(row.survey_channel, row.survey_channel)

    return (
        Column(_("Survey by"), said),
        Column(_("Sent"), lambda row: when(row.sent_at, ctx.zone)),
        Column(_("Answered"), lambda row: when(row.answered_at, ctx.zone)),
        Column(_("Mean"), lambda row: number(row.score, 1), number=True),
        Column(_("NPS answer"), lambda row: number(row.nps), number=True),
    )


def _field(row: Seen) -> str:
    words = {
        "received": _("Received"),
        "status": _("Status"),
        "tier": _("Tier"),
        "department": _("Department"),
        "owner": _("Owner"),
        "region": _("Region"),
        "category": _("Category"),
        "channel": _("Channel"),
        "product": _("Product"),
        "promised": _("Promised"),
        "first_contact": _("First contact"),
        "plan": _("Plan given"),
        "verification_started": _("Verification started"),
        "feedback": _("Progress fed back"),
        "answered": _("Answered"),
        "requested": _("Co-owner asked"),
        "responded": _("Co-owner responded"),
        "opinion": _("Co-owner's opinion"),
        "cancelled": _("Request cancelled"),
    }
    return words.get(row.field, row.field)


def _value(known: Names, row: Seen) -> str:
    value = row.value
    if value is None:
        return ""
    if row.field == "owner":
        return (row.owner_zh if language() == "zh" else row.owner_en) or value
    shown: dict[str, Callable[[str], str]] = {
        "status": status,
        "channel": channel,
        "category": category,
        "tier": lambda one: tier(int(one)),
        "department": lambda one: known.department(int(one)),
        "requested": lambda one: known.department(int(one)),
        "region": lambda one: known.region(int(one)),
    }
    return shown[row.field](value) if row.field in shown else value


def _trail_columns(ctx: Context, known: Names) -> tuple[Column, ...]:
    def origin(row: Seen) -> str:
        person = row.person_zh if language() == "zh" else row.person_en
        return {"source": _("source"), "person": person or _("person"), "board": _("board")}[row.origin]

    return (
        Column(_("When"), lambda row: when(row.happened_at, ctx.zone)),
        Column(_("What"), _field),
        Column(_("Value"), lambda row: _value(known, row)),
        Column(_("By"), origin),
    )


def _draw_life(ctx: Context, rows: Sequence[Stint]) -> None:
    chart(ctx, "life", bars, rows, 40 + 30 * len({row.status for row in rows}), _("Statuses over time"))


def bars(theme: Theme) -> Any:
    codes = ("received", "in_progress", "waiting_customer", "waiting_co_owner", "resolved", "closed")
    words = "{" + ", ".join(f"'{code}': '{status(code)}'" for code in codes) + "}"
    return (
        alt.Chart(alt.NamedData("rows"))
        .transform_calculate(shown=f"({words})[datum.status]")
        .mark_bar(height=14, cornerRadius=3)
        .encode(
            x=alt.X("from_at:T", title=None, axis=alt.Axis(format="%m-%d %H:%M", labelOverlap=True)),
            x2="until_at:T",
            y=alt.Y("shown:N", title=None, sort=[status(code) for code in codes]),
            color=alt.Color(
                "tier:N", legend=None, scale=alt.Scale(domain=[1, 2, 3], range=list(theme.tiers))
            ),
        )
    )

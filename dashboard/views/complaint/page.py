"""Complaint: everything about one, found by its number."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import altair as alt
import streamlit as st

from config.vocabulary import STATUSES
from dashboard.controls.columns import amount, coded, dated, in_file_only
from dashboard.controls.names import (
    Names,
    category,
    channel,
    names,
    outcome,
    source,
    status,
    tier,
)
from dashboard.locale import _, language, pgettext
from dashboard.locale.shown import due, duration, listed, when
from dashboard.parts import Column, Context, Tile, Tone, blank, chart, listing, panel, tiles
from dashboard.theme import Theme
from dashboard.views.breaches.lists import reason_name
from dashboard.views.complaint import deadline
from dashboard.views.complaint.text import merged_here, text
from dashboard.views.complaint.time import whose_time
from dashboard.views.risk import odds
from queries.intake.facts import MERGED, VANISHED
from queries.pages import breaches, complaint
from queries.pages.breaches import Reason
from queries.pages.complaint import Answer, Callback, Deadline, Headline, Seen, Stint


def complaint_in_url() -> int | None:
    value = st.query_params.get("complaint", "")
    return int(value) if value.isdigit() and len(value) < 19 else None


def live(ctx: Context) -> None:
    number_ = complaint_in_url()
    if number_ is None:
        return
    snapshot = ctx.read(complaint.headline, number_)
    if snapshot.state == "unavailable":
        blank(_("Unavailable"), _("This could not be read. It is retried automatically."))
    elif not snapshot.rows:
        blank(_("No such complaint"), _("No complaint with this number in your scope."))
    else:
        _page(ctx, names(ctx), snapshot.rows[0])


def _page(ctx: Context, labels: Names, found: Headline) -> None:
    _tiles(ctx, labels, found)
    key = found.complaint_id
    of_trail = _trail_columns(ctx, labels)
    left, right = st.columns([2, 3])
    with left:
        text(ctx, found)
        panel(
            ctx,
            "trail",
            _("Trail"),
            ctx.read(complaint.trail, key),
            partial(listing, columns=of_trail),
            note=_("newest first"),
            export=of_trail,
        )
    with right:
        panel(
            ctx,
            "life",
            _("Timeline"),
            ctx.read(complaint.stints, key),
            partial(_draw_life, ctx),
            note=_("status over time"),
            empty=_("It was closed in the same second as it was received."),
        )
        whose_time(ctx, labels, key)
        merged_here(ctx, key)
        _promises(ctx, labels, key)


def _tiles(ctx: Context, labels: Names, found: Headline) -> None:
    owner = found.owner_zh if language() == "zh" else found.owner_en
    age = duration((ctx.now - found.received_at).total_seconds())
    tiles(
        (
            Tile(_("Complaint"), found.external_id, _("from {source}").format(source=source(found.source))),
            Tile(_("Status"), status(found.status), _("tier {tier}").format(tier=tier(found.tier))),
            Tile(_("Received"), when(found.received_at, ctx.zone), _("{time} ago").format(time=age)),
            Tile(_("Lead owner"), labels.department(found.department_id), owner or _("no owner yet")),
            Tile(
                _("Region"),
                labels.region(found.region_id),
                f"{category(found.category)} · {channel(found.channel)}",
            ),
        )
    )


def _promises(ctx: Context, labels: Names, key: int) -> None:
    deadlines, callbacks = ctx.read(complaint.deadlines, key), ctx.read(complaint.callbacks, key)
    reasons = ctx.read(breaches.reasons).rows or ()
    of_deadlines = (*_deadline_columns(ctx, labels, key, reasons), *odds.beside(deadlines.rows or ()))
    panel(
        ctx,
        "deadlines",
        _("Deadlines"),
        deadlines,
        partial(listing, columns=of_deadlines),
        note=_("click a name to see why it is due then"),
        empty=_("The policy sets no target that the source of this complaint reports."),
        export=of_deadlines,
    )
    deadline.explanation(ctx, labels, key)
    panel(
        ctx,
        "callbacks",
        _("Callbacks"),
        callbacks,
        partial(listing, columns=(*_callback_columns(ctx, labels, key), *odds.beside(callbacks.rows or ()))),
        empty=_("None yet: callbacks start when the complaint is resolved."),
    )
    panel(
        ctx,
        "answers",
        _("Surveys"),
        ctx.read(complaint.answers, key),
        partial(listing, columns=_answer_columns(ctx)),
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


def _deadline_columns(
    ctx: Context, labels: Names, number_: int, reasons: Sequence[Reason] = ()
) -> tuple[Column, ...]:
    def target(row: Deadline) -> str:
        whose = f" · {labels.department(row.department_id)}" if row.party_id else ""
        return labels.target(row.target) + whose + (f" · {row.episode}" if row.episode > 1 else "")

    def why(row: Deadline) -> str:
        wanted = deadline.key(row.target, row.party_id, row.episode)
        return ctx.url("complaint", complaint=number_, deadline=wanted)

    def due(row: Deadline) -> str:
        return when(row.due_at, ctx.zone) + (_(" (provisional)") if row.provisional else "")

    def state(row: Deadline) -> str:
        verdict = _verdict(ctx, row)[0]
        if row.excused_at is None:
            return verdict
        excuse = _("excused: {reason}").format(reason=reason_name(reasons, row.excuse))
        return listed([verdict, excuse])

    def tone(row: Deadline) -> Tone:
        return _verdict(ctx, row)[1]

    return (
        Column(_("Target"), target, href=why),
        dated(ctx, _("Started"), "started_at"),
        replace(dated(ctx, _("Due"), "due_at"), shown=due),
        dated(ctx, _("Met"), "met_at"),
        Column(_("State"), state, tone=tone),
        coded(_("Policy"), "policy_version", _version),
    )


def _version(version: int) -> str:
    return _("version {n}").format(n=version)


def _callback_columns(ctx: Context, labels: Names, number_: int) -> tuple[Column, ...]:
    def why(row: Callback) -> str:
        wanted = deadline.key(row.kind, 0, row.episode)
        return ctx.url("complaint", complaint=number_, deadline=wanted)

    def state(row: Callback) -> str:
        if row.ended_at:
            return outcome(row.outcome)
        if row.agreed_at is None:
            return _("pending")
        return _("agreed for {time}").format(time=when(row.agreed_at, ctx.zone))

    def due_at(row: Callback) -> str:
        return due(row.due_at, ctx.zone)

    def late(row: Callback) -> Tone:
        return "bad" if row.ended_at is None and row.due_at < ctx.now else ""

    return (
        coded(_("Callback"), "kind", labels.target, href=why),
        Column(_("Due"), due_at),
        Column(_("Outcome"), state, tone=late),
        dated(ctx, _("Ended"), "ended_at"),
        amount(_("Attempts"), "attempts"),
    )


def _answer_columns(ctx: Context) -> tuple[Column, ...]:
    channels = {
        "sms": _("SMS"),
        "app_push": _("App push"),
        "ivr": _("Automated voice"),
        "person": _("Person"),
    }

    def label(row: Answer) -> str:
        return channels.get(row.survey_channel, row.survey_channel)

    return (
        Column(_("Survey by"), label),
        dated(ctx, _("Sent"), "sent_at"),
        dated(ctx, _("Answered"), "answered_at"),
        amount(_("Mean"), "score", 1),
        amount(_("NPS answer"), "nps"),
    )


def _field(row: Seen) -> str:
    labels = {
        "note": _("Note"),
        "received": pgettext("milestone", "Received"),
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
        "feedback": _("Progress update sent"),
        "answered": pgettext("milestone", "Answered"),
        "requested": _("Co-owner requested"),
        "responded": _("Co-owner responded"),
        "opinion": _("Co-owner's opinion"),
        "cancelled": _("Request cancelled"),
        "parent": _("Merged into"),
        "vanished": _("Vanished"),
    }
    return labels.get(row.field, row.field)


def _value(labels: Names, row: Seen) -> str:
    """And what a person wrote with it."""
    cause = _("cause: {cause}").format(cause=row.cause) if row.cause else ""
    return " · ".join(part for part in (_stated(labels, row), row.note, cause) if part)


def _stated(labels: Names, row: Seen) -> str:
    value = row.value
    if value is None or row.field == "vanished":
        return ""
    if row.field == "parent":
        return row.parent or value
    if row.field == "owner":
        return (row.owner_zh if language() == "zh" else row.owner_en) or value
    codes: dict[str, Callable[[str], str]] = {"status": status, "channel": channel, "category": category}
    ids: dict[str, Callable[[int], str]] = {
        "tier": tier,
        "department": labels.department,
        "requested": labels.department,
        "region": labels.region,
    }
    if row.field in ids:
        return ids[row.field](int(value))
    return codes[row.field](value) if row.field in codes else value


def _trail_columns(ctx: Context, labels: Names) -> tuple[Column, ...]:
    def origin(row: Seen) -> str:
        person = (row.person_zh if language() == "zh" else row.person_en) or _("person")
        if row.undone_at is not None:
            undone = _("{person}, undone at {time}")
            person = undone.format(person=person, time=when(row.undone_at, ctx.zone, ctx.now))
        return {"source": _("source"), "person": person, "board": _("board")}[row.origin]

    return (
        dated(ctx, _("When"), "happened_at"),
        in_file_only(dated(ctx, _("Recorded"), "recorded_at")),
        Column(_("What"), _field),
        Column(_("Value"), partial(_value, labels)),
        Column(_("By"), origin),
    )


def _draw_life(ctx: Context, rows: Sequence[Stint]) -> None:
    chart(ctx, "life", bars, rows, 40 + 30 * len({row.status for row in rows}), _("Statuses over time"))


def bars(theme: Theme) -> Any:
    codes = (*STATUSES, MERGED, VANISHED)
    labels = "{" + ", ".join(f"'{code}': '{status(code)}'" for code in codes) + "}"
    return (
        alt.Chart(alt.NamedData("rows"))
        .transform_calculate(shown=f"({labels})[datum.status]")
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

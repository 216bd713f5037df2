"""Complaint: finding one, and correcting its tier."""

import re

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from config.settings import settings
from dashboard.controls.names import source, status, tier
from dashboard.locale import _
from dashboard.locale.shown import when
from dashboard.parts import Column, Context, blank, listing, panel
from dashboard.reads import Snapshot, reads
from dashboard.views.complaint.page import asked
from dashboard.views.complaint.proposal import proposal
from queries.db import writing
from queries.intake import door
from queries.intake.staging import phone_hash
from queries.organisation import agent_of
from queries.pages import complaint
from queries.pages.complaint import Found

BOX = "find_complaint"
SHOWN = 50
PHONE = re.compile(r"\+?[\d\s()/-]{7,25}")


def search(ctx: Context) -> None:
    key = _hash_key()
    st.text_input(
        _("Find a complaint"),
        placeholder=_("Its number at the source, ours, or the customer's phone number")
        if key
        else _("Its number at the source, or ours"),
        key=BOX,
        on_change=_open_only_hit,
        args=(ctx,),
        width=560,
    )
    wanted = _wanted()
    if wanted:
        _found(ctx, wanted)
    elif asked() is None:
        blank(_("No complaint chosen"), _("Follow a number on another page, or find one here."))


def _wanted() -> str:
    return str(st.session_state.get(BOX, "")).strip()


def _hash_key() -> bytes:
    return settings().phone_hash_key.get_secret_value().encode()


def _find(ctx: Context, wanted: str) -> Snapshot[tuple[Found, ...]]:
    hashed = phone_hash(wanted, _hash_key()) if PHONE.fullmatch(wanted) else None
    return ctx.read(complaint.find, wanted, hashed, SHOWN)


def _open_only_hit(ctx: Context) -> None:
    found = _find(ctx, _wanted()).rows
    if found and len(found) == 1:
        st.query_params["complaint"] = str(found[0].complaint_id)
        st.session_state[BOX] = ""


def _found(ctx: Context, wanted: str) -> None:
    picture = _find(ctx, wanted)
    panel(
        ctx,
        "found",
        _("Found"),
        picture,
        lambda rows: listing(rows, _columns(ctx)),
        note=_("newest first, at most {n}").format(n=SHOWN),
        empty=_("There is none with this number among those that you may see."),
    )


def _columns(ctx: Context) -> tuple[Column, ...]:
    return (
        Column(
            _("Complaint"),
            lambda row: row.external_id,
            href=lambda row: ctx.url("complaint", complaint=row.complaint_id),
        ),
        Column(_("Source"), lambda row: source(row.source)),
        Column(_("Received"), lambda row: when(row.received_at, ctx.zone)),
        Column(_("Status"), lambda row: status(row.status)),
    )


def still(ctx: Context) -> None:
    number = asked()
    if number is not None:
        proposal(ctx, number)
        _correct(ctx, number)


def _correct(ctx: Context, complaint_id: int) -> None:
    """A person's tier holds until the source changes its own."""
    found = ctx.read(complaint.headline, complaint_id).rows
    if not found:
        return
    with st.form(f"correct_{complaint_id}"):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        now_tier = found[0].tier
        chosen = left.segmented_control(
            _("Correct the tier"), (1, 2, 3), default=now_tier, format_func=tier, required=True
        )
        if right.form_submit_button(_("Save"), width="stretch") and chosen and chosen != now_tier:
            try:
                with writing(reads().engine, ctx.scope) as conn:
                    now, me = reads().now(), agent_of(conn, ctx.scope.person_login)
                    door.correct(conn, complaint_id, "tier", str(chosen), me, now)
                st.success(
                    _("Saved: tier {tier}. Its deadlines follow within a second.").format(tier=tier(chosen))
                )
            except SQLAlchemyError:
                st.error(
                    _("Not saved: the database cannot be reached. Your entries are still here; try again.")
                )

"""Complaint: finding one; above it stands what may be done with it."""

from functools import partial

import streamlit as st

from config.settings import settings
from dashboard.controls import columns
from dashboard.controls.columns import coded, dated
from dashboard.controls.names import source, status
from dashboard.locale import _
from dashboard.parts import Column, Context, blank, listing, panel
from dashboard.reads import Snapshot
from dashboard.views.complaint.actions import actions
from dashboard.views.complaint.page import complaint_in_url
from dashboard.views.complaint.proposal import proposal
from queries.intake.phones import is_like_a_number, phone_hash
from queries.pages import complaint
from queries.pages.complaint import Found

BOX = "find_complaint"
SHOWN = 50


def search(ctx: Context) -> None:
    key = _hash_key()
    st.text_input(
        _("Find a complaint"),
        placeholder=_("Source number, board number or customer's phone number")
        if key
        else _("Source number or board number"),
        key=BOX,
        on_change=_open_only_hit,
        args=(ctx,),
        width=560,
    )
    wanted, number = _wanted(), complaint_in_url()
    if wanted:
        _found(ctx, wanted)
    elif number is not None:
        actions(ctx, number)
    else:
        blank(_("No complaint selected"), _("Click a complaint number on another page, or search here."))


def _wanted() -> str:
    return str(st.session_state.get(BOX, "")).strip()


def _hash_key() -> bytes:
    return settings().phone_hash_key.get_secret_value().encode()


def _find(ctx: Context, wanted: str) -> Snapshot[tuple[Found, ...]]:
    hashed = phone_hash(wanted, _hash_key()) if is_like_a_number(wanted) else None
    return ctx.read(complaint.find, wanted, hashed, SHOWN)


def _open_only_hit(ctx: Context) -> None:
    found = _find(ctx, _wanted()).rows
    if found and len(found) == 1:
        st.query_params["complaint"] = str(found[0].complaint_id)
        st.session_state[BOX] = ""


def _found(ctx: Context, wanted: str) -> None:
    snapshot = _find(ctx, wanted)
    panel(
        ctx,
        "found",
        _("Found"),
        snapshot,
        partial(listing, columns=_columns(ctx)),
        note=_("newest first, at most {n}").format(n=SHOWN),
        empty=_("No complaint with this number in your scope."),
    )


def _columns(ctx: Context) -> tuple[Column, ...]:
    return (
        *columns.complaint(ctx),
        coded(_("Source"), "source", source),
        dated(ctx, _("Received"), "received_at"),
        coded(_("Status"), "status", status),
    )


def static(ctx: Context) -> None:
    number = complaint_in_url()
    if number is not None:
        proposal(ctx, number)

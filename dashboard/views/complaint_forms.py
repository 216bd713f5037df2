"""Complaint: finding one, and correcting its tier."""

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from dashboard.controls.names import status, tier
from dashboard.locale import _
from dashboard.locale.shown import when
from dashboard.parts import Column, Context, blank, listing
from dashboard.reads import reads
from dashboard.views.complaint import asked
from dashboard.views.complaint_proposal import proposal
from queries import complaint, intake
from queries.db import writing
from queries.organisation import agent_of


def still(ctx: Context) -> None:
    number = asked()
    wanted = st.text_input(
        _("Find a complaint"), placeholder=_("its number at the source, or ours"), key="find_complaint"
    ).strip()
    if wanted:
        _found(ctx, wanted)
    if number is not None:
        proposal(ctx, number)
        _correct(ctx, number)
    elif not wanted:
        blank(_("No complaint chosen"), _("Follow a number on another page, or find one here."))


def _found(ctx: Context, wanted: str) -> None:
    picture = ctx.read(complaint.find, wanted)
    if not picture.rows:
        blank(_("No such complaint"), _("There is none with this number among those that you may see."))
        return
    listing(
        picture.rows,
        (
            Column(
                _("Complaint"),
                lambda row: row.external_id,
                href=lambda row: ctx.url("complaint", complaint=row.complaint_id),
            ),
            Column(_("Source"), lambda row: row.source),
            Column(_("Received"), lambda row: when(row.received_at, ctx.zone)),
            Column(_("Status"), lambda row: status(row.status)),
        ),
    )


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
                    intake.correct(conn, complaint_id, "tier", str(chosen), me, now)
                st.success(
                    _("Saved: tier {tier}. Its deadlines follow within a second.").format(tier=tier(chosen))
                )
            except SQLAlchemyError:
                st.error(
                    _("Not saved: the database cannot be reached. Your entries are still here; try again.")
                )

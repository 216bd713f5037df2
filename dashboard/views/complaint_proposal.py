"""Complaint: its text proposes tier 1, a person decides."""

from html import escape

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from dashboard.controls.names import tier, trigger
from dashboard.locale import _
from dashboard.parts import Context
from dashboard.reads import reads
from queries import proposals
from queries.db import writing
from queries.organisation import agent_of
from queries.proposals import Proposal


def proposal(ctx: Context, complaint_id: int) -> None:
    """Nothing where the text proposes nothing, or somebody has decided."""
    for found in ctx.read(proposals.proposal, complaint_id).rows or ():
        with st.container(key="tier_proposal", gap="small"):
            st.html(f"<div>▲ {escape(_('Proposed for tier 1: {says}').format(says=says(found)))}</div>")
            with st.container(horizontal=True):
                if st.button(_("Make it tier 1"), type="primary", key="proposal_yes"):
                    _decide(ctx, found, 1)
                if found.tier and st.button(
                    _("Keep tier {tier}").format(tier=tier(found.tier)), key="proposal_no"
                ):
                    _decide(ctx, found, found.tier)


def says(found: Proposal) -> str:
    """Each group once, with its words."""
    parts = []
    for group in dict.fromkeys(found.groups):
        said = [word for one, word in zip(found.groups, found.words, strict=True) if one == group]
        quoted = ", ".join(_("“{word}”").format(word=word) for word in said)
        parts.append(_("says {words} ({group})").format(words=quoted, group=trigger(group)))
    return _("; ").join(parts)


def _decide(ctx: Context, found: Proposal, chosen: int) -> None:
    login = ctx.scope.person_login
    try:
        with writing(reads().engine, ctx.scope) as conn:
            done = proposals.decide(
                conn, found.complaint_id, chosen, login, agent_of(conn, login), reads().now()
            )
    except SQLAlchemyError:
        st.error(_("Not saved: the database cannot be reached. Your entries are still here; try again."))
        return
    if done:
        st.success(_("Saved: tier {tier}. Its deadlines follow within a second.").format(tier=tier(chosen)))
    else:
        st.info(_("Somebody has decided before you."))

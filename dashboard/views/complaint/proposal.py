"""Complaint: what was read from its text; where that proposes tier 1, a person decides."""

from html import escape

import streamlit as st
from sqlalchemy.exc import SQLAlchemyError

from dashboard.controls.links import link
from dashboard.controls.names import Names, key_issue, names, tier, trigger
from dashboard.controls.surge_words import about, usually, who
from dashboard.locale import _
from dashboard.locale.shown import listed, number, when
from dashboard.parts import Context
from dashboard.reads import reads
from queries.db import writing
from queries.organisation import agent_of
from queries.pages import surges
from queries.pages.surges import Belonging
from queries.texts import proposals
from queries.texts.proposals import Proposal
from queries.texts.reading import reading_of


def proposal(ctx: Context, complaint_id: int) -> None:
    """The buttons only where the text proposes tier 1 and nobody has decided yet."""
    reading = ctx.read(reading_of, complaint_id).rows or ()
    proposed = ctx.read(proposals.proposal, complaint_id).rows or ()
    with st.container(key="text_read", gap="small"):
        for read in reading:
            template = _("Read from the text: {problem}, sentiment {value}")
            st.caption(template.format(problem=key_issue(read.key_issue), value=number(read.sentiment, 2)))
        for one in ctx.read(surges.of_complaint, complaint_id).rows or ():
            st.html(_surge(ctx, names(ctx), one))
        if complaint_id in st.session_state.get("tier_decided", {}):
            st.success(st.session_state.tier_decided[complaint_id])
            return
        for found in proposed:
            _offer(ctx, found)


def _surge(ctx: Context, labels: Names, one: Belonging) -> str:
    """Why it is tier 1, or that a surge proposes it."""
    template = _("Part of a surge: {about}. {people} people complained, usually {usual}.")
    if one.decided_at is not None:
        template = _(
            "Tier 1 by a surge: {about}, {people} people, usually {usual}. Decided by {person} at {time}."
        )
    sentence = template.format(
        about=about(labels, one),
        people=number(one.people),
        usual=usually(one.usual),
        person=who(one.person_en, one.person_zh),
        time=when(one.decided_at, ctx.zone, ctx.now),
    )
    return f"<div>▲ {link(sentence, ctx.url('surges', surge=one.surge_id))}</div>"


def _offer(ctx: Context, found: Proposal) -> None:
    keep = _("Keep tier {tier}").format(tier=tier(found.tier))
    with st.container(key="tier_proposal", gap="small"):
        st.html(f"<div>▲ {escape(_('Proposed for tier 1: {says}').format(says=says(found)))}</div>")
        with st.container(horizontal=True):
            if st.button(_("Make it tier 1"), type="primary", key="proposal_yes"):
                _decide(ctx, found, 1)
            if found.tier and st.button(keep, key="proposal_no"):
                _decide(ctx, found, found.tier)


def says(found: Proposal) -> str:
    """Each group once, with its words."""
    parts = []
    for group in dict.fromkeys(found.groups):
        words = [word for one, word in zip(found.groups, found.words, strict=True) if one == group]
        quoted = listed(_("“{word}”").format(word=word) for word in words)
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
    saved = _("Saved: tier {tier}. Its deadlines update within a second.").format(tier=tier(chosen))
    message = saved if done else _("Somebody else has already decided.")
    st.session_state.setdefault("tier_decided", {})[found.complaint_id] = message
    st.rerun()

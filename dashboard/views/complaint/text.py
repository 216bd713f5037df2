"""What the customer says, what became of it at its source, and the complaints that were merged into it."""

from functools import partial

import streamlit as st

from dashboard.controls import columns
from dashboard.controls.columns import coded, dated
from dashboard.controls.names import customer_value, status
from dashboard.locale import _
from dashboard.locale.shown import when
from dashboard.parts import Context, listing, panel
from queries.intake.facts import DETAILS
from queries.pages import complaint
from queries.pages.complaint import Headline


def text(ctx: Context, found: Headline) -> None:
    with st.container(key="panel_text", gap="small"):
        st.html(f'<div class="panel-head"><h3>{_("What the customer says")}</h3></div>')
        # Complaint text is hostile: plain text only.
        st.text(found.title or _("no title"))
        if found.body and found.body != found.title:
            st.text(found.body)
        for name, said in _details(found):
            st.text(_("{what}: {text}").format(what=name, text=said))
        masked = " · ".join(
            part for part in (found.customer, found.phone, customer_value(found.value)) if part
        )
        st.caption(_("Customer: {customer}").format(customer=masked or _("not known")))
        _became(ctx, found)


def _details(found: Headline) -> list[tuple[str, str]]:
    labels = {
        "who": _("Who"),
        "when": _("When it happened"),
        "where": _("Where it happened"),
        "what": _("What happened"),
        "why": _("Why"),
        "impact": _("Impact"),
        "demand": _("Demand"),
    }
    given = found.details or {}
    return [(labels[name], given[name]) for name in DETAILS if given.get(name)]


def _became(ctx: Context, found: Headline) -> None:
    if found.parent_id is not None:
        number = found.parent_number or _("not known")
        st.caption(_("Merged into complaint {number}: its deadlines run there.").format(number=number))
        if found.parent_number is not None:
            st.link_button(_("Open the complaint"), ctx.url("complaint", complaint=found.parent_id))
    if found.vanished_at is not None:
        missing = _("It is missing from the complete export of {time}.")
        st.caption(missing.format(time=when(found.vanished_at, ctx.zone)))


def merged_here(ctx: Context, key: int) -> None:
    found = ctx.read(complaint.merged, key)
    if not found.rows:
        return
    shown = (
        *columns.complaint(ctx),
        coded(_("Status"), "status", status),
        dated(ctx, _("Received"), "received_at"),
    )
    panel(ctx, "merged", _("Merged into this one"), found, partial(listing, columns=shown), export=shown)

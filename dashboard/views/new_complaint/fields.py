"""The fields of a new complaint: who, what, when, where, why, the effect on the customer, the demand (F2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from typing import Any

import streamlit as st

from config import lexicon
from config.categories import CATEGORIES
from config.vocabulary import CHANNELS
from dashboard.controls.names import category, channel, tier
from dashboard.locale import _, pgettext
from dashboard.parts import Context
from dashboard.views.complaint.proposal import says
from dashboard.views.new_complaint import draft
from dashboard.views.new_complaint.customer import customer_fields, customer_of
from queries.intake.entry import Entry
from queries.intake.facts import DETAILS
from queries.organisation import HANDLING
from queries.texts import signals
from queries.texts.proposals import Proposal

LONGEST_TITLE, LONGEST_BODY, LONGEST_DETAIL = 120, 4_000, 300  # characters
EARLIEST_DAYS = 30
REQUIRED = ("title", "channel", "category", "region", "department")


@dataclass(frozen=True, slots=True)
class Places:
    """What may be chosen, by id, and who enters."""

    regions: Mapping[int, str]
    departments: Mapping[int, str]
    agent_id: int
    own_department: int | None


def form(ctx: Context, places: Places, save: Callable[[], None]) -> None:
    left, right = st.columns([3, 2])
    with left, st.container(key="panel_entry_what", gap="small"):
        _head(pgettext("entry", "What happened"))
        _what()
    with right:
        with st.container(key="panel_entry_customer", gap="small"):
            _head(_("Customer"))
            customer_fields(ctx)
        with st.container(key="panel_entry_place", gap="small"):
            _head(_("Where it belongs"))
            _belongs(ctx, places)
            save()


def _head(title: str) -> None:
    st.html(f'<div class="panel-head"><h3 aria-level="2">{escape(title)}</h3></div>')


def mistake_at(field: str) -> None:
    """Beside its field."""
    said = st.session_state.get(draft.MISTAKES, {}).get(field)
    if said:
        st.html(f'<p class="mistake" role="alert">▲ {escape(said)}</p>')


def _line(field: str, label: str, longest: int = LONGEST_DETAIL, placeholder: str = "") -> None:
    given = st.text_input(label, key=draft.key(field), max_chars=longest, placeholder=placeholder)
    draft.keep(field, given)
    mistake_at(field)


def _what() -> None:
    _line("title", _("In a sentence"), LONGEST_TITLE)
    body = st.text_area(
        _("In the customer's words (optional)"), key=draft.key("body"), max_chars=LONGEST_BODY, height=240
    )
    draft.keep("body", body)
    _proposed()
    labels = {
        "who": _("Who"),
        "when": _("When it happened"),
        "where": _("Where it happened"),
        "why": _("Why, as the customer supposes"),
        "impact": _("How it affects the customer"),
        "demand": _("Demand"),
    }
    places = st.columns(2)
    for at, (field, label) in enumerate(labels.items()):
        with places[at % 2]:
            _line(field, label)
    st.caption(
        _("These six are optional. What you type stays while you look at other pages; reloading clears it.")
    )


def _proposed() -> None:
    """While it is typed: the words of the text for which a complaint is proposed for tier 1 (N3)."""
    found = signals.read(signals.full_text(draft.text("title"), draft.text("body")), lexicon.load()).triggers
    if found and draft.typed("tier") != 1:
        groups, words = tuple(one.group for one in found), tuple(one.word for one in found)
        because = says(Proposal(0, None, groups, words))
        text = _("Proposed for tier 1: {says}").format(says=because)
        st.html(f'<p class="proposed" role="status">▲ {escape(text)}</p>')


def _belongs(ctx: Context, places: Places) -> None:
    left, right = st.columns(2)
    with left:
        _choice("channel", _("Channel"), CHANNELS, channel)
    with right:
        _choice("category", _("Category"), tuple(CATEGORIES), category)
    left, right = st.columns(2)
    with left:
        _choice("region", _("Region"), tuple(places.regions), places.regions.__getitem__)
    with right:
        shown, own = places.departments, places.own_department
        _choice("department", _("Department"), tuple(shown), shown.__getitem__, own)
    left, right = st.columns(2)
    with left:
        given = st.text_input(_("Product (optional)"), key=draft.key("product"), max_chars=LONGEST_TITLE)
        draft.keep("product", given)
    with right:
        at = st.datetime_input(
            _("Received (optional)"), value=None, key=draft.key("received"), help=_("Leave empty for now")
        )
        draft.keep("received", at)
        mistake_at("received")
    _tier_and_owner(ctx)


def _tier_and_owner(ctx: Context) -> None:
    chosen = st.segmented_control(_("Tier (optional)"), (1, 2, 3), format_func=tier, key=draft.key("tier"))
    draft.keep("tier", chosen)
    mine = draft.key("mine")
    st.session_state.setdefault(mine, ctx.scope.role in HANDLING)
    draft.keep("mine", st.checkbox(_("I take care of it myself"), key=mine))


def _choice(
    field: str, label: str, options: tuple[Any, ...], shown: Callable[[Any], str], first: Any = None
) -> None:
    """Nothing chosen beforehand, unless there is only one, or a `first`."""
    key = draft.key(field)
    start = options[0] if len(options) == 1 else first
    if key not in st.session_state and start in options:
        st.session_state[key] = start
    given = st.selectbox(label, options, format_func=shown, index=None, placeholder=_("Choose"), key=key)
    draft.keep(field, given)
    mistake_at(field)


def entry_of(ctx: Context, places: Places, now: datetime) -> tuple[dict[str, str], Entry | None]:
    """What is wrong, by field; or the complaint."""
    mistakes = {field: _("Choose one.") for field in REQUIRED if not draft.typed(field)}
    if not draft.text("title"):
        mistakes["title"] = _("Say in a sentence what happened.")
    received = draft.typed("received")
    at = received.replace(tzinfo=ctx.zone) if received else now
    if received and at > now + timedelta(minutes=1):
        mistakes["received"] = _("This time lies in the future.")
    elif at < now - timedelta(days=EARLIEST_DAYS):
        mistakes["received"] = _("At most {n} days ago.").format(n=EARLIEST_DAYS)
    customer, wrong = customer_of()
    mistakes |= wrong
    if mistakes:
        return mistakes, None
    details = tuple((one, draft.text(one)) for one in DETAILS if one != "what" and draft.text(one))
    return {}, Entry(
        received_at=min(at, now),
        title=draft.text("title"),
        body=draft.text("body") or None,
        details=details,
        channel=draft.typed("channel"),
        category=draft.typed("category"),
        product=draft.text("product") or None,
        region_id=draft.typed("region"),
        department_id=draft.typed("department"),
        owner_id=places.agent_id if draft.typed("mine") else None,
        tier=draft.typed("tier"),
        customer=customer,
    )

"""The customer of a new complaint: a known one, masked, with what is open of theirs; a new one; or nobody."""

from collections.abc import Sequence
from html import escape

import streamlit as st
from sqlalchemy import Connection

from config.settings import settings
from dashboard.controls.names import category, customer_value, source, status
from dashboard.locale import _, ngettext
from dashboard.locale.shown import listed, when
from dashboard.parts import Context
from dashboard.reads import reads
from dashboard.views.new_complaint import draft
from queries.intake import entry
from queries.intake.entry import Known, NewCustomer, OpenComplaint
from queries.intake.phones import phone_hash

ANOTHER = 0  # chosen instead of a known customer
LONGEST = 60  # characters


def customer_fields(ctx: Context) -> None:
    left, right = st.columns(2)
    with left:
        _line("phone", _("Phone (optional)"))
    with right:
        _line("number", _("Customer number (optional)"))
    if draft.text("phone") and not _hash_key():
        st.caption(_("Customers are not found by phone here: BOARD_PHONE_HASH_KEY is not set."))
    known, is_read = _known(ctx)
    if not is_read:
        st.caption(_("Whether the customer is known cannot be read just now."))
    chosen = _chosen(known)
    if chosen == ANOTHER:
        _line("name", _("Name (optional)"))
    else:
        _open(ctx, chosen)


def _line(field: str, label: str) -> None:
    given = st.text_input(label, key=draft.key(field), max_chars=LONGEST, autocomplete="off")
    draft.keep(field, given)
    said = st.session_state.get(draft.MISTAKES, {}).get(field)
    if said:
        st.html(f'<p class="mistake" role="alert">▲ {escape(said)}</p>')


def _hash_key() -> bytes:
    return settings().phone_hash_key.get_secret_value().encode()


def _known(ctx: Context) -> tuple[tuple[Known, ...], bool]:
    """And whether it could be read."""
    plain = entry.plain_phone(draft.text("phone"))
    hashed = phone_hash(plain.split("/")[0], _hash_key()) if plain else None
    if hashed is None and not draft.text("number"):
        return (), True
    found = reads().read(ctx.scope, ctx.moment, entry.customers, draft.text("number"), hashed)
    return found.rows or (), found.rows is not None


def _chosen(known: Sequence[Known]) -> int:
    """The first of the known ones, unless the person says that it is somebody else."""
    if not known:
        draft.keep("customer", ANOTHER)
        return ANOTHER
    by_id = {one.customer_id: one for one in known}
    key = draft.key("customer") + "_" + "_".join(map(str, by_id))
    chosen: int = st.radio(
        _("Known customer"),
        [*by_id, ANOTHER],
        format_func=lambda one: _shown(by_id[one]) if one else _("Somebody else"),
        key=key,
    )
    draft.keep("customer", chosen)
    return chosen


def _shown(one: Known) -> str:
    parts = (
        one.masked_name,
        one.masked_phone,
        one.external_id,
        source(one.source),
        customer_value(one.value),
    )
    return " · ".join(part for part in parts if part)


def _open(ctx: Context, customer_id: int) -> None:
    found = reads().read(ctx.scope, ctx.moment, _open_of, customer_id).rows or ()
    if not found:
        st.caption(_("No complaint of theirs is open."))
        return
    sentence = ngettext(
        "{n} complaint of theirs is not closed yet. Is it about the same thing?",
        "{n} complaints of theirs are not closed yet. Is it about the same thing?",
        len(found),
    ).format(n=len(found))
    lines = "".join(f"<li>{_linked(ctx, one)}</li>" for one in found)
    st.html(f'<div class="same" role="status"><p>▲ {escape(sentence)}</p><ul>{lines}</ul></div>')


def _open_of(conn: Connection, customer_id: int) -> tuple[OpenComplaint, ...]:
    return entry.open_complaints(conn, [customer_id])


def _linked(ctx: Context, one: OpenComplaint) -> str:
    """In a tab of its own, so that the form stays."""
    href = ctx.url("complaint", complaint=one.complaint_id)
    said = listed((when(one.received_at, ctx.zone), status(one.status), category(one.category)))
    title = f" · {escape(one.title)}" if one.title else ""
    return f'<a href="{escape(href)}" target="_blank">{escape(one.external_id)}</a> {escape(said)}{title}'


def customer_of() -> tuple[int | NewCustomer | None, dict[str, str]]:
    """And what is wrong, by field."""
    chosen = draft.typed("customer")
    if chosen:
        return int(chosen), {}
    phone = draft.text("phone")
    plain = entry.plain_phone(phone) if phone else None
    if phone and plain is None:
        return None, {"phone": _("This is no telephone number.")}
    number, name = draft.text("number") or None, draft.text("name") or None
    if not (plain or number or name):
        return None, {}
    return NewCustomer(number, name, plain), {}

"""A complaint that a person enters on the board itself: its number, its customer, its first observations."""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from config.vocabulary import ALL_MILESTONES
from queries.db import raise_version, row_of, rows_of
from queries.intake.actions import Observed, Written, write_observations
from queries.intake.door import mark_dirty
from queries.intake.merge import CURRENT_STATE_OF
from queries.intake.phones import phone_hashes
from queries.intake.staging import mask_name, mask_phone
from queries.organisation import agent_of

SOURCE = "board"
PHONE = re.compile(r"\+?[\d\s()/+-]{7,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """Of one that the board does not know: any of the three."""

    number: str | None = None
    name: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """`customer`: the id of a known one, a new one, or nobody. `details`: (one of facts.DETAILS, text)."""

    received_at: datetime
    title: str
    body: str | None
    details: tuple[tuple[str, str], ...]
    channel: str
    category: str
    product: str | None
    region_id: int
    department_id: int
    owner_id: int | None
    tier: int | None
    customer: int | NewCustomer | None


@dataclass(frozen=True, slots=True)
class Entered:
    complaint_id: int
    external_id: str
    is_new: bool  # False: the same press twice


@dataclass(frozen=True, slots=True)
class Known:
    """A customer of whom complaints are in the person's scope."""

    customer_id: int
    source: str
    external_id: str
    masked_name: str | None
    masked_phone: str | None
    value: str | None


@dataclass(frozen=True, slots=True)
class OpenComplaint:
    customer_id: int
    complaint_id: int
    external_id: str
    received_at: datetime
    status: str
    category: str | None
    title: str | None


def plain_phone(phone: str) -> str | None:
    """Digits, a + before another country's, / between several; None: it is no telephone number."""
    flat = unicodedata.normalize("NFKC", phone).strip()
    if not PHONE.fullmatch(flat):
        return None
    numbers = []
    for part in filter(str.strip, flat.split("/")):
        digits = "".join(filter(str.isdecimal, part))
        is_foreign = part.strip().startswith(("+", "00")) and not digits.removeprefix("00").startswith("86")
        digits = digits.removeprefix("00")
        if len(digits) == 13:
            digits = digits.removeprefix("86")
        if not 5 <= len(digits) <= 18:
            return None
        numbers.append(("+" if is_foreign else "") + digits)
    return "/".join(numbers) or None


def enter(
    conn: Connection, entry: Entry, login: str, own_key: str, hash_key: bytes, now: datetime
) -> Entered:
    """The database gives the number, and refuses a region or a customer outside the person's scope. The same
    `own_key` twice is one complaint."""
    given = _given(entry, hash_key)
    found = conn.execute(
        text(
            "SELECT made AS complaint_id, named AS external_id, is_new "
            "FROM facts.enter_complaint(:key, CAST(:given AS jsonb), :now)"
        ),
        {"key": own_key, "given": json.dumps(given, ensure_ascii=False), "now": now},
    )
    entered = row_of(Entered, found)
    if entered.is_new:
        _observe(conn, entered.complaint_id, entry, agent_of(conn, login) or 0, own_key, now)
    return entered


def _given(entry: Entry, hash_key: bytes) -> dict[str, object]:
    given: dict[str, object] = {
        "milestones": list(ALL_MILESTONES),
        "received_at": entry.received_at.isoformat(),
        "region": entry.region_id,
        "title": entry.title,
        "body": entry.body,
        "details": dict(entry.details) or None,
    }
    one = entry.customer
    if isinstance(one, NewCustomer):
        given |= {
            "number": one.number,
            "name": one.name,
            "phone": one.phone,
            "masked_name": mask_name(one.name),
            "masked_phone": mask_phone(one.phone),
            "phone_hash": phone_hashes(one.phone, hash_key),
        }
    else:
        given["customer"] = one
    return given


def _observe(
    conn: Connection, complaint_id: int, entry: Entry, agent_id: int, own_key: str, now: datetime
) -> None:
    stated = {
        "received": None,
        "status": "received",
        "tier": entry.tier,
        "department": entry.department_id,
        "owner": entry.owner_id,
        "region": entry.region_id,
        "category": entry.category,
        "channel": entry.channel,
        "product": entry.product,
    }
    observed = [
        Observed(field, None if value is None else str(value), 0)
        for field, value in stated.items()
        if value is not None or field == "received"
    ]
    action = Written(complaint_id, 0, own_key, "enter", agent_id, entry.received_at, None, None)
    write_observations(conn, action, observed, now)
    conn.execute(text(CURRENT_STATE_OF), {"ids": [complaint_id], "now": now})
    conn.execute(
        text("INSERT INTO derived.unread_text (complaint_id, received_at) VALUES (:id, :at)"),
        {"id": complaint_id, "at": entry.received_at},
    )
    mark_dirty(conn, [complaint_id])
    raise_version(conn, now)


def customers(conn: Connection, number: str, phone_hash: str | None) -> tuple[Known, ...]:
    """Of this number or this phone, in the person's scope; at most five."""
    rows = conn.execute(text(_CUSTOMERS), {"number": number, "phone_hash": phone_hash})
    return rows_of(Known, rows)


_CUSTOMERS = """
SELECT u.customer_id, u.source, u.external_id, u.masked_name, u.masked_phone, u.value
FROM facts.customer u
WHERE u.customer_id IN (
    SELECT customer_id FROM facts.customer WHERE external_id = nullif(:number, '')
    UNION ALL SELECT customer_id FROM facts.customer WHERE phone_hash = :phone_hash
    UNION ALL SELECT customer_id FROM facts.customer
    WHERE phone_hash LIKE '% %' AND string_to_array(phone_hash, ' ') @> ARRAY[CAST(:phone_hash AS text)])
ORDER BY u.customer_id LIMIT 5
"""


def open_complaints(conn: Connection, customer_ids: Sequence[int]) -> tuple[OpenComplaint, ...]:
    """What one more complaint of theirs may be about: the newest ten that are not over."""
    rows = conn.execute(text(_OPEN), {"ids": list(customer_ids)})
    return rows_of(OpenComplaint, rows)


_OPEN = """
SELECT customer_id, complaint_id, external_id, received_at, status, category, title FROM facts.complaint
WHERE customer_id = ANY (:ids)
  AND status IN ('received', 'in_progress', 'waiting_customer', 'waiting_co_owner', 'resolved')
ORDER BY received_at DESC, complaint_id DESC LIMIT 10
"""

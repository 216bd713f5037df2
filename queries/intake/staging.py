"""The staging tables of the intake, filled by COPY."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from queries.db import NULL, copy_rows, copy_text
from queries.intake import restate, snapshots, vanished
from queries.intake.facts import REOPENED
from queries.intake.phones import phone_hashes

if TYPE_CHECKING:
    from queries.intake.facts import Batch, Customer, Observation

# Emptied at the end of each transaction, kept by the connection: a live feed makes no catalogue churn.
TABLES = f"""
SET LOCAL client_min_messages = warning;
CREATE TEMP TABLE IF NOT EXISTS intake_complaint (external_id text, received_at timestamptz, title text,
    body text, customer text) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS intake_event (external_id text, party_id bigint, field text,
    happened_at timestamptz, source_seq bigint, value text) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS intake_customer (external_id text, name text, phone text, address text,
    masked_name text, masked_phone text, phone_hash text, value text) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS intake_survey (external_id text, survey_id bigint, channel text,
    sent_at timestamptz, stated_at timestamptz) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS intake_answer (external_id text, survey_id bigint, answered_at timestamptz,
    scores smallint[], nps smallint, stated_at timestamptz) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS intake_attempt (external_id text, kind text, episode smallint,
    attempt_key text, attempted_at timestamptz, outcome text, agent text, call_again_at timestamptz,
    stated_at timestamptz) ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS intake_booking (external_id text, kind text, episode smallint,
    booking_key text, booked_at timestamptz, starts_at timestamptz, agent text, stated_at timestamptz)
    ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS intake_id (external_id text, complaint_id bigint, received_at timestamptz)
    ON COMMIT DELETE ROWS;
CREATE TEMP TABLE IF NOT EXISTS intake_touched (complaint_id bigint) ON COMMIT DELETE ROWS;
DELETE FROM intake_complaint;
DELETE FROM intake_event;
DELETE FROM intake_customer;
DELETE FROM intake_survey;
DELETE FROM intake_answer;
DELETE FROM intake_attempt;
DELETE FROM intake_booking;
DELETE FROM intake_id;
DELETE FROM intake_touched;
{snapshots.STAGED}
"""
# Only where snapshots come: each table costs a live feed some milliseconds with each commit.
STATEMENT_TABLES = f"{snapshots.TABLES}{restate.TABLES}{vanished.TABLES}"


def _instant(value: datetime | None) -> str:
    return NULL if value is None else value.isoformat()


def _array(values: tuple[int, ...]) -> str:
    return "{" + ",".join(map(str, values)) + "}"


def mask_name(name: str | None) -> str | None:
    return name if not name else name[0] + "*" * min(len(name) - 1, 2)


def mask_phone(phone: str | None) -> str | None:
    return phone if not phone else "*" * max(len(phone) - 4, 0) + phone[-4:]


def _customer_line(customer: "Customer", hash_key: bytes) -> str:
    phone = customer.phone
    columns = (
        customer.external_id,
        customer.name,
        phone,
        customer.address,
        mask_name(customer.name),
        mask_phone(phone),
        phone_hashes(phone, hash_key),
        customer.value,
    )
    return "\t".join(map(copy_text, columns)) + "\n"


def _lines(batch: "Batch", hash_key: bytes) -> Iterator[tuple[str, str, Iterator[str]]]:
    text_, at = copy_text, _instant
    yield (
        "intake_complaint",
        "external_id, received_at, title, body, customer",
        (f"{text_(i)}\t{at(r)}\t{text_(t)}\t{text_(b)}\t{text_(c)}\n" for i, r, t, b, c in batch.complaints),
    )
    yield (
        "intake_event",
        "external_id, field, happened_at, value, source_seq, party_id",
        (
            f"{text_(i)}\t{f}\t{at(h)}\t{text_(v)}\t{s}\t{p}\n"
            for i, f, h, v, s, p in map(_as_status, batch.observations)
        ),
    )
    yield (
        "intake_customer",
        "external_id, name, phone, address, masked_name, masked_phone, phone_hash, value",
        (_customer_line(customer, hash_key) for customer in batch.customers),
    )
    yield from _follow_up_lines(batch)
    yield "intake_snapshot", snapshots.COLUMNS, snapshots.lines(batch.snapshots)


def _as_status(one: "Observation") -> "Observation":
    return one if one.field != REOPENED else one._replace(field="status", value="in_progress")


def _follow_up_lines(batch: "Batch") -> Iterator[tuple[str, str, Iterator[str]]]:
    text_, at = copy_text, _instant
    yield (
        "intake_survey",
        "external_id, survey_id, channel, sent_at, stated_at",
        (f"{text_(i)}\t{n}\t{text_(c)}\t{at(s)}\t{at(told)}\n" for i, n, c, s, told in batch.surveys),
    )
    yield (
        "intake_answer",
        "external_id, survey_id, answered_at, scores, nps, stated_at",
        (
            f"{text_(i)}\t{n}\t{at(a)}\t{_array(scores)}\t{NULL if nps is None else nps}\t{at(told)}\n"
            for i, n, a, scores, nps, told in batch.answers
        ),
    )
    yield (
        "intake_attempt",
        "external_id, kind, episode, attempt_key, attempted_at, outcome, agent, call_again_at, stated_at",
        (
            f"{text_(i)}\t{k}\t{e}\t{text_(key)}\t{at(when)}\t{o}\t{text_(agent)}\t{at(again)}\t{at(told)}\n"
            for i, k, e, key, when, o, agent, again, told in batch.attempts
        ),
    )
    yield (
        "intake_booking",
        "external_id, kind, episode, booking_key, booked_at, starts_at, agent, stated_at",
        (
            f"{text_(i)}\t{k}\t{e}\t{text_(key)}\t{at(when)}\t{at(start)}\t{text_(agent)}\t{at(told)}\n"
            for i, k, e, key, when, start, agent, told in batch.bookings
        ),
    )


def copy_batch(conn: Connection, batch: "Batch", hash_key: bytes) -> None:
    for table, columns, lines in _lines(batch, hash_key):
        first = next(lines, None)
        if first is not None:
            copy_rows(conn, f"pg_temp.{table}", columns, chain((first,), lines))

"""The queue of texts to be read, and the signals read from them; in the caller's transaction."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from queries.db import rows_of
from queries.texts.signals import Signals


@dataclass(frozen=True, slots=True)
class Unread:
    complaint_id: int
    title: str | None
    body: str | None

    @property
    def characters(self) -> int:
        return len(self.title or "") + len(self.body or "")


@dataclass(frozen=True, slots=True)
class Reading:
    """`sentiment` is -1..1, None where there is no text."""

    key_issue: str | None
    sentiment: float | None


# Compare-and-set: of two processes that start with a new lexicon, only one queues every text.
_QUEUE_ALL_SQL = """
WITH changed AS (
    INSERT INTO derived.reading AS r (lexicon) VALUES (:lexicon)
    ON CONFLICT (only_row) DO UPDATE SET lexicon = EXCLUDED.lexicon WHERE r.lexicon <> EXCLUDED.lexicon
    RETURNING 1)
INSERT INTO derived.unread_text (complaint_id, received_at)
SELECT complaint_id, received_at FROM facts.complaint
WHERE EXISTS (SELECT FROM changed) AND (title IS NOT NULL OR body IS NOT NULL)
"""

_TAKE_SQL = """
WITH taken AS (
    DELETE FROM derived.unread_text WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM derived.unread_text ORDER BY received_at DESC LIMIT :limit FOR UPDATE SKIP LOCKED))
    RETURNING complaint_id)
SELECT complaint_id, title, body FROM facts.complaint
WHERE complaint_id IN (SELECT complaint_id FROM taken) ORDER BY complaint_id
"""

_UPSERT_SQL = """
INSERT INTO derived.text_signal AS s
    (complaint_id, key_issue, sentiment, triggers, words, lexicon, characters)
SELECT complaint_id, key_issue, sentiment, triggers, words, :lexicon, characters
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r (
    complaint_id bigint, key_issue text, sentiment real, triggers text[], words text[], characters int)
ON CONFLICT (complaint_id) DO UPDATE SET
    key_issue = EXCLUDED.key_issue, sentiment = EXCLUDED.sentiment, triggers = EXCLUDED.triggers,
    words = EXCLUDED.words, lexicon = EXCLUDED.lexicon, characters = EXCLUDED.characters,
    is_decided = s.is_decided AND s.triggers @> EXCLUDED.triggers
"""


def reading_of(conn: Connection, complaint_id: int) -> tuple[Reading, ...]:
    """One, or none while the text has not been read."""
    rows = conn.execute(
        text("SELECT key_issue, sentiment FROM derived.text_signal WHERE complaint_id = :id"),
        {"id": complaint_id},
    )
    return rows_of(Reading, rows)


def relist(conn: Connection, lexicon: str) -> int:
    """Queue every text if the lexicon is a new one; returns how many."""
    return conn.execute(text(_QUEUE_ALL_SQL), {"lexicon": lexicon}).rowcount


def take_unread(conn: Connection, limit: int) -> list[Unread]:
    """The newest texts not taken by others; their signals must be written in the same transaction."""
    return list(rows_of(Unread, conn.execute(text(_TAKE_SQL), {"limit": limit})))


def put_signals(conn: Connection, read: Iterable[tuple[Unread, Signals]], lexicon: str) -> None:
    rows = [
        {
            "complaint_id": unread.complaint_id,
            "key_issue": signals.key_issue,
            "sentiment": signals.sentiment,
            "triggers": [one.group for one in signals.triggers],
            "words": [one.word for one in signals.triggers],
            "characters": unread.characters,
        }
        for unread, signals in read
    ]
    if rows:
        conn.execute(text(_UPSERT_SQL), {"rows": json.dumps(rows), "lexicon": lexicon})

"""Values of sources that nobody knows: the list, what they may mean, and saying so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from config.categories import CATEGORIES
from config.vocabulary import STATUSES
from queries.db import rows_of
from queries.intake import meanings as known_meanings
from queries.organisation import ACTIVE
from queries.organisation_rows import write_down

Key = tuple[str, str, str]  # source, field, value


@dataclass(frozen=True, slots=True)
class Unknown:
    """`proposal`: the code that it is the name of."""

    source: str
    field: str
    value: str
    complaints: int  # that have come with it
    first_at: datetime
    last_at: datetime
    examples: str  # numbers of complaints at their source
    proposal: str | None

    @property
    def key(self) -> Key:
        return self.source, self.field, self.value


@dataclass(frozen=True, slots=True)
class Meaning:
    meaning_id: int
    source: str
    field: str
    value: str
    means: str
    made_at: datetime
    made_by: str | None  # None: the board, by a name
    undone_at: datetime | None
    undone_by: str | None
    followed: int  # complaints that were changed
    is_applied: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """What a value may mean. Of a word without a name both are the word."""

    code: str
    name_en: str
    name_zh: str


class Outdated(Exception):
    """Somebody else has said meanwhile what it means, or undone it."""


def count(conn: Connection) -> int:
    found: int = conn.execute(text(f"SELECT count(*) FROM facts.unknown_value u WHERE {_OPEN}")).scalar_one()
    return found


# Nobody has said what it means, nor that it is right as it is; and no file has named it since.
_OPEN = """
    u.kept_at IS NULL
    AND NOT EXISTS (SELECT FROM facts.value_meaning m WHERE m.source = u.source AND m.field = u.field
                    AND m.value = u.value AND m.undone_at IS NULL)
    AND NOT EXISTS (SELECT FROM facts.department d
                    WHERE u.field = 'department' AND d.code = u.value AND NOT d.is_unknown)
    AND NOT EXISTS (SELECT FROM facts.region r
                    WHERE u.field = 'region' AND r.code = u.value AND NOT r.is_unknown)
    AND NOT EXISTS (SELECT FROM facts.agent a
                    WHERE u.field = 'owner' AND a.login = u.value AND NOT a.is_unknown)
"""


def listed(conn: Connection, limit: int) -> tuple[Unknown, ...]:
    """Those of most complaints first."""
    rows = conn.execute(
        text(
            "SELECT source, field, value, complaints, first_at, last_at, "
            "array_to_string(examples, ', ') AS examples "
            f"FROM facts.unknown_value u WHERE {_OPEN} "
            "ORDER BY complaints DESC, field, value, source LIMIT :limit"
        ),
        {"limit": limit},
    ).all()
    proposed = known_meanings.match(conn, [(row.field, row.value) for row in rows])
    proposed |= _people_named(conn, [row.value for row in rows if row.field == "owner"])
    return tuple(Unknown(**row._mapping, proposal=proposed.get((row.field, row.value))) for row in rows)


def _people_named(conn: Connection, names: Sequence[str]) -> dict[tuple[str, str], str]:
    """The login of whoever alone has that name."""
    if not names:
        return {}
    rows = conn.execute(
        text(
            "SELECT n.name, min(a.login) AS login FROM unnest(CAST(:names AS text[])) n (name) "
            "JOIN facts.agent a ON n.name IN (a.name_zh, a.name_en) AND NOT a.is_unknown "
            "GROUP BY n.name HAVING count(*) = 1"
        ),
        {"names": list(names)},
    )
    return {("owner", row.name): row.login for row in rows}


def choices(conn: Connection, field: str) -> tuple[Choice, ...]:
    """Of open departments, regions and people who work here; of the board's own words; of the words that
    somebody has kept."""
    if field in _NAMED:
        return rows_of(Choice, conn.execute(text(_NAMED[field])))
    if field == "status":
        return tuple(Choice(word, word, word) for word in STATUSES)
    if field == "tier":
        return tuple(Choice(word, word, word) for word in known_meanings.TIERS)
    words = (*known_meanings.KNOWN_WORDS[field], *_kept_words(conn, field))
    return tuple(Choice(word, *CATEGORIES.get(word, (word, word))) for word in dict.fromkeys(words))


_NAMED = {
    "department": "SELECT code, name_en, name_zh FROM facts.department "
    "WHERE NOT is_unknown AND merged_into IS NULL AND active_until IS NULL ORDER BY code",
    "region": "SELECT r.code, concat_ws(' · ', p.name_en, r.name_en) AS name_en, "
    "concat_ws(' · ', p.name_zh, r.name_zh) AS name_zh FROM facts.region r "
    "LEFT JOIN facts.region p ON p.region_id = r.parent_id WHERE NOT r.is_unknown "
    "ORDER BY coalesce(p.code, r.code), r.parent_id IS NOT NULL, r.code",
    "owner": f"SELECT a.login AS code, a.name_en, a.name_zh FROM facts.agent a "
    f"WHERE NOT a.is_unknown AND {ACTIVE} ORDER BY a.login",
}


def _kept_words(conn: Connection, field: str) -> list[str]:
    return list(
        conn.execute(
            text(
                "SELECT value FROM facts.unknown_value WHERE field = :field AND kept_at IS NOT NULL "
                "UNION SELECT means FROM facts.value_meaning WHERE field = :field AND undone_at IS NULL "
                "ORDER BY 1"
            ),
            {"field": field},
        ).scalars()
    )


def meanings(conn: Connection, limit: int) -> tuple[Meaning, ...]:
    """The newest first, undone ones last."""
    rows = conn.execute(
        text(
            "SELECT meaning_id, source, field, value, means, made_at, made_by, undone_at, undone_by, "
            "followed, applied_at IS NOT NULL AS is_applied FROM facts.value_meaning "
            "ORDER BY undone_at IS NOT NULL, meaning_id DESC LIMIT :limit"
        ),
        {"limit": limit},
    )
    return rows_of(Meaning, rows)


def say(conn: Connection, meant: Iterable[tuple[Key, str]], by: str, now: datetime) -> int:
    """What these mean from now on, and for all that came in before, once the job has followed. Raises
    Outdated, and then nothing is said of any."""
    done = 0
    for (source, field, value), means in sorted(meant):
        given = {"source": source, "field": field, "value": value, "means": means, "by": by, "now": now}
        if not conn.execute(text(_SAY), given).rowcount:
            raise Outdated
        write_down(conn, by, "say_meaning", f"value:{source}:{field}", {"value": value, "means": means})
        done += 1
    return done


_SAY = """
INSERT INTO facts.value_meaning (source, field, value, means, made_at, made_by)
SELECT :source, :field, :value, :means, :now, :by
WHERE EXISTS (SELECT FROM facts.unknown_value k WHERE k.source = :source AND k.field = :field
              AND k.value = :value AND k.kept_at IS NULL)
ON CONFLICT DO NOTHING
"""


def undo(conn: Connection, meaning_id: int, by: str, now: datetime) -> None:
    """As if it had never been said, once the job has followed. Raises Outdated."""
    row: Any = conn.execute(
        text(
            "UPDATE facts.value_meaning SET undone_at = :now, undone_by = :by, upto = 0, applied_at = NULL "
            "WHERE meaning_id = :id AND undone_at IS NULL RETURNING source, field, value, means"
        ),
        {"id": meaning_id, "by": by, "now": now},
    ).one_or_none()
    if row is None:
        raise Outdated
    detail = {"value": row.value, "means": row.means}
    write_down(conn, by, "undo_meaning", f"value:{row.source}:{row.field}", detail)


def keep(conn: Connection, keys: Iterable[Key], by: str, now: datetime) -> int:
    """They are right as they are: a department, region or person of that name, or a word of its own."""
    done = 0
    for source, field, value in sorted(keys):
        given = {"source": source, "field": field, "value": value, "by": by, "now": now}
        done += conn.execute(text(_KEEP), given).rowcount
        if field in _MADE:
            conn.execute(text(_MADE[field]), given)
        write_down(conn, by, "keep_value", f"value:{source}:{field}", {"value": value})
    return done


_KEEP = """
UPDATE facts.unknown_value SET kept_at = :now, kept_by = :by
WHERE source = :source AND field = :field AND value = :value AND kept_at IS NULL
"""
_MADE = {
    "department": "UPDATE facts.department SET is_unknown = false WHERE code = :value",
    "region": "UPDATE facts.region SET is_unknown = false WHERE code = :value",
    "owner": "UPDATE facts.agent SET is_unknown = false WHERE login = :value",
}

"""What values of a source mean: by the names of the organisation, or as a person said; and those that nobody
knows (docs/organisation.md).

A meaning stands between what a source says and what the board takes it for. What the source said is kept: of
snapshots in facts.statement, of a log in facts.source_value.
"""

from collections.abc import Mapping
from typing import Literal
from unicodedata import normalize

from sqlalchemy import Connection, text

from config.categories import CATEGORIES
from config.channels import CHANNELS
from config.vocabulary import STATUSES
from queries.region_names import RegionNames

FIELDS = ("department", "region", "owner", "status", "tier", "category", "channel", "product")
TIERS = ("1", "2", "3")
KNOWN_WORDS = {"category": tuple(CATEGORIES), "channel": CHANNELS, "product": ()}
LOCK = 0x0C0B0A33  # with the source: shared by who takes something of it, alone by who changes a meaning
LONGEST, EXAMPLES = 200, 5
UNREAD = "unread"  # a staged observation whose value nobody knows: its complaint is made, no fact of it
Staged = Literal["intake_event", "intake_cell"]

_STATUS_WORDS = ", ".join(f"'{word}'" for word in STATUSES)
_TIER_WORDS = ", ".join(f"'{word}'" for word in TIERS)


def is_unread(field: str, value: str) -> str:
    """SQL: the value is no word of a field whose words are fixed."""
    return (
        f"coalesce({field} = 'status' AND {value} NOT IN ({_STATUS_WORDS}) "
        f"OR {field} = 'tier' AND {value} NOT IN ({_TIER_WORDS}), false)"
    )


def of_field(field: str) -> str:
    """SQL: a request names a department, too."""
    return f"CASE {field} WHEN 'requested' THEN 'department' ELSE {field} END"


def meaning(field: str, value: str) -> str:
    """SQL of a join: the meaning `m` of a value, where it has one."""
    return (
        f"LEFT JOIN facts.value_meaning m ON m.source = :source AND m.in_force "
        f"AND m.field = {of_field(field)} AND m.value = {value}"
    )


def hold(conn: Connection, source: str) -> None:
    """Until the end of the transaction no meaning of this source changes."""
    conn.execute(
        text("SELECT pg_advisory_xact_lock_shared(:lock, hashtext(:source))"),
        {"lock": LOCK, "source": source},
    )


def translate(conn: Connection, params: Mapping[str, object]) -> None:
    """What is staged of a log, before it is merged. `params`: those of door.merge."""
    learn(conn, params, "intake_event")
    if conn.execute(text(_NEEDS), params).scalar_one():
        for sql in (_OWN_WORDS, _TRANSLATE, _SET_ASIDE):
            conn.execute(text(sql), params)


# Only where it is needed: each temporary table costs a live feed some milliseconds.
_NEEDS = f"""
SELECT EXISTS (SELECT FROM facts.value_meaning WHERE source = :source AND in_force)
    OR EXISTS (SELECT FROM pg_temp.intake_event WHERE {is_unread("field", "value")})
"""
_OWN_WORDS = f"""
CREATE TEMP TABLE IF NOT EXISTS intake_own_word (external_id text, party_id bigint, field text,
    happened_at timestamptz, source_seq bigint, value text) ON COMMIT DELETE ROWS;
TRUNCATE intake_own_word;
INSERT INTO intake_own_word
SELECT e.external_id, e.party_id, e.field, e.happened_at, e.source_seq, e.value
FROM pg_temp.intake_event e {meaning("e.field", "e.value")}
WHERE m.means IS NOT NULL OR {is_unread("e.field", "e.value")}
"""
_TRANSLATE = f"""
UPDATE pg_temp.intake_event e SET value = m.means FROM facts.value_meaning m
WHERE m.source = :source AND m.in_force AND m.field = {of_field("e.field")} AND m.value = e.value
"""
_SET_ASIDE = f"UPDATE pg_temp.intake_event SET field = '{UNREAD}' WHERE {is_unread('field', 'value')}"


def keep_own_words(conn: Connection, params: Mapping[str, object]) -> None:
    """After the complaints are known: what the source said in its own words."""
    if conn.execute(text("SELECT to_regclass('pg_temp.intake_own_word') IS NOT NULL")).scalar_one():
        conn.execute(text(_KEEP_OWN_WORDS), params)


_KEEP_OWN_WORDS = """
INSERT INTO facts.source_value (complaint_id, party_id, field, happened_at, source_seq, value, import_id,
                                recorded_at)
SELECT DISTINCT i.complaint_id, w.party_id, w.field, w.happened_at, w.source_seq, w.value,
       CAST(:import_id AS int), CAST(:now AS timestamptz)
FROM pg_temp.intake_own_word w JOIN pg_temp.intake_id i USING (external_id)
ON CONFLICT DO NOTHING
"""


def learn(conn: Connection, params: Mapping[str, object], staged: Staged) -> bool:
    """Departments and regions that are named and not coded: from now on the name means its code."""
    new = conn.execute(text(_UNCODED.format(staged=staged)), params).all()
    return bool(new) and remember(conn, params, match(conn, [(row.field, row.value) for row in new]))


def remember(conn: Connection, params: Mapping[str, object], found: Mapping[tuple[str, str], str]) -> bool:
    """By (field, value). Whoever undid such a meaning does not get it again."""
    made = 0
    for (field, value), means in found.items():
        given = {**params, "field": field, "value": value, "means": means}
        made += conn.execute(text(_REMEMBER), given).rowcount
    return made > 0


_UNCODED = f"""
SELECT DISTINCT {of_field("field")} AS field, value FROM pg_temp.{{staged}} e
WHERE value IS NOT NULL AND (
    field IN ('department', 'requested')
        AND NOT EXISTS (SELECT FROM facts.department d WHERE d.code = e.value)
    OR field = 'region' AND NOT EXISTS (SELECT FROM facts.region r WHERE r.code = e.value))
"""
_REMEMBER = """
INSERT INTO facts.value_meaning (source, field, value, means, made_at, in_force, applied_at)
SELECT :source, :field, :value, :means, :now, true, :now
WHERE NOT EXISTS (SELECT FROM facts.value_meaning
                  WHERE source = :source AND field = :field AND value = :value)
"""


def match(conn: Connection, values: list[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The codes of those that are the name of exactly one department or region."""
    departments = _departments(conn) if any(field == "department" for field, _ in values) else {}
    places = region_names(conn) if any(field == "region" for field, _ in values) else None
    found = {}
    for field, value in values:
        code = departments.get(_folded(value)) if field == "department" else None
        if field == "region" and places is not None:
            code = places.find(value)
        if code is not None and code != value:
            found[field, value] = code
    return found


def _departments(conn: Connection) -> dict[str, str]:
    rows = conn.execute(
        text(
            "SELECT code, name_en, name_zh FROM facts.department "
            "WHERE NOT is_unknown AND merged_into IS NULL AND active_until IS NULL"
        )
    )
    named: dict[str, set[str]] = {}
    for row in rows:
        for name in (row.name_en, row.name_zh):
            named.setdefault(_folded(name), set()).add(row.code)
    return {name: next(iter(codes)) for name, codes in named.items() if len(codes) == 1}


def _folded(name: str) -> str:
    return normalize("NFKC", name).casefold().replace(" ", "")


def region_names(conn: Connection) -> RegionNames:
    return RegionNames(
        conn.execute(
            text(
                "SELECT r.code, p.code AS parent, r.name_en, r.name_zh FROM facts.region r "
                "LEFT JOIN facts.region p ON p.region_id = r.parent_id WHERE NOT r.is_unknown"
            )
        ).all()
    )


def collect(
    conn: Connection,
    params: Mapping[str, object],
    known_words: tuple[tuple[str, str], ...],
    has_cells: bool,
) -> None:
    """Write down the values of this merge that nobody knows, with how many complaints newly have them."""
    own = conn.execute(text("SELECT to_regclass('pg_temp.intake_own_word') IS NOT NULL")).scalar_one()
    given = [_OF_LOG, *([_OF_OWN_WORDS] if own else []), *([_OF_CELLS, _OF_SNAPSHOTS] if has_cells else [])]
    words = [*known_words, *((field, word) for field, many in KNOWN_WORDS.items() for word in many)]
    values = {
        **params,
        "word_fields": [field for field, _word in words],
        "words": [word for _field, word in words],
    }
    conn.execute(text(_COLLECT.format(given=" UNION ".join(given))), values)


_COLLECTED = "('department', 'requested', 'region', 'owner', 'category', 'channel', 'product')"
_OF_LOG = f"""
SELECT i.complaint_id, {of_field("e.field")} AS field, e.value
FROM pg_temp.intake_event e JOIN pg_temp.intake_id i USING (external_id)
WHERE e.value IS NOT NULL AND e.field IN {_COLLECTED}"""
_OF_OWN_WORDS = f"""
SELECT i.complaint_id, w.field, w.value
FROM pg_temp.intake_own_word w JOIN pg_temp.intake_id i USING (external_id)
    {meaning("w.field", "w.value")}
WHERE m.means IS NULL"""
_OF_CELLS = f"""
SELECT c.complaint_id, {of_field("c.field")}, c.value FROM pg_temp.intake_cell c
WHERE c.value IS NOT NULL AND (c.field = 'requested' OR c.key = c.field) AND c.field IN {_COLLECTED}"""
_OF_SNAPSHOTS = f"""
SELECT i.complaint_id, k.field, s.cells -> k.field ->> 0
FROM pg_temp.intake_snapshot s JOIN pg_temp.intake_id i USING (external_id)
    CROSS JOIN (VALUES ('status'), ('tier')) k (field)
    {meaning("k.field", "(s.cells -> k.field ->> 0)")}
WHERE {is_unread("k.field", "(s.cells -> k.field ->> 0)")} AND m.means IS NULL"""
# A complaint that is new has the value newly; of one that was known, its earlier facts are asked, each by its
# number: as EXISTS beside OR, all of history would be hashed.
_COLLECT = f"""
WITH given AS MATERIALIZED ({{given}}),
unknown AS (
    SELECT w.field, w.value, coalesce(d.department_id, r.region_id, a.agent_id)::text AS code
    FROM (SELECT field, value FROM given WHERE length(value) <= {LONGEST} GROUP BY 1, 2) w
    LEFT JOIN facts.department d ON w.field = 'department' AND d.code = w.value AND d.is_unknown
    LEFT JOIN facts.region r ON w.field = 'region' AND r.code = w.value AND r.is_unknown
    LEFT JOIN facts.agent a ON w.field = 'owner' AND a.login = w.value AND a.is_unknown
    WHERE coalesce(d.department_id, r.region_id, a.agent_id) IS NOT NULL
       OR w.field IN ('status', 'tier')
       OR w.field IN ('category', 'channel', 'product')
          AND (w.field, w.value) NOT IN (
              SELECT * FROM unnest(CAST(:word_fields AS text[]), CAST(:words AS text[])))
          AND NOT EXISTS (SELECT FROM facts.value_meaning m
                          WHERE m.field = w.field AND m.means = w.value AND m.in_force)),
newly AS (
    SELECT u.field, u.value, c.external_id FROM unknown u JOIN given g USING (field, value)
    JOIN facts.complaint c USING (complaint_id)
    WHERE c.recorded_at = :now OR NOT (
        (SELECT true FROM facts.complaint_event e
         WHERE e.complaint_id = c.complaint_id AND e.retracted_at IS NULL AND e.recorded_at < :now
           AND {of_field("e.field::text")} = u.field AND e.value = coalesce(u.code, u.value) LIMIT 1) IS TRUE
        OR (SELECT true FROM facts.source_value v
            WHERE v.complaint_id = c.complaint_id AND v.recorded_at < :now AND v.field = u.field
              AND v.value = u.value LIMIT 1) IS TRUE
        OR u.field IN ('status', 'tier') AND (
            SELECT true FROM facts.statement s WHERE s.complaint_id = c.complaint_id AND s.recorded_at < :now
               AND s.cells -> u.field ->> 0 = u.value LIMIT 1) IS TRUE))
INSERT INTO facts.unknown_value AS k (source, field, value, complaints, first_at, last_at, examples)
SELECT :source, field, value, count(*), CAST(:now AS timestamptz), CAST(:now AS timestamptz),
       (array_agg(external_id ORDER BY external_id))[1:{EXAMPLES}]
FROM newly GROUP BY field, value ORDER BY field, value
ON CONFLICT (source, field, value) DO UPDATE SET complaints = k.complaints + EXCLUDED.complaints,
    last_at = greatest(k.last_at, EXCLUDED.last_at),
    examples = (k.examples || EXCLUDED.examples)[1:{EXAMPLES}]
"""


def words_of(conn: Connection, source: str) -> frozenset[tuple[str, str]]:
    """(field, value) of those that have a meaning."""
    rows = conn.execute(
        text("SELECT field, value FROM facts.value_meaning WHERE source = :source AND in_force"),
        {"source": source},
    )
    return frozenset((row.field, row.value) for row in rows)

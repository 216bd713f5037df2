"""Which column becomes which key of the map: by its name, and by whether its values fit."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from config.source_maps.proposal import (
    MANY,
    MEANT,
    FieldValue,
    FoundColumn,
    Proposed,
    Reason,
    is_instant,
    joined_key,
    key_kind,
)
from jobs.sources.connect import words
from jobs.sources.connect.looking import Looked
from jobs.sources.connect.words import Known

# In this order keys take their columns.
FIRST = (
    "complaint.number", "update.happened_at", "update.order", "as_of", "updated_at", "complaint.received_at",
    "state.promised", "state.status", "state.tier",
)  # fmt: skip
PARTS = ("reached", *MANY, "state", "customer", "update", "complaint", "")
UNFIT_KINDS = ("instant", "day", "time", "phone", "yes_no")
FEW_MEANT = 0.3  # of the rows have a word that is known
FEW_STATES = 15  # words of a state that may all be unknown
FEW_TITLES = 30  # different titles that many rows may have
MANY_ROWS = 200
NAMELESS = ("since",)  # what a name ends with that belongs to the column beside it


@dataclass(frozen=True, slots=True)
class Candidate:
    column: FoundColumn
    known: Known
    quality: float

    @property
    def order(self) -> tuple[bool, bool, float, int, int]:
        empty = self.column.kind == "empty"
        return not self.known.is_exact, empty, -round(self.quality, 1), self.known.rank, self.column.place


@dataclass(slots=True)
class Chosen:
    """`taken`: places of columns that have become something."""

    fields: list[Proposed] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    rivals: dict[str, list[str]] = field(default_factory=dict)

    def take(self, key: tuple[str, int, str], column: FoundColumn, reason: Reason, certain: bool) -> None:
        part, number, name = key
        value = FieldValue(column=column.name)
        self.add(
            Proposed(part=part, number=number, field=name, value=value, reason=reason, certain=certain),
            column,
        )

    def add(self, one: Proposed, *columns: FoundColumn) -> None:
        self.fields.append(one)
        self.taken.update(column.place for column in columns)

    def find(self, key: str) -> Proposed | None:
        return next((one for one in self.fields if one.key == key), None)

    def has(self, *kinds: str) -> bool:
        return any(one.kind in kinds for one in self.fields)

    def change(self, one: Proposed, **value: object) -> None:
        place = self.fields.index(one)
        made = FieldValue.model_validate(one.value.model_dump(exclude_defaults=True) | value)
        self.fields[place] = one.model_copy(update={"value": made})


def choose(looked: Looked, rows: str) -> Chosen:
    """By the names of columns alone."""
    chosen = Chosen()
    by_key: dict[tuple[str, int, str], list[Candidate]] = {}
    for column in looked.columns:
        for key, candidate in _candidates(column, looked, rows):
            by_key.setdefault(key, []).append(candidate)
    for key in sorted(by_key, key=_turn):
        likely = sorted(by_key[key], key=lambda one: one.order)
        free = [one for one in likely if one.column.place not in chosen.taken]
        if free:
            _take(chosen, key, free)
    return chosen


def _turn(key: tuple[str, int, str]) -> tuple[int, int, int, str]:
    part, number, name = key
    flat = joined_key(part, number, name)
    first = FIRST.index(flat) if flat in FIRST else len(FIRST)
    return first, PARTS.index(part), number, name


def _take(chosen: Chosen, key: tuple[str, int, str], free: list[Candidate]) -> None:
    best = free[0]
    rivals = [one for one in free if one.known.is_exact and one.column.kind != "empty"]
    if joined_key(*key) == "state.promised" and len(rivals) > 1:
        chosen.rivals[joined_key(*key)] = [one.column.name for one in rivals]
        reason = Reason(code="ask_which", parameters={"count": str(len(rivals))})
    else:
        fits = best.column.kind != "empty"
        reason = Reason(code="named_and_fits" if fits else "named")
    chosen.take(key, best.column, reason, best.known.is_exact)


def _candidates(
    column: FoundColumn, looked: Looked, rows: str
) -> Iterator[tuple[tuple[str, int, str], Candidate]]:
    if words.plain(column.name).endswith(NAMELESS):
        return
    for known in words.known(column.name):
        key = (known.part, _number(known), known.field)
        flat = joined_key(*key)
        if not belongs(flat, rows) or (flat == "update.happened_at" and not known.is_exact):
            continue
        quality = fitness(flat, column)
        if quality > 0 and (known.is_exact or column.kind != "empty"):
            yield key, Candidate(column, known, quality)


def _number(known: Known) -> int:
    """Callbacks of one kind have a place of their own; those of several are told apart by their numbers."""
    kinds = {"confirm_solved": 1, "experience": 2, "dissatisfied": 3, "any": 4}
    if known.part == "attempt":
        return kinds[known.kind] + max(known.number - 1, 0)
    return known.number or 1


def belongs(key: str, rows: str) -> bool:
    part = key.partition(".")[0]
    if rows == "update":
        return part not in ("reached", "pause", "as_of", "updated_at")
    return part != "update" and key_kind(key) != "co_owner.step"


def fitness(key: str, column: FoundColumn) -> float:
    """How well the values fit the key, 0 not at all."""
    kind = key_kind(key)
    if column.kind == "empty":
        return 1.0
    if is_instant(kind):
        return float(column.kind in ("instant", "day"))
    if kind in MEANT:
        return _fitness_of_words(kind, column)
    if kind == "customer.phone":
        return float(column.kind in ("phone", "number", "id", "text"))
    if kind == "customer.number":
        return float(column.kind not in ("instant", "day", "time", "yes_no"))
    if kind in ("pause.hours", "pause.minutes"):
        return float(column.kind in ("number", "length", "id"))
    if kind in ("survey.nps", "update.order", "attempt.episode", "booking.episode"):
        return float(column.kind == "number")
    if kind == "complaint.when":
        return float(column.kind in ("instant", "day", "text"))
    return _fitness_of_texts(kind, column)


def _fitness_of_texts(kind: str, column: FoundColumn) -> float:
    if column.kind in UNFIT_KINDS:
        return 0.0
    if kind in ("complaint.title", "complaint.body", "complaint.demand", "complaint.where", "complaint.why"):
        if column.kind in ("number", "id") or (kind == "complaint.title" and _is_of_few(column)):
            return 0.0
        return 1.0
    if kind in ("state.department", "state.region", "state.category") and column.kind == "number":
        return 0.5
    return 1.0


def _is_of_few(column: FoundColumn) -> bool:
    rows = sum(count.rows for count in column.choices)
    return rows >= MANY_ROWS and column.distinct <= FEW_TITLES


def _fitness_of_words(kind: str, column: FoundColumn) -> float:
    if kind == "survey.scores":
        return float(column.kind in ("number", "choice", "id"))
    if column.kind in UNFIT_KINDS:
        return 0.0
    if kind == "state.channel":
        return 1.0
    share = share_meant(kind, column)
    if kind in ("update.milestone", "co_owner.step") or words.plain(column.name) == "state":
        return share  # a state may also be one of a federation
    if share >= FEW_MEANT:
        return share
    return 0.1 if 0 < column.distinct <= FEW_STATES and column.choices else 0.0


def share_meant(kind: str, column: FoundColumn) -> float:
    """Of the rows whose value is one of the column's few, those with a word that is known."""
    meaning = MEANT[kind]
    rows = sum(count.rows for count in column.choices)
    known = sum(one.rows for one in column.choices if meaning in one.means or meaning in one.guesses)
    return known / rows if rows else 0.0


def free(looked: Looked, chosen: Chosen, *kinds: str) -> list[FoundColumn]:
    """Columns that have become nothing yet."""
    return [one for one in looked.columns if one.kind in kinds and one.place not in chosen.taken]


def named(columns: Iterable[FoundColumn], name: str) -> FoundColumn | None:
    return next((one for one in columns if words.plain(one.name) == words.plain(name)), None)

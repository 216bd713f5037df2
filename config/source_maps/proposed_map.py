"""From a proposal and the answers of a person to a map."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from config import UserError
from config.source_maps.dates import ISO
from config.source_maps.proposal import (
    ANY_WORD,
    MANY,
    MEANINGS,
    MEANT,
    Answers,
    Choice,
    FieldValue,
    FoundColumn,
    Proposal,
    Proposed,
    Question,
    Reason,
    is_instant,
    joined_key,
    key_kind,
    split_key,
    value_id,
)
from config.source_maps.source_map import SourceMap, problems_of
from config.source_maps.subjects import (
    Attempt,
    Booking,
    Complaint,
    CoOwner,
    Customer,
    Pause,
    State,
    Survey,
    Update,
)
from config.vocabulary import ALL_MILESTONES, Reachable

LEAST: dict[str, tuple[tuple[str, ...], ...]] = {  # of each: one of these keys at least
    "customer": (("number",),),
    "co_owner": (
        ("department", "number"),
        ("requested_at", "responded_at", "opinion_at", "cancelled_at", "step"),
    ),
    "pause": (("from",),),
    "survey": (("scores", "sent_at"),),
    "attempt": (("at",), ("outcome",)),
    "booking": (("starts_at",),),
}
TABLES: dict[str, type[BaseModel]] = {
    "update": Update,
    "complaint": Complaint,
    "customer": Customer,
    "state": State,
    "co_owner": CoOwner,
    "pause": Pause,
    "survey": Survey,
    "attempt": Attempt,
    "booking": Booking,
}
LEFT_OUT = {"pause": ("status",)}  # no value of a column
NOT_OF_UPDATES = ("reached", "pause")
NOT_OF_UPDATES_KEYS = ("as_of", "updated_at")


class NoMap(UserError):
    """The answers make no map; the text says what is missing or wrong."""


def fields_of(proposal: Proposal, answers: Answers) -> list[Proposed]:
    """What is proposed, with what was chosen by hand, as far as it fits the kind of rows."""
    rows = rows_of(proposal, answers)
    others = proposal.other_fields if rows != proposal.rows else ()
    found = {one.key: one for one in (*proposal.fields, *others)}
    chosen = dict(answers.columns)
    for question in proposal.questions:
        if question.code == "which_column":
            chosen.setdefault(question.key, answers.chosen.get(question.id, question.default))
    for question in proposal.questions:
        if question.code == "length_unit" and question.key in found:
            unit = answers.chosen.get(question.id, question.default)
            found[question.key] = found[question.key].model_copy(update={"field": unit})
    for key, name in chosen.items():
        before = found.get(key)
        if before is not None and name in before.value.read:
            continue
        found.pop(key, None)
        column = proposal.column(name)
        if column is not None:
            found[key] = by_hand(key, column)
    return [one for one in found.values() if _belongs(one.key, rows)]


def rows_of(proposal: Proposal, answers: Answers) -> str:
    return answers.chosen.get("rows", proposal.rows)


def _belongs(key: str, rows: str) -> bool:
    part, _number, field = split_key(key)
    if rows == "update":
        return part not in NOT_OF_UPDATES and key not in NOT_OF_UPDATES_KEYS
    return part != "update" and not (part == "co_owner" and field == "step")


def by_hand(key: str, column: FoundColumn) -> Proposed:
    part, number, field = split_key(key)
    value = FieldValue(column=column.name)
    return Proposed(
        part=part, number=number, field=field, value=value, reason=Reason(code="by_hand"), certain=True
    )


def questions_of(proposal: Proposal, answers: Answers = Answers()) -> list[Question]:  # noqa: B008 - frozen
    """All, also what values mean in the columns that are chosen now."""
    rows = rows_of(proposal, answers)
    asked = [one for one in proposal.questions if not (rows == "update" and one.code == "complete")]
    for one in fields_of(proposal, answers):
        asked += value_questions(one, proposal)
    return asked


def value_questions(one: Proposed, proposal: Proposal) -> Iterator[Question]:
    """What each value of a column means, of a field with a fixed list of words."""
    meaning = MEANT.get(one.kind)
    column = proposal.column(one.value.column or "")
    if meaning is None or meaning in ANY_WORD or column is None:
        return
    words = MEANINGS[meaning]
    for count in column.choices:
        if count.value in words or (meaning == "score" and _is_number(count.value)):
            continue
        known = one.value.translate.get(count.value) or count.means.get(meaning)
        if one.value.others == "unsaid" and not known:
            continue
        yield Question(
            id=value_id(one.key, count.value),
            code="value",
            parameters={"value": count.value, "column": column.name, "rows": f"{count.rows:,}"},
            choices=tuple(Choice(value=word) for word in (*words, "")),
            default=known or count.guesses.get(meaning, ""),
            certain=bool(known),
            key=one.key,
        )


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdecimal()


def raw_map(proposal: Proposal, answers: Answers = Answers()) -> dict[str, Any]:  # noqa: B008 - frozen
    """As a TOML file would give it: tables of tables; keys in the order in which people read them."""
    fields = complete_parts(fields_of(proposal, answers))
    shared = shared_dates(proposal, answers, fields)
    rows = rows_of(proposal, answers)
    raw: dict[str, Any] = {
        "format": 1,
        "source": answers.source or proposal.source,
        "title": answers.title or proposal.title or proposal.source,
        **proposal.file.form.model_dump(exclude_defaults=True),
        "rows": rows,
        "time_zone": answers.chosen.get("time_zone", proposal.time_zone),
        "dates": list(shared),
        "milestones": milestones(fields, proposal, answers),
    }
    if proposal.nulls:
        raw["nulls"] = list(proposal.nulls)
    if rows == "complaint":
        if proposal.as_of_name and not any(one.key == "as_of" for one in fields):
            raw["as_of_name"] = proposal.as_of_name
            raw["dates"] += [form for form in proposal.as_of_dates if form not in raw["dates"]]
        if answered(proposal, answers, "complete") == "yes":
            raw["complete"] = True
    for one in fields:
        _put(raw, one, written(one, proposal, answers, shared))
    return raw


def build_map(proposal: Proposal, answers: Answers = Answers()) -> SourceMap:  # noqa: B008 - frozen
    """Raises NoMap."""
    raw = raw_map(proposal, answers)
    if "number" not in raw.get("complaint", {}):
        raise NoMap(
            f"No column of {proposal.file.name} looks like the number of a complaint: name the one that is."
        )
    if raw["rows"] == "update" and "happened_at" not in raw.get("update", {}):
        raise NoMap(f"No column of {proposal.file.name} says when a row happened: name the one that does.")
    try:
        return SourceMap.model_validate(raw)
    except ValidationError as error:
        raise NoMap("; ".join(map(str, problems_of(SourceMap, error)))) from None


def complete_parts(fields: list[Proposed]) -> list[Proposed]:
    """Without tables that lack what they need, and with their numbers without gaps."""
    groups: dict[tuple[str, int], list[Proposed]] = {}
    for one in fields:
        groups.setdefault((one.part, one.number), []).append(one)
    kept: list[Proposed] = []
    numbers: Counter[str] = Counter()
    for (part, _number), group in sorted(groups.items(), key=lambda item: item[0][1]):
        has = {one.field.partition(".")[0] for one in group}
        if not all(has.intersection(some) for some in LEAST.get(part, ())):
            continue
        numbers[part] += 1
        if part == "state" and "region" not in has:
            group = [one for one in group if one.field != "province"]
        kept += [one.model_copy(update={"number": numbers[part]}) for one in group]
    return sorted(kept, key=_as_read)


def _as_read(one: Proposed) -> tuple[int, int, int, str]:
    """In the order of the documents."""
    part = ("", "update", "complaint", "customer", "state", "reached", *MANY).index(one.part)
    fields = _fields(one.part)
    field = one.field.partition(".")[0]
    return part, one.number, fields.index(field) if field in fields else 0, one.field


def _fields(part: str) -> list[str]:
    if part == "reached":
        return list(get_args(Reachable))
    model = TABLES.get(part)
    return [info.alias or name for name, info in model.model_fields.items()] if model else []


def answered(proposal: Proposal, answers: Answers, question: str) -> str:
    defaults = {one.id: one.default for one in proposal.questions}
    return answers.chosen.get(question, defaults.get(question, ""))


def milestones(fields: list[Proposed], proposal: Proposal, answers: Answers) -> list[str]:
    """What the source reports, by the keys of its map."""
    found: set[str] = {"resolved", *answers.also_reported}
    if answered(proposal, answers, "callbacks") == "yes":
        found.add("callback")
    for one in fields:
        if one.part == "reached":
            found.add(one.field)
        if one.key == "update.milestone":
            found.update(translation(one, proposal, answers).words)
        if one.part == "co_owner" and one.field in ("responded_at", "opinion_at"):
            found.add(one.field.removesuffix("_at"))
        if one.kind == "co_owner.step":
            found.update(translation(one, proposal, answers).words)
    return [name for name in ALL_MILESTONES if name in found]


def written(one: Proposed, proposal: Proposal, answers: Answers, shared: tuple[str, ...]) -> Any:
    """A value as TOML has it: the name of a column alone, or a table."""
    value = one.value.model_dump(exclude_defaults=True, exclude={"dates", "since"})
    if one.value.since is not None:
        value["since"] = _plain(one.value.since.model_dump(exclude_defaults=True))
    words = translation(one, proposal, answers)
    if words.means:
        value["translate"] = words.means
    if words.nothing:
        value["nulls"] = [*value.get("nulls", ()), *words.nothing]
    dates = dates_of(one, proposal, answers)
    if dates and (conflict(dates, shared) or not set(dates) <= set(shared)):
        value["dates"] = list(dates)
    return _plain({name: list(part) if isinstance(part, tuple) else part for name, part in value.items()})


def _plain(value: dict[str, Any]) -> Any:
    return value["column"] if set(value) == {"column"} else value


@dataclass(frozen=True, slots=True)
class Translation:
    """`means`: from the source's words to ours; `nothing`: words that say nothing; `words`: all of ours that
    come."""

    means: dict[str, str]
    nothing: list[str]
    words: frozenset[str]


def translation(one: Proposed, proposal: Proposal, answers: Answers) -> Translation:
    means, nothing = dict(one.value.translate), list[str]()
    column = proposal.column(one.value.column or "")
    if key_kind(one.key) == "state.channel" and column is not None and not means:
        both = {count.value: (count.guesses | count.means).get("channel", "") for count in column.choices}
        means = {value: meant for value, meant in both.items() if meant and value != meant}
    for question in value_questions(one, proposal):
        value = question.parameters["value"]
        answer = answers.chosen.get(question.id, question.default)
        means.pop(value, None)
        if answer:
            means[value] = answer
        else:
            nothing.append(value)
    known = MEANINGS[MEANT[one.kind]] if one.kind in MEANT else ()
    same = {count.value for count in column.choices if count.value in known} if column else set()
    return Translation(means, nothing, frozenset({*means.values(), *same}))


def dates_of(one: Proposed, proposal: Proposal, answers: Answers) -> tuple[str, ...]:
    """The formats of an instant; none for other values."""
    if not is_instant(one.kind):
        return ()
    if one.value.dates:
        return one.value.dates
    columns = [found for name in one.value.read if (found := proposal.column(name))]
    forms = [
        found.other_dates if is_other_order(found, proposal, answers) else found.dates for found in columns
    ]
    return tuple(map(one.value.joined_by.join, product(*forms))) if forms else ()


def is_other_order(column: FoundColumn, proposal: Proposal, answers: Answers) -> bool:
    """Whether day and month were answered to stand the other way round."""
    for question in proposal.questions:
        if question.code == "day_first" and question.parameters["column"] == column.name:
            return answers.chosen.get(question.id, question.default) != question.default
    return False


def shared_dates(proposal: Proposal, answers: Answers, fields: list[Proposed]) -> tuple[str, ...]:
    """The formats of all instants, the most used first, as far as they do not contradict each other."""
    used = Counter(dates for one in fields if (dates := dates_of(one, proposal, answers)))
    found: list[str] = []
    for dates, _count in used.most_common():
        if not conflict(dates, found):
            found += [form for form in dates if form not in found]
    return tuple(found) or (ISO,)


def conflict(dates: tuple[str, ...], others: tuple[str, ...] | list[str]) -> bool:
    """Whether some text is one date by the one, another by the other: day and month changed places."""
    mixed = {_without_order(form): form for form in others}
    return any(mixed.get(_without_order(form), form) != form for form in dates)


def _without_order(form: str) -> str:
    return form.replace("%d", "%m")


def _put(raw: dict[str, Any], one: Proposed, value: Any) -> None:
    if not one.part:
        raw[one.field] = value
        return
    if one.part in MANY:
        tables = raw.setdefault(one.part, [])
        while len(tables) < one.number:
            tables.append({})
        table = tables[one.number - 1]
    else:
        table = raw.setdefault(one.part, {})
    if one.field.startswith("scores."):
        table.setdefault("scores", []).append(value)
    else:
        table[one.field] = value


def keys_of(rows: str) -> list[str]:
    """Every key that a column can be chosen for, of the kinds of rows that are looked at; of parts that may
    be several, the first."""
    found = ["as_of", "updated_at"]
    for part in TABLES:
        left = LEFT_OUT.get(part, ())
        fields = ["scores.1" if name == "scores" else name for name in _fields(part) if name not in left]
        found += [joined_key(part, 1, field) for field in fields]
        if part == "state":
            found += [f"reached.{name}" for name in get_args(Reachable)]
    return [key for key in found if _belongs(key, rows)]

"""From what was found in a file to the map that is proposed for it, with the questions that remain."""

import re
from collections.abc import Iterable
from pathlib import Path

from config.source_maps.proposal import (
    Choice,
    FieldValue,
    FoundColumn,
    Proposal,
    Proposed,
    Question,
    Reason,
    of_kind,
)
from jobs.sources.connect.choosing import Chosen, belongs, choose, free, share_meant
from jobs.sources.connect.dates import middle
from jobs.sources.connect.looking import Looked
from jobs.sources.connect.refining import refine

REPEATED = 0.05  # of the rows have a number that an earlier one has: then a row is an update
ALMOST_ALL = 0.9
MOST_JOINED = 4  # columns that tell rows apart together
LOOKS = 0.6  # of the rows have a word that is known, in a column whose name tells nothing
ZONES = (
    "Asia/Shanghai", "Asia/Hong_Kong", "UTC", "Europe/London", "Europe/Berlin", "America/New_York",
    "America/Chicago", "America/Denver", "America/Los_Angeles",
)  # fmt: skip
CHINESE = "Asia/Shanghai"
CHINESE_LETTER = re.compile("[\u4e00-\u9fff]")
OF_CHINA = ("+08:00", "+0800")
MADE_AT = (
    (re.compile(r"(\d{8}[_-]\d{6})(?!\d)"), r"(\d{8}%s\d{6})", "%Y%m%d%s%H%M%S"),
    (re.compile(r"(\d{14})(?!\d)"), r"(\d{14})", "%Y%m%d%H%M%S"),
    (re.compile(r"(\d{4}-\d\d-\d\d)(?!\d)"), r"(\d{4}-\d\d-\d\d)", "%Y-%m-%d"),
    (re.compile(r"(?<!\d)(20\d{6})(?!\d)"), r"(\d{8})", "%Y%m%d"),
)


def propose(looked: Looked, source: str | None = None) -> Proposal:
    rows = _rows(looked)
    chosen, columns = _chosen(looked, rows)
    others, _columns = _chosen(looked, "complaint" if rows == "update" else "update")
    other_fields = tuple(one for one in others.fields if not belongs(one.key, rows))
    file = looked.file
    made = Proposal(
        file=file,
        columns=columns,
        fields=tuple(chosen.fields),
        other_fields=other_fields,
        rows="update" if rows == "update" else "complaint",
        source=source or source_name(file.name),
        title=Path(file.name).name.partition(".")[0],
        time_zone=_zone(looked),
        nulls=looked.nulls,
    )
    named_at = _in_the_name(file.name) if rows == "complaint" and not chosen.has("as_of") else None
    if named_at:
        made = made.model_copy(update={"as_of_name": named_at[0], "as_of_dates": (named_at[1],)})
    return made.model_copy(update={"questions": tuple(_questions(looked, chosen, made))})


def _chosen(looked: Looked, rows: str) -> tuple[Chosen, tuple[FoundColumn, ...]]:
    chosen = choose(looked, rows)
    _number(looked, chosen)
    _by_values(looked, chosen, rows)
    return chosen, refine(looked, chosen)


def source_name(file: str) -> str:
    """Small letters, digits and _, without what differs from day to day."""
    stem = re.sub(r"[0-9]+", "", Path(file).name.partition(".")[0].lower())
    flat = re.sub(r"[^a-z]+", "_", stem).strip("_")
    return flat[:40] or "complaints"


def _rows(looked: Looked) -> str:
    """Whether a row is a complaint or something that happened to one."""
    chosen = choose(looked, "update")
    number, happened = chosen.find("complaint.number"), chosen.find("update.happened_at")
    if number is None or happened is None:
        return "complaint"
    repeated, counted = looked.repeated[number.value.column or ""]
    return "update" if counted and repeated > counted * REPEATED else "complaint"


def _number(looked: Looked, chosen: Chosen) -> None:
    """Where no column is called like a number: one with another value in each row, else several together."""
    found = chosen.find("complaint.number")
    if found is not None:
        return
    unique = [one for one in free(looked, chosen, "id") if one.is_unique and one.filled == 1]
    if unique:
        chosen.take(("complaint", 1, "number"), unique[0], Reason(code="unique"), False)
        return
    whole = [one for one in of_kind(looked.columns, "instant", "day", "number", "id") if one.filled == 1]
    if not whole:
        return
    value = FieldValue(columns=tuple(one.name for one in whole[:MOST_JOINED]))
    if len(whole) == 1:
        value = FieldValue(column=whole[0].name)
    chosen.add(Proposed(part="complaint", field="number", value=value, reason=Reason(code="joined")))


def _by_values(looked: Looked, chosen: Chosen, rows: str) -> None:
    """What columns are whose names tell nothing."""
    if rows == "complaint" and not chosen.has("complaint.received_at"):
        instants = [one for one in free(looked, chosen, "instant", "day") if one.filled > ALMOST_ALL]
        if instants:
            key = ("complaint", 1, "received_at")
            earliest = min(instants, key=lambda one: middle(one.dates, looked.values(one.name)))
            chosen.take(key, earliest, Reason(code="first_instant"), False)
    if looked.file.header_row == 0 and not chosen.has("reached.closed"):
        for column in free(looked, chosen, "instant", "day")[:1]:
            chosen.take(("reached", 1, "closed"), column, Reason(code="looks_like"), False)
    for kind in ("state.status", "state.tier"):
        if chosen.has(kind):
            continue
        likely = [one for one in free(looked, chosen, "choice") if share_meant(kind, one) >= LOOKS]
        if likely and likely[0].distinct > 1:
            part, _, name = kind.partition(".")
            best = max(likely, key=lambda one: share_meant(kind, one))
            chosen.take((part, 1, name), best, Reason(code="looks_like"), False)
    if not chosen.has("customer.phone"):
        for column in free(looked, chosen, "phone")[:1]:
            chosen.take(("customer", 1, "phone"), column, Reason(code="looks_like"), False)


def _zone(looked: Looked) -> str:
    return CHINESE if is_of_china(looked) else "UTC"


def is_of_china(looked: Looked) -> bool:
    """Whether its columns, or most of its rows, have Chinese in them, or all its instants the offset of
    China."""
    if any(CHINESE_LETTER.search(one.name) for one in looked.columns):
        return True
    if sum(bool(CHINESE_LETTER.search("".join(row))) for row in looked.rows) * 2 > len(looked.rows):
        return True
    instants = of_kind(looked.columns, "instant")
    return bool(instants) and all(text.endswith(OF_CHINA) for one in instants for text in one.samples)


def _in_the_name(file: str) -> tuple[str, str] | None:
    """When a file was made, as its name tells: the expression and the format of a map."""
    for found_by, expression, form in MADE_AT:
        match = found_by.search(file)
        if match:
            between = match[1][8] if "%s" in expression else ""
            before = re.escape(file[match.start() - 1]) if match.start() else "^"
            behind = re.escape(file[match.end()]) if match.end() < len(file) else "$"
            return (
                before + expression.replace("%s", between) + behind,
                form.replace("%s", between, 1) if between else form,
            )
    return None


def _questions(looked: Looked, chosen: Chosen, made: Proposal) -> Iterable[Question]:
    yield from _of_rows(looked, chosen, made)
    yield _of_zone(looked, made)
    if made.rows == "complaint":
        yield Question(
            id="complete",
            code="complete",
            choices=(Choice(value="no"), Choice(value="yes")),
            default="no",
        )
    yield _of_callbacks(chosen)
    for key, columns in chosen.rivals.items():
        choices = tuple(Choice(value=one, label=one) for one in columns)
        yield Question(
            id=f"which_column:{key}",
            code="which_column",
            parameters={"key": key},
            choices=(*choices, Choice(value="")),
            default=columns[0],
            key=key,
        )
    yield from _of_order(made)
    yield from _of_units(made)


def _of_rows(looked: Looked, chosen: Chosen, made: Proposal) -> Iterable[Question]:
    number = chosen.find("complaint.number")
    repeated, counted = looked.repeated.get(number.value.column or "", (0, 0)) if number else (0, 0)
    both = (*made.fields, *made.other_fields)
    if repeated <= counted * REPEATED or all(one.key != "update.happened_at" for one in both):
        return
    yield Question(
        id="rows",
        code="rows",
        parameters={"repeated": f"{repeated:,}", "rows": f"{counted:,}"},
        choices=(Choice(value="update"), Choice(value="complaint")),
        default=made.rows,
    )


def _of_zone(looked: Looked, made: Proposal) -> Question:
    return Question(
        id="time_zone",
        code="time_zone",
        choices=tuple(Choice(value=zone) for zone in ZONES),
        default=made.time_zone,
        free=True,
        certain=is_of_china(looked),
    )


def _of_callbacks(chosen: Chosen) -> Question:
    tells = chosen.has("attempt.at", "booking.starts_at")
    scores = chosen.has("survey.scores")
    return Question(
        id="callbacks",
        code="callbacks",
        choices=(Choice(value="yes"), Choice(value="no")),
        default="yes" if tells or scores else "no",
        certain=tells,
    )


def _of_order(made: Proposal) -> Iterable[Question]:
    used = {name for one in made.fields for name in one.value.read}
    for column in made.columns:
        if column.name in used and column.other_dates:
            day_first = column.dates[0].index("%d") < column.dates[0].index("%m")
            default = "day_first" if day_first else "month_first"
            yield Question(
                id=f"day_first:{column.name}",
                code="day_first",
                parameters={"column": column.name, "sample": column.differing},
                choices=(Choice(value="day_first"), Choice(value="month_first")),
                default=default,
            )


def _of_units(made: Proposal) -> Iterable[Question]:
    for one in made.fields:
        if one.kind in ("pause.hours", "pause.minutes") and not one.certain:
            yield Question(
                id=f"length_unit:{one.key}",
                code="length_unit",
                parameters={"column": one.value.column or ""},
                choices=(Choice(value="hours"), Choice(value="minutes")),
                default=one.field,
                key=one.key,
            )

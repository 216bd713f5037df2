"""What the chosen columns need besides: since when a state holds, which callback it is, units of lengths."""

import re
from statistics import median

from config.source_maps.proposal import Count, FieldValue, FoundColumn, Proposed, Reason
from jobs.sources.connect import words
from jobs.sources.connect.choosing import Chosen, free, named
from jobs.sources.connect.looking import Looked

SINCE = (" since", "起始时间", "变更时间", "since")
KINDS = {1: "confirm_solved", 2: "experience", 3: "dissatisfied"}
FIRST_WORDS = r"^\s*(\S.{0,39})"
# Names and words that mean resolved where the source also tells when a complaint was closed, else closed.
FINISHED = {
    "办结时间", "办结日期", "完成时间", "完成日期", "完结时间", "处理完成时间", "实际完成时间",
    "办理完成时间", "结单时间", "已办结", "办结", "已完结", "完结", "complete", "finished",
}  # fmt: skip
HOUR_WORDS, MINUTE_WORDS = re.compile(r"小时|hour|^\(h\)$", re.I), re.compile(r"分钟|min|^\(分\)$", re.I)
LONG_PAUSE = 100  # in the mean, that is minutes
HIGHEST_SCORE, HIGHEST_OF_TEN = 5, 10
LOWER_TIERS = {"0": "1", "4": "3", "5": "3", "6": "3"}  # of a scale of more than three
ONE_PLACE = 0.02  # of the names of cities that two provinces may share


def refine(looked: Looked, chosen: Chosen) -> tuple[FoundColumn, ...]:
    """Completes the fields; the columns with what their words mean in the light of the others."""
    for one in list(chosen.fields):
        if one.part == "state":
            _since(looked, chosen, one)
        elif one.kind in ("pause.hours", "pause.minutes"):
            _unit(looked, chosen, one)
        elif one.kind == "survey.scores":
            _scale(looked, chosen, one)
        elif one.kind == "update.milestone" or one.kind == "co_owner.step":
            chosen.change(one, others="unsaid")
    _steps(looked, chosen)
    _time_of_day(looked, chosen)
    _which_callback(chosen)
    _which_pause(looked, chosen)
    _region(looked, chosen)
    _customer(looked, chosen)
    _title(looked, chosen)
    _unread(looked, chosen)
    closes = _closing(looked, chosen)
    return tuple(_with_meanings(one, closes) for one in looked.columns)


def _column(looked: Looked, one: Proposed) -> FoundColumn | None:
    return next((column for column in looked.columns if column.name == one.value.column), None)


def _since(looked: Looked, chosen: Chosen, one: Proposed) -> None:
    for ending in SINCE:
        beside = named(free(looked, chosen, "instant", "day"), f"{one.value.column}{ending}")
        if beside is not None:
            chosen.change(one, since={"column": beside.name})
            chosen.taken.add(beside.place)
            return


def _numbers(looked: Looked, name: str) -> list[float]:
    found = [one.replace(",", "") for one in looked.values(name)]
    return [float(one) for one in found if re.fullmatch(r"-?\d+(\.\d+)?", one)]


def _unit(looked: Looked, chosen: Chosen, one: Proposed) -> None:
    """From the name, else from the numbers: a wait of more than a hundred hours is rare."""
    name = one.value.column or ""
    column = _column(looked, one)
    said = words.in_brackets(name) or name
    if MINUTE_WORDS.search(said):
        unit, certain = "minutes", True
    elif HOUR_WORDS.search(said) or (column is not None and column.kind == "length"):
        unit, certain = "hours", True
    else:
        lengths = _numbers(looked, name)
        is_long = bool(lengths) and (median(lengths) > LONG_PAUSE or any(one % 0.25 for one in lengths))
        unit, certain = ("minutes" if is_long else "hours"), False
    place = chosen.fields.index(one)
    chosen.fields[place] = one.model_copy(update={"field": unit, "certain": certain})


def _scale(looked: Looked, chosen: Chosen, one: Proposed) -> None:
    scores = _numbers(looked, one.value.column or "")
    if scores and HIGHEST_SCORE < max(scores) <= HIGHEST_OF_TEN:
        chosen.change(one, scale=10)
    elif scores and max(scores) > HIGHEST_OF_TEN:
        chosen.fields.remove(one)
        return
    if scores and min(scores) == 0:
        chosen.change(next(other for other in chosen.fields if other.key == one.key), nulls=["0"])


def _steps(looked: Looked, chosen: Chosen) -> None:
    """Of a log whose activities are also those of co-owners: the column says which step a row is."""
    is_log = chosen.has("update.happened_at") and chosen.has("co_owner.department")
    if not is_log or chosen.has("co_owner.requested_at", "co_owner.step"):
        return
    for column in looked.columns:
        if any("step" in count.means for count in column.choices):
            value = FieldValue(column=column.name, others="unsaid")
            reason = Reason(code="looks_like")
            chosen.add(Proposed(part="co_owner", field="step", value=value, reason=reason), column)
            return


def _time_of_day(looked: Looked, chosen: Chosen) -> None:
    """A day whose time stands in a column of its own."""
    for one in list(chosen.fields):
        column = _column(looked, one)
        if column is None or column.kind != "day" or one.kind != "complaint.received_at":
            continue
        for time in free(looked, chosen, "time"):
            made = FieldValue(columns=(column.name, time.name))
            place = chosen.fields.index(one)
            reason = Reason(code="two_columns")
            chosen.fields[place] = one.model_copy(update={"value": made, "reason": reason})
            chosen.taken.add(time.place)
            break


def _which_callback(chosen: Chosen) -> None:
    """The kind of an attempt that the names of its columns tell."""
    for part in ("attempt", "booking"):
        numbers = {one.number for one in chosen.fields if one.part == part}
        told = {one.number for one in chosen.fields if one.part == part and one.field == "kind"}
        for number in sorted(numbers - told):
            kind = KINDS.get(number, "confirm_solved") if part == "attempt" else "confirm_solved"
            chosen.fields.append(
                Proposed(
                    part=part,
                    number=number,
                    field="kind",
                    value=FieldValue(constant=kind),
                    reason=Reason(code="constant"),
                    certain=number in KINDS,
                )
            )


def _which_pause(looked: Looked, chosen: Chosen) -> None:
    """A pause has one end; its instant goes before its length."""
    for one in list(chosen.fields):
        if one.kind != "pause.until":
            continue
        column = _column(looked, one)
        lengths = [
            other
            for other in chosen.fields
            if other.part == "pause" and other.number == one.number and other.field in ("hours", "minutes")
        ]
        filled = [found.filled for other in lengths if (found := _column(looked, other))]
        if column is not None and max(filled, default=-1) > column.filled:
            chosen.fields.remove(one)
        else:
            chosen.fields = [other for other in chosen.fields if other not in lengths]


def _region(looked: Looked, chosen: Chosen) -> None:
    """Cities of one name in several provinces are told apart by both."""
    region, province = chosen.find("state.region"), chosen.find("state.province")
    if province is not None and region is None:
        place = chosen.fields.index(province)
        chosen.fields[place] = province.model_copy(update={"field": "region"})
        return
    if province is None or region is None:
        return
    city_name, province_name = region.value.column or "", province.value.column or ""
    places = {column.name: place for place, column in enumerate(looked.columns)}
    pairs = {(row[places[city_name]], row[places[province_name]]) for row in looked.rows}
    cities = {city for city, _province in pairs}
    if len(pairs) > len(cities) * (1 + ONE_PLACE):
        value = FieldValue(columns=(province_name, city_name), joined_by=" / ")
        place = chosen.fields.index(region)
        chosen.fields[place] = region.model_copy(update={"value": value})


def _customer(looked: Looked, chosen: Chosen) -> None:
    """A customer needs a number: where the source has none, the telephone number is one, if it is whole."""
    phone = chosen.find("customer.phone")
    if phone is not None and _are_masked(looked.values(phone.value.column or "")):
        chosen.fields.remove(phone)
        phone = None
    if chosen.has("customer.number") or phone is None:
        return
    chosen.fields.append(
        Proposed(
            part="customer",
            field="number",
            value=FieldValue(column=phone.value.column),
            reason=Reason(code="no_other"),
        )
    )


def _are_masked(phones: list[str]) -> bool:
    return sum("*" in one for one in phones) * 2 > len(phones)


def _title(looked: Looked, chosen: Chosen) -> None:
    body = chosen.find("complaint.body")
    if chosen.has("complaint.title") or body is None:
        return
    chosen.fields.append(
        Proposed(
            part="complaint",
            field="title",
            value=FieldValue(column=body.value.column, take=FIRST_WORDS),
            reason=Reason(code="first_words"),
        )
    )


def _unread(looked: Looked, chosen: Chosen) -> None:
    """Dates such as 0000-00-00 are none."""
    for one in list(chosen.fields):
        column = _column(looked, one)
        if column is None or column.kind not in ("instant", "day"):
            continue
        none = sorted({text for text in looked.values(column.name) if re.fullmatch(r"[0\-/: .]+", text)})
        if none:
            chosen.change(one, nulls=none)


def _closing(looked: Looked, chosen: Chosen) -> bool:
    """Whether what is finished is closed, or only resolved because closing has an instant or a word of its
    own."""
    resolved = chosen.find("reached.resolved")
    status = chosen.find("state.status")
    column = _column(looked, status) if status else None
    closed = [
        one.value
        for one in (column.choices if column else ())
        if one.means.get("status") == "closed" and one.value not in FINISHED
    ]
    closes = not (chosen.has("reached.closed") or closed)
    if closes and resolved is not None and resolved.value.column in FINISHED:
        place = chosen.fields.index(resolved)
        chosen.fields[place] = resolved.model_copy(update={"field": "closed"})
    return closes


def _with_meanings(column: FoundColumn, closes: bool) -> FoundColumn:
    return column.model_copy(update={"choices": tuple(_meaning(one, closes) for one in column.choices)})


def _meaning(count: Count, closes: bool) -> Count:
    means, guesses = dict(count.means), dict(count.guesses)
    if count.value in FINISHED and not closes:
        means["status"] = "resolved"
    if count.value in LOWER_TIERS:
        guesses["tier"] = LOWER_TIERS[count.value]
    return count.model_copy(update={"means": means, "guesses": guesses})

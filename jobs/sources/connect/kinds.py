"""What the cells of a column are, told from the cells; its name helps where they could be several things."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from config.source_maps.proposal import MEANINGS, Count, FoundColumn, Kind
from jobs.sources.connect import words
from jobs.sources.connect.dates import Dated, clock_form, dated
from jobs.sources.connect.masking import masked, may_be_shown
from jobs.sources.rows import numbers

SAMPLED = 400  # different values that are looked at closely
SHOWN = 3  # samples
MOST_CHOICES = 40  # values of a column that are listed
FEW = 60  # values of a column of choices
OFTEN = 3  # rows of each value, in the mean
FEW_ROWS = 20  # from which on the number of values tells nothing
MOSTLY = 0.8
UNIQUE = 0.995  # of the cells that have a value of their own
NAMES_ENOUGH = 0.7
YES_NO = frozenset({"是", "否", "有", "无", "y", "n", "yes", "no", "true", "false", "t", "f", "已", "未"})
MOBILE = re.compile(r"(?:\+?86|0086)?[- ]?1[3-9]\d[- ]?[\d*]{4}[- ]?\d{4}(?:\.0)?")
PLAIN_NUMBER = re.compile(r"-?\d{1,9}(?:[.]\d+)?|-?\d{1,3}(?:,\d{3})+(?:[.]\d+)?")
CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_./:+-]*")
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟"
    "谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
NO_NAME = re.compile(r"[部组局处科室厅市省区县州网队站类业费]$|中心$|公司$|热线$|问题$|投诉$")
LENGTH = re.compile(
    r"(?=.*\d)(?:\d+(?:\.\d+)?\s*(?:天|日|小时|个小时|时|分钟?|秒|days?|hours?|h|min|m|s)\s*)+"
)
CLOCK_LENGTH = re.compile(r"\d{1,5}:[0-5]\d:[0-5]\d")
ENUMERATED: tuple[str, ...] = (
    "state.status", "state.tier", "state.department", "state.region", "state.province", "state.category",
    "state.channel", "state.product", "attempt.outcome", "attempt.kind", "booking.kind", "update.milestone",
    "co_owner.department", "co_owner.step", "survey.channel", "survey.scores", "customer.value",
)  # fmt: skip

Fits = Callable[[str], bool]


@dataclass(slots=True)
class Column:
    """The cells of one column: values and how often each. `rows`: that were looked at."""

    place: int
    name: str
    counts: Counter[str] = field(default_factory=Counter)
    filled: int = 0
    rows: int = 0

    def add(self, cell: str) -> None:
        self.rows += 1
        if cell:
            self.filled += 1
            self.counts[cell] += 1

    @property
    def has_few(self) -> bool:
        return len(self.counts) <= FEW * 2

    @property
    def known(self) -> tuple[words.Known, ...]:
        return words.known(self.name)

    @property
    def is_named_enumerated(self) -> bool:
        keys = {f"{one.part}.{one.field.partition('.')[0]}" for one in self.known if one.is_exact}
        return bool(keys.intersection(ENUMERATED))

    @property
    def is_personal(self) -> bool:
        keys = {f"{one.part}.{one.field}" for one in self.known if one.is_exact}
        if keys and keys <= PERSONAL:
            return True
        return words.is_personal(self.name) and not keys.intersection(ENUMERATED)


PERSONAL = frozenset(
    {"customer.number", "customer.name", "customer.phone", "customer.address", "complaint.body",
     "complaint.title", "complaint.demand", "complaint.where", "state.owner", "attempt.agent",
     "booking.agent"}
)  # fmt: skip
TIMELY = re.compile(r"时间|日期|时刻|时限|time|date|_at$|_on$|_dt$|\bat$|\bon$", re.IGNORECASE)


def looked_at(column: Column, nulls: frozenset[str]) -> FoundColumn:
    """What the map's proposal needs to know of it."""
    values = Counter({text: count for text, count in column.counts.items() if text not in nulls})
    sampled = _sampled(values)
    dates = dated(sampled, bool(TIMELY.search(column.name)) or _is_named_instant(column))
    kind = _kind(column, values, sampled, dates)
    filled = column.filled - sum(column.counts[one] for one in nulls)
    return FoundColumn(
        place=column.place,
        name=column.name,
        kind=kind,
        samples=tuple(dict.fromkeys(masked(one, kind, _is_masked(column, kind)) for one in sampled))[:SHOWN],
        filled=round(filled / column.rows, 4) if column.rows else 0.0,
        distinct=len(values),
        choices=_choices(column, values, kind),
        dates=_forms(kind, dates, sampled),
        other_dates=dates.others if kind in ("instant", "day") else (),
        differing=dates.sample if kind in ("instant", "day") else "",
        has_zone=kind == "instant" and dates.has_zone,
        is_unique=bool(values) and _is_each_another(values),
    )


def _sampled(values: Counter[str]) -> list[str]:
    """Different values, evenly over the file; of a short one, every cell."""
    if sum(values.values()) <= FEW_ROWS:
        return list(values.elements())
    every = max(len(values) // SAMPLED, 1)
    return list(values)[::every][:SAMPLED]


def _is_named_instant(column: Column) -> bool:
    return any(one.field.endswith("_at") or one.part == "reached" for one in column.known if one.is_exact)


def _forms(kind: Kind, dates: Dated, sampled: list[str]) -> tuple[str, ...]:
    if kind in ("instant", "day"):
        return dates.forms
    form = clock_form(sampled) if kind == "time" else None
    return (form,) if form else ()


def _is_masked(column: Column, kind: Kind) -> bool:
    return column.is_personal or (kind == "choice" and not (column.is_named_enumerated or _is_meant(column)))


def _kind(column: Column, values: Counter[str], sampled: list[str], dates: Dated) -> Kind:
    if not sampled:
        return "empty"
    if len(values) <= 2 and all(one.lower() in YES_NO for one in values):
        return "yes_no"
    if dates.forms:
        return "day" if dates.day_only else "instant"
    if clock_form(sampled):
        return "time"
    if _share(sampled, _is_phone(column)) >= MOSTLY:
        return "phone"
    if _share(sampled, lambda one: bool(LENGTH.fullmatch(one) or CLOCK_LENGTH.fullmatch(one))) >= MOSTLY:
        return "length"
    return _of_words(column, values, sampled)


def _of_words(column: Column, values: Counter[str], sampled: list[str]) -> Kind:
    is_number = _share(sampled, lambda one: bool(PLAIN_NUMBER.fullmatch(one))) >= MOSTLY
    if column.is_named_enumerated and _are_few(values, column, 1000) and not is_number:
        return "choice"
    if is_number:
        return "id" if _are_codes(values, sampled) else "number"
    if _is_meant(column):
        return "choice"
    if _share(sampled, is_name) >= NAMES_ENOUGH and not column.is_named_enumerated:
        return "name"
    if _share(sampled, lambda one: bool(CODE.fullmatch(one)) and any(map(str.isdecimal, one))) >= MOSTLY:
        return "choice" if _are_few(values, column, FEW) and column.rows > FEW_ROWS else "id"
    if column.rows > FEW_ROWS and _are_few(values, column, FEW) and max(map(len, sampled)) <= FEW:
        return "choice"
    return "text"


def _are_few(values: Counter[str], column: Column, most: int) -> bool:
    if column.rows <= FEW_ROWS:
        return True
    return len(values) <= most and column.filled >= len(values) * OFTEN


def _are_codes(values: Counter[str], sampled: list[str]) -> bool:
    """Numbers that count nothing: each another, and long."""
    return all(map(str.isdecimal, sampled)) and _is_each_another(values) and min(map(len, sampled)) >= 5


def _is_each_another(values: Counter[str]) -> bool:
    return len(values) >= sum(values.values()) * UNIQUE


def _share(texts: list[str], fits: Fits) -> float:
    return sum(map(fits, texts)) / len(texts)


def _is_phone(column: Column) -> Fits:
    is_named = any((one.part, one.field) == ("customer", "phone") for one in column.known)

    def fits(text: str) -> bool:
        if MOBILE.fullmatch(text):
            return True
        return (
            is_named and len(re.sub(r"\D", "", text)) >= 5 and not numbers.phones(text.replace("*", "0"))[1]
        )

    return fits


def is_name(text: str) -> bool:
    """Of a person, in Chinese."""
    return (
        2 <= len(text) <= 4
        and text[0] in SURNAMES
        and all("\u4e00" <= one <= "\u9fff" or one == "*" for one in text)
        and not NO_NAME.search(text)
    )


def _is_meant(column: Column) -> bool:
    """Whether most of its few values are words that are known."""
    values = list(column.counts)
    if not values or len(values) > FEW or all(one.isdecimal() for one in values):
        return False
    return any(
        sum(bool((found := words.meant(meaning, one)) and found[1]) for one in values) * 2 >= len(values)
        for meaning in MEANINGS
    )


def _choices(column: Column, values: Counter[str], kind: Kind) -> tuple[Count, ...]:
    few = len(values) <= MOST_CHOICES and kind in ("choice", "yes_no", "number", "id")
    if not few or _is_masked(column, kind) or not all(map(may_be_shown, values)):
        return ()
    if kind in ("number", "id") and not column.is_named_enumerated:
        return ()
    return tuple(_count(value, rows) for value, rows in values.most_common())


def _count(value: str, rows: int) -> Count:
    found = {meaning: one for meaning in MEANINGS if (one := words.meant(meaning, value))}
    return Count(
        value=value,
        rows=rows,
        means={meaning: word for meaning, (word, is_certain) in found.items() if is_certain},
        guesses={meaning: word for meaning, (word, is_certain) in found.items() if not is_certain},
    )

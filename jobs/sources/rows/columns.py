"""How each of our fields is read from a row's cells, after the source's map."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

from config.instants import EARLIEST, is_believed
from config.source_maps.organisation import GRADES
from config.source_maps.source_map import AnyMap, SourceMap, specs
from config.source_maps.subjects import TIERS, UPDATE_MILESTONES
from config.source_maps.values import Spec
from config.vocabulary import CALLBACKS, OUTCOMES, REQUEST_FIELDS, STATUSES
from jobs.sources.rows import numbers
from jobs.sources.rows.instants import NoInstant, Read, reader

Cells = list[str]
Text = Callable[[Cells], str | None]
Instant = Callable[[Cells], Read | None]
T = TypeVar("T")
AHEAD = timedelta(days=1)  # clocks and zones differ; a date further ahead is wrong
KNOWN = {
    "status": STATUSES,
    "tier": TIERS,
    "milestone": UPDATE_MILESTONES,
    "step": REQUEST_FIELDS,
    "callback": CALLBACKS,
    "outcome": OUTCOMES,
    "grade": GRADES,
}
LONGEST_CODE = 200  # characters of a number, a name or a category, because these are indexed
HIGHEST_ORDER = (1 << 31) - 1
MEANT_LATER = ("status", "tier")  # fields whose words can get a meaning
Words = frozenset[tuple[str, str]]


class BadRow(Exception):
    """Why a row is refused; `column` is empty where the whole row is meant. `value`: what stands there, if it
    may be shown."""

    def __init__(self, column: str, reason: str, value: str = "") -> None:
        self.column, self.reason, self.value = column, reason, value[:60].replace("\0", "�")
        super().__init__(column, reason)

    @property
    def full(self) -> str:
        if not self.value:
            return self.reason
        says = self.reason.startswith(("is ", "has ", "lies "))
        return f"'{self.value}'{'' if says else ':'} {self.reason}"


class BadCell(BadRow):
    """A value that its row can be taken without."""


class UnknownWord(BadCell):
    """No word of a field whose words are fixed. It is told as `word`, in case somebody says what it means."""

    def __init__(self, column: str, reason: str, word: str) -> None:
        self.word = word
        super().__init__(column, reason, word)


class Notes(list[BadCell]):
    """The bad cells of one row."""

    def word(self, read: Text, cells: Cells) -> str | None:
        """As `tried`, and a word that nobody knows as it stands."""
        try:
            return read(cells)
        except UnknownWord as bad:
            self.append(bad)
            return bad.word
        except BadCell as bad:
            self.append(bad)
            return None

    def tried(self, read: Callable[[Cells], T | None], cells: Cells) -> T | None:
        try:
            return read(cells)
        except BadCell as bad:
            self.append(bad)
            return None


def named(spec: Spec | None) -> str:
    return " + ".join(spec.read) if spec else ""


def wanted(source: AnyMap) -> tuple[str, ...]:
    """Every column that the map reads, each once."""
    columns = [column for spec in specs(source) for column in spec.read]
    if isinstance(source, SourceMap) and source.update:
        columns += filter(None, [source.update.order])
    return tuple(dict.fromkeys(columns))


def nothing(_cells: Cells) -> None:
    return None


class Columns:
    """Makes readers for one file. A reader of no spec gives None; all raise BadCell."""

    def __init__(self, source: AnyMap, header: list[str], now: datetime, meant: Words = frozenset()) -> None:
        """`meant`: (field, word) of those whose meaning somebody has said."""
        self._source, self._meant = source, meant
        self._place = {column: place for place, column in reversed(list(enumerate(header)))}
        self._now, self._latest = now, now + AHEAD
        self._zone = ZoneInfo(source.time_zone)
        self.days: Counter[str] = Counter()  # values that are a day without a time, by column
        self.end_of = lru_cache(maxsize=65_536)(self._end_of)

    def text(self, spec: Spec | None) -> Text:
        if spec is None or spec.constant is not None:
            constant = spec.constant if spec else None
            return lambda _cells: constant
        nulls = self._nulls(spec)
        finish = _finished(spec)
        if spec.column is not None:
            place = self._place[spec.column]

            def read(cells: Cells) -> str | None:
                cell = cells[place].strip()
                return None if cell in nulls else finish(cell)

            return read
        places = [self._place[column] for column in spec.columns]

        def read_joined(cells: Cells) -> str | None:
            parts = [cells[place].strip() for place in places]
            return None if nulls.intersection(parts) else finish(spec.joined_by.join(parts))

        return read_joined

    def _nulls(self, spec: Spec) -> frozenset[str]:
        return frozenset({"", *self._source.nulls, *spec.nulls})

    def says_none(self, spec: Spec | None) -> Callable[[Cells], bool] | None:
        """Whether the cell is empty, of a value whose empty cell tells something."""
        if spec is None or not spec.told or not spec.read:
            return None
        nulls, places = self._nulls(spec), [self._place[column] for column in spec.read]
        return lambda cells: any(cells[place].strip() in nulls for place in places)

    def code(self, spec: Spec | None) -> Text:
        """A short text that identifies something."""
        if spec is None:
            return nothing
        read, name = self.text(spec), named(spec)

        def checked(cells: Cells) -> str | None:
            value = read(cells)
            if value is None:
                return None
            if len(value) > LONGEST_CODE:
                raise BadCell(name, f"is longer than {LONGEST_CODE} characters", value)
            if "\0" in value:
                raise BadCell(name, "has a NUL character in it", value)
            return value

        return checked

    def number(self, spec: Spec | None) -> Text:
        """The number of something at its source, as text. Each of its cells is looked at as it stands: a part
        of a rounded number would be one and the same for many."""
        if spec is None:
            return nothing
        read, name = self.code(spec), named(spec)
        places = [self._place[column] for column in spec.read]

        def checked(cells: Cells) -> str | None:
            value = read(cells)
            if value is None:
                return None
            for place in places:
                why = numbers.spoiled(cells[place].strip())
                if why is not None:
                    raise BadCell(name, why, cells[place].strip())
            return value

        return checked

    def own_number(self, spec: Spec) -> Callable[[Cells], str]:
        """Of the row itself; raises BadRow where it has none, or is a sum row."""
        read, name = self.number(spec), named(spec)
        places = [self._place[column] for column in spec.read]

        def found(cells: Cells) -> str:
            value = read(cells)
            first = next((cell for cell in cells if cell.strip()), "") if value is None else ""
            if numbers.is_sum(first) or any(numbers.is_sum(cells[place]) for place in places):
                raise BadRow("", numbers.SUM_ROW)
            if value is None:
                raise BadRow(name, "is empty")
            return value

        return found

    def known(self, field: str, spec: Spec | None) -> Text:
        """One of the allowed values of the field, where it has a fixed set."""
        read, name, values = self.code(spec), named(spec), KNOWN.get(field)
        if values is None or spec is None:
            return read
        reason, meant = f"is no {field}; known are {', '.join(values)}", self._meant

        def checked(cells: Cells) -> str | None:
            value = read(cells)
            if value is not None and value not in values and (field, value) not in meant:
                raise (UnknownWord if field in MEANT_LATER else BadCell)(name, reason, value)
            return value

        return checked

    def instant(self, spec: Spec | None) -> Instant:
        if spec is None:
            return nothing
        read, name = self.text(spec), named(spec)
        formats = spec.dates or self._source.dates
        parse, days = reader(formats, self._source.time_zone), self.days
        no_date = f"is no date of the form {' or '.join(formats)}"

        def found(cells: Cells) -> Read | None:
            value = read(cells)
            if value is None:
                return None
            try:
                known = parse(value)
            except NoInstant:
                raise BadCell(name, no_date, value) from None
            if not is_believed(known.at):
                raise BadCell(name, "is before 1970" if known.at < EARLIEST else "is after 2199", value)
            if known.day_only and name:
                days[name] += 1
            return known

        return found

    def past(self, spec: Spec | None) -> Instant:
        if spec is None:
            return nothing
        read, name, latest = self.instant(spec), named(spec), self._latest

        def found(cells: Cells) -> Read | None:
            known = read(cells)
            if known is not None and known.at > latest:
                raise BadCell(name, "lies in the future", f"{known.at:%Y-%m-%d %H:%M} UTC")
            return known

        return found

    def ending(self, known: Read) -> datetime:
        """A day alone is its last second."""
        end: datetime = self.end_of(known.at) if known.day_only else known.at
        return end

    def by_now(self, known: Read) -> datetime:
        """A day alone is its last second, as far as that is past."""
        return max(known.at, min(self.ending(known), self._now))

    def _end_of(self, at: datetime) -> datetime:
        local = at.astimezone(self._zone)
        tomorrow = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), self._zone)
        return tomorrow.astimezone(at.tzinfo) - timedelta(seconds=1)

    def whole(self, spec: Spec | None, lowest: int, highest: int) -> Callable[[Cells], int | None]:
        """A whole number, also written as 2.0."""
        if spec is None:
            return nothing
        read, name = self.text(spec), named(spec)

        def found(cells: Cells) -> int | None:
            value = read(cells)
            if value is None:
                return None
            digits = re.sub(r"[.]0+$", "", numbers.plain(value))
            if not (digits.isascii() and digits.isdecimal() and lowest <= int(digits[:9]) <= highest):
                raise BadCell(name, f"is no whole number from {lowest} to {highest}", value)
            return int(digits[:9])

        return found

    def length(self, spec: Spec | None, unit: timedelta) -> Callable[[Cells], timedelta | None]:
        """Of a time that passes: a number of units, or with units of its own."""
        if spec is None:
            return nothing
        read, name = self.text(spec), named(spec)

        def found(cells: Cells) -> timedelta | None:
            value = read(cells)
            length = numbers.length(value, unit) if value is not None else None
            if value is not None and length is None:
                raise BadCell(name, "is no length of time", value)
            return length

        return found

    def order(self, column: str | None) -> Callable[[Cells], int]:
        if column is None:
            return lambda _cells: 0
        place, name = self._place[column], column

        def found(cells: Cells) -> int:
            cell = cells[place].strip()
            if not (cell.isascii() and cell.isdecimal()) or int(cell[:11]) > HIGHEST_ORDER:
                raise BadRow(name, f"is no whole number from 0 to {HIGHEST_ORDER}", cell)
            return int(cell)

        return found


def _finished(spec: Spec) -> Callable[[str], str | None]:
    take = re.compile(spec.take).search if spec.take else None
    translate, drops = spec.translate, spec.others == "unsaid"

    @lru_cache(maxsize=16_384)
    def finish(text: str) -> str | None:
        part: str | None = text
        if take:
            match = take(text)
            part = match[1] if match else None
        return translate.get(part, None if drops else part) if part else None

    def finish_any(text: str) -> str | None:
        return finish(text) if len(text) <= LONGEST_CODE else finish.__wrapped__(text)

    return finish_any if take or translate or drops else str

"""How each of our fields is read from a row's cells, after the source's map."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

from config.instants import EARLIEST, is_believed
from config.source_map import STATUSES, TIERS, SourceMap, Spec
from jobs.sources.instants import NoInstant, reader

Cells = list[str]
Text = Callable[[Cells], str | None]
Instant = Callable[[Cells], datetime | None]
AHEAD = timedelta(days=1)  # clocks and zones differ; a date further ahead is wrong
KNOWN = {"status": STATUSES, "tier": TIERS}
LONGEST_CODE = 200  # characters of a number, a name or a category, because these are indexed
HIGHEST_ORDER = (1 << 31) - 1


class BadRow(Exception):
    """Why a row is refused; `column` is empty where the whole row is meant."""

    def __init__(self, column: str, reason: str) -> None:
        self.column, self.reason = column, reason
        super().__init__(column, reason)


def named(spec: Spec | None) -> str:
    return " + ".join(spec.read) if spec else ""


def wanted(source: SourceMap) -> tuple[str, ...]:
    """Every column that the map reads, each once."""
    specs: list[Spec | None] = [*source.reached.values(), source.as_of]
    for part in (source.complaint, source.customer, source.state):
        specs += [getattr(part, name) for name in type(part).model_fields] if part else []
    columns = [column for spec in specs if spec for column in spec.read]
    if source.update:
        columns += [*source.update.happened_at.read, *filter(None, [source.update.order])]
    return tuple(dict.fromkeys(columns))


class Columns:
    """Makes readers for one file. A reader of no spec gives None; all raise BadRow."""

    def __init__(self, source: SourceMap, header: list[str], now: datetime) -> None:
        self._source = source
        self._place = {column: place for place, column in reversed(list(enumerate(header)))}
        self._latest = now + AHEAD

    def text(self, spec: Spec | None) -> Text:
        if spec is None or spec.constant is not None:
            constant = spec.constant if spec else None
            return lambda _cells: constant
        nulls = frozenset({"", *self._source.nulls, *spec.nulls})
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

    def code(self, spec: Spec | None) -> Text:
        """A short text that identifies something."""
        read, name = self.text(spec), named(spec)

        def checked(cells: Cells) -> str | None:
            value = read(cells)
            if value is None:
                return None
            if len(value) > LONGEST_CODE:
                raise BadRow(name, f"is {len(value):,} characters long, more than {LONGEST_CODE}")
            if "\0" in value:
                raise BadRow(name, f"'{value[:60]}' has a NUL character in it".replace("\0", "�"))
            return value

        return checked

    def needed(self, spec: Spec) -> Callable[[Cells], str]:
        read, name = self.code(spec), named(spec)

        def found(cells: Cells) -> str:
            value = read(cells)
            if value is None:
                raise BadRow(name, "is empty")
            return value

        return found

    def known(self, field: str, spec: Spec | None) -> Text:
        """One of the allowed values of the field, where it has a fixed set."""
        read, name, values = self.code(spec), named(spec), KNOWN.get(field)
        if values is None:
            return read

        def checked(cells: Cells) -> str | None:
            value = read(cells)
            if value is not None and value not in values:
                raise BadRow(name, f"'{value[:60]}' is no {field}; known are {', '.join(values)}")
            return value

        return checked

    def instant(self, spec: Spec | None) -> Instant:
        read, name = self.text(spec), named(spec)
        formats = (spec.dates if spec else ()) or self._source.dates
        parse = reader(formats, self._source.time_zone)

        def found(cells: Cells) -> datetime | None:
            value = read(cells)
            if value is None:
                return None
            try:
                at = parse(value).at
            except NoInstant:
                raise BadRow(name, f"'{value[:60]}' is no date of the form {' or '.join(formats)}") from None
            if not is_believed(at):
                side = "before 1970" if at < EARLIEST else "after 2199"
                raise BadRow(name, f"'{value[:60]}' is {side}")
            return at

        return found

    def past(self, spec: Spec | None) -> Instant:
        read, name = self.instant(spec), named(spec)

        def found(cells: Cells) -> datetime | None:
            at = read(cells)
            if at is not None and at > self._latest:
                raise BadRow(name, f"{at:%Y-%m-%d %H:%M} UTC lies in the future")
            return at

        return found

    def order(self, column: str | None) -> Callable[[Cells], int]:
        if column is None:
            return lambda _cells: 0
        place, name = self._place[column], column

        def found(cells: Cells) -> int:
            cell = cells[place].strip()
            if not cell.isdecimal() or int(cell) > HIGHEST_ORDER:
                raise BadRow(name, f"'{cell[:60]}' is no whole number from 0 to {HIGHEST_ORDER}")
            return int(cell)

        return found


def _finished(spec: Spec) -> Callable[[str], str | None]:
    take = re.compile(spec.take).search if spec.take else None
    translate = spec.translate

    @lru_cache(maxsize=16_384)
    def finish(text: str) -> str | None:
        part: str | None = text
        if take:
            match = take(text)
            part = match[1] if match else None
        return translate.get(part, part) if part else None

    def finish_any(text: str) -> str | None:
        return finish(text) if len(text) <= LONGEST_CODE else finish.__wrapped__(text)

    return finish_any if take or translate else str

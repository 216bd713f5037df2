"""Tables of the organisation, a thing a row: finding their columns, and the cells that several have."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from config import UserError

LONGEST = 200  # characters
DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})")
AS_DASH = str.maketrans({"/": "-", ".": "-", "年": "-", "月": "-", "日": ""})
OF_A_SPREADSHEET = re.compile(r"[2-7]\d{4}")  # days since 1899-12-30: the years 1954 to 2119
What = Literal["new", "changed", "same", "refused"]
Heads = Mapping[str, tuple[str, ...]]  # our name of a column → how files call it, in lower case


class GivenRow(Protocol):
    @property
    def number(self) -> int: ...
    @property
    def cells(self) -> list[str]: ...
    @property
    def wrong(self) -> str: ...


class MissingColumns(UserError):
    """`names`: ours, of the columns that it lacks."""

    def __init__(self, names: Sequence[str], heads: Heads) -> None:
        self.names, self.heads = tuple(names), heads
        super().__init__("has no column " + "; ".join(f"{one} (or {', '.join(heads[one])})" for one in names))


WHY = {
    "row": "{why}",
    "long": "{name} is longer than {most} characters or unreadable",
    "empty": "{name} is empty",
    "no_name": "name_zh is empty, and name_en too",
    "twice": "{name} {value!r} stands in row {row} already",
    "unknown": "{name} {value!r} is not known",
    "unknown_group": "{name} {value!r} is not known; --add makes new departments and teams of the file",
    "unknown_regions": "region {value} is not known",
    "no_regions": "regions is empty: name the regions that this person may see, or 'all'",
    "no_province": "parent {value!r} is no province: the tree has provinces and their cities",
    "no_zone": "time_zone {value!r} is not known; write such as Europe/Berlin",
    "no_date": "{name} {value!r} is no date; write it as 2026-11-30",
    "years": "{name} {value!r} is outside the years 1970 to 2199",
    "before": "active_to {value} is before active_from {since}",
    "no_grade": "grade {value!r} is not known; known are {known}",
    "other_department": "team {value!r} belongs to another department than {department!r}",
}


@dataclass(frozen=True, slots=True)
class Why:
    """Why a row is refused: a reason of WHY, with what it names. As text it is English."""

    reason: str
    names: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return WHY[self.reason].format(**dict(self.names))


class Wrong(Exception):
    """A row is refused."""

    def __init__(self, reason: str, **names: str) -> None:
        self.why = Why(reason, tuple(names.items()))
        super().__init__(str(self.why))


@dataclass(frozen=True, slots=True)
class Refused:
    row: int
    why: Why


@dataclass(frozen=True, slots=True)
class Planned:
    """What a row would do. `code`: or the login. `changes`: our names of what a changed one changes."""

    row: int
    code: str
    name_en: str
    name_zh: str
    what: What
    changes: tuple[str, ...] = ()
    why: Why | None = None  # it is refused


Given = tuple[int, dict[str, str], Wrong | None]


def named_cells(
    header: Iterable[str], rows: Iterable[GivenRow], heads: Heads, needed: Sequence[tuple[str, ...]]
) -> Iterator[Given]:
    """Number, the cells by our names, and what is wrong with the row as such. `needed`: of each, one column
    has to be there. Raises MissingColumns."""
    places = _places(header, heads)
    missing = [some[0] for some in needed if not any(name in places for name in some)]
    if missing:
        raise MissingColumns(missing, heads)
    return _cells(rows, places)


def _places(header: Iterable[str], heads: Heads) -> dict[str, int]:
    ours = {word: name for name, words in heads.items() for word in (name, *words)}
    places: dict[str, int] = {}
    for at, head in enumerate(header):
        name = ours.get(head.strip().casefold().replace("-", "_"))
        if name is not None:
            places.setdefault(name, at)
    return places


def _cells(rows: Iterable[GivenRow], places: dict[str, int]) -> Iterator[Given]:
    for row in rows:
        cells = {name: row.cells[at].strip() for name, at in places.items() if at < len(row.cells)}
        long = next((name for name, cell in cells.items() if len(cell) > LONGEST or "\0" in cell), None)
        wrong = Wrong("row", why=row.wrong) if row.wrong else None
        if long and wrong is None:
            wrong = Wrong("long", name=long, most=str(LONGEST))
        yield row.number, cells, wrong


def day(name: str, text: str) -> date | None:
    """None: empty. Raises Wrong."""
    if not text:
        return None
    if OF_A_SPREADSHEET.fullmatch(text):
        return date(1899, 12, 30) + timedelta(days=int(text))
    found = DAY.fullmatch(text.translate(AS_DASH))
    try:
        if found is None:
            raise ValueError
        year, month, of_month = (int(part) for part in found.groups() if part is not None)
        made = date(year, month, of_month)
    except ValueError:
        raise Wrong("no_date", name=name, value=text) from None
    if not 1970 <= made.year <= 2199:
        raise Wrong("years", name=name, value=text)
    return made


def active(cells: Mapping[str, str], zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """From its first day to the end of its last. Raises Wrong."""
    since = day("active_from", cells.get("active_from", ""))
    until = day("active_to", cells.get("active_to", ""))
    if since and until and until < since:
        raise Wrong("before", value=str(until), since=str(since))
    return midnight(since, zone), midnight(until + timedelta(days=1) if until else None, zone)


def midnight(of: date | None, zone: ZoneInfo) -> datetime | None:
    return None if of is None else datetime(of.year, of.month, of.day, tzinfo=zone)

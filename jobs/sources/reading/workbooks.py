"""The parts of an .xlsx file around its rows: sheets, texts, and which numbers are dates."""

import re
import zipfile
from array import array
from collections.abc import Callable, Iterator
from datetime import time
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from jobs.sources.reading.tables import FileRefused, number_text
from jobs.sources.reading.xml_stream import DEEPEST, Attributes, local, pieces, too_deep
from jobs.sources.rows.date_forms import FROM_1900, FROM_1904, serial

LARGEST_TEXTS = 256 * 1024 * 1024  # bytes of the shared texts, which stay in memory
LARGEST_STYLES, LARGEST_LIST = 64 * 1024 * 1024, 4 * 1024 * 1024  # of formats, of sheets
MOST_SHEETS = 500
DATE, TIME, DURATION, NUMBER = "date", "time", "duration", ""
# Numbers of formats that no file spells out; 27 to 36 and 50 to 58 are those of East Asian versions.
BUILTIN_DATES = (14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 55), 57, 58)
BUILTIN_TIMES = (18, 19, 20, 21, 32, 33, 34, 35, 45, 47, 55, 56)
NO_PART_OF_A_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]')
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
DAY_SECONDS = 86_400
FIRST_DAY = 366  # a number of a format without a day is a time, or some hours; above it, an instant


Start = Callable[[str, Attributes], None]


class Sheet(NamedTuple):
    name: str
    part: str
    is_hidden: bool


class Texts:
    """The shared texts in one piece, which takes a third of the memory of as many strings."""

    def __init__(self) -> None:
        self._all = bytearray()
        self._ends = array("Q", [0])

    def handlers(self, name: str) -> tuple[Start, Callable[[str], None], Callable[[str], None]]:
        """For the XML of the file `name`. A rich text is the sum of its runs, without what says how it
        sounds."""
        runs: list[str] = []
        inside = {"t": 0, "rPh": 0}
        depth = [0]

        def start(tag: str, _given: Attributes) -> None:
            depth[0] += 1
            if depth[0] > DEEPEST:
                raise too_deep(name)
            if local(tag) in inside:
                inside[local(tag)] += 1

        def end(tag: str) -> None:
            depth[0] -= 1
            if local(tag) in inside:
                inside[local(tag)] -= 1
            elif local(tag) == "si":
                self.add(unescaped("".join(runs)))
                runs.clear()

        def text(piece: str) -> None:
            if inside["t"] and not inside["rPh"]:
                runs.append(piece)

        return start, end, text

    def add(self, text: str) -> None:
        self._all += text.encode("utf-8", "replace")
        self._ends.append(len(self._all))

    def __getitem__(self, place: int) -> str:
        if not 0 <= place < len(self._ends) - 1:
            raise KeyError(place)
        return self._all[self._ends[place] : self._ends[place + 1]].decode()


class Workbook:
    def __init__(self, path: Path, packed: zipfile.ZipFile) -> None:
        """Raises KeyError where a part is missing."""
        self.name, self.packed = path.name, packed
        self.is_1904 = False
        self.sheets = self._read_sheets()
        self.kinds = self._read_kinds()
        self.texts = self._read_texts()

    def _tags(self, part: str, most: int) -> Iterator[tuple[str, str, Attributes]]:
        """(parent, tag, attributes) of each element."""
        if self.packed.getinfo(part).file_size > most:
            raise FileRefused(
                f"{self.name} has more than {most >> 20} MB of formats or sheets; save it as CSV."
            )
        found: list[tuple[str, str, Attributes]] = []
        above = [""]

        def start(tag: str, given: Attributes) -> None:
            found.append((above[-1], local(tag), given))
            above.append(local(tag))
            if len(above) > DEEPEST:
                raise too_deep(self.name)

        def end(_tag: str) -> None:
            above.pop()

        with self.packed.open(part) as file:
            for _fed in pieces(self.name, file, start, end):
                yield from found
                found.clear()

    def _read_sheets(self) -> list[Sheet]:
        book = self._related("", "officeDocument", "xl/workbook.xml")
        targets = self._relations(book)
        sheets: list[Sheet] = []
        for _parent, tag, given in self._tags(book, LARGEST_LIST):
            if tag == "workbookPr":
                self.is_1904 = given.get("date1904") in ("1", "true", "on")
            elif tag == "sheet":
                relation = next((value for key, value in given.items() if local(key) == "id"), "")
                kind, part = targets.get(relation, ("", ""))
                if kind == "worksheet" and all(part != one.part for one in sheets):
                    hidden = given.get("state", "visible") != "visible"
                    sheets.append(Sheet(given.get("name", ""), part, hidden))
                if len(sheets) > MOST_SHEETS:
                    raise FileRefused(f"{self.name} has more than {MOST_SHEETS} sheets.")
        self._targets = dict(targets.values())
        return sheets

    def _related(self, part: str, kind: str, usual: str) -> str:
        return next((found for one, found in self._relations(part).values() if one == kind), usual)

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """By id: (kind, part)."""
        place = PurePosixPath(part)
        names = str(place.parent / "_rels" / f"{place.name}.rels") if part else "_rels/.rels"
        if names not in self.packed.NameToInfo:
            return {}
        found = {}
        for _parent, tag, given in self._tags(names, LARGEST_LIST):
            if tag == "Relationship":
                target = given.get("Target", "")
                whole = target[1:] if target.startswith("/") else _joined(place.parent, target)
                found[given.get("Id", "")] = (given.get("Type", "").rpartition("/")[2], whole)
        return found

    def _read_kinds(self) -> list[str]:
        """Of each style of cells: whether its number is a date, a time, a duration."""
        part = self._targets.get("styles", "xl/styles.xml")
        if part not in self.packed.NameToInfo:
            return []
        own: dict[str, str] = {}
        kinds = []
        for parent, tag, given in self._tags(part, LARGEST_STYLES):
            if tag == "numFmt" and parent == "numFmts":
                own[given.get("numFmtId", "")] = kind_of(given.get("formatCode", ""))
            elif tag == "xf" and parent == "cellXfs":
                number = given.get("numFmtId", "0")
                kinds.append(own[number] if number in own else _builtin(number))
        return kinds

    def _read_texts(self) -> Texts:
        texts = Texts()
        part = self._targets.get("sharedStrings", "xl/sharedStrings.xml")
        if part not in self.packed.NameToInfo:
            return texts
        if self.packed.getinfo(part).file_size > LARGEST_TEXTS:
            raise FileRefused(f"{self.name} has more than {LARGEST_TEXTS >> 20} MB of text; save it as CSV.")
        with self.packed.open(part) as file:
            for _fed in pieces(self.name, file, *texts.handlers(self.name)):
                pass
        return texts


def _joined(folder: PurePosixPath, target: str) -> str:
    """`target` may go up: ../sharedStrings.xml."""
    parts: list[str] = []
    for part in (*folder.parts, *PurePosixPath(target).parts):
        if part == "..":
            del parts[-1:]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _builtin(number: str) -> str:
    known = int(number) if number.isdecimal() else 0
    if known in BUILTIN_DATES:
        return DATE
    return TIME if known in BUILTIN_TIMES else DURATION if known == 46 else NUMBER


def kind_of(code: str) -> str:
    """What a number in this format is: yyyy"年"m"月" a date, h:mm a time, [h]:mm a duration."""
    bare = NO_PART_OF_A_DATE.sub("", code.lower().partition(";")[0])
    if "general" in bare or "0" in bare.replace(".0", "") or "#" in bare or "@" in bare:
        return NUMBER
    if "[" in bare:
        return DURATION
    if "y" in bare or "d" in bare:
        return DATE
    if "h" in bare or "s" in bare:
        return TIME
    return DATE if "m" in bare else NUMBER


def dated(number: float, kind: str, is_1904: bool) -> str:
    """ISO, without the time where it is midnight, without the day where it is a time only, so that a column
    of days can be joined to one of times. 24:00 stays what it is."""
    if kind == DURATION or number < 1 or (kind == TIME and number < FIRST_DAY):
        seconds = round(number * DAY_SECONDS)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    at = serial(number, True, FROM_1904 if is_1904 else FROM_1900)
    if at is None:
        return number_text(number)
    return at.date().isoformat() if at.time() == time.min else at.isoformat(" ")


def unescaped(text: str) -> str:
    """Of characters that XML cannot hold: _x000D_."""
    if "_x" not in text:
        return text
    return ESCAPED.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return match[0] if 0xD800 <= number < 0xE000 else chr(number)

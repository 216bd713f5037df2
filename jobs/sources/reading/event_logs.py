"""XES event logs (IEEE 1849), which process mining has: one row an event. A trace's attributes are columns
`case:NAME`, an event's are columns of their own name."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import IO

from jobs.sources.reading.tables import LONGEST_CELL, MOST_COLUMNS, FileRefused, Row, first_of
from jobs.sources.reading.xml_stream import DEEPEST, Attributes, local, pieces, too_deep

OF_A_TRACE = "case:"
VALUES = frozenset({"string", "date", "int", "float", "boolean", "id"})
FIRST_EVENTS, FIRST_LENGTH = (
    1_000,
    8 * 1024 * 1024,
)  # whose attributes make the header, with the declared ones
OF_AN_ATTRIBUTE = 100  # bytes of memory besides its value
TOO_LONG = f"has attributes of more than {LONGEST_CELL >> 20} MB"


class _Reader:
    def __init__(self, name: str, wanted: tuple[str, ...]) -> None:
        self._name, self._wanted = name, wanted
        self._open: list[str] = []
        self._trace: Attributes = {}
        self._event: Attributes = {}
        self._began = False  # whether the trace has had an event
        self._scope = ""
        self.declared: dict[str, None] = {}
        self.events: list[tuple[Attributes, Attributes]] = []  # of its trace, its own

    def start(self, tag: str, given: Attributes) -> None:
        tag = local(tag)
        if not self._open and tag != "log":
            raise FileRefused(f"{self._name} is no XES event log: it begins with <{tag[:40]}>.")
        parent = self._open[-1] if self._open else ""
        self._open.append(tag)
        if len(self._open) > DEEPEST:
            raise too_deep(self._name)
        if tag == "trace":
            self._trace, self._began = {}, False
        elif tag == "event":
            self._event, self._began = {}, True
        elif tag == "global":
            self._scope = given.get("scope", "")
        elif tag in VALUES and "key" in given:
            self._take(parent, given["key"], given.get("value", ""))

    def _take(self, parent: str, key: str, value: str) -> None:
        if parent == "event":
            self._event[key] = value
        elif parent == "trace":
            self._of_trace(OF_A_TRACE + key, value)
        elif parent == "global" and self._scope in ("event", "trace"):
            self.declared[key if self._scope == "event" else OF_A_TRACE + key] = None
        if max(len(self._event), len(self._trace), len(self.declared)) > MOST_COLUMNS:
            raise FileRefused(
                f"{self._name} has an event or a trace of more than {MOST_COLUMNS:,} attributes."
            )

    def _of_trace(self, key: str, value: str) -> None:
        if self._began and key in self._wanted:
            raise FileRefused(
                f"{self._name}: '{key}' stands behind events that it belongs to; export the log with the "
                "attributes of a trace before its events, as the standard has it."
            )
        if self._began:
            return
        self._trace[key] = value
        if _length(self._trace) > LONGEST_CELL:
            raise FileRefused(f"{self._name}: a trace {TOO_LONG}.")

    def end(self, tag: str) -> None:
        self._open.pop()
        if local(tag) == "event":
            self.events.append((self._trace, self._event))
        elif local(tag) == "trace":
            self._trace = {}


def _length(found: Attributes) -> int:
    return sum(map(len, found.values()))


def open_xes(
    name: str, file: IO[bytes], check: Callable[[], None], wanted: tuple[str, ...]
) -> tuple[list[str], Iterator[Row]]:
    """The header: what the log declares, what its first events have, and the wanted ones; an attribute that
    no event has is an empty cell. `check` refuses what unpacks to too much."""
    reader = _Reader(name, wanted)
    events = _events(reader, pieces(name, file, reader.start, reader.end), check)
    first = first_of(events, FIRST_EVENTS, FIRST_LENGTH, _weight)
    found = dict.fromkeys(chain.from_iterable(first))
    header = list(reader.declared | found | dict.fromkeys(wanted))
    return header, (_row(number, one, header) for number, one in enumerate(chain(first, events), 1))


def _weight(event: Attributes) -> int:
    return _length(event) + len(event) * OF_AN_ATTRIBUTE


def _events(reader: _Reader, read: Iterator[int], check: Callable[[], None]) -> Iterator[Attributes]:
    for _fed in read:
        check()
        for trace, event in reader.events:
            yield trace | event
        reader.events.clear()


def _row(number: int, event: Attributes, header: list[str]) -> Row:
    if _length(event) > LONGEST_CELL:
        return Row(number, [value[:100] for value in event.values()], TOO_LONG, True)
    return Row(number, [event.get(key, "") for key in header])

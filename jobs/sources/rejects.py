"""Rows that were refused, and those kept without a value: counted by reason, all of them written to a
file."""

import csv
import os
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from config import UserError
from jobs.sources.reading.files import Row
from jobs.sources.rows.columns import BadCell, BadRow
from jobs.sources.rows.numbers import SUM_ROW

SHOWN = 100
FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
HEADER = ["row", "kind", "column", "reason"]
OWN = "import "  # before those of these names that the source has too
EXAMPLES = 3  # rows named with each reason
MOST_REASONS = 200  # a file may be wrong in more ways than anybody reads
Kind = Literal["kept", "refused", "repeated"]


@dataclass(frozen=True, slots=True)
class Reject:
    row: int
    column: str  # empty: the whole row
    reason: str


@dataclass(slots=True)
class Reason:
    """`kept`: rows taken without this column. `example`: what stands in the first of them, if it may be
    shown."""

    kind: Kind
    column: str
    reason: str
    example: str = ""
    count: int = 0
    rows: list[int] = field(default_factory=list)  # the first ones

    def __str__(self) -> str:
        where = {"kept": f"kept without {self.column}", "refused": "refused", "repeated": "repeated"}[
            self.kind
        ]
        if self.kind == "refused" and self.column:
            where += f", {self.column}"
        such = f", such as '{self.example}'" if self.example else ""
        more = ", …" if self.count > len(self.rows) else ""
        rows = f", row{'s' if self.count > 1 else ''} {', '.join(map(str, self.rows))}{more}"
        return f"{self.count:,} × {where}: {self.reason}{such}{rows}"


def default_file(source: Path, name: str = "") -> Path:
    """Next to the file, or here where that is not ours to write. `name`: of the map, where there are
    several."""
    name = f"{source.name}.{name}.rejects.csv" if name else f"{source.name}.rejects.csv"
    return source.with_name(name) if os.access(source.parent, os.W_OK) else Path.cwd() / name


def is_of_rejects(header: list[str]) -> bool:
    """Whether a file is one of these, put right or not."""
    return [name.removeprefix(OWN) for name in header[: len(HEADER)]] == HEADER


def as_data(cell: str) -> str:
    """What a spreadsheet would take for a formula gets a quote in front."""
    return f"'{cell}" if FORMULA.match(cell) and not NUMBER.fullmatch(cell) else cell


@dataclass(slots=True)
class Rejects:
    """The file is made with the first row: row, kind (kept or refused), column, reason, then the source's own
    columns, so that it can be corrected and imported again by the same map."""

    path: Path
    header: list[str] = field(default_factory=list)
    count: int = 0
    kept: int = 0
    sums: int = 0  # of the refused: sum rows, which hide no complaint
    broken: int = 0  # of these: lines of the file that could not be separated or read
    shown: list[Reject] = field(default_factory=list)
    by_reason: dict[tuple[str, str, str], Reason] = field(default_factory=dict)
    _writer: Any = None
    _stack: ExitStack = field(default_factory=ExitStack)

    def add(self, row: Row, bad: BadRow) -> None:
        """A row of which nothing is taken."""
        self.count += 1
        self.broken += row.broken
        self.sums += bad.reason == SUM_ROW
        if len(self.shown) < SHOWN:
            self.shown.append(Reject(row.number, bad.column, bad.full))
        self.note("refused", bad, row.number)
        self._write(row, "refused", bad.column, bad.full)

    def keep(self, row: Row, bad: Sequence[BadCell]) -> None:
        """A row that is taken without these cells."""
        self.kept += 1
        for one in bad:
            self.note("kept", one, row.number)
        names = dict.fromkeys(one.column for one in bad)
        self._write(row, "kept", ", ".join(names), "; ".join(f"{one.column}: {one.full}" for one in bad))

    def note(self, kind: Kind, bad: BadRow, row: int) -> None:
        key = (kind, bad.column, bad.reason)
        reason = self.by_reason.get(key)
        if reason is None and len(self.by_reason) >= MOST_REASONS:
            key = (kind, "", "for other reasons")
            reason = self.by_reason.get(key)
        if reason is None:
            reason = self.by_reason[key] = Reason(*key, example=bad.value)
        reason.count += 1
        if len(reason.rows) < EXAMPLES:
            reason.rows.append(row)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The most frequent first."""
        return tuple(sorted(self.by_reason.values(), key=lambda one: (one.kind, -one.count)))

    def _write(self, row: Row, kind: str, column: str, reason: str) -> None:
        writer = self._writer or self._open()
        writer.writerow(map(as_data, [str(row.number), kind, column, reason, *row.cells]))

    def _open(self) -> Any:
        try:
            file = self._stack.enter_context(
                self.path.open("w", encoding="utf-8-sig", errors="replace", newline="")
            )
        except OSError as error:
            raise UserError(
                f"Refused rows cannot be written to {self.path} ({error.strerror}): choose another file with "
                "--rejects."
            ) from None
        self._writer = csv.writer(file)
        ours = [OWN + name if name in self.header else name for name in HEADER]
        self._writer.writerow(map(as_data, [*ours, *self.header]))
        return self._writer

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

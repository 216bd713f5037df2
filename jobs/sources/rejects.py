"""Rows that were refused: counted, the first ones kept to be shown, all of them written to a file."""

import csv
import os
import re
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from config import UserError
from jobs.sources.files import Row

SHOWN = 100
FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Reject:
    row: int
    column: str  # empty: the whole row
    reason: str


def default_file(source: Path) -> Path:
    """Next to the file, or here where that is not ours to write."""
    name = f"{source.name}.rejects.csv"
    return source.with_name(name) if os.access(source.parent, os.W_OK) else Path.cwd() / name


def as_data(cell: str) -> str:
    """What a spreadsheet would take for a formula gets a quote in front."""
    return f"'{cell}" if FORMULA.match(cell) and not NUMBER.fullmatch(cell) else cell


@dataclass(slots=True)
class Rejects:
    """The file is made with the first row: row, column, reason, then the source's own columns, so that it can
    be corrected and imported again by the same map."""

    path: Path
    header: list[str] = field(default_factory=list)
    count: int = 0
    broken: int = 0  # of these: lines of the file that could not be separated or read
    shown: list[Reject] = field(default_factory=list)
    _writer: Any = None
    _stack: ExitStack = field(default_factory=ExitStack)

    def add(self, row: Row, column: str, reason: str) -> None:
        self.count += 1
        self.broken += row.broken
        if len(self.shown) < SHOWN:
            self.shown.append(Reject(row.number, column, reason))
        writer = self._writer or self._open()
        writer.writerow(map(as_data, [str(row.number), column, reason, *row.cells]))

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
        self._writer.writerow(map(as_data, ["row", "column", "reason", *self.header]))
        return self._writer

    def __enter__(self) -> "Rejects":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

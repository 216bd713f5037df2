"""Rows between reading and taking, in a file of their own: the source's session ends before the board writes,
and memory stays small however many rows there are."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from types import TracebackType

from jobs.sources.syncing.reading import SourceRow

BATCH, BATCH_LENGTH = 5_000, 8_000_000  # rows and characters of text that are taken in one transaction


class Spool:
    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by __exit__

    def add(self, rows: Sequence[SourceRow]) -> None:
        for row in rows:
            self._file.write(json.dumps(row) + "\n")

    def batches(self) -> Iterator[list[SourceRow]]:
        self._file.seek(0)
        batch: list[SourceRow] = []
        length = 0
        for line in self._file:
            key, digest, cells = json.loads(line)
            batch.append(SourceRow(key, digest, cells))
            length += len(line)
            if len(batch) == BATCH or length > BATCH_LENGTH:
                yield batch
                batch, length = [], 0
        if batch:
            yield batch

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

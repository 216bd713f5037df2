"""What a map reads from a file, without a database."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from config.source_maps.source_map import SourceMap
from jobs.sources.reading.files import open_table
from jobs.sources.rows.columns import BadRow, Columns, wanted
from jobs.sources.rows.mapping import Mapped, Stated
from jobs.sources.rows.mappings import mapping

NOW = datetime(2026, 11, 30, tzinfo=UTC)
OVER = ("resolved", "closed", "withdrawn")
End = tuple[str, str, datetime | None]  # number, status, since when; None: as of the file


@dataclass(slots=True)
class Told:
    """`received`: by number. `ends`: of statuses that end a complaint, each once."""

    rows: int = 0
    whole: int = 0
    in_part: int = 0
    refused: int = 0
    numbers: set[str] = field(default_factory=set)
    received: dict[str, datetime | None] = field(default_factory=dict)
    ends: set[End] = field(default_factory=set)
    parts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


def told(path: Path, source: SourceMap, most: int | None = None) -> Told:
    found = Told()
    with open_table(path, source, wanted(source)) as table:
        read = mapping(source, Columns(source, table.header, NOW), Stated(NOW)).facts
        for row in islice(table.rows, most):
            found.rows += 1
            try:
                mapped = read(row)
            except BadRow as bad:
                found.refused += 1
                found.reasons[f"{bad.column}: {bad.reason}"] += 1
                continue
            found.in_part += bool(mapped.kept)
            found.whole += not mapped.kept
            found.reasons.update(f"{one.column}: {one.reason}" for one in mapped.kept)
            _add(found, mapped)
    return found


def _add(found: Told, mapped: Mapped) -> None:
    told_of = mapped.snapshot or mapped.complaint or mapped.observations[0]
    number = told_of.external_id
    found.numbers.add(number)
    received = mapped.snapshot or mapped.complaint
    if received is not None and number not in found.received:
        found.received[number] = received.received_at
    for cell in mapped.snapshot.cells if mapped.snapshot else ():
        if cell.field == "status" and cell.value in OVER:
            found.ends.add((number, cell.value or "", cell.at))
        if cell.party_id or cell.field in ("requested", "responded", "opinion"):
            found.parts[cell.field] += 1
        if cell.field == "status" and cell.value == "waiting_customer":
            found.parts["waiting_customer"] += 1
    for seen in mapped.observations:
        if seen.field == "status" and seen.value in OVER:
            found.ends.add((number, seen.value or "", seen.happened_at))
    found.parts.update(
        surveys=len(mapped.surveys),
        answers=len(mapped.answers),
        attempts=len(mapped.attempts),
        bookings=len(mapped.bookings),
        customers=bool(mapped.customer),
    )

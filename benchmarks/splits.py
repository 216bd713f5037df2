"""The public files in parts: twenty deltas, and daily snapshots made from them, derive the same rows."""

import csv
import gzip
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from benchmarks.same_rows import differences
from benchmarks.scratch import board
from config.settings import settings
from config.source_maps.source_map import SourceMap, load
from jobs.sources.importing import Order, import_file
from queries.clocks.derive import derive_dirty

DELTAS = 20
Row = dict[str, str]
Rows = list[Row]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one file; `as_of`: when it was exported, where that stands nowhere in it."""

    rows: Rows
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """A file of updates. `instant` sorts them; equal ones stay in the order of the file."""

    name: str
    file: str
    number: str
    updated: str  # the column
    instant: Callable[[Row], datetime]
    order: Callable[[Row], int] = lambda _row: 0

    def deltas(self, rows: Rows) -> Iterator[Part]:
        ordered = self._in_order(rows)
        size = -(-len(ordered) // DELTAS)
        for start in range(0, len(ordered), size):
            yield Part(ordered[start : start + size])

    def days(self, rows: Rows) -> list[datetime]:
        """The ends of the days on which anything happened."""
        return _ends_of_days(self.instant(row) for row in rows)

    def snapshots(self, rows: Rows, ends: list[datetime]) -> Iterator[Part]:
        """At each end the last row of each complaint."""
        latest: dict[str, Row] = {}
        coming = iter([*self._in_order(rows), None])
        row = next(coming)
        for end in ends:
            while row is not None and self.instant(row) <= end:
                latest[row[self.number]] = row
                row = next(coming)
            yield Part(list(latest.values()))

    def told(self, rows: Rows, ends: list[datetime]) -> Part:
        """The updates that such snapshots show: of each complaint the last before each end."""
        shown = {id(row): row for part in self.snapshots(rows, ends) for row in part.rows}
        return Part(self._in_order(list(shown.values())))

    def snapshot_map(self) -> SourceMap:
        """Its own map, each row a state with the instant of its update."""
        given = load(self.name)
        return given.model_copy(
            update={
                "source": f"{self.name}_days",
                "rows": "complaint",
                "update": None,
                "updated_at": given.update.happened_at if given.update else None,
            }
        )

    def _in_order(self, rows: Rows) -> Rows:
        return sorted(rows, key=lambda row: (self.instant(row), self.order(row)))


@dataclass(frozen=True, slots=True)
class Table:
    """A file of complaints as they ended. `at_that_time`: the row as the table had it then."""

    name: str
    file: str
    number: str
    opened: Callable[[Row], datetime]
    closed: Callable[[Row], datetime | None]
    at_that_time: Callable[[Row, datetime], Row]

    def deltas(self, rows: Rows) -> Iterator[Part]:
        """What was opened or closed since the last."""
        changes = sorted(at for row in rows for at in (self.opened(row), self.closed(row)) if at)
        size = -(-len(changes) // DELTAS)
        cuts = [*changes[size - 1 :: size], changes[-1]]
        since = changes[0] - timedelta(days=1)
        for cut in dict.fromkeys(cuts):
            news = [row for row in rows if self._changed(row, since, cut)]
            yield Part([self.at_that_time(row, cut) for row in news], cut)
            since = cut

    def _changed(self, row: Row, since: datetime, until: datetime) -> bool:
        return any(since < at <= until for at in (self.opened(row), self.closed(row)) if at)

    def days(self, rows: Rows) -> list[datetime]:
        instants = (at for row in rows for at in (self.opened(row), self.closed(row)) if at)
        return _ends_of_days(instants)

    def snapshots(self, rows: Rows, ends: list[datetime]) -> Iterator[Part]:
        for end in ends:
            yield Part([self.at_that_time(row, end) for row in rows if self.opened(row) <= end], end)

    def told(self, rows: Rows, ends: list[datetime]) -> Part:
        """All: the last snapshot has every closing with its instant."""
        return Part(rows, ends[-1])

    def snapshot_map(self) -> SourceMap:
        given = load(self.name)
        return given.model_copy(update={"source": f"{self.name}_days", "as_of": None})


def _ends_of_days(instants: Iterator[datetime]) -> list[datetime]:
    day = timedelta(days=1)
    floors = ((at, at.replace(hour=0, minute=0, second=0, microsecond=0)) for at in instants)
    return sorted({midnight if at == midnight else midnight + day for at, midnight in floors})


def _boston_closed(row: Row) -> datetime | None:
    return datetime.fromisoformat(row["closed_dt"]) if row["closed_dt"] else None


def _boston_then(row: Row, then: datetime) -> Row:
    closed = _boston_closed(row)
    return row if closed is None or closed <= then else row | {"closed_dt": ""}


def _comcast_opened(row: Row) -> datetime:
    """Day and month stand swapped wherever the day is at most 12 (../shared/data/README.md)."""
    stamp = f"{row['Date']} {row['Time']}"
    first, _, _ = row["Date"].split("-")
    form = "%m-%d-%y" if int(first) <= 12 else "%d-%m-%y"
    return datetime.strptime(stamp, f"{form} %I:%M:%S %p")  # noqa: DTZ007


COMCAST_SEEN = datetime(2015, 7, 1)  # noqa: DTZ001


def _comcast_closed(row: Row) -> datetime | None:
    return COMCAST_SEEN if row["Status"] in ("Solved", "Closed") else None


def _comcast_then(row: Row, then: datetime) -> Row:
    """Only of those that ended by then is it known that they had another status before."""
    return row | {"Status": "Open"} if _comcast_closed(row) and then < COMCAST_SEEN else row


def _uci_updated(row: Row) -> datetime:
    return datetime.strptime(row["sys_updated_at"], "%d/%m/%Y %H:%M")  # noqa: DTZ007


def _bpi_happened(row: Row) -> datetime:
    return datetime.fromisoformat(row["time:timestamp"])


FILES: tuple[Log | Table, ...] = (
    Table(
        "boston311",
        "boston311_2011.csv.gz",
        "case_enquiry_id",
        lambda row: datetime.fromisoformat(row["open_dt"]),
        _boston_closed,
        _boston_then,
    ),
    Table(
        "comcast_fcc",
        "comcast_fcc_complaints.csv",
        "Ticket #",
        _comcast_opened,
        _comcast_closed,
        _comcast_then,
    ),
    Log(
        "uci_incidents",
        "uci_incident_event_log.csv.gz",
        "number",
        "sys_updated_at",
        _uci_updated,
        lambda row: int(row["sys_mod_count"]),
    ),
    Log("bpi2013", "bpi2013_incidents.csv.gz", "case:concept:name", "time:timestamp", _bpi_happened),
)


def read(folder: Path, of: Log | Table, complaints: int | None = None) -> Rows:
    """All rows, or those of the first so many complaints."""
    path = folder / of.file
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        rows: Rows = list(csv.DictReader(file))
    numbers = list(dict.fromkeys(row[of.number] for row in rows))[:complaints]
    kept = set(numbers)
    return [row for row in rows if row[of.number] in kept]


def take(engine: Engine, folder: Path, given: SourceMap, part: Part) -> None:
    """One file through the import, all of whose rows must be taken."""
    path = folder / "part.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(part.rows[0]))
        writer.writeheader()
        writer.writerows(part.rows)
    as_of = part.as_of.replace(tzinfo=ZoneInfo(given.time_zone)).isoformat() if part.as_of else None
    found = import_file(engine, Order(given, path, folder / "rejects.csv", as_of=as_of))
    assert found.rejected == 0, found.rejects


def derive(engine: Engine) -> None:
    taken = 1
    while taken:
        with engine.begin() as conn:
            taken = derive_dirty(conn).taken


def disagreements(
    engine: Engine, folder: Path, of: Log | Table, rows: Rows, days: int | None = None
) -> dict[str, dict[str, list[str]]]:
    """Whole, deltas and snapshots of one file on one board; `days`: so many of the first, and the last."""
    given = load(of.name)
    ends = of.days(rows)
    ends = ends if days is None else [*ends[:days], ends[-1]]
    snapshot = of.snapshot_map()
    whole, parts, told = (
        given.model_copy(update={"source": f"{of.name}_{end}"}) for end in ("whole", "parts", "told")
    )
    take(engine, folder, whole, Part(rows, None if isinstance(of, Log) else ends[-1]))
    for part in of.deltas(rows):
        take(engine, folder, parts, part)
    for part in of.snapshots(rows, ends):
        take(engine, folder, snapshot, part)
    take(engine, folder, told, of.told(rows, ends))
    derive(engine)
    with engine.begin() as conn:
        return {
            "deltas": differences(conn, whole.source, parts.source),
            "snapshots": differences(conn, told.source, snapshot.source),
        }


def run() -> list[str]:
    """Every complaint of the four files; snapshots of a fortnight and of the last day."""
    data = settings().real_data or Path(__file__).parents[2] / "shared" / "data"
    lines = []
    for of in FILES:
        rows, began = read(data, of), time.monotonic()
        with tempfile.TemporaryDirectory() as folder, board() as engine:
            wrong = disagreements(engine, Path(folder), of, rows, 14)
        assert wrong == {"deltas": {}, "snapshots": {}}, wrong
        lines.append(f"| {of.name} | {len(rows):,} | {time.monotonic() - began:,.0f} |")
    return [
        "## The public files in parts",
        "",
        f"Each whole, in {DELTAS} deltas, and as daily snapshots of a fortnight and of the last day: "
        "the same derived rows, bit for bit.",
        "",
        "| file | rows | seconds |",
        "|---|---:|---:|",
        *lines,
    ]

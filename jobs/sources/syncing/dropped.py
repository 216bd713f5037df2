"""Files that are put into a folder: each taken once, by its content, then moved to done/ or refused/."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from sqlalchemy import Engine

from config import UserError
from config.source_maps.folder import Folder
from jobs.sources.importing import Order, Summary, import_file, sha256
from jobs.sources.syncing.failed import SourceFailed
from jobs.sources.syncing.living import Living
from jobs.sources.syncing.polling import How
from queries import db
from queries.intake import sync
from queries.intake.sync import POLLING, Sync

DONE, REFUSED = "done", "refused"
REJECTS, REASON = ".rejects.csv", ".reason.txt"
LOOK_SECONDS = 5.0  # from one look into a folder to the next


@dataclass(frozen=True, slots=True)
class State:
    """Of a file, and since when this process has seen it so (monotonic)."""

    size: int
    changed_ns: int
    since: float


@dataclass(slots=True)
class Resting:
    """Which files nobody writes any more: neither their size nor their time of change has moved."""

    _seen: dict[Path, State] = field(default_factory=dict)

    def at_rest(self, folder: Folder, at: float) -> list[Path]:
        """The oldest first; `at` is monotonic."""
        found: list[tuple[int, str, Path]] = []
        there = dict(_files(folder))
        for path, (size, changed) in there.items():
            before = self._seen.get(path)
            if before is None or (before.size, before.changed_ns) != (size, changed):
                self._seen[path] = State(size, changed, at)
            elif at - before.since >= folder.rest:
                found.append((changed, path.name, path))
        for path in [one for one in self._seen if one.parent == folder.path and one not in there]:
            del self._seen[path]
        return [path for _changed, _name, path in sorted(found)]


def _files(folder: Folder) -> Iterator[tuple[Path, tuple[int, int]]]:
    for entry in os.scandir(folder.path):
        if fnmatch(entry.name, folder.pattern) and not entry.name.startswith(".") and entry.is_file():
            stat = entry.stat()
            yield Path(entry.path), (stat.st_size, stat.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Took:
    """`summary` None: its content had been taken before, or it was refused for the `reason`."""

    name: str
    summary: Summary | None = None
    reason: str = ""


def take_files(engine: Engine, living: Living, how: How, resting: Resting, at: float) -> list[Took]:
    """What rests in the folder `at` an instant (monotonic). Raises SourceFailed where the folder, or a file,
    cannot be read; all others are taken."""
    folder = _folder(living)
    with engine.connect() as conn:
        with conn.begin():
            sync.put_subject(conn, living.subject)
            of = sync.sync_of(conn, living.name)
        if of is None:
            raise RuntimeError(living.name)
        with sync.locked(conn, POLLING, of.sync_id) as got:
            if not got:
                return []
            took = [_take(engine, living, folder, path, how) for path in _resting(folder, resting, at)]
    refused = [one for one in took if one.reason]
    if refused:
        more = f", and {len(refused) - 1} more" if len(refused) > 1 else ""
        raise SourceFailed(
            "file",
            f"The file '{refused[0].name}'{more} was refused: the reason stands beside it in {REFUSED}/.",
        )
    _finish(engine, of, took)
    return took


def _folder(living: Living) -> Folder:
    if living.source.folder is None:
        raise TypeError(living.name)
    return living.source.folder


def _resting(folder: Folder, resting: Resting, at: float) -> list[Path]:
    try:
        return resting.at_rest(folder, at)
    except OSError as error:
        what = error.strerror or "error"
        raise SourceFailed("away", f"The folder {folder.path} cannot be read ({what}).") from None


def _take(engine: Engine, living: Living, folder: Folder, path: Path, how: How) -> Took:
    """A process that dies between the import and the move leaves a file that is known by its content."""
    how.go_on()
    rejects = path.with_name(f".{path.name}{REJECTS}")
    try:
        digest = sha256(path)
        with engine.begin() as conn:
            is_known = sync.file_was_taken(conn, living.source.source, digest)
        summary = None
        if not is_known:
            summary = import_file(engine, Order(living.source, path, rejects, hash_key=how.hash_key))
    except (UserError, OSError) as error:
        reason = str(error) if isinstance(error, UserError) else f"cannot be read ({error.strerror})"
        target = _move(path, folder.path / REFUSED, rejects)
        target.with_name(target.name + REASON).write_text(f"{reason}\n", "utf-8")
        rejects.unlink(missing_ok=True)
        return Took(path.name, reason=reason)
    _move(path, folder.path / DONE, rejects)
    return Took(path.name, summary)


def _move(path: Path, folder: Path, rejects: Path) -> Path:
    """Under its own name, or with a number where that is taken; its reject file goes with it."""
    try:
        folder.mkdir(exist_ok=True)
        target, number = folder / path.name, 1
        while target.exists():
            number += 1
            target = folder / f"{path.stem}-{number}{path.suffix}"
        path.rename(target)
        if rejects.exists():
            rejects.rename(target.with_name(target.name + REJECTS))
    except OSError as error:
        raise SourceFailed(
            "setup",
            f"Files cannot be moved to {folder} ({error.strerror}): the board must be able to write there.",
        ) from None
    return target


def _finish(engine: Engine, of: Sync, took: list[Took]) -> None:
    """A folder that is empty for long is silent, so it is heard only with a file."""
    rows = sum(one.summary.rows for one in took if one.summary)
    with engine.begin() as conn:
        now = db.board_now(conn)
        sync.finish_look(conn, of, rows, LOOK_SECONDS, is_heard=bool(took), now=now)

"""Do what administrators ask on the page of imports: look at a file, try it, import it, take an import back.

Any number of processes: a task is claimed, its lease renewed by a thread of its own, and what a process that
was killed left is taken by another one.
"""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from config import UserError
from config.source_maps import source_map
from config.source_maps.file import FileFormat
from config.source_maps.proposal import Answers, Proposal
from config.source_maps.source_map import AnyMap
from config.source_maps.written_map import written_map
from jobs.sources import importing
from jobs.sources.connect.looking import look
from jobs.sources.connect.proposing import propose
from jobs.work import Job, Work
from queries import db
from queries.intake import import_tasks, imports, kept_maps, uploads
from queries.intake.import_tasks import Task
from queries.intake.take_back import take_back

RENEWED_EVERY = 1.0  # seconds; the page follows by it
FOLDER = "board-upload-"  # and the number of its process
MOST_REFUSED = 50_000_000  # bytes of refused rows that are kept to be downloaded
Found = Mapping[str, Any]


class Stopped(Exception):
    """This process was asked to end, or lost its claim; another one goes on."""


@dataclass(slots=True)
class Progress:
    """What the import says, in its thread, and the other one writes down."""

    what: str = "Opening"
    share: float | None = None
    rows: int = 0
    is_lost: bool = False
    is_over: threading.Event = field(default_factory=threading.Event)


def run(work: Work) -> int:
    """Until nothing waits."""
    done = 0
    while not work.stop.is_set():
        token = uuid4()
        with work.engine.begin() as conn:
            task = import_tasks.claim(conn, token)
        if task is None:
            break
        _do(work, task, token)
        done += 1
    return done


def _do(work: Work, task: Task, token: UUID) -> None:
    """Ends the task, or leaves it to another process."""
    is_ended, is_stopped = False, False
    try:
        with _renewed(work.engine, task, token) as progress:
            found, problem = _answer(_At(work, task, progress))
        with work.engine.begin() as conn:
            import_tasks.end(conn, task.task_id, token, found, problem)
        is_ended = True
    except Stopped:
        is_stopped = True
    finally:
        if not is_ended:
            with work.engine.begin() as conn:
                import_tasks.release(conn, task.task_id, token, counts=not is_stopped)


@contextmanager
def _renewed(engine: Engine, task: Task, token: UUID) -> Iterator[Progress]:
    progress = Progress()
    thread = threading.Thread(target=_renew, args=(engine, task.task_id, token, progress), daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        progress.is_over.set()
        thread.join()


def _renew(engine: Engine, task_id: int, token: UUID, progress: Progress) -> None:
    while not progress.is_over.wait(RENEWED_EVERY):
        try:
            with engine.begin() as conn:
                what, share, rows = progress.what, progress.share, progress.rows
                if not import_tasks.renew(conn, task_id, token, what, share, rows):
                    progress.is_lost = True
        except (SQLAlchemyError, *db.LOST):
            continue  # the lease is longer than a short loss


@dataclass(frozen=True, slots=True)
class _At:
    """A task under way."""

    work: Work
    task: Task
    progress: Progress

    def tell(self, what: str, share: float | None, rows: int) -> None:
        """Raises Stopped."""
        self.work.progress()
        self.progress.what, self.progress.share, self.progress.rows = what, share, rows
        if self.progress.is_lost or self.work.stop.is_set():
            raise Stopped


def _answer(at: _At) -> tuple[Found | None, str | None]:
    """What was found, or what is wrong."""
    try:
        return TO_DO[at.task.kind](at), None
    except importing.NothingGood as nothing:
        return _of_summary(nothing.summary), str(nothing)
    except UserError as wrong:
        return None, str(wrong)


def _look(at: _At) -> Found:
    """`given`: {form}, how to read the file, where somebody said so. Found: {proposal}."""
    form = FileFormat.model_validate(at.task.given["form"]) if at.task.given.get("form") else None
    with _file(at) as path:
        proposal = propose(look(path, form))
    return {"proposal": proposal.model_dump(mode="json")}


def _try(at: _At) -> Found:
    """`given`: see `_map`. Found: {map, summary, picture}."""
    return _import(at, dry_run=True)


def _take(at: _At) -> Found:
    """Like `_try`, with the import's number in the summary."""
    with at.work.engine.begin() as conn:
        known = imports.imported_upload(conn, at.task.upload_id or 0)
    if known is not None:  # by a process that was killed before it could say so
        return {"summary": {"import_id": known}}
    return _import(at, dry_run=False)


def _import(at: _At, dry_run: bool) -> Found:
    with at.work.engine.begin() as conn:
        source, body = _map(conn, at.task.given)
    with _file(at) as path:
        order = importing.Order(
            source,
            path,
            path.with_name("refused.csv"),
            dry_run,
            at.work.settings.phone_hash_key.get_secret_value().encode(),
            asked_by=at.task.asked_by,
            upload_id=at.task.upload_id,
            pictured=dry_run,
        )
        (summary,) = importing.import_all(at.work.engine, [order], at.tell, at.work.stop.is_set)
        _keep_refused(at, order.rejects)
    return {"map": body, **_of_summary(summary)}


def _map(conn: Connection, given: Found) -> tuple[AnyMap, str]:
    """And its text. `given`: {name}, of config/sources; {kept}, of a kept one; or {look, answers}."""
    if "name" in given:
        body = (source_map.HERE / f"{given['name']}.toml").read_text("utf-8")
        return source_map.load_any(given["name"]), body
    if "kept" in given:
        kept = kept_maps.kept_map(conn, given["kept"])
        if kept is None:
            raise UserError("The map that was kept is not there any more: choose another one.")
        return source_map.parse_any(kept.body, kept.name), kept.body
    looked = import_tasks.task(conn, given["look"])
    if looked is None or looked.found is None:
        raise UserError("The file has not been looked at.")
    proposal = Proposal.model_validate(looked.found["proposal"])
    body = written_map(proposal, Answers.model_validate(given["answers"]))
    return source_map.parse_any(body), body


def _of_summary(summary: importing.Summary) -> Found:
    """Without anything that stands in the file."""
    told = asdict(summary)
    for name in ("rejects", "rejects_file", "picture"):
        del told[name]
    told["reasons"] = [importing.without_values(one) for one in summary.reasons]
    picture = summary.picture
    if picture is None:
        return {"summary": told}
    days = [(day.isoformat(), count) for day, count in picture.days]
    return {"summary": told, "picture": asdict(picture) | {"days": days}}


@contextmanager
def _file(at: _At) -> Iterator[Path]:
    """The upload as a file of its name, as old as it was dropped. Raises UserError."""
    _clear_left_behind()
    with tempfile.TemporaryDirectory(prefix=f"{FOLDER}{os.getpid()}-") as folder:
        with at.work.engine.begin() as conn:
            path = _written(at, conn, Path(folder))
        yield path


def _clear_left_behind() -> None:
    """Copies of processes that were killed: they hold what customers said."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        process = folder.name.removeprefix(FOLDER).partition("-")[0]
        if process.isdecimal() and not _is_alive(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user
        pass
    return True


def _written(at: _At, conn: Connection, folder: Path) -> Path:
    upload = uploads.upload(conn, at.task.upload_id or 0)
    path = folder / (Path(upload.file_name).name or "file")
    with path.open("wb") as file:
        for chunk in uploads.read_chunks(conn, upload.upload_id, "given"):
            file.write(chunk)
            at.tell("Opening", file.tell() / upload.size, 0)
    if path.stat().st_size != upload.size:
        raise UserError(f"{upload.file_name} is not here any more: drop it again.")
    os.utime(path, (upload.uploaded_at.timestamp(),) * 2)
    return path


def _keep_refused(at: _At, rejects: Path | None) -> None:
    """The refused rows of this try or import, to be put right and dropped again."""
    upload_id = at.task.upload_id or 0
    with at.work.engine.begin() as conn:
        uploads.drop_refused(conn, upload_id)
        if rejects is not None and rejects.exists() and rejects.stat().st_size <= MOST_REFUSED:
            with rejects.open("rb") as file:
                uploads.add_chunks(conn, upload_id, "refused", file)


def _try_take_back(at: _At) -> Found:
    with at.work.engine.connect() as conn:  # never committed
        return _taken_back(at, conn)


def _take_back(at: _At) -> Found:
    """`given`: {reason}."""
    with at.work.engine.begin() as conn:
        return _taken_back(at, conn)


def _taken_back(at: _At, conn: Connection) -> Found:
    at.tell("Taking back", None, 0)
    reason = at.task.given.get("reason", "")
    return asdict(take_back(conn, at.task.import_id or 0, at.task.asked_by, reason, db.board_now(conn)))


TO_DO: dict[str, Callable[[_At], Found]] = {
    "look": _look,
    "try": _try,
    "import": _take,
    "try_take_back": _try_take_back,
    "take_back": _take_back,
}
JOB = Job("uploads", "Imports from the page", "页面导入", 5.0, run)

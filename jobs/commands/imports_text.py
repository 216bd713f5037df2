"""`board imports` at the terminal."""

import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from config import UserError
from config.settings import Settings
from queries import db
from queries.intake import imports
from queries.intake.imports import ImportRun
from queries.intake.take_back import TakenBack, take_back

Say = Callable[[str], None]


@contextmanager
def _database(given: Settings) -> Iterator[Engine]:
    engine = db.engine(given.url(), given.database_role or "board_jobs", application="board imports")
    try:
        yield engine
    except (SQLAlchemyError, *db.LOST) as error:
        raise UserError(db.refusal(error)) from None
    finally:
        engine.dispose()


def print_imports(given: Settings, limit: int, as_json: bool, say: Say) -> None:
    with _database(given) as engine, engine.begin() as conn:
        found = imports.last_imports(conn, limit)
    if as_json:
        say(json.dumps([asdict(one) for one in found], default=str, ensure_ascii=False))
        return
    for one in found:
        say(_line(one))
    if not found:
        say("No file was imported yet. Import one with: board import FILE --map MAP")


def _line(one: ImportRun) -> str:
    by = f" by {one.asked_by}" if one.asked_by else ""
    said = (
        f"{one.import_id}  {one.started_at:%Y-%m-%d %H:%M} UTC{by}  {one.file_name} → {one.source}  "
        f"{one.outcome or 'under way'}: {one.rows_read:,} rows, {one.rows_kept:,} kept in part, "
        f"{one.rows_rejected:,} refused, {one.complaints:,} new complaints"
    )
    if one.taken_back_at is None:
        return said
    who = f" by {one.taken_back_by}" if one.taken_back_by else ""
    why = f": {one.taken_back_reason}" if one.taken_back_reason else ""
    return f"{said}; taken back at {one.taken_back_at:%Y-%m-%d %H:%M} UTC{who}{why}"


def run_take_back(given: Settings, number: int, reason: str, dry_run: bool, as_json: bool, say: Say) -> None:
    """Raises UserError where there is nothing to take back."""
    if not reason.strip():
        raise UserError("Say why: --reason must not be empty.")
    with _database(given) as engine:
        if dry_run:
            with engine.connect() as conn:  # never committed
                back = _taken(conn, number, reason)
        else:
            with engine.begin() as conn:
                back = _taken(conn, number, reason)
                db.raise_version(conn, db.board_now(conn))
    say(json.dumps(asdict(back)) if as_json else _sentence(number, back, dry_run))


def _taken(conn: Connection, number: int, reason: str) -> TakenBack:
    return take_back(conn, number, f"{getpass.getuser()}, command line", reason.strip(), db.board_now(conn))


def _sentence(number: int, back: TakenBack, dry_run: bool) -> str:
    told = f"it told of {back.touched:,} complaints"
    if dry_run:
        rest = f"{back.gone:,} would go, {back.changed:,} would change. Nothing was changed."
        return f"Import {number} would be taken back: {told}; {rest}"
    return f"Import {number} is taken back: {told}; {back.gone:,} are gone, {back.changed:,} have changed."

"""What `board organisation` does and prints."""

import sys
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from config.settings import Settings
from config.small_tables import CHINA
from jobs.commands.people_text import person
from jobs.sources.organisation_file import plan_file
from queries import db, organisation
from queries.days import page_zone
from queries.organisation_rows import Kind, Plan, put_parts

Say = Callable[[str], None]
SHOWN = 20


def engine(settings: Settings) -> Engine:
    return db.engine(settings.url(), settings.database_role, application="board organisation")


def run_import(settings: Settings, file: Path, kind: Kind, dry_run: bool, say: Say) -> None:
    with engine(settings).begin() as conn:
        zone = page_zone(conn, ())
        plan = plan_file(conn, file, kind, ZoneInfo(zone))
        moved = 0 if dry_run else _put(conn, kind, plan, zone)
    _say_plan(plan, kind, dry_run, moved, say)
    if plan.count("refused"):
        sys.exit(1)


def _put(conn: Connection, kind: Kind, plan: Plan, zone: str) -> int:
    if not plan.parts:
        return 0
    moved = put_parts(conn, kind, plan.parts, zone, person())
    db.raise_version(conn, db.board_now(conn))
    return moved


def _say_plan(plan: Plan, kind: Kind, dry_run: bool, moved: int, say: Say) -> None:
    would = "would be " if dry_run else ""
    end = "; nothing was changed" if dry_run else ""
    say(
        f"Of {len(plan.rows)} {kind} {would}{plan.count('new')} new and {plan.count('changed')} changed; "
        f"{plan.count('same')} are as they were{end}."
    )
    changed = [one for one in plan.rows if one.what == "changed"]
    for one in changed[:SHOWN]:
        say(f"Row {one.row}, {one.code}: other {', '.join(one.changes)}.")
    if len(changed) > SHOWN:
        say(f"… and {len(changed) - SHOWN} more.")
    for one in plan.rows:
        if one.what == "refused":
            say(f"Row {one.row} is refused: {one.why}.")
    if moved:
        say(f"{moved} complaints are derived again, because their region has another zone or province.")


def bring_china(settings: Settings, dry_run: bool, say: Say) -> None:
    run_import(settings, CHINA, "regions", dry_run, say)


def print_regions(settings: Settings, say: Say) -> None:
    with engine(settings).begin() as conn:
        found = organisation.regions(conn)
    for one in found:
        say(f"{'    ' if one.parent_id else ''}{one.code}  {one.name_zh} ({one.name_en})")
    say(f"{len(found)} regions.")

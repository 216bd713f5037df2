"""`board purge`: what the night would delete from the journal, or deleting it now."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.commands.options import AsJson

if TYPE_CHECKING:
    from config.settings import Settings
    from queries.purge import Outlived


def purge(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be deleted; change nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Delete what has outlived the days of the policy's retention, now instead of by night.

    Facts, alerts, acknowledgements, surges, policy versions and the audit are never deleted.

    Example: board purge --dry-run
    """
    from config.settings import settings

    run(settings(), dry_run, typer.echo, as_json)


def run(given: "Settings", dry_run: bool, say: Callable[[str], None], as_json: bool) -> None:
    from jobs.purge import purge_all
    from queries import db
    from queries.policies.history import policy_in_force
    from queries.purge import outlived

    engine = db.engine(given.url(), given.database_role or "board_jobs", application="board purge")
    with engine.begin() as conn:
        policy, now = policy_in_force(conn), db.board_now(conn)
        found = outlived(conn, policy.retention, now)
    gone = 0 if dry_run else purge_all(engine, policy, now, lambda: None)
    if as_json:
        say(json.dumps({"tables": [_values(one) for one in found], "deleted": gone}))
        return
    for line in (*map(_line, found), _total(found, gone, dry_run)):
        say(line)


def _values(one: "Outlived") -> dict[str, object]:
    return {
        "table": one.table,
        "days": one.days,
        "before": one.before.isoformat(),
        "rows": one.rows,
        "bytes": one.size,
    }


def _line(one: "Outlived") -> str:
    return (
        f"journal.{one.table}: {one.rows:,} rows from before {one.before:%Y-%m-%d %H:%M} UTC "
        f"({one.days} days), about {one.size / 1e6:,.1f} MB"
    )


def _total(found: "tuple[Outlived, ...]", gone: int, dry_run: bool) -> str:
    if dry_run:
        return f"{sum(one.rows for one in found):,} rows would be deleted; nothing was changed."
    return f"{gone:,} rows deleted. Their place is used again; the files do not shrink."

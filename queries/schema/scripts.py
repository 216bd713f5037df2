"""What a revision does: it runs the plain SQL beside it. None goes back; a backup is restored instead."""

from pathlib import Path

from alembic import op


def run(*scripts: Path) -> None:
    for script in scripts:
        # exec_driver_sql: the scripts hold literal percent signs and colons.
        op.get_bind().exec_driver_sql(script.read_text("utf-8").replace("%", "%%"), ())

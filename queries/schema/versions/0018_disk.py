"""Disk: what repeats itself is not written again, narrower keys and roll-ups, and the way to purge."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0018"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

"""Alerts by when they were decided."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

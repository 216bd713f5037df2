"""Whose time it was, of lives that have ended; rows by region without reading the setting for each."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

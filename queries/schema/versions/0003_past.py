"""Indexes for reading the past; a sample names the instant that it shows."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

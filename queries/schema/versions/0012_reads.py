"""Indexes for what pages and jobs read, so that no read grows with history."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

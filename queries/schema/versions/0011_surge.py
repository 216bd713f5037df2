"""Surges: what is usual of each cell, what was proposed, and what people decided."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

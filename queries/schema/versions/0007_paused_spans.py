"""Pauses are found without reading every span."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

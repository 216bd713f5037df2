"""Repeat complaints: earlier complaints of a customer are found by their category."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

"""A policy may hold from an instant of the past, and be withdrawn within a day."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

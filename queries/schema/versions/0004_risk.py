"""Breach risk: the curves that were learned, and what they say of what is open."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

"""Complaints that are entered on the board itself, and what people do with a complaint."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

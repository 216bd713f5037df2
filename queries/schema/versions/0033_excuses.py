"""Excused breaches: who said so, when and why, and that it was undone."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

"""Departments and teams that close or merge; values of sources that nobody knows, and what they mean."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

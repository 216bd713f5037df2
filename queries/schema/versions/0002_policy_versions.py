"""Callbacks follow policy versions; administrators apply a policy from their page."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

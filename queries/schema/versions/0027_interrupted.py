"""An import that was stopped counts as interrupted."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

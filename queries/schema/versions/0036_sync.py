"""Sources that are read while they live: polls of databases and folders, and what is known of their rows."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

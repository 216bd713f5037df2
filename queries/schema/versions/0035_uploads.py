"""Files that are dropped on the page of imports, what the jobs are asked to do with them, and taking back."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

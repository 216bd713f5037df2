"""Changes that are stated for an instant to come; milestones of complaints that were merged into another."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

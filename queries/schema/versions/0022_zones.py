"""The zone of the policy, to which the days of complaints without a region belong."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

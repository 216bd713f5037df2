"""What the board said of breach risk: a sample each hour, to be held against what came."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

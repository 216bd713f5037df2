"""What the wall may read of surges."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

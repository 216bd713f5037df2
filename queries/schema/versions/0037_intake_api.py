"""What programs send: their keys beside the tokens of walls, their repeats, a role that brings facts."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

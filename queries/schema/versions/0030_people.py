"""People who sign in: from when to when they work here, passwords, sessions, invitations; tokens of walls."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0030"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

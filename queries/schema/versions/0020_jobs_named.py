"""Jobs are named in the database, in both languages."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

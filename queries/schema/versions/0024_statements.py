"""What sources state can change: the newest statement counts, the older stays for "as it was known"."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

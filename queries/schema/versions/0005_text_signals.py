"""What is read from the texts of complaints: key issue, sentiment, words that propose tier 1."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

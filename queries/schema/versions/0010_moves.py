"""How a second try would fare, and who has handled what: for the next five moves."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

"""An import can be taken back: nothing that only it stated stands any more."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

"""One alert a breach, alerts settled by what was derived, and deliveries that can be sent again."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

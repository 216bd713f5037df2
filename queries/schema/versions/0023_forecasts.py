"""The forecast log and the stored measurements of forecasts are named as the code names them."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run(Path(__file__).with_suffix(".sql"))

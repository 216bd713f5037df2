"""The three schemas, access by region, and the first policy-free state."""

from pathlib import Path

from queries.schema.scripts import run

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PARTS = ("facts", "derived", "journal", "access")


def upgrade() -> None:
    run(*(Path(__file__).with_name(f"0001_{part}.sql") for part in PARTS))

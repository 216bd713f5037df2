"""The three schemas, access by region, and the first policy-free state."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PARTS = ("facts", "derived", "journal", "access")


def upgrade() -> None:
    for part in PARTS:
        # exec_driver_sql: the scripts hold literal percent signs and colons.
        op.get_bind().exec_driver_sql(
            Path(__file__).with_name(f"0001_{part}.sql").read_text("utf-8").replace("%", "%%"), ()
        )


def downgrade() -> None:
    raise NotImplementedError("facts are never thrown away; restore a backup instead")

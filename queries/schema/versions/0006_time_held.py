"""Whose time it was, of lives that have ended; rows by region without reading the setting for each."""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # exec_driver_sql: the script holds literal percent signs and colons.
    op.get_bind().exec_driver_sql(
        Path(__file__).with_name("0006_time_held.sql").read_text("utf-8").replace("%", "%%"), ()
    )


def downgrade() -> None:
    raise NotImplementedError("facts are never thrown away; restore a backup instead")

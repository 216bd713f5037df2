"""Alerts by when they were decided."""

from pathlib import Path

from alembic import op

revision = "0009"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text("utf-8"), ())


def downgrade() -> None:
    raise NotImplementedError("facts are never thrown away; restore a backup instead")

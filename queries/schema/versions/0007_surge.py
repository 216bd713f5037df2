"""Surges: what is usual of each cell, what was proposed, and what people decided."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    script = Path(__file__).with_suffix(".sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(script.replace("%", "%%"), ())


def downgrade() -> None:
    raise NotImplementedError("facts are never thrown away; restore a backup instead")

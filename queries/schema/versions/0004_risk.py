"""Breach risk: the curves that were learned, and what they say of what is open."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    script = Path(__file__).with_suffix(".sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(script.replace("%", "%%"), ())


def downgrade() -> None:
    raise NotImplementedError("facts are never thrown away; restore a backup instead")

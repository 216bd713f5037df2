"""What is read from the texts of complaints: key issue, sentiment, words that propose tier 1."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # exec_driver_sql: the script may hold literal percent signs and colons.
    script = Path(__file__).with_suffix(".sql").read_text("utf-8")
    op.get_bind().exec_driver_sql(script.replace("%", "%%"), ())


def downgrade() -> None:
    raise NotImplementedError("facts are never thrown away; restore a backup instead")

"""Sums of what is drawn, and of nothing else; each as long as a point of a chart."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Begin anew: whoever watches makes them again, and until then the samples are read."""
    op.drop_table("sums")
    op.create_table(
        "sums",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("sums_by_time", "sums", ["step", "at"])

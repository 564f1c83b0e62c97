"""Outages, as they are read from events."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. Nobody has recorded an outage of an instance before."""
    op.create_table(
        "outages",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("host", "lpse", "instance")),
        sa.Column("planned", sa.Boolean, nullable=False),
        sa.Column("began", sa.Text, nullable=False),
        sa.Column("ended", sa.Text),
        sa.Column("seconds", sa.BigInteger),
    )
    op.create_index("outages_by_office", "outages", ["lpse", "began"])
    op.create_index("outages_of_host", "outages", ["host", "instance", "ended"])

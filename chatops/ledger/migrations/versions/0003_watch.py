"""What was seen of the fleet: values over time, and how each host stood at last. None of it is an event."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; nobody has looked before."""
    op.create_table(
        "samples",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("grain", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("samples_to_thin", "samples", ["grain", "at"])
    op.create_table(
        "standings",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("lpse", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )

"""What hosts say of their days, which is no event; and what the watcher proposes, as it is read from events."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. Nobody has kept or proposed anything before."""
    op.create_table(
        "digests",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("day", sa.Text, primary_key=True),
        sa.Column("lpse", sa.Text, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("digests_by_day", "digests", ["day", "whole"])
    op.create_table(
        "proposals",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("lpse", "host", "rule", "about")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("class", "state", "made")),
        sa.Column("answered", sa.Text),
        sa.Column("change", sa.Text),
    )
    op.create_index("proposals_by_state", "proposals", ["state", "lpse"])
    op.create_index("proposals_of_host", "proposals", ["host", "rule", "about"])

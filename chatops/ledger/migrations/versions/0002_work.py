"""What waits for a plan, a yes, a worker; how far a run is; up to where an edge has read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables. No change of before came through the desk, so that they begin empty."""
    op.create_table(
        "work",
        sa.Column("change", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("stage", "requester", "planner")),
        sa.Column("changes_hosts", sa.Boolean, nullable=False),
        sa.Column("hosts", sa.Text, nullable=False),
        sa.Column("run", sa.Text),
        sa.Column("queued", sa.BigInteger().with_variant(sa.Integer, "sqlite")),
        sa.Column("not_before", sa.Text),
        sa.Column("held", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("machine", "worker")),
        sa.Column("review", sa.Boolean, nullable=False),
    )
    op.create_index("work_by_stage", "work", ["stage", "queued"])
    op.create_index("work_held", "work", ["held"])
    op.create_table(
        "progress",
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("log", sa.Text),
    )
    op.create_table(
        "cursors", sa.Column("reader", sa.Text, primary_key=True), sa.Column("seq", sa.BigInteger, nullable=False)
    )

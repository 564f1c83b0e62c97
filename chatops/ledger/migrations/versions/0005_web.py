"""Links by which people come to the pages, sums of values, and what the pages look for."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SEVERAL = sa.text("lpse LIKE '%,%'")


def upgrade() -> None:
    """Make the tables, which begin empty, and the indices."""
    op.create_table(
        "links",
        sa.Column("token", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("edge", "account")),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("used", sa.Boolean, nullable=False),
    )
    op.create_table(
        "sums",
        sa.Column("host", sa.Text, primary_key=True),
        sa.Column("grain", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_index("sums_by_time", "sums", ["grain", "at"])
    op.create_index("changes_of_office", "changes", ["lpse", "year", "number"])
    op.create_index("changes_of_several", "changes", ["year", "number"], sqlite_where=SEVERAL, postgresql_where=SEVERAL)
    op.create_index("changes_by_close", "changes", ["closed", "met"])
    op.create_index("standings_shortly", "standings", ["host", "at", "level"])
    op.create_index("outages_by_time", "outages", ["began"])

"""Events that are only ever added, and what is read from them."""

import sqlalchemy as sa
from alembic import op

from chatops.ledger.chain import BEGINNING

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A row that would take another one's place by INSERT OR REPLACE is refused as well: SQLite fires no trigger for what it
# deletes in that way.
SQLITE = (
    """CREATE TRIGGER events_follow BEFORE INSERT ON events WHEN
        NEW.seq <> (SELECT seq + 1 FROM head) OR NEW.previous <> (SELECT hash FROM head)
        OR EXISTS (SELECT 1 FROM events WHERE hash = NEW.hash OR key = NEW.key)
    BEGIN SELECT RAISE(ABORT, 'ledger: this event does not follow the last one'); END""",
    """CREATE TRIGGER events_move_head AFTER INSERT ON events
    BEGIN UPDATE head SET seq = NEW.seq, hash = NEW.hash; END""",
    """CREATE TRIGGER events_stay BEFORE UPDATE ON events
    BEGIN SELECT RAISE(ABORT, 'ledger: events are never changed'); END""",
    """CREATE TRIGGER events_remain BEFORE DELETE ON events
    BEGIN SELECT RAISE(ABORT, 'ledger: events are never deleted'); END""",
    """CREATE TRIGGER head_follows BEFORE UPDATE ON head WHEN
        NEW.seq <> OLD.seq + 1 OR NEW.hash <> (SELECT hash FROM events WHERE seq = NEW.seq)
    BEGIN SELECT RAISE(ABORT, 'ledger: the head follows the events'); END""",
    """CREATE TRIGGER head_remains BEFORE DELETE ON head
    BEGIN SELECT RAISE(ABORT, 'ledger: the head is never deleted'); END""",
    """CREATE TRIGGER head_is_one BEFORE INSERT ON head
    BEGIN SELECT RAISE(ABORT, 'ledger: there is one head'); END""",
)
POSTGRESQL = (
    """CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'ledger: % on % is refused', TG_OP, TG_TABLE_NAME; END $$""",
    """CREATE FUNCTION ledger_follow() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE last head%ROWTYPE;
    BEGIN
        SELECT * INTO last FROM head FOR UPDATE;
        IF NEW.seq <> last.seq + 1 OR NEW.previous <> last.hash THEN
            RAISE EXCEPTION 'ledger: this event does not follow the last one';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE FUNCTION ledger_move() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN UPDATE head SET seq = NEW.seq, hash = NEW.hash; RETURN NULL; END $$""",
    """CREATE FUNCTION ledger_head() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.seq <> OLD.seq + 1 OR NEW.hash <> (SELECT hash FROM events WHERE seq = NEW.seq) THEN
            RAISE EXCEPTION 'ledger: the head follows the events';
        END IF;
        RETURN NEW;
    END $$""",
    "CREATE TRIGGER events_follow BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION ledger_follow()",
    "CREATE TRIGGER events_move_head AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION ledger_move()",
    "CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
    "CREATE TRIGGER events_remain BEFORE TRUNCATE ON events EXECUTE FUNCTION ledger_refuse()",
    "CREATE TRIGGER head_follows BEFORE UPDATE ON head FOR EACH ROW EXECUTE FUNCTION ledger_head()",
    "CREATE TRIGGER head_remains BEFORE INSERT OR DELETE ON head FOR EACH ROW EXECUTE FUNCTION ledger_refuse()",
    "CREATE TRIGGER head_is_one BEFORE TRUNCATE ON head EXECUTE FUNCTION ledger_refuse()",
)


def upgrade() -> None:
    """Make the tables, and the triggers that keep them."""
    op.create_table(
        "events",
        # SQLite keeps rows in the order of a key that is called INTEGER, and no other.
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("at", "kind", "subject", "actor")),
        sa.Column("key", sa.Text, unique=True),
        sa.Column("body", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False, unique=True) for name in ("previous", "hash")),
    )
    op.create_index("events_of_subject", "events", ["subject", "seq"])
    head = op.create_table(
        "head",
        sa.Column("one", sa.Integer, sa.CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    op.bulk_insert(head, [{"one": 1, "seq": 0, "hash": BEGINNING}])
    op.create_table(
        "changes",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("year", "number")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("operation", "lpse")),
        *(sa.Column(name, sa.Text) for name in ("service", "class")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("state", "received")),
        sa.Column("due", sa.Text),
        sa.Column("provisional", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("closed", "outcome")),
        sa.Column("met", sa.Boolean),
        sa.Column("remind", sa.Text),
        sa.UniqueConstraint("year", "number"),
    )
    op.create_index("changes_by_state", "changes", ["state", "due"])
    op.create_index("changes_to_remind", "changes", ["remind"])
    op.create_index("changes_by_receipt", "changes", ["received"])
    op.create_table(
        "budgets",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("service", "name", "lpse")),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seconds", sa.BigInteger, nullable=False),
    )
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)

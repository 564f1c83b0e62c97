"""What Alembic runs: the ledger hands it a connection in which nobody else writes."""

from alembic import context

from chatops.ledger.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
context.run_migrations()

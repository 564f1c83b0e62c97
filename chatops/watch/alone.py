"""Of all who could watch into one PostgreSQL one does, by a lock that ends with its connection; another takes over."""

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import func

from chatops.errors import LedgerUnusableError
from chatops.ledger.store import Ledger

KEY = 0x5B5E0A7C
"""What PostgreSQL knows the lock by."""


class Alone:
    """The right to keep what was seen. Two would each count an outage, and charge it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        # A file has one machine, on which a lock of its own says who watches.
        self._shared = ledger.engine.dialect.name == "postgresql"
        self._connection: Connection | None = None

    def holds(self) -> bool:
        """Whether it is ours now; it is taken, if nobody else has it."""
        if not self._shared or self._lives():
            return True
        try:
            return self._take()
        except DBAPIError as error:
            raise LedgerUnusableError(where=self._ledger.where, detail=str(error.orig)) from error

    def _take(self) -> bool:
        connection = self._ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.execute(select(func.pg_try_advisory_lock(KEY))).scalar():
            self._connection = connection
            return True
        connection.close()
        return False

    def _lives(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            # Somebody else may have it by now.
            self.close()
            return False
        return True

    def close(self) -> None:
        """Let go. To hand the connection back to its pool would keep the lock."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

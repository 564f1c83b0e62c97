"""Writes events by the thousand: chained as every event is, their rows made afterwards by the ledger's own rebuild."""

from collections import Counter
from datetime import datetime
from typing import Any, override

from sqlalchemy import insert

from chatops.ledger.chain import Entry, Event, follow
from chatops.ledger.change import Change, fold
from chatops.ledger.schema import EVENTS
from chatops.ledger.store import Writer
from chatops.sla import moments
from chatops.sla.calendar import Calendar

MANY = 2000


class Scribe(Writer):
    """A writer that has the time of a story and not of the clock, and remembers the open changes itself."""

    def __init__(self, writer: Writer) -> None:
        super().__init__(writer.connection, {}, writer.now)
        self._own = writer.calendar()
        self._waiting: list[dict[str, Any]] = []
        self._open: dict[str, list[Event]] = {}
        self._last: Counter[str] = Counter()

    @override
    def calendar(self, change: Change | None = None) -> Calendar:
        return self._own

    @override
    def append(self, entry: Entry) -> Event:
        added = follow(self._seq + 1, self._hash, entry, self.now)
        self._seq, self._hash = added.seq, added.hash
        self._waiting.append(added._asdict())
        if len(self._waiting) >= MANY:
            self.flush()
        if entry.subject.startswith("CHG-"):
            self._open.setdefault(entry.subject, []).append(added)
            if entry.kind == "change.closed":
                del self._open[entry.subject]
        return added

    @override
    def known(self, number: str) -> Change | None:
        """An open one; what is closed is forgotten."""
        return fold(self._open.get(number, ()))

    @override
    def next_number(self) -> str:
        return self.number("CHG")

    def number(self, kind: str) -> str:
        """The next one of its kind."""
        year = self.local.year
        self._last[f"{kind}-{year}"] += 1
        return f"{kind}-{year}-{self._last[f'{kind}-{year}']:06}"

    @property
    def local(self) -> datetime:
        """What the clock in Jakarta shows."""
        return self.now.astimezone(moments.zone("WIB"))

    def next_serial(self) -> int:
        """What the next event will be counted as."""
        seq: int = self._seq
        return seq + 1

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            self.connection.execute(insert(EVENTS), self._waiting)
            self._waiting = []

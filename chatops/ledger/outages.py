"""Outages as the ledger has them: one subject each, begun and ended by an event, and a row that is made from them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from chatops.ledger.chain import Event
from chatops.ledger.schema import EVENTS, OUTAGES
from chatops.sla import moments

KINDS = "outage."
EVERYWHERE = "*"
"""The host and the office of what LKPP provides to all."""


@dataclass(frozen=True)
class Outage:
    """One of them."""

    events: tuple[Event, ...]

    @property
    def id(self) -> str:
        """Its number."""
        return self.events[0].subject

    @property
    def begun(self) -> Mapping[str, Any]:
        """What was known when it began."""
        return self.events[0].told

    @property
    def ended(self) -> Mapping[str, Any] | None:
        """What was known when it was over."""
        return next((event.told for event in self.events if event.kind == "outage.ended"), None)

    @property
    def began(self) -> datetime:
        """When it was first found away."""
        return datetime.fromisoformat(self.begun["at"])

    @property
    def over(self) -> datetime | None:
        """When it was first found there again."""
        return datetime.fromisoformat(self.ended["at"]) if self.ended else None

    def seconds(self, now: datetime) -> int:
        """How long it has been away, without the time that it was there between."""
        between = self.ended["there_seconds"] if self.ended else 0
        return max(0, int(((self.over or now) - self.began).total_seconds()) - between)

    @property
    def most_seconds(self) -> int | None:
        """The most that it can have lasted: from when it was seen last until it was seen again."""
        if not self.over or not self.begun["last_there"]:
            return None
        return int((self.over - datetime.fromisoformat(self.begun["last_there"])).total_seconds())

    @property
    def least_seconds(self) -> int | None:
        """What is certain: from the first look that found it away to the last one, without the time between."""
        if not self.ended:
            return None
        last = datetime.fromisoformat(self.ended["last_away"])
        between = int(self.ended["there_seconds"])
        return max(0, int((last - self.began).total_seconds()) - between)


def fold(events: Iterable[Event]) -> Outage | None:
    """The outage that these events are of."""
    own = tuple(event for event in events if event.kind.startswith(KINDS))
    return Outage(own) if own and own[0].kind == "outage.began" else None


def find(connection: Connection, *which: ColumnElement[bool]) -> Iterator[Outage]:
    """Those whose rows are like this, the newest first."""
    ids = connection.execute(select(OUTAGES.c.id).where(*which).order_by(OUTAGES.c.began.desc())).scalars().all()
    for number in ids:
        if found := of(connection, number):
            yield found


def of(connection: Connection, number: str) -> Outage | None:
    """The one of this number."""
    rows = connection.execute(select(EVENTS).where(EVENTS.c.subject == number).order_by(EVENTS.c.seq))
    return fold(Event(*row) for row in rows)


def next_number(connection: Connection, now: datetime) -> str:
    """The number of the next one."""
    year = now.astimezone(moments.zone("WIB")).year
    own = OUTAGES.c.id.between(f"GGN-{year}-000000", f"GGN-{year}-999999")
    last = connection.execute(select(OUTAGES.c.id).where(own).order_by(OUTAGES.c.id.desc()).limit(1)).scalar()
    return f"GGN-{year}-{int((last or '0').split('-')[-1]) + 1:06}"


def project(connection: Connection, event: Event) -> None:
    """Bring the row up to an event."""
    found = of(connection, event.subject)
    if found:
        connection.execute(delete(OUTAGES).where(OUTAGES.c.id == found.id))
        connection.execute(insert(OUTAGES), row(found))


def rebuild(connection: Connection) -> None:
    """Make all rows again from events alone."""
    connection.execute(delete(OUTAGES))
    began = select(EVENTS.c.subject).where(EVENTS.c.kind == "outage.began").order_by(EVENTS.c.seq)
    for number in connection.execute(began).scalars().all():
        if found := of(connection, number):
            connection.execute(insert(OUTAGES), row(found))


def row(outage: Outage) -> dict[str, Any]:
    """The row of an outage."""
    ended = outage.over
    return {
        "id": outage.id,
        "host": outage.begun["host"],
        "lpse": outage.begun["lpse"],
        "instance": outage.begun["instance"],
        "planned": outage.begun["planned"],
        "began": _utc(outage.began),
        "ended": _utc(ended) if ended else None,
        "seconds": outage.seconds(ended) if ended else None,
    }


def _utc(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds")

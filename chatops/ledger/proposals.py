"""Proposals as the ledger has them: made by the watcher; opened as a change, dismissed, or lapsed by themselves."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from chatops.ledger.chain import Event
from chatops.ledger.schema import EVENTS, PROPOSALS
from chatops.sla import moments

KINDS = "proposal."
STATES = {"proposal.made": "open", "proposal.opened": "opened", "proposal.dismissed": "dismissed"} | {
    "proposal.lapsed": "lapsed"
}


@dataclass(frozen=True)
class Proposal:
    """One of them."""

    events: tuple[Event, ...]

    @property
    def id(self) -> str:
        """Its number, `USL-2026-000012`."""
        return self.events[0].subject

    @property
    def made(self) -> Mapping[str, Any]:
        """What was proposed, and on which figures."""
        return self.events[0].told

    @property
    def answer(self) -> Event | None:
        """What has come of it."""
        return next((event for event in self.events if event.kind in STATES and event.kind != "proposal.made"), None)

    @property
    def state(self) -> str:
        """`open`, `opened`, `dismissed`, `lapsed`."""
        return STATES[self.answer.kind] if self.answer else "open"

    @property
    def change(self) -> str:
        """The change that it was opened as."""
        return str(self.answer.told["change"]) if self.answer and self.state == "opened" else ""


def fold(events: Iterable[Event]) -> Proposal | None:
    """The proposal that these events are of."""
    own = tuple(event for event in events if event.kind.startswith(KINDS))
    return Proposal(own) if own and own[0].kind == "proposal.made" else None


def find(connection: Connection, *which: ColumnElement[bool]) -> Iterator[Proposal]:
    """Those whose rows are like this, the newest first."""
    query = select(PROPOSALS.c.id).where(*which).order_by(PROPOSALS.c.made.desc(), PROPOSALS.c.id.desc())
    for number in connection.execute(query).scalars().all():
        if found := of(connection, number):
            yield found


def of(connection: Connection, number: str) -> Proposal | None:
    """The one of this number."""
    rows = connection.execute(select(EVENTS).where(EVENTS.c.subject == number).order_by(EVENTS.c.seq))
    return fold(Event(*row) for row in rows)


def next_number(connection: Connection, now: datetime) -> str:
    """The number of the next one."""
    year = now.astimezone(moments.zone("WIB")).year
    own = PROPOSALS.c.id.between(f"USL-{year}-000000", f"USL-{year}-999999")
    last = connection.execute(select(func.max(PROPOSALS.c.id)).where(own)).scalar()
    return f"USL-{year}-{int((last or '0').split('-')[-1]) + 1:06}"


def project(connection: Connection, event: Event) -> None:
    """Bring the row up to an event."""
    if found := of(connection, event.subject):
        connection.execute(delete(PROPOSALS).where(PROPOSALS.c.id == found.id))
        connection.execute(insert(PROPOSALS), row(found))


def rebuild(connection: Connection) -> None:
    """Make all rows again from events alone."""
    connection.execute(delete(PROPOSALS))
    made = select(EVENTS.c.subject).where(EVENTS.c.kind == "proposal.made").order_by(EVENTS.c.seq)
    for number in connection.execute(made).scalars().all():
        if found := of(connection, number):
            connection.execute(insert(PROPOSALS), row(found))


def row(proposal: Proposal) -> dict[str, Any]:
    """The row of a proposal."""
    told = {name: proposal.made[name] for name in ("lpse", "host", "rule", "about", "class")}
    answered = proposal.answer.at if proposal.answer else None
    return told | {
        "id": proposal.id,
        "state": proposal.state,
        "made": proposal.events[0].at,
        "answered": answered,
        "change": proposal.change or None,
    }

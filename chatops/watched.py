"""What the watcher has found, as messages: outages, proposals, days. Many at once share one: nobody reads hundreds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, select

from chatops.desk import Desk
from chatops.ledger import outages, proposals
from chatops.ledger.chain import Entry, Event
from chatops.ledger.outages import Outage
from chatops.ledger.schema import EVENTS, OUTAGES
from chatops.ledger.store import Reader
from chatops.slack import watch_cards
from chatops.slack.parents import Looks, Parent, Place
from chatops.watch.daily import SUBJECT

OUTAGE, PROPOSAL = "GGN-", "USL-"
KINDS = ("outage.", "proposal.", "summary.")
FLAPPING = timedelta(hours=1)
"""An instance that goes again so soon has gone once more, and is told of in the same place."""
TOGETHER = timedelta(minutes=10)
STORM = 5
"""Outages within that time that have messages of their own; those that follow share one."""
CLAIMED = timedelta(seconds=60)
"""For so long who has said that he tells of a day is left to it."""
OLD = timedelta(days=2)


class Watched:
    """What one desk's edge tells of it."""

    def __init__(self, desk: Desk, edge: str, room: str) -> None:
        self.desk = desk
        self.edge = edge
        self.room = room
        self.name = uuid4().hex
        """By which this one is told from others that read the same ledger."""

    def parent(self, number: str) -> Parent | None:
        """The message that something is told of in."""
        with self.desk.ledger.reading() as reader:
            if number.startswith(OUTAGE):
                return self._outage(reader, number)
            if number.startswith(PROPOSAL):
                return self._proposal(reader.connection, number)
            return self._day(reader.connection, number) if number.startswith(SUBJECT) else None

    def join(self, number: str, head: str) -> None:
        """Remember that one is told of in the message of another."""
        if number != head:
            self._record(number, head, {})

    def waits(self, event: Event) -> bool:
        """Whether somebody else is about to tell of a day: two bots, for a moment, would do it twice."""
        if event.kind != "summary.made":
            return False
        with self.desk.ledger.writing() as writer:
            if _told(writer.connection, event.subject, self.edge):
                return False
            key = f"telling:{self.edge}:{event.subject}"
            if writer.append(Entry("telling.summary", event.subject, "spse-ops", {"by": self.name}, key)):
                return False
            claim = writer.connection.execute(select(EVENTS).where(EVENTS.c.key == key)).one()
            claimed = Event(*claim)
            age = writer.now - datetime.fromisoformat(claimed.at)
            return claimed.told["by"] != self.name and age < CLAIMED

    def _outage(self, reader: Reader, number: str) -> Parent | None:
        connection = reader.connection
        own = outages.of(connection, number)
        if own is None:
            return None
        head = self._head(connection, own)
        place = _told(connection, head, self.edge)
        members = [each for each in self._members(connection, head) if each.id != number]
        whole = sorted([*members, own], key=lambda each: (each.began, each.id))
        looks = partial(watch_cards.outage, whole, datetime.now(UTC))
        keep = partial(self._keep, head)
        return Parent(head, "outage", place, looks, keep, all(each.over for each in whole), room=self.room)

    def _head(self, connection: Connection, own: Outage) -> str:
        """The outage whose message this one is told of in; itself, if it stands alone."""
        if known := _told(connection, own.id, self.edge):
            return str(known["head"])
        before = _before(connection, own)
        if before and before.over and own.began - before.over <= FLAPPING:
            known = _told(connection, before.id, self.edge)
            return str(known["head"]) if known else own.id
        since = (own.began - TOGETHER).astimezone(UTC).isoformat(timespec="seconds")
        until = own.began.astimezone(UTC).isoformat(timespec="seconds")
        same = select(OUTAGES.c.id).where(OUTAGES.c.began.between(since, until)).order_by(OUTAGES.c.began, OUTAGES.c.id)
        listed = connection.execute(same).scalars().all()
        if own.id not in listed[STORM:]:
            return own.id
        known = _told(connection, listed[STORM], self.edge)
        return str(known["head"]) if known else str(listed[STORM])

    def _members(self, connection: Connection, head: str) -> Sequence[Outage]:
        prefix = f"told:{self.edge}:{head}:"
        query = select(EVENTS.c.subject).where(EVENTS.c.key.between(prefix, f"{prefix}~"))
        found = (outages.of(connection, number) for number in connection.execute(query).scalars().all())
        return [each for each in found if each]

    def _proposal(self, connection: Connection, number: str) -> Parent | None:
        own = proposals.of(connection, number)
        if own is None or "among" in own.made:
            return None
        looks: partial[Looks] = partial(watch_cards.proposal, own, self.desk.rules.people)
        keep = partial(self._keep, number)
        place = _told(connection, number, self.edge)
        return Parent(number, "proposal", place, looks, keep, own.answer is not None, room=self.room)

    def _day(self, connection: Connection, number: str) -> Parent | None:
        which = (EVENTS.c.subject == number, EVENTS.c.kind == "summary.made")
        row = connection.execute(select(EVENTS).where(*which)).first()
        if row is None:
            return None
        event = Event(*row)
        looks: partial[Looks] = partial(watch_cards.day, event.told)
        place = _told(connection, number, self.edge)
        keep = partial(self._keep, number)
        over = datetime.now(UTC) - datetime.fromisoformat(event.at) > OLD
        return Parent(number, "summary", place, looks, keep, over, room=self.room)

    def _keep(self, number: str, place: Place) -> None:
        self._record(number, number, dict(place))

    def _record(self, number: str, head: str, place: dict[str, Any]) -> None:
        """Where it is told of, so that the next one finds it."""
        with self.desk.ledger.writing() as writer:
            body = {"edge": self.edge, "head": head, "place": place}
            writer.append(Entry("told.watch", number, "spse-ops", body, f"told:{self.edge}:{head}:{number}"))


def concerns(event: Event) -> bool:
    """Whether the watcher has found something."""
    return event.kind.startswith(KINDS)


def _told(connection: Connection, number: str, edge: str) -> dict[str, Any] | None:
    """Where something was told of: channel and message, and in whose name."""
    which = (EVENTS.c.subject == number, EVENTS.c.kind == "told.watch")
    for row in connection.execute(select(EVENTS).where(*which).order_by(EVENTS.c.seq)):
        told = Event(*row).told
        if told["edge"] == edge:
            return {"head": told["head"], **told["place"]}
    return None


def _before(connection: Connection, own: Outage) -> Outage | None:
    """The outage of the same instance before this one."""
    same = (OUTAGES.c.host == own.begun["host"], OUTAGES.c.instance == own.begun["instance"], OUTAGES.c.id < own.id)
    query = select(OUTAGES.c.id).where(*same).order_by(OUTAGES.c.id.desc()).limit(1)
    number = connection.execute(query).scalar()
    return outages.of(connection, number) if number else None

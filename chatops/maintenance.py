"""Maintenance that the public is told of (S0-13): by when, by which ways, and who was told when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chatops import conditions, permissions
from chatops.changes import Asked, opened, record
from chatops.ledger.chain import Entry, Event
from chatops.ledger.course import WAYS, noticed
from chatops.ledger.outages import EVERYWHERE
from chatops.secrets import mask
from chatops.sla import moments, services
from chatops.words import Said

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chatops.cases import Case
    from chatops.desk import Desk
    from chatops.ledger.change import Change
    from chatops.ledger.store import Writer
    from chatops.permissions import Identity
    from chatops.sla.calendar import Calendar
    from chatops.sla.services import Term

SERVICE, MODE = "S0-13", "announcement"
NAMES = {"website": Said("situs", "website"), "email": Said("surel", "e-mail")}
TELLERS = ("operator", "approver")
"""Who may speak of what LKPP provides to all."""


@dataclass(frozen=True)
class Planned:
    """A maintenance that is no operation of the catalogue, such as one of ADP or Inaproc."""

    what: str
    since: datetime
    until: datetime
    lpses: tuple[str, ...] = (EVERYWHERE,)
    zone: str = "WIB"
    reason: str = ""


@dataclass(frozen=True)
class Maintenance:
    """What is to be told, and how far the telling has come."""

    change: Change
    since: datetime
    until: datetime | None
    """When it is over, where somebody has said so."""
    what: str
    days: int
    """How many working days before it has to be told; nothing, if the catalogue asks for none."""
    due: datetime
    """By when that is; of what need not be told, by when it would have to be."""
    told: Mapping[str, Event]
    """By each way the event that says so."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Ways by which nobody was told yet."""
        return tuple(way for way in WAYS if way not in self.told)

    @property
    def complete(self) -> datetime | None:
        """When the last way was told."""
        return noticed(self.change.history)

    @property
    def late(self) -> bool:
        """Whether it was told too late."""
        return bool(self.complete and self.complete > self.due)


def of(change: Change, calendar: Calendar) -> Maintenance:
    """The maintenance that a change is; one that has no time to begin at is refused."""
    planned = change.opened.get("maintenance")
    course = change.course
    since = change.events[0].at if planned else course.not_before if course else None
    if since is None:
        raise conditions.refused(
            change.id,
            "tidak ada waktu mulainya. Minta dengan --at, atau catat dengan `spse-ops maintenance open`.",
            "it has no time to begin at. Ask for it with --at, or record it by `spse-ops maintenance open`.",
        )
    days = int(course.request["notice"]) if course else _agreed().days
    until = datetime.fromisoformat(planned["until"]) if planned else None
    what = str(planned["what"]) if planned else str(change.opened["operation"])
    told: dict[str, Event] = {}
    for event in change.history:
        if event.kind == "notice.given":
            told |= {way: event for way in event.told.get("ways", WAYS) if way not in told}
    return Maintenance(
        change, since, until, what, days, conditions.told_by(since, days or _agreed().days, calendar), told
    )


def plan(desk: Desk, identity: Identity, planned: Planned) -> Case:
    """Record a maintenance that is to be announced; its clock is the one of S0-13, which runs backwards."""
    person = desk.person(identity)
    permissions.check(person, TELLERS, planned.lpses, Said("menjadwalkan pemeliharaan", "set a maintenance"))
    since, until = moments.checked(planned.since), moments.checked(planned.until)
    if not since < until:
        raise conditions.refused(planned.what, "berakhir sebelum mulai.", "it ends before it begins.")
    asked = Asked("maintenance", planned.lpses, SERVICE, MODE, received=since, lpse_zone=planned.zone)
    with desk.ledger.writing() as writer:
        conditions.refuse_untold(planned.what, since, _agreed().days, writer.now, writer.calendar())
        told = {"until": until.isoformat(), "what": mask(planned.what)}
        body = opened(asked, writer.now) | {"maintenance": told, "reason": mask(planned.reason)}
        number = writer.next_number()
        writer.append(Entry("change.opened", number, person.slug, body))
    return desk.told(number)


def drafted(desk: Desk, identity: Identity, number: str, files: Mapping[str, str]) -> None:
    """Record which texts somebody was given to publish, by their sums."""
    person = desk.person(identity)
    with desk.ledger.writing() as writer:
        writer.append(Entry("notice.drafted", number, person.slug, {"files": dict(files)}))


def tell(writer: Writer, change: Change, actor: str, at: datetime | None, ways: Sequence[str], to: str) -> None:
    """Record that the public was told; by ways that it was told by before, it is told no more."""
    before = {way for event in change.history if event.kind == "notice.given" for way in event.told.get("ways", WAYS)}
    left = [way for way in WAYS if way in ways and way not in before]
    if not left:
        return
    when = min(at or writer.now, writer.now).isoformat(timespec="seconds")
    body: dict[str, Any] = {"at": when, "ways": left, "to": mask(to)}
    writer.append(Entry("notice.given", change.id, actor, body, f"notice:{change.id}:{'+'.join(left)}"))
    complete = noticed(writer.change(change.id).history)
    if change.opened.get("maintenance") and change.state != "closed" and complete:
        # What was promised of it is that it is announced.
        told = {"at": complete.isoformat(), "outcome": "done", "note": "diumumkan"}
        record(writer, change, "change.closed", told, actor)


def _agreed() -> Term:
    """What the agreement says."""
    return services.find(SERVICE).deadline(MODE).term

"""The desk's book: every change that was asked for, what happened to it, and by when it has to be done.

Whoever wants something recorded comes through here. What cannot be so is refused before anything is written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chatops.errors import ChangeError, LedgerError
from chatops.ledger import projection
from chatops.ledger.chain import Entry
from chatops.ledger.change import Change, moved
from chatops.ledger.schema import CHANGES
from chatops.ledger.store import Ledger, Writer
from chatops.secrets import mask
from chatops.sla import decrees, moments, services
from chatops.sla.calendar import Provider
from chatops.sla.deadline import SHARES, Due
from chatops.sla.priority import Priority
from chatops.sla.services import LPSE, Service, Term
from chatops.words import Said

OUTCOMES = ("done", "cancelled", "failed")
# How far the clocks of two machines may be apart before one is taken to speak of the future.
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True)
class Asked:
    """What somebody asks for."""

    operation: str
    lpses: tuple[str, ...]
    service: str = ""
    mode: str = ""
    priority: Priority | None = None
    days: int | None = None
    received: datetime | None = None
    lpse_zone: str = "WIB"
    reason: str = ""


@dataclass(frozen=True)
class Moved:
    """An open change whose deadline a decree moves."""

    change: str
    lpse: str
    before: Due
    after: Due


@dataclass(frozen=True)
class Reminder:
    """Somebody is to be told that so much of a change's time is gone."""

    change: Change
    share: int
    due: Due


class Changes:
    """The book of one ledger, in the hands of somebody."""

    def __init__(self, ledger: Ledger, actor: str) -> None:
        self.ledger = ledger
        self.actor = actor

    def open(self, asked: Asked, now: datetime | None = None) -> Change:
        """Begin a change."""
        now = now or datetime.now(UTC)
        told = opened(asked, now)
        with self.ledger.writing(now) as writer:
            number = writer.next_number()
            if not (told["term"] or {}).get("ahead"):
                _not_in_the_future(number, told["at"], now)
            writer.append(Entry("change.opened", number, self.actor, told))
            return writer.change(number)

    def pause(self, number: str, reason: str, at: datetime | None = None) -> Change:
        """Stop its clock, for a reason."""
        return self._happen("change.paused", number, {"reason": reason}, at)

    def resume(self, number: str, at: datetime | None = None) -> Change:
        """Let its clock go on."""
        return self._happen("change.resumed", number, {}, at)

    def reopen(self, number: str, reason: str, at: datetime | None = None) -> Change:
        """Go on with what was thought to be done."""
        return self._happen("change.reopened", number, {"reason": reason}, at)

    def reprioritise(self, number: str, priority: Priority, reason: str, at: datetime | None = None) -> Change:
        """Judge it anew; its start and its pauses stay."""
        term = {"days": priority.working_days, "calendar_days": False, "ahead": False}
        return self._happen(
            "change.reprioritised", number, {"priority": _judged(priority), "term": term, "reason": reason}, at
        )

    def transfer(self, number: str, provider: Provider, reason: str, at: datetime | None = None) -> Change:
        """Give it to another provider, whose hours and zone count from now on."""
        if not decrees.PROVIDER.fullmatch(provider.slug):
            detail = Said(f"penyedia `{provider.slug}` bukan slug", f"provider `{provider.slug}` is no slug")
            raise ChangeError(change=number, detail=detail)
        told = {"provider": {"slug": provider.slug, "zone": provider.zone}, "reason": reason}
        return self._happen("change.transferred", number, told, at)

    def close(self, number: str, outcome: str, note: str = "", at: datetime | None = None) -> Change:
        """End it. Its deadline is written down as it is now, and no later decree moves it."""
        return self._happen("change.closed", number, {"outcome": outcome, "note": note}, at)

    def apply(self, file: Path, *, dry_run: bool = False) -> list[Moved]:
        """Bring a decree in force; which open deadlines it moves."""
        added = decrees.load(file)
        with self.ledger.writing() as writer:
            before = writer.calendar()
            after = before.with_one_more(added, file.name)
            found = []
            for change in projection.changes(writer.connection, CHANGES.c.state != "closed"):
                old, new = change.due(before, writer.now), change.due(after, writer.now)
                if old and new and old != new:
                    found.append(Moved(change.id, ",".join(change.lpses), old, new))
            if not dry_run:
                told = [
                    {"change": each.change, "from": each.before.at.isoformat(), "to": each.after.at.isoformat()}
                    for each in found
                ]
                body = {"file": decrees.write(added), "decree": added.decree, "moved": told}
                writer.append(Entry("calendar.applied", projection.CALENDAR, self.actor, body))
        return found

    def remind(self, now: datetime | None = None) -> list[Reminder]:
        """Who is to be told now. Each share of each clock comes once, whoever asks and however often."""
        now = now or datetime.now(UTC)
        told: list[Reminder] = []
        with self.ledger.writing(now) as writer:
            known = writer.calendar()
            for change in list(projection.changes(writer.connection, CHANGES.c.remind <= projection.utc(now))):
                # Of several that were missed, one says it all.
                share = max((share for share, at in change.reminders(known) if at <= now), default=0)
                always = bool(change.term and change.term.calendar_days)
                table = known.table(change.provider.slug, always=always)
                working = table.is_working(moments.stamp(now, change.provider.where))
                # The deadline itself does not wait for the morning.
                if not share or not (working or share == SHARES[-1]):
                    continue
                reopened = sum(event.kind == "change.reopened" for event in change.history)
                key = f"reminder:{change.id}:{reopened}:{share}"
                due = change.due(known, now)
                if due and writer.append(Entry("reminder.sent", change.id, self.actor, {"share": share}, key)):
                    told.append(Reminder(change, share, due))
        return told

    def spend(self, service: str, lpse: str, since: datetime, until: datetime, reason: str) -> int:
        """Charge an outage to the yearly budget of a service; how many seconds of it are gone this year."""
        found = services.find(service)
        if not found.budgets:
            raise LedgerError(
                detail=Said(
                    f"layanan {service} tidak mempunyai batas tahunan", f"service {service} has no yearly budget"
                )
            )
        since, until = moments.checked(since), moments.checked(until)
        if not since < until <= datetime.now(UTC) + AHEAD:
            raise LedgerError(
                detail=Said(
                    "gangguan harus berakhir sesudah mulai, dan sudah lewat", "an outage has to end after it began"
                )
            )
        budget = found.budgets[0]
        whose = lpse if budget.of == LPSE else "*"
        with self.ledger.writing() as writer:
            for entry in charged(found, whose, since, until, mask(reason), self.actor):
                writer.append(entry)
            year = until.astimezone(moments.zone("WIB")).year
            return projection.spent(writer.connection, service, budget.name, whose, year)

    def _happen(self, kind: str, number: str, told: Mapping[str, Any], at: datetime | None) -> Change:
        now = datetime.now(UTC)
        with self.ledger.writing(now) as writer:
            change = writer.change(number)
            when = moments.checked(at or max([now, *change.moved]))
            _not_in_the_future(number, when.isoformat(), now)
            record(writer, change, kind, {**told, "at": when.isoformat()}, self.actor)
            return writer.change(number)


def charged(
    service: Service, whose: str, since: datetime, until: datetime, reason: str, actor: str, less: int = 0
) -> Iterator[Entry]:
    """What an outage takes from a budget, for each year that it lies in; `less` seconds of it are not counted."""
    where = moments.zone("WIB")
    for year in range(since.astimezone(where).year, until.astimezone(where).year + 1):
        first, last = (datetime(each, 1, 1, tzinfo=where) for each in (year, year + 1))
        whole = int((min(until, last) - max(since, first)).total_seconds())
        left = min(less, whole)
        less -= left
        told = {"service": service.id, "name": service.budgets[0].name, "lpse": whose, "year": year}
        span = {"since": since.isoformat(), "until": until.isoformat(), "reason": reason}
        yield Entry("budget.spent", f"budget:{service.id}:{whose}", actor, told | {"seconds": whole - left} | span)


def record(writer: Writer, change: Change, kind: str, told: Mapping[str, Any], actor: str) -> None:
    """Write down what happens to a change, if it can happen to it."""
    told = {key: mask(value) if key in {"reason", "note"} else value for key, value in told.items()}
    after = replace(change, events=(*change.events, moved(kind, told)))
    # Refuses what is out of order.
    at = after.clock.resolved
    if kind == "change.closed" and at:
        due = after.due(writer.calendar(), at)
        frozen = {
            "due": due.at.isoformat() if due else None,
            "unknown_years": list(due.unknown_years) if due else [],
            "met": at <= due.at if due else None,
        }
        told = {**told, **frozen}
    writer.append(Entry(kind, change.id, actor, told))


def opened(asked: Asked, now: datetime) -> dict[str, Any]:
    """What the event says that begins a change."""
    for name in (asked.operation, *asked.lpses):
        # Offices are listed with commas between them.
        if not name.strip() or not name.isprintable() or "," in name:
            detail = Said(f"`{name}` bukan nama operasi atau LPSE", f"`{name}` is no name of an operation or an LPSE")
            raise ChangeError(change="-", detail=detail)
    term, basis = _term(asked)
    provider = _provider(asked)
    for zone in (asked.lpse_zone, provider.zone):
        moments.zone(zone)
    return {
        "at": moments.checked(asked.received or now).isoformat(),
        "operation": mask(asked.operation),
        "lpse": list(asked.lpses),
        "lpse_zone": asked.lpse_zone,
        "service": asked.service or None,
        "mode": asked.mode or None,
        "basis": basis,
        "term": {"days": term.days, "calendar_days": term.calendar_days, "ahead": term.ahead} if term else None,
        "provider": {"slug": provider.slug, "zone": provider.zone},
        "priority": _judged(asked.priority) if asked.priority else None,
        "reason": mask(asked.reason),
    }


def _provider(asked: Asked) -> Provider:
    """Who has to deliver: a section of LKPP, or the office itself with its own hours and zone."""
    service = services.find(asked.service) if asked.service else None
    slug = service.providers[0] if service else "lkpp"
    if slug != LPSE:
        return Provider(slug)
    return Provider(asked.lpses[0] if len(asked.lpses) == 1 else slug, asked.lpse_zone)


def _judged(priority: Priority) -> dict[str, Any]:
    told = priority.told()
    if priority.override:
        told["override"] = {"by": priority.override.by, "reason": mask(priority.override.reason)}
    return told


def _term(asked: Asked) -> tuple[Term | None, str]:
    """Within what it has to be done, and what says so: a judged priority before a bare count before the service."""
    if asked.priority:
        return Term(asked.priority.working_days), f"{asked.priority.name.capitalize()} Change"
    if asked.days is not None:
        return Term(asked.days), f"{asked.days} hk"
    if asked.service and (services.find(asked.service).deadlines or asked.mode):
        chosen = services.find(asked.service).deadline(asked.mode)
        return chosen.term, f"{asked.service} {chosen.mode}"
    return None, ""


def _not_in_the_future(number: str, at: str, now: datetime) -> None:
    if datetime.fromisoformat(at) > now + AHEAD:
        raise ChangeError(
            change=number,
            detail=Said(f"{at} belum terjadi; periksa jam dan zonanya", f"{at} is still to come; check clock and zone"),
        )

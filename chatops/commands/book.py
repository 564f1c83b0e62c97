"""The ledger as commands use it: opened, with what waits in the spool taken in first."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click

from chatops import bahasa
from chatops.changes import Changes
from chatops.ledger import spool
from chatops.ledger.change import Change
from chatops.ledger.store import Ledger
from chatops.settings import Records
from chatops.sla import calendar as calendars
from chatops.sla import moments
from chatops.sla.calendar import Calendar
from chatops.sla.deadline import Due
from chatops.words import Said

STATES = {
    "open": Said("berjalan", "open"),
    "paused": Said("dijeda", "paused"),
    "closed": Said("ditutup", "closed"),
}


@contextmanager
def book(language: str) -> Iterator[Changes]:
    """Open the ledger. A spooled file that is broken is told of, and holds nothing else up."""
    records = Records.from_environment()
    ledger = Ledger.open(records.url)
    try:
        for error in spool.deliver(ledger, records.spool)[1]:
            click.secho(error.told(language), fg="yellow", err=True)
        yield Changes(ledger, records.actor)
    finally:
        ledger.close()


def calendar() -> Calendar:
    """The calendar in force: the ledger's, or as it comes, where there is no ledger yet."""
    ledger = Ledger(Records.from_environment().url)
    if ledger.file and not ledger.file.exists():
        return calendars.as_shipped()
    ledger = Ledger.open(Records.from_environment().url)
    try:
        with ledger.reading() as reader:
            return reader.calendar()
    finally:
        ledger.close()


def told(change: Change, known: Calendar, now: datetime | None = None) -> dict[str, object]:
    """A change for programs."""
    due = change.due(known, now or datetime.now(UTC))
    return {
        "id": change.id,
        "operation": change.opened["operation"],
        "lpse": ",".join(change.lpses),
        "state": change.state,
        "due": due.at.isoformat() if due else None,
        "provisional": bool(due and due.provisional),
        "service": change.opened["service"],
        "mode": change.opened["mode"],
        "basis": change.opened["basis"] if not change.priority else f"{change.priority['class'].capitalize()} Change",
        "class": change.priority["class"] if change.priority else None,
        "priority": change.priority,
        "received": change.events[0].at.isoformat(),
        "provider": change.provider.slug,
        "zone": change.provider.zone,
        "lpse_zone": change.opened["lpse_zone"],
        "due_lpse": due.at.astimezone(moments.zone(change.opened["lpse_zone"])).isoformat() if due else None,
        "reason": change.opened["reason"],
        "reference": change.opened.get("reference") or None,
        "closed": dict(change.closed) if change.closed else None,
        "runs": [dict(each) for each in change.runs],
    }


def due_words(due: Due | None, zone: str, language: str) -> str:
    """A deadline on one line."""
    if due is None:
        return "-"
    mark = {"id": " (sementara)", "en": " (provisional)"}[language] if due.provisional else ""
    return bahasa.moment_in(language, due.at, zone) + mark

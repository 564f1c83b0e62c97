"""The access register as commands use it, and how a grant is shown."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import click

from chatops import bahasa
from chatops import inventory as inventories
from chatops.access.authority import House
from chatops.access.desk import AccessDesk
from chatops.access.grant import FLAGS, STATES, Grant
from chatops.access.place import Place
from chatops.access.publication import Statement, publish, publish_after
from chatops.access.register import Register
from chatops.access.rules import Limits
from chatops.commands.book import book
from chatops.desk import Desk
from chatops.ledger.store import Ledger
from chatops.settings import Records, Settings
from chatops.sla import moments
from chatops.words import Said

TO_HOSTS = Said(
    "Bawa ke server sekarang: `spse-ops access-krl --semua`", "Bring it to the hosts now: `spse-ops access-krl --semua`"
)


@dataclass(frozen=True)
class Office:
    """Everything that these commands need."""

    ledger: Ledger
    actor: str
    place: Place

    @property
    def register(self) -> Register:
        """Who has access."""
        return Register(self.ledger, self.actor, self.place.keyring, self.place.limits)

    @property
    def house(self) -> House:
        """What signs."""
        return House(self.ledger, self.actor, self.place.keyring, self.place.limits)

    def publish(self) -> Statement:
        """Write what hosts are given."""
        return publish(self.ledger, self.actor, self.place.keyring, self.place.published, self.place.limits)

    def publish_after(self, done: Said) -> Statement:
        """The same, after something was recorded that hosts do not know of while this fails."""
        place = self.place
        return publish_after(done, self.ledger, self.actor, place.keyring, place.published, place.limits)


@contextmanager
def office(language: str) -> Iterator[Office]:
    """Open the ledger and the register in it."""
    place = Place.from_environment()
    with book(language) as changes:
        yield Office(changes.ledger, changes.actor, place)


def known_lpse(lpse: str) -> str:
    """An office of the inventory, where there is one: a slip of the pen is told before somebody waits for nothing."""
    if os.environ.get("SPSE_OPS_INVENTORY"):
        settings = Settings.from_environment()
        inventories.select(inventories.hosts_by_lpse(settings), [lpse], settings.inventory)
    return lpse


@contextmanager
def window(inventory: str | None, language: str) -> Iterator[AccessDesk]:
    """The same with rights: what is done there is done by somebody whom `rules.yml` knows."""
    settings = Settings.from_environment(inventory=inventory)
    with office(language) as own:
        yield AccessDesk(Desk(settings, Records.from_environment(), own.ledger), own.place)


def moment(when: datetime | None, language: str) -> str:
    """In the zone of LKPP."""
    return bahasa.moment_in(language, when.astimezone(moments.zone("WIB")), "WIB") if when else "-"


def told(grant: Grant, now: datetime, limits: Limits) -> dict[str, object]:
    """A grant for programs: nothing of the key but its fingerprint."""
    last = grant.last_used
    return {
        "number": grant.number,
        "lpse": grant.lpse,
        "role": grant.role,
        "person": grant.person or None,
        "state": grant.state(now, limits),
        "from": list(grant.sources),
        "fingerprint": grant.fingerprint,
        "serial": grant.serial,
        "seconds": grant.seconds,
        "asked_by": grant.asked_by,
        "asked_at": grant.asked_at.isoformat(),
        "granted_by": grant.granted_by or None,
        "valid_from": grant.after.isoformat() if grant.after else None,
        "valid_until": grant.before.isoformat() if grant.before else None,
        "revoked_at": grant.revoked.isoformat() if grant.revoked else None,
        "reason": grant.reason,
        "uses": len(grant.uses),
        "last_used": {"at": last.at.isoformat(), "host": last.host, "from": last.source} if last else None,
        "flags": grant.flags(now, limits),
    }


def row(grant: Grant, now: datetime, limits: Limits, language: str) -> tuple[str, ...]:
    """A grant as a line of the list."""
    last = grant.last_used
    return (
        grant.number,
        grant.person or Said("(segel)", "(sealed)").to(language),
        grant.lpse,
        grant.role,
        STATES[grant.state(now, limits)].to(language),
        moment(grant.revoked or grant.before, language),
        moment(last.at, language) if last else "-",
        grant.reason,
        ", ".join(FLAGS[each].to(language) for each in grant.flags(now, limits)),
    )


def say(said: Said, language: str, *, alarm: bool = False) -> None:
    """One line."""
    click.secho(said.to(language), fg="red" if alarm else None)

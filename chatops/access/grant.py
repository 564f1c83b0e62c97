"""A grant as its events tell it: a pure fold, made again whenever somebody asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chatops.access.rules import SEALED, USUAL, Limits
from chatops.ledger.chain import Event
from chatops.words import Said

STATES = {
    "asked": Said("diminta", "asked"),
    "lapsed": Said("lewat waktu", "lapsed"),
    "refused": Said("ditolak", "refused"),
    "active": Said("berlaku", "active"),
    "expired": Said("berakhir", "expired"),
    "revoked": Said("dicabut", "revoked"),
}
FLAGS = {
    "review": Said("HARUS DITINJAU", "TO BE REVIEWED"),
    "over-long": Said("terlalu lama", "over-long"),
    "unused": Said("tidak dipakai", "unused"),
    "used-after-end": Said("DIPAKAI SESUDAH BERAKHIR", "USED AFTER ITS END"),
    "seal-broken": Said("segel terbuka, buat yang baru", "seal broken, make a new one"),
    "seal-ends": Said("segel hampir berakhir", "seal ends soon"),
}
SOON = timedelta(days=14)
"""A seal that ends so soon is to be made anew."""


@dataclass(frozen=True)
class Use:
    """One login that a host has told of."""

    host: str
    at: datetime
    source: str


@dataclass(frozen=True)
class Grant:
    """One access: asked for and given to a person, or sealed for an office."""

    number: str
    lpse: str
    role: str
    person: str
    """Nobody, of what is sealed."""
    seconds: int
    key: str
    fingerprint: str
    sources: tuple[str, ...]
    reason: str
    asked_by: str
    asked_at: datetime
    serial: int | None = None
    """Of the certificate, which is the sequence number of the event that says so."""
    authority: str = ""
    after: datetime | None = None
    before: datetime | None = None
    granted_by: str = ""
    refused: Mapping[str, Any] | None = None
    revoked: datetime | None = None
    revoked_for: str = ""
    uses: tuple[Use, ...] = ()
    opened: datetime | None = None
    """When two shares were put together."""
    reviewed: int = 0
    """The event that looked into all that was told before it."""
    history: tuple[Event, ...] = ()
    threads: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Where each edge tells people of it."""

    @property
    def sealed(self) -> bool:
        """Whether it is for emergencies."""
        return self.role == SEALED

    @property
    def last_used(self) -> Use | None:
        """The latest login, whenever it was told of."""
        return max(self.uses, key=lambda use: use.at, default=None)

    def state(self, now: datetime, limits: Limits) -> str:
        """Asked, lapsed, refused, active, expired or revoked."""
        if self.refused is not None:
            return "refused"
        if self.revoked is not None:
            return "revoked"
        if self.before is None:
            return "lapsed" if now > self.asked_at + timedelta(hours=limits.ask_hours) else "asked"
        return "active" if now < self.before else "expired"

    def in_review(self) -> bool:
        """Whether an emergency is still to be looked into: it was opened or used after the last look."""
        if not self.sealed:
            return False
        # By when the ledger heard of it: what a host tells late is looked into, too.
        uses = (event.seq for event in self.history if event.kind in {"access.used", "access.opened"})
        return max(uses, default=0) > self.reviewed

    def turns(self, limits: Limits) -> datetime | None:
        """When time alone makes something else of it: a request lapses, a certificate ends."""
        if self.refused is not None or self.revoked is not None:
            return None
        return self.before or self.asked_at + timedelta(hours=limits.ask_hours)

    def is_open(self, now: datetime, limits: Limits) -> bool:
        """Whether it waits, is in force, or is still to be looked into."""
        return self.state(now, limits) in {"asked", "active"} or self.in_review()

    def flags(self, now: datetime, limits: Limits) -> list[str]:
        """What somebody has to look at."""
        found = []
        if self.in_review():
            found.append("review")
        if self.before is None or self.after is None:
            return found
        span = timedelta(seconds=self.seconds)
        if span > (timedelta(days=limits.seal_days) if self.sealed else USUAL):
            found.append("over-long")
        # What was revoked need not have been used.
        if not self.sealed and self.revoked is None and now >= self.before and not self.uses:
            found.append("unused")
        if any(use.at >= self.before or (self.revoked is not None and use.at > self.revoked) for use in self.uses):
            found.append("used-after-end")
        if self.sealed and self.revoked is None:
            if self.opened or self.uses:
                found.append("seal-broken")
            if now > self.before - SOON:
                found.append("seal-ends")
        return found


def fold(events: Iterable[Event]) -> Grant | None:
    """The grant that the events of one subject make; none, if they begin none."""
    facts: dict[str, Any] = {}
    uses: list[Use] = []
    history: list[Event] = []
    threads: dict[str, Mapping[str, Any]] = {}
    for event in events:
        told = event.told
        if event.kind in {"access.asked", "access.sealed"}:
            facts = _begun(event, told)
        if not facts:
            continue
        history.append(event)
        if event.kind == "access.used":
            uses.append(Use(told["host"], datetime.fromisoformat(told["at"]), told["from"]))
        elif event.kind == "thread.opened":
            threads[told["edge"]] = told["place"]
        else:
            facts |= _next(event, told)
    return Grant(**facts, uses=tuple(uses), history=tuple(history), threads=threads) if facts else None


def _begun(event: Event, told: Mapping[str, Any]) -> dict[str, Any]:
    same = ("lpse", "role", "person", "seconds", "key", "fingerprint", "reason")
    return {
        **{name: told[name] for name in same},
        "number": event.subject,
        "sources": tuple(told["sources"]),
        "asked_by": event.actor,
        "asked_at": datetime.fromisoformat(event.at),
    }


def _next(event: Event, told: Mapping[str, Any]) -> dict[str, Any]:
    """What an event changes of a grant that has begun."""
    match event.kind:
        case "access.granted" | "access.sealed":
            return {
                "serial": told["serial"],
                "authority": told["authority"],
                "after": datetime.fromisoformat(told["after"]),
                "before": datetime.fromisoformat(told["before"]),
                "granted_by": event.actor,
            }
        case "access.refused":
            return {"refused": told}
        case "access.revoked":
            return {"revoked": datetime.fromisoformat(event.at), "revoked_for": told["reason"]}
        case "access.opened":
            return {"opened": datetime.fromisoformat(event.at)}
        case "access.reviewed":
            return {"reviewed": event.seq}
    return {}

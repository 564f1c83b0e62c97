"""What the ledger has of access: grants, certificates of hosts, numbers; and what hosts tell of logins."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import select

from chatops.access.grant import Grant, fold
from chatops.access.rules import NUMBER
from chatops.errors import AccessError, MomentError, UnknownGrantError
from chatops.ledger import projection
from chatops.ledger.chain import Entry, Event
from chatops.ledger.schema import EVENTS
from chatops.ledger.store import Ledger, Reader
from chatops.secrets import mask
from chatops.sla import moments
from chatops.words import Said

CERTIFIED = ("access.granted", "access.sealed")
UNKNOWN = "access"
"""What a login is about whose serial is nobody's."""
AHEAD = timedelta(minutes=5)


def grants(reader: Reader) -> Iterator[Grant]:
    """All there have ever been, by their numbers."""
    query = select(EVENTS).where(EVENTS.c.subject.between("AKS-2000-000000", "AKS-2999-999999"))
    with reader.connection.execute(query.order_by(EVENTS.c.subject, EVENTS.c.seq)) as rows:
        for _, events in groupby((Event(*row) for row in rows), key=lambda event: event.subject):
            if grant := fold(events):
                yield grant


def grant_of(reader: Reader, number: str) -> Grant:
    """The one of this number."""
    found = fold(projection.events_of(reader.connection, number)) if NUMBER.fullmatch(number) else None
    if found is None:
        raise UnknownGrantError(number=number)
    return found


def host_certificates(reader: Reader) -> Iterator[dict[str, Any]]:
    """What was signed for hosts."""
    query = select(EVENTS).where(EVENTS.c.kind == "host.certified").order_by(EVENTS.c.seq)
    for row in reader.connection.execute(query):
        yield Event(*row).told


def certificate_of(grant: Grant) -> str:
    """What was signed for it; no secret: it opens nothing without the private key."""
    return next((str(event.told["certificate"]) for event in grant.history if event.kind in CERTIFIED), "")


def next_number(reader: Reader, now: datetime) -> str:
    """The number of the next one."""
    year = now.astimezone(moments.zone("WIB")).year
    own = EVENTS.c.subject.between(f"AKS-{year}-000000", f"AKS-{year}-999999")
    last = reader.connection.execute(select(EVENTS.c.subject).where(own).order_by(EVENTS.c.subject.desc()).limit(1))
    return f"AKS-{year}-{int((last.scalar() or '0').split('-')[-1]) + 1:06}"


def subject_of(reader: Reader, serial: int) -> str | None:
    """The grant that a certificate is of."""
    query = select(EVENTS.c.subject).where(EVENTS.c.seq == serial, EVENTS.c.kind.in_(CERTIFIED))
    subject: str | None = reader.connection.execute(query).scalar()
    return subject


def told_of_notice(ledger: Ledger, actor: str, told: Mapping[str, Any]) -> None:
    """Record who was told what of an office's access (S0-21)."""
    with ledger.writing() as writer:
        writer.append(Entry("access.noticed", f"notice:{told['lpse']}", actor, told))


def lines_of(text: str) -> list[str]:
    """Each login by itself: JSON Lines, or what `access-uses --json` says of all hosts at once."""
    try:
        hosts = json.loads(text)["hosts"].values()
        return [json.dumps(use) for about in hosts for use in about["uses"]]
    except (AttributeError, KeyError, TypeError, ValueError):
        return text.splitlines()


def login(number: int, line: str, now: datetime) -> dict[str, Any]:
    """One line of what hosts tell."""
    try:
        told = json.loads(line)
        at = moments.checked(datetime.fromisoformat(told["at"])).astimezone(UTC)
        read = {"serial": told["serial"], "at": at.isoformat()} | {
            name: mask(str(told[name]))[:200] for name in ("host", "from", "role")
        }
    except (AttributeError, KeyError, MomentError, TypeError, ValueError) as error:
        raise _wrong(number) from error
    if type(read["serial"]) is not int or not 0 <= read["serial"] < 1 << 63 or at > now + AHEAD:
        raise _wrong(number)
    return read


def _wrong(number: int) -> AccessError:
    return AccessError(
        detail=Said(
            f"baris {number} bukan laporan pemakaian yang sah; tidak ada yang dicatat",
            f"line {number} is no valid report of a use; nothing was recorded",
        )
    )

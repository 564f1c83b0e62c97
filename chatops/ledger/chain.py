"""The chain: each event carries the sum of the one before, so that a change anywhere shows from there on."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from chatops.errors import LedgerBrokenError
from chatops.words import Said

BEGINNING = "0" * 64
"""What the first event has in place of the sum of the one before."""

QUOTED = json.encoder.encode_basestring_ascii


@dataclass(frozen=True)
class Entry:
    """Something to be recorded."""

    kind: str
    subject: str
    """What it is about: a change's number, or `calendar`."""
    actor: str
    body: Mapping[str, Any]
    key: str | None = None
    """What makes it the same when it is delivered twice."""


class Event(NamedTuple):
    """Something that was recorded."""

    seq: int
    at: str
    """When it was recorded, in UTC."""
    kind: str
    subject: str
    actor: str
    key: str | None
    body: str
    """JSON, kept letter by letter, because its sum is."""
    previous: str
    hash: str

    @property
    def told(self) -> dict[str, Any]:
        """What the body says."""
        read: dict[str, Any] = json.loads(self.body)
        return read


def canonical(value: object) -> str:
    """JSON that comes out the same wherever it is written."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def digest(previous: str, parts: tuple[int, str, str, str, str, str | None, str]) -> str:
    """The sum of an event: SHA-256 over the one before and its own parts as a JSON list, a line each."""
    seq, at, kind, subject, actor, key, body = parts
    # The list as `json.dumps` writes it without blanks; that one takes three times as long for a million.
    named = "null" if key is None else QUOTED(key)
    text = f"{previous}\n[{seq},{QUOTED(at)},{QUOTED(kind)},{QUOTED(subject)},{QUOTED(actor)},{named},{QUOTED(body)}]"
    return hashlib.sha256(text.encode()).hexdigest()


def follow(seq: int, previous: str, entry: Entry, now: datetime) -> Event:
    """The event that an entry becomes behind the last one."""
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    body = canonical(entry.body)
    parts = (seq, at, entry.kind, entry.subject, entry.actor, entry.key, body)
    return Event(*parts, previous, digest(previous, parts))


@dataclass(frozen=True)
class Whole:
    """A chain that holds, up to here."""

    events: int
    hash: str


def verify(events: Iterable[Event], known: Mapping[int, str], last: int = 0) -> Whole:
    """Go through all events; the first that is wrong is named. Known sums come from outside: signed, or kept apart."""
    previous, seq = BEGINNING, 0
    for event in events:
        seq += 1
        if event.seq != seq:
            raise _broken(seq, f"hilang; sesudah {seq - 1} datang {event.seq}", f"{event.seq} comes after {seq - 1}")
        if event.previous != previous or not _holds(event):
            raise _broken(seq, "isinya tidak sesuai dengan rantainya", "its content does not fit the chain")
        if known.get(seq, event.hash) != event.hash:
            raise _broken(seq, "berbeda dari titik periksa yang ditandatangani", "it differs from a signed checkpoint")
        previous = event.hash
    expected = max([last, *known])
    if seq < expected:
        raise _broken(
            seq + 1, f"hilang sampai {expected}: ekornya terpotong", f"missing up to {expected}: the tail was cut"
        )
    return Whole(seq, previous)


def _holds(event: Event) -> bool:
    try:
        return event.hash == digest(event.previous, event[:7])
    except (TypeError, ValueError):
        # Somebody has put bytes, or something that is no text, in the place of text.
        return False


def _broken(seq: int, indonesian: str, english: str) -> LedgerBrokenError:
    return LedgerBrokenError(seq=seq, detail=Said(indonesian, english))

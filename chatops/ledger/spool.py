"""Runs of playbooks that wait on disk, each in a file of its own, until the ledger has taken them: exactly once.

library/plugins/callback/spse_record.py writes them, with nothing but Python's own library.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chatops.changes import Asked, opened, record
from chatops.errors import ChangeError, SlaError, SpoolError
from chatops.ledger.chain import Entry
from chatops.ledger.change import Change
from chatops.ledger.store import Ledger, Writer
from chatops.sla import services
from chatops.words import Said

ENDING = ".json"
NEEDED = {
    "kind": str,
    "run": str,
    "operation": str,
    "service": str,
    "lpse": list,
    "lpse_zone": str,
    "hosts": list,
    "by": str,
    "at": str,
    "began": str,
    "change": str,
    "reason": str,
    "inputs": dict,
}


@dataclass(frozen=True)
class Delivered:
    """What became of one file."""

    file: Path
    change: Change
    kind: str


def waiting(folder: Path) -> list[Path]:
    """The files, in the order in which they were written."""
    return sorted(path for path in folder.glob(f"*{ENDING}")) if folder.is_dir() else []


def deliver(ledger: Ledger, folder: Path) -> tuple[list[Delivered], list[SpoolError]]:
    """Give the ledger every file. One that cannot be read stays, and keeps no other one back."""
    delivered: list[Delivered] = []
    wrong: list[SpoolError] = []
    for path in waiting(folder):
        try:
            told = read(path)
        except FileNotFoundError:
            # Somebody else delivers, too, and was quicker.
            continue
        except SpoolError as error:
            wrong.append(error)
            continue
        try:
            with ledger.writing() as writer:
                change = take(writer, told)
        except (SlaError, ChangeError) as error:
            wrong.append(_wrong(path, str(error), error.told("en")))
            continue
        # Only now: who is stopped in between delivers it again, and the ledger knows it by its key.
        path.unlink(missing_ok=True)
        delivered.append(Delivered(path, change, told["kind"]))
    return delivered, wrong


def read(path: Path) -> dict[str, Any]:
    """What a file says, if it is whole: a line of JSON, and its sum."""
    try:
        line, _, below = path.read_bytes().partition(b"\n")
        if below != hashlib.sha256(line).hexdigest().encode() + b"\n":
            raise _wrong(
                path, "tidak lengkap atau diubah: jumlahnya tidak cocok", "cut or changed: its sum does not fit"
            )
        told: dict[str, Any] = json.loads(line)
        for key, kind in NEEDED.items():
            if not isinstance(told.get(key), kind):
                raise _wrong(path, f"`{key}` tidak ada atau salah jenis", f"`{key}` is missing or of another kind")
        for key in ("at", "began"):
            if datetime.fromisoformat(told[key]).utcoffset() is None:
                raise _wrong(path, f"`{key}` tanpa zona", f"`{key}` has no zone")
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError) as error:
        raise _wrong(path, str(error), str(error)) from error
    return told


def take(writer: Writer, told: Mapping[str, Any]) -> Change:
    """Record what a file says, unless it was recorded before; the change that it belongs to."""
    number = _number(writer, told)
    body = {key: value for key, value in told.items() if key not in {"kind", "change"}}
    new = writer.append(Entry(told["kind"], number, told["by"], body, f"{told['kind']}:{told['run']}"))
    change = writer.change(number)
    # A run that ended well was what the change asked for; one that failed leaves it open, and its clock running. What a
    # worker has begun it also ends, once it has verified it.
    well = new and told.get("ok") and not told.get("desk")
    if well and change.state != "closed" and change.opened["operation"] == told["operation"]:
        at = max(datetime.fromisoformat(told["at"]), change.events[-1].at)
        record(writer, change, "change.closed", {"at": at.isoformat(), "outcome": "done", "note": ""}, told["by"])
        change = writer.change(number)
    return change


def _number(writer: Writer, told: Mapping[str, Any]) -> str:
    """The change that a run belongs to: the one that it names, the one that it began, or a new one."""
    if told["change"] and (named := writer.known(told["change"])):
        return named.id
    key = f"opened:{told['run']}"
    if subject := writer.subject_of(key):
        return subject
    number = writer.next_number()
    service, mode = services.usual(told["service"])
    asked = Asked(
        operation=told["operation"],
        lpses=tuple(map(str, told["lpse"])),
        service=service,
        mode=mode,
        received=datetime.fromisoformat(told["began"]),
        lpse_zone=told["lpse_zone"],
        reason=told["reason"],
    )
    body = opened(asked, writer.now) | {"service": told["service"] or None, "reference": told["change"]}
    writer.append(Entry("change.opened", number, told["by"], body, key))
    return number


def _wrong(path: Path, indonesian: str, english: str) -> SpoolError:
    return SpoolError(file=path, detail=Said(indonesian, english))

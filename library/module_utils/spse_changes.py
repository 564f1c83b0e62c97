# SPDX-License-Identifier: Apache-2.0
"""What was begun on a host and how far it came, so that a change that was cut can be finished or undone.

One file per instance, one JSON event per line, only ever added to:

    {"event": "begin", "verb": "upgrade", "change": "CHG-2026-000123", "from": "4.5.20260105", "to": "4.5.20260202", …}
    {"event": "step", "step": "restore_point", …}
    {"event": "end", "outcome": "succeeded"}

A line is on the disk before the step after it begins. A line that a power cut has torn is no line.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

BEGIN, STEP, END = "begin", "step", "end"


class JournalError(Exception):
    """What was asked does not fit what is written; the text says why, and what to do."""


@dataclass(frozen=True)
class Change:
    """One change of an instance, as the journal tells it."""

    begun: dict[str, Any]
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended: dict[str, Any] | None = None

    def told(self) -> dict[str, Any]:
        """As a module returns it."""
        facts = {key: value for key, value in self.begun.items() if key != "event"}
        outcome = self.ended["outcome"] if self.ended else None
        return facts | {"steps": self.steps, "outcome": outcome, "reason": (self.ended or {}).get("reason", "")}


def read(path: Path) -> list[Change]:
    """Every change, in their order."""
    changes: list[Change] = []
    for event in events(path):
        if event["event"] == BEGIN:
            changes.append(Change(event))
        elif event["event"] == STEP:
            facts = {key: value for key, value in event.items() if key not in {"event", "step"}}
            changes[-1].steps[event["step"]] = changes[-1].steps.get(event["step"], {}) | facts
        else:
            changes[-1] = Change(changes[-1].begun, changes[-1].steps, event)
    return changes


def events(path: Path) -> list[dict[str, Any]]:
    """Every event that was written whole."""
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    # What stands behind the last line's end was torn off by a cut.
    return [_event(path, number, line) for number, line in enumerate(lines[:-1], start=1)]


def unfinished(changes: list[Change]) -> Change | None:
    """The change that was begun and not ended."""
    return changes[-1] if changes and changes[-1].ended is None else None


def add(path: Path, event: dict[str, Any]) -> None:
    """Write one event, and have it on the disk when this returns."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        _cut_torn_end(descriptor)
        os.write(descriptor, json.dumps(event, sort_keys=True).encode() + b"\n")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def refuse_other(change: Change | None, verb: str, target: str) -> None:
    """Only what was begun may go on; anything else has to wait until it is finished or undone."""
    if change is None:
        return
    begun = (change.begun.get("verb"), change.begun.get("to"))
    if begun != (verb, target):
        raise JournalError(
            f"Perubahan {change.begun.get('change')} ({begun[0]} ke {begun[1]}, dimulai {change.begun.get('at')}) "
            "belum selesai. Ulangi perubahan itu agar diselesaikan, atau jalankan rollback agar dibatalkan."
        )


def _event(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        event: dict[str, Any] = json.loads(line)
    except ValueError as error:
        raise JournalError(
            f"Jurnal {path} rusak pada baris {number}. Pulihkan dari cadangan; jangan dihapus."
        ) from error
    return event


def _cut_torn_end(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    whole = os.pread(descriptor, size, 0).rfind(b"\n") + 1
    if whole != size:
        os.ftruncate(descriptor, whole)

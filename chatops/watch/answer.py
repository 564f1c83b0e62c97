"""What a host has answered. It may be broken, or somebody else's: whatever it says is held against what can be."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chatops.secrets import mask
from chatops.watch import digest, measures
from chatops.watch.digest import Digest, GarbageError

__all__ = ["Answer", "GarbageError", "parse"]

VERSION = 1
MOST = 1 << 18
"""Bytes; a host says some two thousand."""
MOST_VALUES = 500
MOST_LETTERS = 200
LARGEST = 1e18
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}(?::[^\x00-\x1f\x7f]{1,120})?")


@dataclass(frozen=True)
class Answer:
    """What a host says of itself."""

    at: float
    """By its own clock."""
    measures: Mapping[str, float]
    facts: Mapping[str, str]
    problems: Mapping[str, str]
    """What could not be read, or was answered with no, each with why."""
    digest: Digest | None = None
    """Of yesterday, if there is one."""


def parse(raw: bytes) -> Answer:
    """Read it; whatever it is not makes it garbage."""
    if len(raw) > MOST:
        raise GarbageError(f"lebih dari {MOST // 1024} KiB", f"more than {MOST // 1024} KiB")
    try:
        told = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise GarbageError(f"bukan JSON: {_start(raw)}", f"no JSON: {_start(raw)}") from error
    if not isinstance(told, dict) or told.get("version") != VERSION:
        raise GarbageError("bukan dokumen yang dikenal", "no document that is known")
    at = _number(told.get("at"))
    if at is None:
        raise GarbageError("tidak menyebut waktunya", "it does not say its time")
    values = _entries(told, "measures")
    known = {name: _number(value) for name, value in values.items() if name.partition(":")[0] in measures.MEASURES}
    wrong = [name for name, value in known.items() if value is None]
    if wrong:
        raise GarbageError(f"`{wrong[0]}` bukan bilangan", f"`{wrong[0]}` is no number")
    problems = {name: _text(value) for name, value in _entries(told, "problems").items()}
    yesterday = None
    try:
        yesterday = digest.parse(told["digest"]) if told.get("digest", {}) != {} else None
    except GarbageError as error:
        # What is wrong with yesterday says nothing of today.
        problems["digest"] = str(error.detail)
    seen = {name: value for name, value in known.items() if value is not None}
    return Answer(
        at,
        {**seen, **(yesterday.measures if yesterday else {})},
        {name: _text(value) for name, value in _entries(told, "facts").items()},
        problems,
        yesterday,
    )


def _entries(told: Mapping[str, Any], part: str) -> Mapping[str, Any]:
    found = told.get(part)
    if not isinstance(found, dict) or len(found) > MOST_VALUES:
        raise GarbageError(f"`{part}` tidak ada atau terlalu banyak", f"`{part}` is missing, or too much")
    for name in found:
        if not NAME.fullmatch(name):
            raise GarbageError(f"`{part}` memuat nama yang bukan nama", f"`{part}` has a name that is none")
    return found


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and abs(number) < LARGEST else None


def _text(value: object) -> str:
    """Words of a host: short, on one line, and without secrets."""
    shown = "".join(each if each.isprintable() else " " for each in str(value)[: 2 * MOST_LETTERS])
    return mask(shown)[:MOST_LETTERS]


def _start(raw: bytes) -> str:
    return f"`{_text(raw[:40].decode(errors='replace'))}`"

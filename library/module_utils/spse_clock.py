# SPDX-License-Identifier: Apache-2.0
"""How far a host's clock is from its source."""

from __future__ import annotations

from dataclasses import dataclass

UNSYNCHRONISED = "Not synchronised"
OFFSET, LEAP = 4, 13
"""Fields of `chronyc -c tracking`."""


@dataclass(frozen=True)
class Reading:
    """What was compared with what; no offset where the source itself does not know."""

    source: str
    offset: float | None


def from_chrony(line: str) -> Reading:
    """What chrony says of itself, in one line of fields."""
    fields = line.strip().split(",")
    synchronised = len(fields) > LEAP and fields[LEAP] != UNSYNCHRONISED
    return Reading("chrony", abs(float(fields[OFFSET])) if synchronised else None)


def from_bracket(host: float, earliest: float, latest: float) -> Reading:
    """The least that the host can be off, if the true time was between these two when it looked."""
    return Reading("pengendali", max(0.0, earliest - host, host - latest))

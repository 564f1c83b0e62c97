# SPDX-License-Identifier: Apache-2.0
"""Which updates go together: read from what apt says it would do, and never decided by ourselves.

A simulation of apt-get tells one operation a line, the same in every release of Debian:

    Inst libssl3 [3.0.15-1] (3.0.17-1 Debian-Security:12/oldstable-security [amd64])
    Inst libnew (1.0 Debian-Security:12/oldstable-security [amd64])
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

INSTALLED = re.compile(r"Inst (?P<name>\S+) (?:\[(?P<old>[^]]+)] )?\((?P<new>\S+) ")
# What dpkg has begun with and not ended.
HALF_DONE = {"half-configured", "half-installed", "triggers-awaited", "triggers-pending", "unpacked"}


class PackagesError(Exception):
    """The packages of the host are in no state to be updated; the text says why, and what to do."""


@dataclass(frozen=True)
class Update:
    """A package for which there is something newer."""

    name: str
    new: str
    source: str
    """The source package: what comes from one fits together."""

    @property
    def wanted(self) -> str:
        """As apt-get takes it."""
        return f"{self.name}={self.new}"


@dataclass(frozen=True)
class Simulation:
    """What apt-get would do, or why it would not."""

    refusal: str
    installs: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By name the version that is there, empty for a new package, and the one that would be."""


@dataclass(frozen=True)
class Chosen:
    """Updates that go together, and those that do not, each with why."""

    updates: tuple[Update, ...]
    simulation: Simulation
    refused: dict[Update, str]


def read(said: str, code: int) -> Simulation:
    """A simulation, from what apt-get has printed and how it has ended."""
    matches = (INSTALLED.match(line) for line in said.splitlines())
    installs = {match["name"]: (match["old"] or "", match["new"]) for match in matches if match is not None}
    errors = [line.removeprefix("E: ").rstrip(".") for line in said.splitlines() if line.startswith("E: ")]
    unmet = [line.strip() for line in said.splitlines() if " : Depends: " in line or " : Breaks: " in line]
    refusal = "; ".join([*unmet, *errors]) or f"apt-get berakhir dengan {code}"
    return Simulation(refusal if code else "", installs)


def choose(
    waiting: Sequence[Update],
    simulate: Callable[[Iterable[Update]], Simulation],
    *,
    behind: Sequence[Update] = (),
    without: Callable[[str], bool] = lambda _: False,
) -> Chosen:
    """As many as can be installed behind others that are chosen already, and without pulling certain packages in."""

    def tried(updates: Iterable[Update]) -> Simulation:
        simulation = simulate([*behind, *updates])
        pulled = sorted(name for name in simulation.installs if without(name))
        if pulled and not simulation.refusal:
            return Simulation(f"perlu memperbarui {', '.join(pulled)} juga", simulation.installs)
        return simulation

    whole = tried(waiting)
    if not whole.refusal:
        return Chosen(tuple(waiting), whole, {})
    refused: dict[Update, str] = {}
    for source in sorted({update.source for update in waiting}):
        group = [update for update in waiting if update.source == source]
        if reason := tried(group).refusal:
            refused |= dict.fromkeys(group, reason)
    rest = tuple(update for update in waiting if update not in refused)
    simulation = tried(rest)
    if simulation.refusal:
        raise PackagesError(
            f"apt tidak dapat memasang pembaruan bersama-sama: {simulation.refusal}. Jalankan `apt-get --simulate "
            "upgrade` di server itu, perbaiki sumber paket atau paket yang ditahan, lalu ulangi."
        )
    return Chosen(rest, simulation, refused)


def half_done(statuses: str) -> list[str]:
    """Packages that dpkg has not finished, from lines of name, status and error flag."""
    lines = [line.split() for line in statuses.splitlines()]
    return sorted({words[0] for words in lines if words[1] in HALF_DONE or words[2:] == ["reinstreq"]})


def told(refused: dict[Update, str]) -> list[dict[str, Any]]:
    """What could not be chosen, as a module returns it."""
    return [{"name": update.name, "new": update.new, "why": why} for update, why in refused.items()]

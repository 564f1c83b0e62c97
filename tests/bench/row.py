"""What a measure gives: one comparison, and where the time went."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

DEAREST = 10

# A line of the recap of ansible.posix.profile_tasks: `spse_app : Dump the database ------------- 1.65s`.
RECAP = re.compile(r"^(?P<task>\S.*?) -+ (?P<seconds>\d+\.\d+)s$", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """One comparison."""

    what: str
    ours: float
    beside: str
    theirs: float
    unit: str = "s"

    def __str__(self) -> str:
        ratio = self.ours / self.theirs
        ours, theirs = (f"{value:6.2f} {self.unit}" for value in (self.ours, self.theirs))
        return f"{self.what:36} {ours}   {self.beside:38} {theirs}   x {ratio:.2f}"


@dataclass(frozen=True)
class Spent:
    """What all tasks of one name took together."""

    task: str
    seconds: float
    times: int

    def __str__(self) -> str:
        return f"    {self.seconds:6.2f} s   {self.times:3} x {self.task}"


@dataclass(frozen=True)
class Measured:
    """A comparison and, where it is one of a playbook, its dearest tasks."""

    row: Row
    tasks: tuple[Spent, ...] = ()


def seconds(action: Callable[[], object]) -> float:
    """Wall time of an action."""
    started = time.monotonic()
    action()
    return time.monotonic() - started


def spent(output: str) -> tuple[Spent, ...]:
    """Where the time of a run went, the dearest first. Of use for one host only: those of several overlap."""
    recap = output.partition("TASKS RECAP")[2].partition("PLAYBOOK RECAP")[0]
    total: Counter[str] = Counter()
    times: Counter[str] = Counter()
    for line in RECAP.finditer(recap):
        # In hundredths, because a Counter counts.
        total[line["task"]] += round(float(line["seconds"]) * 100)
        times[line["task"]] += 1
    return tuple(Spent(task, hundredths / 100, times[task]) for task, hundredths in total.most_common())

# SPDX-License-Identifier: Apache-2.0
"""What the logs of a day say: how many errors of which kind, and which statements took long."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from library.module_utils import spse_log_files, spse_log_lines
    from library.module_utils.spse_log_lines import Entry, Start
else:
    # The role brings the project's own code along.
    import spse_log_files
    import spse_log_lines

FREQUENT = 10
SECONDS = 120.0
"""For each source; who has more than that to say is not read to the end, and that is said."""
CHECKED = 256
"""Entries after which the clock is looked at."""
_DURATION = re.compile(r"duration: (\d{1,12}\.\d+) ms")


@dataclass(frozen=True)
class Source:
    """A kind of log."""

    start: Callable[[str], Start | None]
    patterns: tuple[str, ...]


@dataclass
class Slow:
    """Statements that took longer than PostgreSQL was told to keep quiet about."""

    count: int = 0
    seconds: float = 0.0
    longest: float = 0.0

    def add(self, message: str) -> None:
        """Count it, if it is one."""
        if match := _DURATION.match(message):
            took = float(match[1]) / 1000
            self.count += 1
            self.seconds += took
            self.longest = max(self.longest, took)


@dataclass
class Day:
    """What one source said."""

    summary: spse_log_lines.Summary = field(default_factory=spse_log_lines.Summary)
    slow: Slow = field(default_factory=Slow)
    until: float | None = None
    """Where it had to stop."""
    unread: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """For the document. The names of files are nobody's business elsewhere."""
        summary = self.summary
        frequent = [{"count": count, "text": text} for text, count in summary.causes.most_common(FREQUENT)]
        counted = {"lines": summary.lines, "errors": summary.errors, "warnings": summary.warnings}
        return {**counted, "frequent": frequent, "unread": len(self.unread), "until": self.until}


def read(source: Source, since: float, until: float, patience: float = SECONDS) -> Day:
    """What a source said between two moments."""
    day = Day()
    end = time.monotonic() + patience
    streams = {str(path): _held(path, source.start, since, day) for path in spse_log_files.find(source.patterns, since)}
    for number, entry in enumerate(spse_log_lines.without_copies(streams)):
        if entry.time > until + spse_log_files.DISORDER:
            break
        if number % CHECKED == 0 and time.monotonic() > end:
            day.until = entry.time
            break
        if since <= entry.time < until:
            day.summary.add(entry, wording.error(entry.cause) if entry.level == spse_log_lines.ERROR else "")
            day.slow.add(entry.message)
    return day


def _held(path: Path, start: Callable[[str], Start | None], since: float, day: Day) -> Iterator[Entry]:
    """The entries of a file, as far as it can be read."""
    try:
        yield from spse_log_lines.entries(_lines(path, start, since), start)
    except (OSError, ValueError):
        day.unread.append(str(path))


def _lines(path: Path, start: Callable[[str], Start | None], since: float) -> Iterable[str]:
    def when(line: str) -> float | None:
        head = start(line)
        return None if head is None else head.time

    return (line.rstrip("\n") for line in spse_log_files.lines(path, since, when))

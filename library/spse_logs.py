#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: what the logs of a host say about a time."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_logs
short_description: Read the logs of SPSE, Apache, PostgreSQL and the system
description:
  - Reads what was logged within a window of time and matches a regular expression, rotated files included.
  - Reports for each source how many lines and errors there were and which errors were the most frequent, and the last
    lines of all sources in the order of their times.
  - Lines that belong together, as those of a Java stack trace, count as one.
  - Secrets are masked before anything else is done with a line. Never changes anything.
version_added: "0.1.0"
author:
  - spse-ops
options:
  since:
    description:
      - Where the window begins, in the host's own zone.
      - C(2026-11-20 08:00), C(08:00) of today, or C(30m), C(2h), C(3d) ago.
    type: str
    default: 24h
  before:
    description: Where the window ends, written likewise. Empty for now.
    type: str
    default: ""
  pattern:
    description: Regular expression that a line must match; letters count alike, capital or not. Empty for every line.
    type: str
    default: ""
  sources:
    description: What to read.
    type: list
    elements: str
    choices: [application, apache, postgresql, system]
    default: [application, apache, postgresql, system]
  limit:
    description: How many lines are returned; the last ones.
    type: int
    default: 50
  application:
    description: Patterns of the names of the application's logs.
    type: list
    elements: str
    default:
      - /home/appserv/*/webapp/logs/*
      - /home/appserv/*/site/*/logs/*
  apache:
    description: Patterns of the names of Apache's logs.
    type: list
    elements: str
    default:
      - /var/log/apache2/*
  postgresql:
    description: Patterns of the names of PostgreSQL's logs.
    type: list
    elements: str
    default:
      - /var/log/postgresql/*
  timeout:
    description: Seconds after which reading is given up.
    type: int
    default: 300
attributes:
  check_mode:
    description: Runs the same in check mode, because it only reads.
    support: full
  diff_mode:
    description: There is nothing to show, because nothing changes.
    support: none
"""

EXAMPLES = r"""
- name: Read the errors of the last two hours
  spse_logs:
    since: 2h
    pattern: ERROR|FATAL
  register: __logs

- name: Read one morning of the application
  spse_logs:
    since: 2026-11-20 08:00
    before: 2026-11-20 12:00
    sources: [application]
"""

RETURN = r"""
window:
  description: The window in the host's own zone, and that zone.
  returned: always
  type: dict
  sample:
    since: 2026-11-20 08:00:00
    until: 2026-11-20 10:00:00
    zone: WIB
sources:
  description: What each source said within it. An entry of several lines counts as one.
  returned: always
  type: dict
  sample:
    application:
      files: [/home/appserv/spse/webapp/logs/application.log]
      lines: 1200
      errors: 12
      warnings: 3
      first: 2026-11-20 08:00:01
      last: 2026-11-20 09:59:58
      frequent:
        - count: 12
          text: "Galat pada GET /paket/#"
      unread: {}
lines:
  description: The last lines of all sources, in the order of their times.
  returned: always
  type: list
  elements: dict
  sample:
    - time: 2026-11-20 09:59:58
      source: application
      level: error
      text: "ERROR ~ Galat pada GET /paket/5"
"""

import os
import signal
import subprocess
import time
from collections import deque
from datetime import datetime
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from library.module_utils import spse_log_files, spse_log_lines, spse_log_secrets
    from library.module_utils.spse_log_lines import Entry, Start
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_log_files, spse_log_lines, spse_log_secrets

FORMATS: dict[str, Callable[[str], Start | None]] = {
    "application": spse_log_lines.application,
    "apache": spse_log_lines.apache,
    "postgresql": spse_log_lines.postgresql,
}
SOURCES = [*FORMATS, "system"]
JOURNALS = {"journal": "", "journal spse-*": "spse-*"}
FREQUENT = 10
LONGEST_TEXT = 4096
MOST_LINES = 1000


class GaveUpError(Exception):
    """The time for reading is over. No TimeoutError: that one is an error of a file."""


class Window:
    """From when until when."""

    def __init__(self, since: str, until: str) -> None:
        now = datetime.now()  # noqa: DTZ005 - in the host's own zone, as the logs are
        self.begin = spse_log_lines.moment(since, now)
        self.end = spse_log_lines.moment(until, now) if until.strip() else now
        if self.begin > self.end:
            raise ValueError(f"Awal {self.begin:%Y-%m-%d %H:%M:%S} sesudah akhir {self.end:%Y-%m-%d %H:%M:%S}.")
        self.since, self.until = self.begin.timestamp(), self.end.timestamp()


def from_file(path: Path, window: Window, start: Callable[[str], Start | None]) -> Iterator[Entry]:
    """The entries of a file, until some time after the window."""

    def when(line: str) -> float | None:
        head = start(line)
        return None if head is None else head.time

    lines = (line.rstrip("\n") for line in spse_log_files.lines(path, window.since, when))
    for entry in spse_log_lines.entries(lines, start):
        if entry.time > window.until + spse_log_files.DISORDER:
            return
        yield entry


def from_journal(window: Window, unit: str) -> Iterator[Entry]:
    """The entries of the journal: warnings and worse of the whole system, or all that certain units say."""
    journalctl = ["journalctl", "--quiet", "--no-pager"]
    options = ["--priority=warning"]
    if unit:
        # A pattern that no unit matches is an error to journalctl, and no other than that of a broken journal.
        units = subprocess.run([*journalctl, "--field=_SYSTEMD_UNIT"], capture_output=True, check=False, text=True)
        options = [f"--unit={name}" for name in units.stdout.split() if fnmatch(name, unit)]
        if not options:
            return
    options += ["--output=json", "--all", f"--since=@{int(window.since)}", f"--until=@{int(window.until) + 1}"]
    with subprocess.Popen([*journalctl, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as journal:
        assert journal.stdout is not None  # noqa: S101 - it was asked for
        lines = (line.decode(errors="replace") for line in journal.stdout)
        yield from spse_log_lines.entries(lines, spse_log_lines.journal)
    if journal.returncode:
        raise ValueError(f"journalctl berakhir dengan kode {journal.returncode}")


class Reader:
    """Reads one source after the other."""

    def __init__(self, window: Window, pattern: str, limit: int) -> None:
        self._window = window
        self._pattern = spse_log_lines.expression(pattern) if pattern else None
        self._last: list[tuple[float, str, str, str]] = []
        self._limit = limit

    def read(self, source: str, streams: dict[str, Iterator[Entry]]) -> dict[str, Any]:
        """What a source says; its last lines are kept."""
        unread: dict[str, str] = {}
        masker = spse_log_secrets.Masker()
        summary = spse_log_lines.Summary()
        last: deque[tuple[float, str, str, str]] = deque(maxlen=self._limit)
        held = {name: _until_unreadable(name, stream, unread) for name, stream in streams.items()}
        for entry in spse_log_lines.without_copies(held):
            # What is searched is what is shown: whoever may not see a secret may not find it by trying, either.
            said = [entry.text, entry.cause] if entry.level == spse_log_lines.ERROR else [entry.text]
            text, *causes = masker.mask(entry.owner, *map(spse_log_lines.clean, said))
            if not self._window.since <= entry.time <= self._window.until:
                continue
            if self._pattern is None or self._pattern.search(text):
                summary.add(entry, "".join(map(spse_log_lines.normalise, causes)))
                last.append((entry.time, source, entry.level, spse_log_lines.cut(text, LONGEST_TEXT)))
        self._last += last
        return {
            "files": [name for name in streams if name not in unread],
            "lines": summary.lines,
            "errors": summary.errors,
            "warnings": summary.warnings,
            "first": _written(summary.first),
            "last": _written(summary.last),
            "frequent": [{"count": count, "text": text} for text, count in summary.causes.most_common(FREQUENT)],
            "unread": unread,
        }

    def last(self) -> list[dict[str, str]]:
        """The last lines of all sources, in the order of their times."""
        ordered = sorted(self._last, key=lambda line: line[0])[-self._limit :] if self._limit else []
        return [
            {"time": _written(moment), "source": source, "level": level, "text": text}
            for moment, source, level, text in ordered
        ]


def _until_unreadable(name: str, stream: Iterator[Entry], unread: dict[str, str]) -> Iterator[Entry]:
    try:
        yield from stream
    except (OSError, ValueError) as error:
        unread[name] = str(error)


def _written(moment: float | None) -> str:
    return "" if moment is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def streams(source: str, patterns: list[str], window: Window) -> dict[str, Iterator[Entry]]:
    """What there is of a source, by name; nothing is opened yet."""
    if source == "system":
        return {name: from_journal(window, unit) for name, unit in JOURNALS.items()}
    start = FORMATS[source]
    return {str(path): from_file(path, window, start) for path in spse_log_files.find(patterns, window.since)}


def give_up(*_: object) -> NoReturn:
    """What the alarm does."""
    raise GaveUpError


def main() -> None:
    """Read, and say what was read."""
    module = AnsibleModule(
        argument_spec={
            "since": {"type": "str", "default": "24h"},
            "before": {"type": "str", "default": ""},
            "pattern": {"type": "str", "default": ""},
            "sources": {"type": "list", "elements": "str", "choices": SOURCES, "default": SOURCES},
            "limit": {"type": "int", "default": 50},
            "application": {
                "type": "list",
                "elements": "str",
                "default": ["/home/appserv/*/webapp/logs/*", "/home/appserv/*/site/*/logs/*"],
            },
            "apache": {"type": "list", "elements": "str", "default": ["/var/log/apache2/*"]},
            "postgresql": {"type": "list", "elements": "str", "default": ["/var/log/postgresql/*"]},
            "timeout": {"type": "int", "default": 300},
        },
        supports_check_mode=True,
    )
    wanted = module.params
    if not 0 <= wanted["limit"] <= MOST_LINES:
        module.fail_json(msg=f"Jumlah baris `{wanted['limit']}` harus antara 0 dan {MOST_LINES}.")
    # The applications on this host come first.
    os.nice(10)
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(wanted["timeout"])
    try:
        window = Window(wanted["since"], wanted["before"])
        reader = Reader(window, wanted["pattern"], wanted["limit"])
        sources = {
            source: reader.read(source, streams(source, wanted.get(source) or [], window))
            for source in SOURCES
            if source in wanted["sources"]
        }
    except GaveUpError:
        advice = "Persempit waktunya, sebutkan satu sumber, atau sederhanakan polanya."
        module.fail_json(msg=f"Log belum selesai dibaca dalam {wanted['timeout']} detik. {advice}")
    except ValueError as error:
        module.fail_json(msg=str(error))
    shown = {"since": f"{window.begin:%Y-%m-%d %H:%M:%S}", "until": f"{window.end:%Y-%m-%d %H:%M:%S}"}
    zone = window.begin.astimezone().tzname()
    module.exit_json(changed=False, window=shown | {"zone": zone}, sources=sources, lines=reader.last())


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""What the lines of a log say: when, how bad, and which of them belong together. Nothing here reads a file."""

from __future__ import annotations

import heapq
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ERROR, WARNING, INFO = "error", "warning", "info"
LONGEST_ENTRY = 16 * 1024
DISTINCT_ERRORS = 2000
OTHERS = "(galat lain)"
_REMEMBERED = 1000

# Apache's own, in whatever language the server speaks.
_MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: f"{number:02}" for number, name in enumerate(_MONTH_NAMES, start=1)}
# Those that PostgreSQL calls by letters on a server in Indonesia; any other is taken for the server's own.
_ZONES = {"UTC": "+00:00", "GMT": "+00:00", "WIB": "+07:00", "WITA": "+08:00", "WIT": "+09:00"}

_APPLICATION = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d):(\d\d)[,.](\d{3}) +(?P<text>(?P<level>[A-Z]+) +~ (?P<message>.*))"
)
_UNCAUGHT = "Exception in thread "
_ACCESS = re.compile(
    r'(?P<before>[^"]*?)\[(\d\d)/(\w{3})/(\d{4}):(\d\d:\d\d):(\d\d) ([+-]\d\d)(\d\d)\] '
    r'(?P<text>"(?P<request>(?:\\.|[^"\\])*)" (?P<status>\d{3}).*)'
)
_APACHE = re.compile(
    r"\[\w{3} (\w{3}) +(\d{1,2}) (\d\d:\d\d):(\d\d)(?:\.(\d{3})\d*)? (\d{4})\] "
    r"(?P<text>\[(?:[\w-]*:)?(?P<level>[a-z]+)\d?\] (?:\[(?:pid|client|remote) [^\]]*\] )*(?P<message>.*))"
)
_POSTGRESQL = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d):(\d\d)\.(\d{3}) (?P<zone>\S+) \[(?P<pid>\d+)(?:-\d+)?\] "
    r"(?P<text>(?:\S.*?)??(?P<level>DEBUG\d?|INFO|NOTICE|WARNING|LOG|ERROR|FATAL|PANIC|DETAIL|HINT|CONTEXT|STATEMENT"
    r"|QUERY|LOCATION|BACKTRACE): +(?P<message>.*))"
)
_LEVELS = dict.fromkeys(["ERROR", "FATAL", "PANIC", "emerg", "alert", "crit", "error"], ERROR) | dict.fromkeys(
    ["WARN", "WARNING", "warn"], WARNING
)
_PRIORITIES = dict.fromkeys("0123", ERROR) | {"4": WARNING}
_DETAILS = {"DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY", "LOCATION", "BACKTRACE"}

_CAUSE = re.compile(r"[\w.$]+(?:Exception|Error)(?:: .*)?$")
# Apache's own codes name an error, and so does the status of an answer; every other number, identifier or address of
# an object only tells two apart. A digit or two may be part of a name, such as eproc4.
_PASSING = re.compile(
    r"(?P<kept>\bAH\d{5}\b|(?<= → )\d{3}$)|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    r"|\b0x[0-9a-f]+\b|(?<=@)[0-9a-f]{5,16}\b|\b(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b|(?<![a-z\d])\d+|\d{3,}",
    re.IGNORECASE,
)
# What would move the cursor, hide text or turn it round on an operator's screen.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")

_AGO = re.compile(r"(\d{1,6}) ?([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_CLOCK = re.compile(r"\d\d?:\d\d(:\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?( \d\d?:\d\d(:\d\d)?)?")


@dataclass(frozen=True)
class Start:
    """The first line of an entry; or one that its writer began anew for an entry that stands already."""

    time: float
    level: str
    text: str
    """The line without its time."""
    message: str
    """What happened, without who said so."""
    owner: str = ""
    """The process, where several write to the same log."""
    follows: bool = False


@dataclass
class Entry:
    """Lines that belong together."""

    time: float
    level: str
    text: str
    message: str
    owner: str = ""
    full: bool = False

    def add(self, line: str) -> None:
        """Append a line; what is too long is cut, at a space, lest half a secret is left that nobody knows for one."""
        if not self.full:
            longer = f"{self.text}\n{line}"
            self.full = len(longer) > LONGEST_ENTRY
            self.text = cut(longer, LONGEST_ENTRY)

    @property
    def cause(self) -> str:
        """What happened, and the exception that a second line names."""
        second = self.text.split("\n", 2)[1:2]
        return f"{self.message} — {second[0]}" if second and _CAUSE.match(second[0]) else self.message


def cut(text: str, length: int) -> str:
    """The text without what is too much, up to a whole word."""
    if len(text) <= length:
        return text
    kept = text[:length]
    end = max(kept.rfind(" "), kept.rfind("\n"))
    return f"{kept[: max(end, 0)]} …"


def _begun(match: re.Match[str], time: float | None, owner: str = "", *, follows: bool = False) -> Start | None:
    """A line whose second and third groups are its seconds and milliseconds; none where the minute is no time."""
    if time is None:
        return None
    level = _LEVELS.get(match["level"], INFO)
    moment = time + int(match[2]) + int(match[3]) / 1000
    return Start(moment, level, match["text"], match["message"], owner, follows)


def application(line: str) -> Start | None:
    """A line of log4j as Play has it."""
    match = _APPLICATION.match(line)
    if match is None:
        return None
    return _begun(match, minute(match[1]))


def apache(line: str) -> Start | None:
    """An error; or a line of an access log, of whatever format that has request and status in the usual order."""
    if match := _APACHE.match(line):
        time = minute(f"{match[6]}-{_MONTHS.get(match[1])}-{match[2]:0>2} {match[3]}")
        if time is None:
            return None
        seconds = int(match[4]) + int(match[5] or 0) / 1000
        return Start(time + seconds, _LEVELS.get(match["level"], INFO), match["text"], match["message"])
    if match := _ACCESS.match(line):
        time = minute(f"{match[4]}-{_MONTHS.get(match[3])}-{match[2]} {match[5]}{match[7]}:{match[8]}")
        if time is None:
            return None
        status = match["status"]
        level = ERROR if status >= "500" else WARNING if status >= "400" else INFO
        request = " ".join(match["request"].split(" ")[:2]).partition("?")[0]
        return Start(time + int(match[6]), level, match["before"] + match["text"], f"{request} → {status}")
    return None


def postgresql(line: str) -> Start | None:
    """A line that begins with `%m [%p] `, as Debian has it; details follow on lines of their own."""
    match = _POSTGRESQL.match(line)
    if match is None:
        return None
    zone = match["zone"]
    offset = f"{zone[:3]}:{zone[3:].strip(':') or '00'}" if zone[0] in "+-" else _ZONES.get(zone, "")
    return _begun(match, minute(match[1] + offset), match["pid"], follows=match["level"] in _DETAILS)


def journal(line: str) -> Start | None:
    """An entry of the journal as JSON; each line that a program prints is one of its own there."""
    record = json.loads(line)
    message = record.get("MESSAGE") or ""
    if isinstance(message, list):
        # What is no text comes as numbers.
        message = bytes(message).decode(errors="replace")
    pid = record.get("_PID") or record.get("SYSLOG_PID") or ""
    who = record.get("SYSLOG_IDENTIFIER") or record.get("_COMM") or "?"
    level = _PRIORITIES.get(record.get("PRIORITY", "6"), INFO)
    what = message.partition("\n")[0]
    if match := _APPLICATION.match(message):
        # Everything that a service prints has the same priority there; what it says itself is better.
        level, what = _LEVELS.get(match["level"], level), match["message"]
        message = match["text"] + message[match.end() :]
    follows = message.startswith(("\t", "    ", "Caused by: "))
    return Start(
        time=int(record["__REALTIME_TIMESTAMP"]) / 1e6,
        level=level,
        text=message if follows else f"{who}{f'[{pid}]' if pid else ''}: {message}",
        message=what,
        owner=f"{who}[{pid}]",
        follows=follows,
    )


@lru_cache(maxsize=4096)
def minute(text: str) -> float | None:
    """Seconds since 1970 of a minute; of the server's own zone, unless it says of which."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        return None


def entries(lines: Iterable[str], start: Callable[[str], Start | None]) -> Iterator[Entry]:
    """Lines joined to entries. What stands before the first one belongs to an entry that is not here."""
    current: Entry | None = None
    for line in lines:
        head = start(line)
        if head is None:
            if current is None:
                continue
            if not line.startswith(_UNCAUGHT):
                current.add(line)
                continue
            # The virtual machine's own words have no time; they came after the line before.
            head = Start(current.time, ERROR, line, line)
        elif head.follows and current is not None and head.owner == current.owner:
            current.add(head.text)
            continue
        if current is not None:
            yield current
        current = Entry(head.time, head.level, head.text, head.message, head.owner)
    if current is not None:
        yield current


def without_copies(streams: dict[str, Iterator[Entry]]) -> Iterator[Entry]:
    """The streams as one, in the order of times. What one holds and another as well counts once.

    The vendor's control script keeps the application's standard output in a file of its own, beside its log.
    """
    seen: dict[tuple[float, str], str] = {}
    for moment, name, entry in heapq.merge(*(_named(*stream) for stream in streams.items()), key=lambda item: item[0]):
        key = (moment, entry.text)
        if seen.setdefault(key, name) == name:
            yield entry
        if len(seen) > _REMEMBERED:
            del seen[next(iter(seen))]


def _named(name: str, stream: Iterator[Entry]) -> Iterator[tuple[float, str, Entry]]:
    for entry in stream:
        yield entry.time, name, entry


def normalise(message: str) -> str:
    """What happened, without what differs from one time to the next."""
    return cut(_PASSING.sub(lambda match: match["kept"] or "#", message), 200)


def clean(text: str) -> str:
    """The text as it may be shown on a screen: whoever asks for a page may write what he likes into a log."""
    return _UNSEEN.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


@dataclass
class Summary:
    """What one source said within the window."""

    lines: int = 0
    errors: int = 0
    warnings: int = 0
    first: float | None = None
    last: float | None = None
    causes: Counter[str] = field(default_factory=Counter)

    def add(self, entry: Entry, cause: str) -> None:
        """Count an entry."""
        self.lines += 1
        self.first = entry.time if self.first is None else min(self.first, entry.time)
        self.last = entry.time if self.last is None else max(self.last, entry.time)
        self.warnings += entry.level == WARNING
        if entry.level == ERROR:
            self.errors += 1
            # However many different ones there are, memory is not theirs to fill.
            known = cause in self.causes or len(self.causes) < DISTINCT_ERRORS
            self.causes[cause if known else OTHERS] += 1


def moment(text: str, now: datetime) -> datetime:
    """The moment that an operator means: a date with or without time, a time of today, or how long ago."""
    text = " ".join(text.split())
    try:
        if match := _AGO.fullmatch(text):
            return now - timedelta(**{_UNITS[match[2]]: int(match[1])})
        if _CLOCK.fullmatch(text):
            text = f"{now:%Y-%m-%d} {text}"
        if _DATE.fullmatch(text):
            date, _, clock = text.partition(" ")
            numbers = [int(number) for number in (*date.split("-"), *filter(None, clock.split(":")))]
            return datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001 - in the server's own zone
    except (ValueError, OverflowError) as error:
        raise ValueError(f"`{text}` bukan waktu yang ada.") from error
    raise ValueError(f"`{text}` bukan waktu. Contoh: 2026-11-20 08:00, 08:00 (hari ini), 30m, 2h, 3d (yang lalu).")


def expression(text: str) -> re.Pattern[str]:
    """What is looked for; letters count alike, capital or not."""
    try:
        return re.compile(text, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"Pola `{text}` bukan ekspresi reguler: {error}.") from error

"""What a host says of its yesterday. It may be broken, or somebody else's: it is held against what can be."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Self

from chatops.secrets import mask
from chatops.words import Said

VERSION = 1
MOST = 10
"""Errors of a source, and statements of a list."""
MOST_DATABASES = 20
LETTERS = 300
LARGEST = 1e18
SOURCES = ("application", "apache", "postgresql")
LISTS = ("most_used", "slowest", "heaviest")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
DAY = re.compile(r"20\d\d-\d\d-\d\d")


class GarbageError(Exception):
    """It is no answer; the text says what is wrong with it."""

    def __init__(self, indonesian: str, english: str) -> None:
        super().__init__(indonesian)
        self.detail = Said(indonesian, english)


@dataclass(frozen=True)
class Cause:
    """A kind of error, and how often it happened."""

    count: int
    text: str


@dataclass(frozen=True)
class Source:
    """What one kind of log said."""

    lines: int
    errors: int
    warnings: int
    frequent: tuple[Cause, ...] = ()
    unread: int = 0
    """Files that could not be read."""
    until: float | None = None
    """Where reading had to stop, if it had to."""


@dataclass(frozen=True)
class Database:
    """What happened in a database."""

    bytes: float
    commits: float
    rollbacks: float
    deadlocks: float
    active_seconds: float
    temp_bytes: float
    hit: float | None = None
    """The share of blocks that were in memory already."""

    @property
    def transactions(self) -> float:
        """How many came to an end, whichever."""
        return self.commits + self.rollbacks

    @property
    def seconds(self) -> float | None:
        """How long one took, on average."""
        return self.active_seconds / self.transactions if self.transactions else None


@dataclass(frozen=True)
class Statement:
    """A form of statement."""

    database: str
    calls: float
    seconds: float
    """Of all calls together."""
    rows: float
    text: str

    @property
    def mean(self) -> float:
        """Seconds of one call."""
        return self.seconds / self.calls if self.calls else 0.0


@dataclass(frozen=True)
class Statements:
    """What PostgreSQL has counted of them."""

    loaded: bool
    calls: float = 0
    seconds: float = 0
    most_used: tuple[Statement, ...] = ()
    slowest: tuple[Statement, ...] = ()
    heaviest: tuple[Statement, ...] = ()


@dataclass(frozen=True)
class Slow:
    """Statements that took longer than PostgreSQL keeps quiet about."""

    count: float = 0
    seconds: float = 0
    longest: float = 0


@dataclass(frozen=True)
class Digest:
    """One day of one host."""

    day: str
    """`2026-11-21`, where the office is."""
    made: float
    sources: Mapping[str, Source] = field(default_factory=dict)
    slow: Slow = Slow()
    since: float | None = None
    """From when on the database's counters are; none, where they are from their beginning."""
    databases: Mapping[str, Database] = field(default_factory=dict)
    statements: Statements | None = None
    """None, where the database was not asked."""
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        """Of all sources."""
        return sum(source.errors for source in self.sources.values())

    @property
    def measures(self) -> Mapping[str, float]:
        """Its figures, as values over time."""
        found = {f"errors:{name}": float(source.errors) for name, source in self.sources.items()}
        for name, each in self.databases.items():
            found[f"database_bytes:{name}"] = each.bytes
            if each.seconds is not None:
                found[f"transaction_seconds:{name}"] = each.seconds
                found[f"failed_transactions:{name}"] = each.rollbacks / each.transactions
        return found

    def told(self) -> dict[str, Any]:
        """For the store, and for programs."""
        return {"version": VERSION} | asdict(self)

    def without_texts(self) -> Self:
        """What is kept for years: the figures."""
        sources = {name: Source(each.lines, each.errors, each.warnings) for name, each in self.sources.items()}
        counted = self.statements
        statements = Statements(counted.loaded, counted.calls, counted.seconds) if counted else None
        return type(self)(self.day, self.made, sources, self.slow, self.since, self.databases, statements)


def parse(told: object) -> Digest:
    """Read it; whatever it is not makes it garbage."""
    whole = _mapping(told, "ringkasan", 30)
    if whole.get("version") != VERSION:
        raise GarbageError("ringkasan dari versi lain", "a digest of another version")
    day = whole.get("day")
    if not isinstance(day, str) or not DAY.fullmatch(day) or not _exists(day):
        raise GarbageError("ringkasan tanpa hari", "a digest of no day")
    sources = _mapping(whole.get("sources", {}), "sources", 10)
    databases = _mapping(whole.get("databases", {}), "databases", MOST_DATABASES)
    statements = whole.get("statements")
    problems = _mapping(whole.get("problems", {}), "problems", 20)
    return Digest(
        day,
        _number(whole.get("made"), "made"),
        {name: _source(sources[name]) for name in SOURCES if name in sources},
        Slow(**_numbers(whole.get("slow") or {}, "slow", ("count", "seconds", "longest"))),
        None if whole.get("since") is None else _number(whole["since"], "since"),
        {name: _database(each) for name, each in databases.items() if NAME.fullmatch(name)},
        None if not statements else _statements(statements),
        {_text(name): _text(why) for name, why in problems.items()},
    )


def _source(told: object) -> Source:
    raw = _mapping(told, "sources", 20)
    counts = _numbers(raw, "sources", ("lines", "errors", "warnings", "unread"))
    until = raw.get("until")
    causes = [_mapping(each, "frequent", 5) for each in _list(raw.get("frequent", []), "frequent")]
    return Source(
        int(counts["lines"]),
        int(counts["errors"]),
        int(counts["warnings"]),
        tuple(Cause(int(_number(each.get("count"), "count")), _text(each.get("text"))) for each in causes),
        int(counts["unread"]),
        None if until is None else _number(until, "until"),
    )


def _database(told: object) -> Database:
    raw = _mapping(told, "databases", 20)
    names = ("bytes", "commits", "rollbacks", "deadlocks", "active_seconds", "temp_bytes")
    hit = raw.get("hit")
    return Database(**_numbers(raw, "databases", names), hit=None if hit is None else min(1.0, _number(hit, "hit")))


def _statements(told: object) -> Statements:
    raw = _mapping(told, "statements", 20)
    if raw.get("loaded") is not True:
        return Statements(loaded=False)
    lists = {name: tuple(map(_statement, _list(raw.get(name, []), name))) for name in LISTS}
    counts = _numbers(raw, "statements", ("calls", "seconds"))
    return Statements(True, counts["calls"], counts["seconds"], **lists)  # noqa: FBT003 - what it says


def _statement(told: object) -> Statement:
    raw = _mapping(told, "statements", 10)
    counts = _numbers(raw, "statements", ("calls", "seconds", "rows"))
    return Statement(
        _text(raw.get("database")), counts["calls"], counts["seconds"], counts["rows"], _text(raw.get("text", ""))
    )


def _mapping(told: object, what: str, most: int) -> Mapping[str, Any]:
    if not isinstance(told, dict) or len(told) > most:
        raise GarbageError(f"ringkasan: `{what}` rusak", f"digest: `{what}` is broken")
    return told


def _list(told: object, what: str) -> Sequence[Any]:
    if not isinstance(told, list | tuple):
        raise GarbageError(f"ringkasan: `{what}` bukan daftar", f"digest: `{what}` is no list")
    return told[:MOST]


def _numbers(told: object, what: str, names: Iterable[str]) -> dict[str, float]:
    raw = _mapping(told, what, 30)
    return {name: _number(raw.get(name, 0), name) for name in names}


def _number(told: object, what: str) -> float:
    """A number that can be counted with: not one that is none, and none below nothing."""
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < LARGEST:
        raise GarbageError(f"ringkasan: `{what}` bukan bilangan", f"digest: `{what}` is no number")
    return float(told)


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True


def _text(told: object) -> str:
    """Words of a host: short, on one line, and without secrets."""
    shown = "".join(each if each.isprintable() else " " for each in str(told)[: 2 * LETTERS])
    return mask(shown)[:LETTERS]

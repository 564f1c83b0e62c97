"""What is measured on a host, in the order in which LKPP looks for what is wrong, and from where on it is.

Each threshold has two ends: something is wrong from the first, and well again only beyond the second. A value that
trembles at a threshold is told of once.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from chatops.words import Said

type Unit = Literal["share", "seconds", "hours", "days", "count", "bytes", "yes"]


class Level(IntEnum):
    """How a value is; the larger, the worse."""

    WELL = 0
    WARNING = 1
    CRITICAL = 2


LEVELS = {
    Level.WELL: Said("baik", "well"),
    Level.WARNING: Said("perlu perhatian", "warning"),
    Level.CRITICAL: Said("KRITIS", "CRITICAL"),
}


@dataclass(frozen=True)
class Below:
    """Wrong below `enter`, and until it is `leave` again."""

    enter: float
    leave: float

    def holds(self, value: float, *, already: bool) -> bool:
        """Whether a value is wrong."""
        return value < (self.leave if already else self.enter)


@dataclass(frozen=True)
class Above:
    """Wrong above `enter`, and until it is `leave` again."""

    enter: float
    leave: float

    def holds(self, value: float, *, already: bool) -> bool:
        """Whether a value is wrong."""
        return value > (self.leave if already else self.enter)


@dataclass(frozen=True)
class Measure:
    """One kind of value."""

    kind: str
    title: Said
    unit: Unit
    warning: tuple[Below | Above, ...] = ()
    critical: tuple[Below | Above, ...] = ()
    times: int = 1
    """How often in a row it has to be seen before it counts: a page may fail once."""

    def level(self, before: Level, value: float) -> Level:
        """How a value is, after what it was before."""
        for level, sides in ((Level.CRITICAL, self.critical), (Level.WARNING, self.warning)):
            if any(side.holds(value, already=before >= level) for side in sides):
                return level
        return Level.WELL


def _asked(kind: str, indonesian: str, english: str, times: int = 2) -> Measure:
    """A question with yes or no."""
    return Measure(kind, Said(indonesian, english), "yes", critical=(Below(0.5, 0.5),), times=times)


MEASURES = {
    measure.kind: measure
    for measure in (
        Measure("memory", Said("memori tersedia", "memory left"), "share", (Below(0.10, 0.15),), (Below(0.05, 0.08),)),
        Measure("memory_bytes", Said("memori", "memory"), "bytes"),
        Measure("swap", Said("swap tersisa", "swap left"), "share", (Below(0.3, 0.5),)),
        Measure("load", Said("beban per prosesor", "load per processor"), "count", (Above(2, 1.5),), (Above(4, 3),), 2),
        Measure("disk", Said("disk kosong", "disk left"), "share", (Below(0.15, 0.18),), (Below(0.05, 0.07),)),
        Measure("disk_bytes", Said("disk kosong", "disk left"), "bytes"),
        Measure("inodes", Said("inode kosong", "inodes left"), "share", (Below(0.15, 0.18),), (Below(0.05, 0.07),)),
        _asked("dns", "nama terjawab", "name resolves"),
        _asked("port", "port terbuka", "port open"),
        _asked("inbound", "terjangkau dari luar", "reachable from outside"),
        _asked("outbound", "menjangkau keluar", "reaches outside"),
        _asked("apache2", "Apache", "Apache"),
        _asked("postgresql", "PostgreSQL", "PostgreSQL"),
        _asked("database", "PostgreSQL menerima sambungan", "PostgreSQL takes connections"),
        Measure("process", Said("proses SPSE", "SPSE processes"), "count", (), (Below(0.5, 0.5), Above(1.5, 1.5)), 2),
        _asked("answers", "SPSE menjawab", "SPSE answers"),
        _asked("login", "halaman login", "login page"),
        Measure("login_seconds", Said("lama halaman login", "login page takes"), "seconds", (Above(3, 2),), times=2),
        Measure("certificate", Said("sertifikat", "certificate"), "days", (Below(30, 31),), (Below(7, 8),)),
        Measure("clock", Said("selisih jam", "clock offset"), "seconds", (Above(1, 0.5),), (Above(60, 30),), 2),
        Measure("backup", Said("umur titik pulih", "age of backup"), "hours", (Above(24, 23),), (Above(48, 47),)),
        Measure("backup_healthy", Said("cadangan sehat", "backups well"), "yes", warning=(Below(0.5, 0.5),)),
        Measure("database_bytes", Said("basis data", "database"), "bytes"),
        Measure("errors", Said("galat kemarin", "errors yesterday"), "count"),
        Measure("transaction_seconds", Said("lama transaksi", "a transaction takes"), "seconds"),
        Measure("failed_transactions", Said("transaksi gagal", "failed transactions"), "share"),
        Measure("updates", Said("pembaruan keamanan", "security updates"), "count", (Above(0.5, 0.5),)),
    )
}
"""By their kinds. A restore point is due at least once a day (S0-15a)."""


def of(name: str) -> Measure:
    """The measure of a value, such as that of `disk:/home`."""
    return MEASURES[name.partition(":")[0]]


@dataclass(frozen=True)
class Standing:
    """How a value has been."""

    level: Level
    since: int
    """Seconds since 1970."""
    towards: Level
    seen: int = 0
    """How often in a row it was at `towards`, which is another level, and not yet often enough."""


def judge(measure: Measure, before: Standing | None, value: float, at: int) -> Standing:
    """How it stands after another value; the first one is taken as it is."""
    if before is None:
        level = measure.level(Level.WELL, value)
        return Standing(level, at, level)
    level = measure.level(before.level, value)
    if level == before.level:
        return Standing(level, before.since, level)
    seen = before.seen + 1 if level == before.towards else 1
    if seen >= measure.times:
        return Standing(level, at, level)
    return Standing(before.level, before.since, level, seen)

"""Monitoring (S0, 8.1): what was asked for and done, how far the installation has come, whether it was there."""

from collections.abc import Callable, Iterator

from chatops.reports.counting import NONE, Counted, Numbers
from chatops.reports.figures import HOUR, Chapter, Figure, Group, Kind, lettered
from chatops.sla import services
from chatops.words import Said

ASKED = (
    ("received", Said("Permintaan dan insiden diterima", "Requests and incidents received"), Kind.COUNT, False),
    ("closed", Said("Ditutup", "Closed"), Kind.COUNT, False),
    ("closed.met", Said("tepat waktu", "in time"), Kind.COUNT, True),
    ("closed.late", Said("terlambat", "late"), Kind.COUNT, True),
    ("closed.untimed", Said("tanpa tenggat", "without a deadline"), Kind.COUNT, True),
    ("in-time", Said("Ketepatan waktu", "Kept in time"), Kind.PERCENT, False),
    ("open", Said("Masih terbuka pada akhir bulan", "Still open at the end of the month"), Kind.COUNT, False),
    ("open.paused", Said("dijeda", "paused"), Kind.COUNT, True),
    ("open.overdue", Said("lewat tenggat", "overdue"), Kind.COUNT, True),
)
PROGRESS = (
    ("installed", Said("Instalasi selesai (S0-4)", "Installations done (S0-4)"), Kind.COUNT, False),
    ("upgraded", Said("Upgrade selesai (S0-5)", "Upgrades done (S0-5)"), Kind.COUNT, False),
    ("installed.year", Said("Instalasi selesai sejak Januari", "Installations since January"), Kind.COUNT, False),
    ("upgraded.year", Said("Upgrade selesai sejak Januari", "Upgrades since January"), Kind.COUNT, False),
    ("notices", Said("Pemberitahuan akses LPSE (S0-21)", "Notices of access (S0-21)"), Kind.COUNT, False),
    ("notices.late", Said("terlambat", "late"), Kind.COUNT, True),
)
THERE = (
    ("availability", Said("Ketersediaan SPSE", "Availability of SPSE"), Kind.PERCENT, False),
    ("outages", Said("Gangguan yang mulai bulan ini", "Outages that began this month"), Kind.COUNT, False),
    ("outages.seconds", Said("Lamanya terganggu", "Time away"), Kind.HOURS, False),
    ("planned", Said("Penutupan terencana", "Planned closings"), Kind.COUNT, False),
    ("planned.seconds", Said("Lamanya ditutup", "Time closed"), Kind.HOURS, False),
    ("national", Said("Gangguan layanan nasional (S0-11)", "Outages of national services (S0-11)"), Kind.COUNT, False),
    ("national.seconds", Said("Lamanya terganggu", "Time away"), Kind.HOURS, True),
    ("unwatched", Said("Tidak terpantau", "Unwatched"), Kind.HOURS, False),
)
RULE = Said(
    "Dihitung dari instans produksi. Yang ditutup untuk pemeliharaan tidak mengurangi ketersediaan; selama tidak "
    "terpantau, gangguan tidak diketahui.",
    "Counted of instances of production. What was closed for maintenance takes nothing from it; while nobody watched, "
    "outages are not known.",
)
BUDGETS = Said(
    "Terpakai sejak Januari sampai akhir bulan. Batas menurut perjanjian: 720 jam setahun per LPSE sesudah instalasi "
    "atau upgrade (S0-4, S0-5), 5 jam setahun untuk layanan nasional (S0-11).",
    "Spent from January to the end of the month. By the agreement: 720 hours a year for each office after an "
    "installation or upgrade (S0-4, S0-5), 5 hours a year for national services (S0-11).",
)
MOST_BUDGETS = 15


def figure(now: Numbers, before: Numbers, name: str, label: Said, kind: Kind, part: bool = False) -> Figure:  # noqa: FBT001, FBT002 - one column of the tables above
    """A number beside the one of the month before."""
    nothing = Counted(0)
    return Figure(name, label, now.get(name, nothing), before.get(name, nothing), kind, part=part)


def listed(
    now: Numbers, before: Numbers, prefix: str, label: Callable[[str], Said], most: int = 0, kind: Kind = Kind.COUNT
) -> list[Figure]:
    """All numbers of one kind, the largest first; those alone that there were before come last."""
    names = {name for name in [*now, *before] if name.startswith(prefix)}
    found = [figure(now, before, name, label(name.removeprefix(prefix)), kind) for name in names]
    found.sort(key=lambda each: (-(each.now.value or 0), -(each.before.value or 0), each.name))
    return found[:most] if most else found


def chapter(now: Numbers, before: Numbers, lpse: str) -> Chapter:
    """The first of the three."""
    asked = [figure(now, before, *each) for each in ASKED]
    if not lpse:
        offices = Said("LPSE yang meminta sesuatu", "Offices that asked for something")
        asked.insert(1, figure(now, before, "offices", offices, Kind.COUNT))
    runs = [
        figure(now, before, "runs", Said("Playbook dijalankan", "Playbooks run"), Kind.COUNT),
        figure(now, before, "runs.failed", Said("gagal", "failed"), Kind.COUNT, part=True),
    ]
    used = listed(now, before, "operation.", lambda name: Said(name, name))
    about = Said(
        "Perkembangan implementasi, pemanfaatan, jumlah permintaan, dan ketersediaan.",
        "Progress of the installation, how it is used, how much was asked for, and whether it was there.",
    )
    parts = [
        Group(Said("Permintaan dan penyelesaiannya", "What was asked for, and done"), asked),
        Group(
            Said("Menurut layanan perjanjian", "By service of the agreement"),
            listed(now, before, "service.", service),
            drawn=True,
        ),
        Group(
            Said("Perkembangan implementasi", "Progress of the installation"),
            [figure(now, before, *each) for each in PROGRESS],
        ),
        Group(Said("Pemanfaatan", "Use"), [*runs, *used]),
        Group(Said("Ketersediaan", "Availability"), [figure(now, before, *each) for each in THERE], RULE),
        Group(
            Said("Batas gangguan setahun", "What a year allows to be away"),
            list(budgets(now, before))[: None if lpse else MOST_BUDGETS],
            BUDGETS,
        ),
    ]
    return lettered(Chapter("M", Said("Monitoring", "Monitoring"), about, parts))


def service(name: str) -> Said:
    """A service by its name in the agreement."""
    if name == NONE:
        return Said("Tanpa layanan perjanjian", "No service of the agreement")
    known = services.load().get(name)
    words = f"{name} {known.title}" if known else name
    return Said(words, words)


def budgets(now: Numbers, before: Numbers) -> Iterator[Figure]:
    """What was spent of each budget, that which is nearest to its end first."""
    own = listed(now, before, "budget.", _budget, kind=Kind.HOURS)
    with_limits = [(each, _limit(each.name)) for each in own]
    limited = [
        Figure(each.name, each.label, each.now, each.before, each.kind, limit=limit) for each, limit in with_limits
    ]
    yield from sorted(limited, key=lambda each: (-(each.spent or 0), each.name))


def _budget(name: str) -> Said:
    of, _, whose = name.partition(".")
    return Said(f"{of} nasional", f"{of} national") if whose == "*" else Said(f"{of} LPSE {whose}", f"{of} {whose}")


def _limit(name: str) -> int:
    known = services.find(name.split(".")[1]).budgets
    return known[0].hours * HOUR

"""Trend (S0, 8.1): incidents by priority and requests, against the month before and over a year."""

from collections.abc import Mapping

from chatops.ledger.facts import Month
from chatops.reports.counting import CLASSES, OUTCOMES, Numbers
from chatops.reports.figures import Cell, Chapter, Figure, Group, Kind, Listing, lettered
from chatops.reports.monitoring import figure
from chatops.sla.priority import WORKING_DAYS
from chatops.words import Said

RESULTS = {
    "done": Said("selesai", "done"),
    "cancelled": Said("dibatalkan atau ditolak", "cancelled or rejected"),
    "failed": Said("gagal", "failed"),
}
OVER_TIME = ("received", "incidents", "closed", "closed.late", "in-time", "outages", "outages.seconds")
HEADS = (
    Said("Bulan", "Month"),
    Said("Diterima", "Received"),
    Said("Insiden", "Incidents"),
    Said("Ditutup", "Closed"),
    Said("Terlambat", "Late"),
    Said("Ketepatan (%)", "In time (%)"),
    Said("Gangguan", "Outages"),
    Said("Terganggu (jam)", "Away (hours)"),
)
HOUR = 3600
NOTE = Said(
    "Insiden ialah yang diberi prioritas; permintaan ialah yang lainnya. Prioritas menurut penilaian terakhir sampai "
    "akhir bulan.",
    "An incident is what was given a priority; a request is what was not. Priorities as last judged by the end of the "
    "month.",
)


def chapter(month: Month, months: Mapping[str, Numbers]) -> Chapter:
    """The second of the three."""
    now, before = months[str(month)], months[str(month.after(-1))]
    totals = [
        figure(now, before, "incidents", Said("Insiden", "Incidents"), Kind.COUNT),
        *(judged(now, before, "class", name, part=True) for name in CLASSES),
        figure(now, before, "requests", Said("Permintaan", "Requests"), Kind.COUNT),
    ]
    late = [judged(now, before, "late", name) for name in CLASSES]
    results = [figure(now, before, f"outcome.{name}", RESULTS[name], Kind.COUNT) for name in OUTCOMES]
    about = Said(
        "Insiden menurut prioritas dan permintaan, dibandingkan dengan bulan sebelumnya.",
        "Incidents by priority and requests, against the month before.",
    )
    parts: list[Group | Listing] = [
        Group(Said("Insiden dan permintaan", "Incidents and requests"), totals, NOTE),
        Group(Said("Insiden yang ditutup terlambat", "Incidents closed late"), late),
        Group(Said("Hasil yang ditutup", "Results of what was closed"), results),
        over_time(months),
    ]
    return lettered(Chapter("T", Said("Trend", "Trend"), about, parts))


def judged(now: Numbers, before: Numbers, group: str, name: str, *, part: bool = False) -> Figure:
    """Of one class of priority."""
    title = f"{name.capitalize()} Change"
    days = WORKING_DAYS[name]
    label = Said(f"{title} (selesai dalam {days} hk)", f"{title} (within {days} working day{'s' if days > 1 else ''})")
    return figure(now, before, f"{group}.{name}", label, Kind.COUNT, part=part)


def over_time(months: Mapping[str, Numbers]) -> Listing:
    """Twelve months, the last one below."""
    rows: list[tuple[Cell, ...]] = []
    for name, numbers in sorted(months.items()):
        values: list[Cell] = [numbers[each].value for each in OVER_TIME]
        values[-1] = round(float(numbers["outages.seconds"].value or 0) / HOUR, 1)
        rows.append((name, *values))
    note = Said(
        "Angka setiap bulan beserta dasarnya ada dalam lampiran pada lembar kerja.",
        "The figures of each month, and what they rest on, are in the workbook's appendix.",
    )
    return Listing(Said("Dua belas bulan", "Twelve months"), HEADS, rows, note)

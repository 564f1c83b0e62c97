"""Analisis (S0, 8.1): common incidents, those of the highest priority, and what the next month brings."""

from collections.abc import Iterator

from chatops.ledger.facts import Facts, Matter, Month, Standing
from chatops.ledger.outages import EVERYWHERE
from chatops.reports.counting import Numbers
from chatops.reports.figures import Cell, Chapter, Group, Kind, Listing, Ranges, called, lettered
from chatops.reports.monitoring import budgets, figure, listed
from chatops.words import Said

MOST = 10
HOUR = 3600
NEARLY = 80
"""Per cent of a yearly budget from which somebody should think of it."""
WHOLE = 100
OFTEN = 3
"""Outages of one host in a month that are no accident."""
BASIS = Said("Dasar (nomor urut)", "Basis (sequence)")
NUMBER, OFFICE = Said("Nomor", "Number"), Said("LPSE", "LPSE")
NATIONAL = Said("nasional", "national")
WHAT, RECEIVED, DUE = Said("Perihal", "Matter"), Said("Diterima", "Received"), Said("Tenggat", "Due")
BEGINS = Said("Mulai", "Begins")
PLANNED = (NUMBER, OFFICE, WHAT, BEGINS, RECEIVED, Said("Keadaan", "State"), BASIS)
CHANGES = (NUMBER, OFFICE, WHAT, RECEIVED, DUE, Said("Keadaan", "State"), BASIS)
OUTAGES = (
    NUMBER,
    OFFICE,
    Said("Server", "Host"),
    Said("Mulai", "Began"),
    Said("Berakhir", "Over"),
    Said("Jam bulan ini", "Hours this month"),
    BASIS,
)
OFFICES = (
    OFFICE,
    Said("Diterima", "Received"),
    Said("Insiden", "Incidents"),
    Said("Ditutup", "Closed"),
    Said("Terlambat", "Late"),
    Said("Gangguan", "Outages"),
    Said("Terganggu (jam)", "Away (hours)"),
    BASIS,
)
COMPARED = ("received", "incidents", "closed", "late", "outages", "seconds")
STATES = {
    "open": Said("terbuka", "open"),
    "paused": Said("dijeda", "paused"),
    True: Said("tepat waktu", "in time"),
    False: Said("TERLAMBAT", "LATE"),
    None: Said("ditutup", "closed"),
}


def chapter(month: Month, facts: Facts, now: Numbers, before: Numbers, lpse: str) -> Chapter:
    """The third of the three; the facts are those of the office, if it is of one."""
    common = listed(now, before, "incident.", lambda name: Said(name, name), MOST)
    failed = listed(now, before, "failed.", lambda name: Said(name, name), MOST)
    ahead = [
        figure(now, before, "working-days-next", Said("Hari kerja bulan depan", "Working days next month"), Kind.COUNT),
        figure(now, before, "open", Said("Terbawa dari bulan ini", "Carried over"), Kind.COUNT),
        figure(now, before, "due-next", Said("jatuh tempo bulan depan", "due next month"), Kind.COUNT, part=True),
        figure(
            now,
            before,
            "scheduled",
            Said("Perubahan terjadwal bulan depan", "Changes scheduled for next month"),
            Kind.COUNT,
        ),
    ]
    after = called(month.after(1))
    parts: list[Group | Listing] = [
        Group(Said("Insiden tersering", "Most common incidents"), common, drawn=True),
        Listing(
            Said("Insiden berprioritas tertinggi (Emergency Change)", "Incidents of the highest priority"),
            CHANGES,
            list(emergencies(month, facts)),
        ),
        Group(Said("Playbook yang gagal", "Playbooks that failed"), failed),
        Listing(Said("Gangguan terlama", "Longest outages"), OUTAGES, list(outages(month, facts, MOST))),
        *([] if lpse else [_offices(now)]),
        Group(Said(f"Rencana {after.indonesian}", f"Plan of {after.english}"), ahead),
        Listing(Said("Terjadwal", "Scheduled"), PLANNED, list(scheduled(month, facts))),
    ]
    about = Said(
        "Insiden yang sering terjadi, insiden berprioritas tertinggi, dan rencana bulan berikutnya.",
        "Common incidents, those of the highest priority, and the plan of the next month.",
    )
    return lettered(Chapter("A", Said("Analisis", "Analysis"), about, parts))


def emergencies(month: Month, facts: Facts) -> Iterator[tuple[Cell, ...]]:
    """Each that was received, and is or became one."""
    for matter in facts.matters:
        standing = matter.standing(month.last)
        if standing and standing.judged == "emergency" and month.holds(matter.received):
            yield row(month, facts, matter, standing)


def scheduled(month: Month, facts: Facts) -> Iterator[tuple[Cell, ...]]:
    """Each that is to begin next month."""
    after = month.after(1)
    for matter in facts.matters:
        standing = matter.standing(month.last)
        if standing and matter.comes(standing) and matter.starts and after.holds(matter.starts):
            number, office, what, received, _, state, seqs = row(month, facts, matter, standing)
            yield (number, office, what, matter.starts, received, state, seqs)


def row(month: Month, facts: Facts, matter: Matter, standing: Standing) -> tuple[Cell, ...]:
    """A change as a row."""
    change = matter.change(month.last)
    due = change.due(facts.calendar, min(month.last, facts.at)) if change else None
    planned = matter.opened.get("maintenance", {}).get("what")
    what = f"{matter.opened['operation']}: {planned or matter.opened['reason']}".removesuffix(": ")
    state = STATES[standing.told["met"] if standing.closed else standing.state]
    names = ", ".join(matter.opened["lpse"])
    offices = NATIONAL if names == EVERYWHERE else names
    seqs = Ranges.of({matter.seq, standing.judged_by, standing.moved}).short(60, "…")
    return (matter.number, offices, what, matter.received, due.at if due else None, state, seqs)


def outages(month: Month, facts: Facts, most: int | None = None) -> Iterator[tuple[Cell, ...]]:
    """Those that were away in the month and not on purpose, the longest first."""
    until = min(month.last, facts.at)
    own = [each for each in facts.outages if each.counts and not each.planned and each.within(month.first, until)]
    own.sort(key=lambda each: (-each.within(month.first, until), each.number))
    for each in own[:most]:
        hours = round(each.within(month.first, until) / HOUR, 1)
        where = each.instance if each.host == EVERYWHERE else f"{each.host} ({each.instance})"
        office = NATIONAL if each.lpse == EVERYWHERE else each.lpse
        yield (each.number, office, where, each.began, each.until, hours, Ranges.of(each.seqs).short(60, "…"))


def offices(now: Numbers) -> list[tuple[Cell, ...]]:
    """Every office with something to tell, those first that somebody has to think of."""
    names = {name.split(".")[1] for name in now if name.startswith("lpse.")}
    found = []
    for name in names:
        own = {each: now.get(f"lpse.{name}.{each}") for each in COMPARED}
        values = {each: int(counted.value or 0) if counted else 0 for each, counted in own.items()}
        seqs = {seq for counted in own.values() if counted for seq in counted.seqs}
        found.append((name, values, seqs))
    found.sort(key=lambda each: (-each[1]["late"], -each[1]["seconds"], -each[1]["incidents"], each[0]))
    return [
        (
            name,
            *(values[each] for each in COMPARED[:-1]),
            round(values["seconds"] / HOUR, 1),
            Ranges.of(seqs).short(60, "…"),
        )
        for name, values, seqs in found
    ]


def _offices(now: Numbers) -> Listing:
    note = Said("Selengkapnya pada lembar LPSE.", "All of them are on the sheet LPSE.")
    title = Said("LPSE yang perlu diperhatikan", "Offices to be thought of")
    # By what was late, and what was away.
    worst = [row for row in offices(now) if row[4] or row[5] or row[6]]
    return Listing(title, OFFICES, worst[:MOST], note)


def findings(month: Month, facts: Facts, now: Numbers, before: Numbers, lpse: str) -> Iterator[Said]:
    """What follows from the numbers, each with what to do."""

    def value(name: str, of: Numbers = now) -> int:
        counted = of.get(name)
        return int(counted.value or 0) if counted else 0

    if late := value("closed.late"):
        yield Said(
            f"{late} ditutup terlambat. Telusuri sebabnya dengan `spse-ops sla explain`, dan catat tindakannya.",
            f"Closed late: {late}. Find out why by `spse-ops sla explain`, and record what is done about it.",
        )
    if overdue := value("open.overdue"):
        yield Said(
            f"{overdue} masih terbuka dan lewat tenggat. Selesaikan lebih dahulu (`spse-ops sla due`).",
            f"Open and overdue: {overdue}. Do these first (`spse-ops sla due`).",
        )
    more = value("class.emergency") - value("class.emergency", before)
    if more > 0:
        yield Said(
            f"Emergency Change bertambah {more} dari bulan sebelumnya. Bahas sebabnya pada rapat bulanan.",
            f"Emergencies: {more} more than in the month before. Discuss why at the monthly meeting.",
        )
    if failed := value("runs.failed"):
        yield Said(
            f"{failed} pelaksanaan playbook gagal. Periksa catatannya, lalu ajukan perubahan.",
            f"Runs of playbooks that failed: {failed}. Look at their logs, and ask for a change.",
        )
    yield from _away(month, facts)
    # What is everybody's is not one office's to mend.
    own = [each for each in budgets(now, before) if not lpse or not each.name.endswith(f".{EVERYWHERE}")]
    yield from (_spent(each.label, round(each.spent)) for each in own if each.spent and each.spent >= NEARLY)
    if hours := value("unwatched") // HOUR:
        yield Said(
            f"{hours} jam tidak terpantau. Pastikan pemantau berjalan terus (S1 langkah 1).",
            f"Hours in which nobody watched: {hours}. See to it that the watcher runs (S1, step 1).",
        )
    if month.after(1).year not in facts.decrees:
        yield Said(
            f"Hari libur {month.after(1).year} belum ditetapkan dalam kalender; tenggatnya sementara. Terapkan "
            "keputusannya.",
            f"No decree on days off in {month.after(1).year} is in the calendar; deadlines are provisional. Apply it.",
        )


def _spent(of: Said, percent: int) -> Said:
    if percent > WHOLE:
        return Said(
            f"Batas gangguan {of.indonesian} terlampaui: {percent} %. Laporkan sebab dan tindakannya kepada pimpinan.",
            f"The budget of {of.english} is exceeded: {percent} %. Report the cause, and what is done about it.",
        )
    return Said(
        f"Batas gangguan {of.indonesian} terpakai {percent} %. Tunda penutupan yang dapat ditunda.",
        f"The budget of {of.english} is gone by {percent} %. Put off what can be.",
    )


def _away(month: Month, facts: Facts) -> Iterator[Said]:
    """Hosts that were away again and again."""
    times: dict[str, int] = {}
    for each in facts.outages:
        if each.counts and not each.planned and month.holds(each.began):
            times[each.host] = times.get(each.host, 0) + 1
    for host, count in sorted(times.items(), key=lambda pair: (-pair[1], pair[0])):
        if count >= OFTEN:
            yield Said(
                f"{host} terganggu {count} kali. Analisis sebabnya dan ajukan permintaan perubahan (S1 langkah 5).",
                f"{host}: away {count} times. Find the cause, and ask for a change (S1, step 5).",
            )

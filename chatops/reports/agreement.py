"""How the agreement was kept in a month, service by service: the compliance report that LKPP owes (S0, 6.2.16)."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from chatops.reports import page
from chatops.reports.counting import Counted, Numbers
from chatops.reports.figures import HOUR, Kind, Ranges, Speaker
from chatops.reports.monthly import Report
from chatops.sla import services
from chatops.sla.services import Service
from chatops.words import Said

NOTHING = Counted(0)
LETTERS = 60
VERSIONS, ACCESS = "S0-6", "S0-21"
BY_PRIORITY = Said("menurut prioritas", "by its priority")
STARTS = {
    "received": Said("diterima", "the receipt"),
    "notice": Said("pemberitahuan", "the notice"),
    "standard": Said("standar ditetapkan", "the standard was set"),
    "maintenance": Said("pemeliharaan", "the maintenance"),
    "installation": Said("instalasi", "the installation"),
    "access-changed": Said("akses berubah", "the access changed"),
}
"""What days are counted from, as data/services.yml has it."""
MODES = {
    "remote": Said("jarak jauh", "remote"),
    "at-lkpp": Said("di LKPP", "at LKPP"),
    "on-site": Said("di tempat", "on-site"),
    "request": Said("permintaan", "request"),
    "standard": Said("standar baru", "new standard"),
    "regular": Said("reguler", "regular"),
    "announcement": Said("diumumkan", "announced"),
    "install": Said("sebelum instalasi", "before an installation"),
    "access-change": Said("sesudah akses berubah", "after a change of access"),
}


class State(enum.Enum):
    """How an obligation stands."""

    BROKEN = Said("TIDAK TERPENUHI", "NOT KEPT")
    KEPT = Said("terpenuhi", "kept")
    UNTIMED = Said("tanpa tenggat", "without a deadline")
    UNASKED = Said("tidak ada permintaan", "nothing was asked for")


@dataclass(frozen=True)
class Kept:
    """One service."""

    service: Service
    received: Counted
    met: Counted
    late: Counted
    words: str
    """What else is to be said: budgets, and how often."""
    state: State
    basis: str


@dataclass(frozen=True)
class Agreement:
    """All of them."""

    report: Report

    @property
    def name(self) -> str:
        """What its files are called."""
        return self.report.name.replace("laporan-", "kepatuhan-perjanjian-")

    @property
    def say(self) -> Speaker:
        """In whose language."""
        return self.report.speaker

    @cached_property
    def rows(self) -> list[Kept]:
        """As the agreement lists them."""
        return [self._kept(service) for service in services.load().values()]

    def count(self, state: State) -> int:
        """How many stand so."""
        return sum(row.state is state for row in self.rows)

    def as_page(self) -> str:
        """For the screen, and for what sets the PDF."""
        return page.html("perjanjian.html.j2", agreement=self, report=self.report, say=self.say, S=Said, states=State)

    def duty(self, service: Service) -> str:
        """What was promised."""
        return "; ".join(map(self.say.words, _duties(service))) or self.say.words(BY_PRIORITY)

    def _kept(self, service: Service) -> Kept:
        numbers = self.report.months[str(self.report.month)]
        received = numbers.get(f"service.{service.id}", NOTHING)
        met, late = (numbers.get(f"kept.{service.id}.{how}", NOTHING) for how in ("met", "late"))
        if service.id == ACCESS:
            # Offices tell of it by a letter, which is no request.
            received, late = numbers["notices"], numbers["notices.late"]
            met = Counted(int(received.value or 0) - int(late.value or 0), received.seqs)
        spent = list(_spent(service, numbers))
        words = [self._budget(service, whose, counted) for whose, counted in spent[:1]]
        words += self._exceeded(service, spent)
        broken = bool(late.value) or any(_over(service, counted) for _, counted in spent)
        seqs = {seq for each in (received, met, late, *(counted for _, counted in spent)) for seq in each.seqs}
        if service.id == VERSIONS:
            builds = numbers["builds.year"]
            times = service.frequency.times if service.frequency else 0
            said = Said(f"{builds.value} versi dari {times} setahun", f"{builds.value} of {times} versions a year")
            words.append(self.say.words(said))
            seqs |= set(builds.seqs)
        state = State.BROKEN if broken else State.KEPT if met.value or spent else State.UNASKED
        if state is State.UNASKED and (received.value or seqs):
            state = State.UNTIMED
        basis = Ranges.of(seqs).short(LETTERS, "…")
        return Kept(service, received, met, late, "; ".join(words), state, basis)

    def _budget(self, service: Service, whose: str, counted: Counted) -> str:
        spent = self.say.value(counted.value, Kind.HOURS)
        of = self.say.number(service.budgets[0].hours, 0)
        where = "" if whose == "*" else f" ({whose})"
        return self.say.words(Said(f"terbanyak {spent} dari {of} jam{where}", f"at most {spent} of {of} hours{where}"))

    def _exceeded(self, service: Service, spent: list[tuple[str, Counted]]) -> Iterator[str]:
        over = [whose for whose, counted in spent if _over(service, counted)]
        if over and over != ["*"]:
            yield self.say.words(Said(f"terlampaui oleh {len(over)} LPSE", f"exceeded by {len(over)} offices"))


def _over(service: Service, counted: Counted) -> bool:
    return int(counted.value or 0) > service.budgets[0].hours * HOUR


def _spent(service: Service, numbers: Numbers) -> Iterator[tuple[str, Counted]]:
    """What was spent of its yearly budget, by whom, the most first."""
    prefix = f"budget.{service.id}."
    own = [(name.removeprefix(prefix), each) for name, each in numbers.items() if name.startswith(prefix)]
    yield from sorted(own, key=lambda pair: (-int(pair[1].value or 0), pair[0]))


def _duties(service: Service) -> Iterator[Said]:
    for each in service.deadlines:
        days = each.term.days
        unit = Said("hari", "days") if each.term.calendar_days else Said("hk", "working days")
        side = Said("sebelum", "before") if each.term.ahead else Said("sejak", "after")
        start, mode = STARTS[each.start], MODES[each.mode]
        yield Said(
            f"{mode.indonesian}: {days} {unit.indonesian} {side.indonesian} {start.indonesian}",
            f"{mode.english}: {days} {unit.english} {side.english} {start.english}",
        )
    for budget in service.budgets:
        yield Said(f"paling lama {budget.hours} jam setahun", f"at most {budget.hours} hours a year")
    if often := service.frequency:
        per = Said("sehari", "a day") if often.per == "day" else Said("setahun", "a year")
        yield Said(f"{often.times} kali {per.indonesian}", f"{often.times} times {per.english}")

"""The report of a month, of one office or of all: three chapters of numbers, each with what it rests on (S0, 8.1)."""

import difflib
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import ClassVar

from chatops.errors import ReportError
from chatops.ledger.facts import Facts, Month
from chatops.reports import analysis, chart, monitoring, page, reconcile, trend
from chatops.reports.chart import Bar
from chatops.reports.figures import Chapter, Group, Listing, Ranges, Speaker, called
from chatops.reports.reconcile import Months
from chatops.words import Said

FEWEST_BARS, MOST_BARS = 3, 8
LETTERS_OF_BASIS = 260
MORE = Said("… selengkapnya dalam lembar kerja", "… all of them are in the workbook")
NATIONAL = "nasional"
DRAWINGS = (
    ("received", Said("Diterima setiap bulan", "Received each month")),
    ("incidents", Said("Insiden setiap bulan", "Incidents each month")),
    ("closed.late", Said("Ditutup terlambat", "Closed late")),
    ("outages", Said("Gangguan setiap bulan", "Outages each month")),
)
"""What the trend draws over twelve months."""


@dataclass(frozen=True)
class Report:
    """One month."""

    drawings: ClassVar = DRAWINGS

    month: Month
    lpse: str
    """Empty for all of them."""
    months: Months
    facts: Facts
    """Of the office alone, if it is of one."""
    speaker: Speaker

    @classmethod
    def of(cls, facts: Facts, month: Month, lpse: str, language: str) -> "Report":
        """From what happened."""
        if facts.at < month.first:
            raise ReportError(
                detail=Said(
                    f"{month} belum mulai; laporan yang paling akhir ialah bulan berjalan",
                    f"{month} has not begun; the last report is that of the month that runs",
                )
            )
        own = facts.of(lpse)
        if lpse and lpse not in own.offices:
            near = difflib.get_close_matches(lpse, facts.offices, n=1)
            raise ReportError(
                detail=Said(
                    f"LPSE `{lpse}` tidak pernah disebut dalam buku catatan"
                    + (f"; maksud Anda `{near[0]}`?" if near else "; lihat `spse-ops change list`"),
                    f"the ledger has never heard of LPSE `{lpse}`"
                    + (f"; did you mean `{near[0]}`?" if near else "; see `spse-ops change list`"),
                )
            )
        return cls(month, lpse, reconcile.months(facts, month, lpse), own, Speaker(language))

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"laporan-{self.month}-{self.lpse or NATIONAL}"

    @property
    def program(self) -> str:
        """What wrote it."""
        return f"spse-ops {version('spse-ops')}"

    @property
    def unfinished(self) -> bool:
        """Whether the month still runs."""
        return self.facts.at < self.month.last

    @property
    def office(self) -> Said:
        """What it is of."""
        return Said(f"LPSE {self.lpse}", f"LPSE {self.lpse}") if self.lpse else Said("Nasional", "National")

    @property
    def period(self) -> str:
        """The month, in words."""
        return self.speaker.words(called(self.month))

    @property
    def before(self) -> str:
        """The one before it, in words."""
        return self.speaker.words(called(self.month.after(-1)))

    @cached_property
    def findings(self) -> list[Said]:
        """What follows from the numbers."""
        now, before = self.months[str(self.month)], self.months[str(self.month.after(-1))]
        return list(analysis.findings(self.month, self.facts, now, before, self.lpse))

    @cached_property
    def chapters(self) -> list[Chapter]:
        """All three."""
        now, before = self.months[str(self.month)], self.months[str(self.month.after(-1))]
        return [
            monitoring.chapter(now, before, self.lpse),
            trend.chapter(self.month, self.months),
            analysis.chapter(self.month, self.facts, now, before, self.lpse),
        ]

    @cached_property
    def headlines(self) -> list[tuple[str, str, str]]:
        """What the head of a section reads first: the number, what it is, and how it has changed."""
        figures = {each.name: each for chapter in self.chapters for each in chapter.figures}
        wanted = ("received", "in-time", "class.emergency", "availability")
        say = self.speaker
        return [
            (say.value(each.now.value, each.kind), say.words(each.label), say.difference(each))
            for each in map(figures.__getitem__, wanted)
        ]

    @cached_property
    def basis(self) -> list[tuple[str, str, str, str]]:
        """For the appendix: the code of each figure, its words, what it rests on, and what the one before did."""
        more = self.speaker.words(MORE)
        return [
            (
                each.code,
                self.speaker.words(each.label),
                Ranges.of(each.now.seqs).short(LETTERS_OF_BASIS, more),
                Ranges.of(each.before.seqs).short(LETTERS_OF_BASIS, more),
            )
            for chapter in self.chapters
            for each in chapter.figures
        ]

    def drawn(self, group: Group) -> str:
        """A group as bars, the month before beside each; nothing, where there is little to compare."""
        if not group.drawn or len(group.figures) < FEWEST_BARS:
            return ""
        say = self.speaker
        bars = [
            Bar(each.label.indonesian.partition(" ")[0][:14], float(each.now.value or 0), float(each.before.value or 0))
            for each in group.figures[:MOST_BARS]
        ]
        heads = (say.words(group.title), self.period, self.before)
        return chart.bars(bars, say.words(group.title), heads=heads, say=self._count, key=heads[0]).svg

    def over_time(self, name: str, title: Said) -> str:
        """A number over twelve months, as bars."""
        bars = [
            Bar(self.speaker.words(called(Month.parse(each)))[:3], float(numbers[name].value or 0))
            for each, numbers in sorted(self.months.items())
        ]
        words = self.speaker.words(title)
        return chart.bars(bars, words, heads=(words, ""), say=self._count, key=name).svg

    def _count(self, value: float) -> str:
        return self.speaker.number(value, 0)

    def is_group(self, part: Group | Listing) -> bool:
        """For the template, which has to tell the two apart."""
        return isinstance(part, Group)

    def as_page(self) -> str:
        """For the screen, and for what sets the PDF."""
        return page.html("bulanan.html.j2", report=self, say=self.speaker, S=Said)

    @property
    def moment(self) -> str:
        """When it was made."""
        return self.speaker.moment(self.facts.at)

    def numbers(self) -> list[dict[str, object]]:
        """For programs."""
        return [
            {"month": month, "name": name, "value": each.value, "seqs": list(each.seqs)}
            for month, numbers in sorted(self.months.items())
            for name, each in numbers.items()
        ]

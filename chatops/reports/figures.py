"""What a report is made of: figures beside those of the month before, listings, and the words for both."""

import enum
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from chatops import bahasa
from chatops.ledger.facts import Month
from chatops.reports.counting import Counted
from chatops.sla import moments
from chatops.words import Said

HOUR = 3600
NOTHING = "\N{EN DASH}"
SAME = "="


UNSAID = Said("", "")
NONE = Said("Tidak ada.", "There is none.")


class Kind(enum.Enum):
    """What a number counts."""

    COUNT = Said("", "")
    HOURS = Said("jam", "hours")
    """Kept in seconds."""
    PERCENT = Said("%", "%")


@dataclass(frozen=True)
class Figure:
    """One number of the month, and of the one before."""

    name: str
    """What it is called where it is counted."""
    label: Said
    now: Counted
    before: Counted
    kind: Kind = Kind.COUNT
    code: str = ""
    """What it is called in the report: by it the appendix says what it rests on."""
    limit: int | None = None
    """What it may come to, in the same unit."""
    part: bool = False
    """Whether it is a part of the one above it."""

    @property
    def spent(self) -> float | None:
        """How much of its limit is gone, in per cent."""
        return round(100 * float(self.now.value or 0) / self.limit, 1) if self.limit else None

    @property
    def difference(self) -> float | None:
        """By how much it has grown."""
        if self.now.value is None or self.before.value is None:
            return None
        return self.now.value - self.before.value


@dataclass(frozen=True)
class Group:
    """Figures that belong together."""

    title: Said
    figures: Sequence[Figure]
    note: Said = UNSAID
    drawn: bool = False
    """Whether bars say it better than numbers."""

    @property
    def limited(self) -> bool:
        """Whether there is something that its figures may come to."""
        return any(figure.limit for figure in self.figures)


type Cell = str | int | float | datetime | Said | None


@dataclass(frozen=True)
class Listing:
    """Single things, one a row; the last column says which events prove it."""

    title: Said
    heads: Sequence[Said]
    rows: Sequence[Sequence[Cell]]
    note: Said = UNSAID
    none: Said = NONE

    @property
    def numeric(self) -> frozenset[int]:
        """The columns that are of numbers."""
        own = [{place for place, cell in enumerate(row) if isinstance(cell, int | float)} for row in self.rows]
        return frozenset().union(*own)


@dataclass(frozen=True)
class Chapter:
    """One of the three reports that the agreement asks for."""

    letter: str
    title: Said
    about: Said
    parts: Sequence[Group | Listing]

    @property
    def groups(self) -> list[Group]:
        """Those that are of figures."""
        return [part for part in self.parts if isinstance(part, Group)]

    @property
    def figures(self) -> Iterator[Figure]:
        """All of them."""
        for group in self.groups:
            yield from group.figures


def lettered(chapter: Chapter) -> Chapter:
    """The same, with a code for each figure."""
    number = 0
    parts: list[Group | Listing] = []
    for part in chapter.parts:
        if isinstance(part, Listing):
            parts.append(part)
            continue
        own = []
        for figure in part.figures:
            number += 1
            own.append(replace(figure, code=f"{chapter.letter}{number}"))
        parts.append(replace(part, figures=own))
    return replace(chapter, parts=parts)


@dataclass(frozen=True)
class Speaker:
    """Puts numbers and moments as its reader writes them."""

    language: str
    zone: str = "WIB"

    def words(self, said: Said | str) -> str:
        """In his language, where there is a choice."""
        return said.to(self.language) if isinstance(said, Said) else said

    def value(self, value: float | None, kind: Kind = Kind.COUNT) -> str:
        """A number of a figure, with its unit."""
        if value is None:
            return NOTHING
        if kind is Kind.HOURS:
            return f"{self.number(value / HOUR, 1)} {self.words(kind.value)}"
        if kind is Kind.PERCENT:
            return f"{self.number(value, 2)} %"
        return self.number(value, 0)

    def difference(self, figure: Figure) -> str:
        """By how much a figure has grown; nothing is said where there is nothing to say."""
        grown = figure.difference
        if not grown:
            return "" if grown is None else SAME
        sign = "+" if grown > 0 else "\N{MINUS SIGN}"
        text = self.number(abs(grown), 2) if figure.kind is Kind.PERCENT else self.value(abs(grown), figure.kind)
        # Less than what is shown is no difference.
        return f"{sign}{text}" if re.search(r"[1-9]", text) else SAME

    def number(self, value: float, places: int) -> str:
        """With the marks of thousands and decimals that he expects."""
        text = f"{value:,.{places}f}"
        if self.language != "en":
            text = text.translate({ord(","): ".", ord("."): ","})
        return text

    def cell(self, cell: Cell) -> str:
        """What stands in a listing."""
        match cell:
            case None:
                return NOTHING
            case Said() | str():
                return self.words(cell)
            case datetime():
                local = cell.astimezone(moments.zone(self.zone))
                return f"{local:%d-%m-%Y %H:%M}" if self.language == "en" else f"{local:%d-%m-%Y %H.%M}"
        return self.number(cell, 0 if isinstance(cell, int) else 1)

    def moment(self, when: datetime) -> str:
        """As in a letter."""
        return bahasa.moment_in(self.language, when.astimezone(moments.zone(self.zone)), self.zone)


def called(month: Month) -> Said:
    """A month as one writes it."""
    return Said(f"{bahasa.MONTHS[month.number - 1]} {month.year}", f"{month.first:%B %Y}")


@dataclass
class Ranges:
    """Sequence numbers, those that follow each other put together."""

    spans: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, seqs: Iterable[int]) -> "Ranges":
        """In their order."""
        own = sorted(set(seqs))
        breaks = [place for place, (one, other) in enumerate(pairwise(own), start=1) if other != one + 1]
        starts, ends = [0, *breaks], [*breaks, len(own)]
        runs = [own[start:end] for start, end in zip(starts, ends, strict=True) if start < end]
        return cls([str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs])

    def lines(self, most: int) -> Iterator[str]:
        """As text, on lines of at most so many letters."""
        line = ""
        for span in self.spans:
            if line and len(line) + len(span) + 2 > most:
                yield line
                line = ""
            line = f"{line}, {span}" if line else span
        if line:
            yield line

    def short(self, most: int, more: str) -> str:
        """As text of some letters; what is left out is said to be."""
        lines = list(self.lines(most))
        return lines[0] + (f" {more}" if len(lines) > 1 else "") if lines else NOTHING

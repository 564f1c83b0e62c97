"""A workbook that somebody has kept: what it says, on all of its sheets, so that it can be held against the ledger."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook

from chatops.errors import MonthError, ReportError
from chatops.ledger.facts import Month
from chatops.reports.counting import Counted
from chatops.reports.figures import Kind
from chatops.reports.reconcile import Difference
from chatops.reports.workbook import SECONDS, shown
from chatops.words import Said

CODE = re.compile(r"[A-Z][0-9]+")


@dataclass(frozen=True)
class Shown:
    """A figure on one of the sheets that people read."""

    sheet: str
    code: str
    values: tuple[object, object]
    """Of the month, and of the one before."""


@dataclass(frozen=True)
class Saved:
    """What it says."""

    month: Month
    lpse: str
    at: datetime
    head: tuple[int, str]
    """Up to which event of the ledger it was made, and the sum of that one."""
    months: dict[str, dict[str, Counted]]
    """Its numbers, by month."""
    names: dict[str, tuple[str, Kind]]
    """What each code is counted as."""
    shown: list[Shown]

    def misprints(self) -> Iterator[Difference]:
        """Figures that its sheets show otherwise than it says below that they were counted."""
        for each in self.shown:
            name, kind = self.names.get(each.code, ("", Kind.COUNT))
            for month, said in zip((self.month, self.month.after(-1)), each.values, strict=True):
                counted = self.months.get(str(month), {}).get(name, Counted(0))
                if said != shown(counted.value, kind):
                    own = said if isinstance(said, int | float | str) else None
                    where = f"{each.sheet} {each.code} {name}".strip()
                    yield Difference(str(month), where, own, shown(counted.value, kind), counted.seqs)


def read(file: Path) -> Saved:
    """Read one again."""
    try:
        book = openpyxl.load_workbook(file)
        told = json.loads(book.properties.description or "")
        basis = str(told["sheet"])
        months: dict[str, dict[str, Counted]] = {}
        names: dict[str, tuple[str, Kind]] = {}
        for month, name, code, _, value, unit, seqs in _rows(book, basis, 7):
            own = months.setdefault(str(month), {})
            # A basis that does not fit into one cell goes on in the next row, which has no value of its own.
            before = own.get(str(name), Counted(_number(value)))
            own[str(name)] = Counted(before.value, (*before.seqs, *_numbers(str(seqs or ""))))
            for each in filter(None, str(code or "").split(", ")):
                names.setdefault(each, (str(name), Kind.HOURS if unit in SECONDS else Kind.COUNT))
        found = [
            Shown(sheet, str(code), (now, then))
            for sheet in book.sheetnames
            if sheet != basis
            for code, _, now, then in _rows(book, sheet, 4)
            if CODE.fullmatch(str(code))
        ]
        head = (int(told["seq"]), str(told["hash"]))
        at = datetime.fromisoformat(told["at"])
        return Saved(Month.parse(str(told["month"])), str(told["lpse"]), at, head, months, names, found)
    except (OSError, KeyError, TypeError, ValueError, BadZipFile, InvalidFileException, MonthError) as error:
        raise ReportError(
            detail=Said(
                f"{file} bukan laporan bulanan yang utuh ({error}); buat lagi dengan `spse-ops report month`",
                f"{file} is no whole report of a month ({error}); make it again by `spse-ops report month`",
            )
        ) from error


def _rows(book: Workbook, sheet: str, columns: int) -> Iterable[tuple[object, ...]]:
    rows: Iterable[tuple[object, ...]] = book[sheet].iter_rows(min_row=2, max_col=columns, values_only=True)
    return rows


def _number(value: object) -> int | float | None:
    if value is None or isinstance(value, int | float):
        return value
    raise ValueError(f"`{value}`")


def _numbers(text: str) -> list[int]:
    found: list[int] = []
    for span in filter(None, text.split(", ")):
        first, _, last = span.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found

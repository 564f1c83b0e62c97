"""The report of a month as a workbook: real numbers and dates, charts of its own, and what every number rests on."""

import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from openpyxl.cell import Cell as Square
from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.legend import Legend
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.properties import PageSetupProperties

from chatops.reports import analysis
from chatops.reports.figures import HOUR, Cell, Figure, Group, Kind, Listing, Ranges
from chatops.reports.monthly import Report
from chatops.reports.page import printable
from chatops.sla import moments
from chatops.words import Said

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

DARK, PALE = "12385F", "EAF0F6"
HEAD = Font(name="Liberation Sans", bold=True, color="FFFFFF")
BODY = Font(name="Liberation Sans")
STRONG = Font(name="Liberation Sans", bold=True, color=DARK, size=13)
FILL, SHADE = PatternFill("solid", DARK, DARK), PatternFill("solid", PALE, PALE)
BELOW = Border(bottom=Side("thin", "D5DCE3"))
TOP, WRAPPED = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)
FORMATS = {Kind.COUNT: "#,##0", Kind.HOURS: "#,##0.00", Kind.PERCENT: "0.00"}
MOMENT = "dd-mm-yyyy hh:mm"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""By what programs take text for a formula."""
LONGEST = 30_000
"""Letters that fit into a cell, with some to spare."""
WIDEST = 60
BASIS = Said("Dasar", "Basis")
ROWS_OF_BASIS = (
    Said("Bulan", "Month"),
    Said("Nama", "Name"),
    Said("Kode", "Code"),
    Said("Perihal", "Matter"),
    Said("Nilai", "Value"),
    Said("Satuan", "Unit"),
    Said("Dasar: nomor urut", "Basis: sequence"),
)
SECONDS = Said("detik", "seconds")


def workbook(report: Report) -> bytes:
    """All of it."""
    book = Workbook()
    book.remove(book.worksheets[0])
    maker = Maker(book, report)
    maker.cover()
    for chapter in report.chapters:
        maker.begin(report.speaker.words(chapter.title))
        for part in chapter.parts:
            if isinstance(part, Group):
                maker.group(part)
            else:
                maker.listing(part)
    maker.lists()
    maker.basis()
    maker.seal()
    whole = io.BytesIO()
    book.save(whole)
    return whole.getvalue()


class Maker:
    """Fills one sheet after the other."""

    def __init__(self, book: Workbook, report: Report) -> None:
        self.book, self.report, self.say = book, report, report.speaker
        self.sheet: Worksheet
        self.row = 1
        self._sheet(self._words(Said("Ringkasan", "Summary")))

    def _words(self, said: Said | str) -> str:
        return self.say.words(said)

    def _sheet(self, title: str) -> None:
        """One that goes on paper as wide as it is, whatever its length."""
        self.sheet = self.book.create_sheet(title)
        self.sheet.page_setup.orientation = "landscape"
        self.sheet.page_setup.paperSize = self.sheet.PAPERSIZE_A4
        self.sheet.page_setup.fitToHeight = 0
        self.sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        self.sheet.print_title_rows = "1:1"
        self.row = 1

    def begin(self, title: str) -> None:
        """A new sheet."""
        self._sheet(title)
        self.sheet.sheet_view.showGridLines = False
        self.sheet.freeze_panes = "A2"
        self._put(1, f"{title} — {self._words(self.report.office)}, {self.report.period}", STRONG)
        self.row = 3

    def cover(self) -> None:
        """What it is, and what to look at first."""
        self.sheet.sheet_view.showGridLines = False
        report = self.report
        self._put(1, self._words(Said("Laporan Tingkat Layanan", "Service Level Report")), STRONG)
        self.row = 2
        seq, digest = report.facts.head
        facts: list[tuple[Said, Cell]] = [
            (Said("Lingkup", "Scope"), self._words(report.office)),
            (Said("Bulan", "Month"), report.period),
            (Said("Dibuat", "Made"), report.facts.at),
            (Said("Buku catatan sampai nomor urut", "Ledger up to sequence"), seq),
            (Said("SHA-256", "SHA-256"), digest),
            (Said("Program", "Program"), report.program),
        ]
        for label, cell in facts:
            self._put(1, self._words(label), BODY)
            self._put(2, cell, BODY)
            self.row += 1
        self.row += 1
        heads = (Said("Angka utama", "Main figures"), Said("Nilai", "Value"), Said("Selisih", "Change"))
        headlines = [(label, value, grown) for value, label, grown in report.headlines]
        self.listing(Listing(Said("Ringkasan", "Summary"), heads, headlines))
        title = Said("Yang perlu dikerjakan", "What has to be done")
        self.listing(Listing(title, (title,), [(self._words(each).replace("`", ""),) for each in report.findings]))
        self.sheet.column_dimensions["A"].width = WIDEST
        self.sheet.column_dimensions["B"].width = WIDEST

    def group(self, group: Group) -> None:
        """Figures, and a chart of them where one says it better."""
        self._put(1, self._words(group.title), STRONG)
        self.row += 1
        heads: list[Said | str] = [Said("Kode", "Code"), Said("Perihal", "Matter")]
        heads += [self.report.period, self.report.before, Said("Selisih", "Change"), Said("Satuan", "Unit")]
        heads += [Said("Batas", "Limit")] if group.limited else []
        self._heads(heads)
        first = self.row
        for each in group.figures:
            self._figure(each)
        if group.drawn and group.figures:
            self._bars(group, first)
        self.row += 1
        self._widths((8, WIDEST, 18, 18, 12, 9, 12))

    def _figure(self, figure: Figure) -> None:
        label = self._words(figure.label)
        self._put(1, figure.code, BODY)
        self._put(2, f"    {label}" if figure.part else label, BODY)
        for column, counted in ((3, figure.now), (4, figure.before)):
            self._put(column, shown(counted.value, figure.kind), BODY, FORMATS[figure.kind])
        self._put(5, shown(figure.difference, figure.kind), BODY, f"+{FORMATS[figure.kind]};-{FORMATS[figure.kind]};0")
        self._put(6, self._words(figure.kind.value), BODY)
        if figure.limit:
            self._put(7, shown(figure.limit, figure.kind), BODY, FORMATS[figure.kind])
        self.row += 1

    def _bars(self, group: Group, first: int) -> None:
        drawn = BarChart()
        drawn.title = self._words(group.title)
        # Lying down, because their names are long; the first one above.
        drawn.type, drawn.x_axis.scaling.orientation = "bar", "maxMin"
        drawn.height, drawn.width = 4 + 0.9 * len(group.figures), 19
        drawn.add_data(
            Reference(self.sheet, min_col=3, max_col=4, min_row=first - 1, max_row=self.row - 1), titles_from_data=True
        )
        drawn.set_categories(Reference(self.sheet, min_col=2, min_row=first, max_row=self.row - 1))
        self._axes(drawn)
        self.sheet.add_chart(drawn, f"I{first - 1}")

    def listing(self, listing: Listing) -> None:
        """Single things."""
        self._put(1, self._words(listing.title), STRONG)
        self.row += 1
        if not listing.rows:
            self._put(1, self._words(listing.none), BODY)
            self.row += 2
            return
        self._heads(listing.heads)
        first = self.row
        for row in listing.rows:
            for column, cell in enumerate(row, start=1):
                self._put(column, cell, BODY)
            self.row += 1
        # Twelve months, and nothing else, begin with one.
        if listing.heads[0] == Said("Bulan", "Month"):
            self._lines(first)
        self.row += 1

    def _lines(self, first: int) -> None:
        drawn = LineChart()
        drawn.title = self._words(Said("Diterima, insiden, ditutup, terlambat", "Received, incidents, closed, late"))
        drawn.height, drawn.width = 8.5, 20
        drawn.add_data(
            Reference(self.sheet, min_col=2, max_col=5, min_row=first - 1, max_row=self.row - 1), titles_from_data=True
        )
        drawn.set_categories(Reference(self.sheet, min_col=1, min_row=first, max_row=self.row - 1))
        self._axes(drawn)
        self.sheet.add_chart(drawn, f"K{first - 1}")

    def _axes(self, drawn: BarChart | LineChart) -> None:
        drawn.legend = Legend()
        drawn.legend.position = "b"
        # Without it some programs leave the axes out.
        drawn.x_axis.delete = drawn.y_axis.delete = False

    def lists(self) -> None:
        """Everything that the numbers were counted from, where a person would look for it."""
        report, facts = self.report, self.report.facts
        if not report.lpse:
            self._table("LPSE", analysis.OFFICES, analysis.offices(report.months[str(report.month)]))
        rows = [
            analysis.row(report.month, facts, matter, standing)
            for matter in facts.matters
            if (standing := matter.standing(report.month.last))
            and (not standing.closed or standing.closed >= report.month.first)
        ]
        self._table(self._words(Said("Perubahan", "Changes")), analysis.CHANGES, rows)
        self._table(
            self._words(Said("Gangguan", "Outages")), analysis.OUTAGES, list(analysis.outages(report.month, facts))
        )

    def basis(self) -> None:
        """Every number by its name, as it was counted, with all of its events: what `report reconcile` reads."""
        report = self.report
        figures = [each for chapter in report.chapters for each in chapter.figures]
        shown_as = {each.name: each for each in figures}
        codes: dict[str, list[str]] = {}
        for each in figures:
            codes.setdefault(each.name, []).append(each.code)
        rows: list[Sequence[Cell]] = []
        for month, numbers in sorted(report.months.items(), reverse=True):
            for name, counted in numbers.items():
                figure = shown_as.get(name)
                unit = SECONDS if figure and figure.kind is Kind.HOURS else figure.kind.value if figure else ""
                label = self._words(figure.label) if figure else name
                lines = list(Ranges.of(counted.seqs).lines(LONGEST)) or [""]
                own = month in {str(report.month), str(report.month.after(-1))}
                code = ", ".join(codes[name]) if figure and own else ""
                rows.append((month, name, code, label, counted.value, unit, lines[0]))
                rows += [(month, name, code, label, None, "", line) for line in lines[1:]]
        self._table(self._words(BASIS), ROWS_OF_BASIS, rows)

    def seal(self) -> None:
        """Say in the workbook, too, what it was made of."""
        report = self.report
        seq, digest = report.facts.head
        told: dict[str, Any] = {"month": str(report.month), "lpse": report.lpse, "at": report.facts.at.isoformat()}
        told |= {"seq": seq, "hash": digest, "sheet": self._words(BASIS)}
        self.book.properties.description = json.dumps(told)
        self.book.properties.title = f"{report.name} {report.period}"
        self.book.properties.creator = report.program

    def _table(self, title: str, heads: Sequence[Said], rows: Iterable[Sequence[Cell]]) -> None:
        """A sheet that is one table, whose heads stay while one scrolls, and can be filtered by."""
        self._sheet(title)
        self._heads(heads)
        for row in rows:
            for column, cell in enumerate(row, start=1):
                self._put(column, cell, BODY)
            self.row += 1
        self.sheet.freeze_panes = "A2"
        self.sheet.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{max(2, self.row - 1)}"
        self._widths(tuple(18 if place < len(heads) - 1 else WIDEST for place in range(len(heads))))

    def _heads(self, heads: Sequence[Said | str]) -> None:
        for column, head in enumerate(heads, start=1):
            square = self._put(column, self._words(head), HEAD)
            square.fill = FILL
            square.alignment = WRAPPED
        self.row += 1

    def _widths(self, widths: Sequence[float]) -> None:
        for column, width in enumerate(widths, start=1):
            self.sheet.column_dimensions[get_column_letter(column)].width = width

    def _put(self, column: int, cell: Cell, font: Font, form: str = "") -> Square:
        # Nothing here is merged.
        square = cast("Square", self.sheet.cell(self.row, column))
        value: str | float | datetime | None
        if isinstance(cell, Said | str):
            # Text stays text, whoever has written it: nothing of a host or a person becomes a formula.
            value = printable(self._words(cell))[:LONGEST]
            square.value = value
            square.data_type = "s"
            square.quotePrefix = value.startswith(DANGEROUS)
        elif isinstance(cell, datetime):
            # Spreadsheets know no zones: in the office's own.
            square.value = cell.astimezone(moments.zone(self.say.zone)).replace(tzinfo=None)
            square.number_format = form or MOMENT
        else:
            square.value = cell
            square.number_format = form or ("#,##0" if isinstance(cell, int) else "#,##0.0")
        square.font = font
        square.border = BELOW
        square.alignment = TOP
        return square


def shown(value: float | None, kind: Kind) -> float | None:
    """A number as the sheets show it: hours for seconds."""
    return round(value / HOUR, 2) if value is not None and kind is Kind.HOURS else value

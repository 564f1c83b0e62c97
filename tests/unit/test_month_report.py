"""The documents of a month: what stands in them, opened by other programs, and what happens when they are altered."""

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest

from chatops.changes import Asked, Changes
from chatops.ledger.facts import Month
from chatops.ledger.store import Ledger
from chatops.reports import page, workbook
from chatops.reports import saved as kept_ones
from chatops.reports.agreement import MODES, STARTS, Agreement, State
from chatops.reports.figures import Ranges, Speaker
from chatops.reports.monthly import Report
from chatops.sla import moments, priority, services
from tests.unit.conftest import SpseOps
from tests.unit.test_month_numbers import copy, report
from tests.unit.test_recommendation import Outline
from tests.year.events import ledger_of
from tests.year.make import UNTIL

OCTOBER = Month(2026, 10)
EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "<script>alert(1)</script>", '=HYPERLINK("http://x","y")\x1b\x00')


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A year, with words in it that somebody means ill."""
    ledger = ledger_of(tmp_path_factory.mktemp("year") / "ledger.db", 40)
    book = Changes(ledger, "penguji")
    urgent = priority.assess(range(1, 13), 10, 4)
    for number, words in enumerate(EVIL):
        received = moments.parse(f"2026-10-{number + 5:02}T10:00+07:00")
        asked = Asked("jahat", ("aceh-01",), priority=urgent, received=received, reason=words.replace("\x00", ""))
        book.open(asked)
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def made(told: Ledger) -> Report:
    """The national report of October."""
    return report(told, OCTOBER, now=UNTIL)


@pytest.fixture(scope="module")
def book(made: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its workbook."""
    path = tmp_path_factory.mktemp("laporan") / "laporan.xlsx"
    path.write_bytes(workbook.workbook(made))
    return path


def test_the_page_says_every_figure_with_its_code_and_the_month_before(made: Report) -> None:
    outline = Outline(made.as_page())
    rows = outline.all("tr")
    for chapter in made.chapters:
        for figure in chapter.figures:
            words = f"{figure.code} {figure.label.indonesian} {made.speaker.value(figure.now.value, figure.kind)}"
            assert any(row.startswith(words) for row in rows), words
    assert outline.all("h2") == ["M. Monitoring", "T. Trend", "A. Analisis", "Lampiran: dasar setiap angka"]
    assert {"Oktober 2026", "September 2026"} <= set(outline.all("th"))


def test_what_somebody_means_ill_is_only_text(made: Report) -> None:
    text = made.as_page()
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "\x1b" not in text


def test_english_has_no_indonesian_heads(told: Ledger) -> None:
    outline = Outline(report(told, OCTOBER, "aceh-01", UNTIL, "en").as_page())
    heads = " ".join(outline.all("th") + outline.all("h2") + outline.all("h3"))
    assert "Availability" in heads
    assert not re.search(r"\b(Perihal|Selisih|Ketersediaan|Diterima|Lampiran|bulan)\b", heads)


def test_numbers_are_numbers_dates_are_dates_and_heads_stay(book: Path, made: Report) -> None:
    read = openpyxl.load_workbook(book)
    assert read.sheetnames == ["Ringkasan", "Monitoring", "Trend", "Analisis", "LPSE", "Perubahan", "Gangguan", "Dasar"]
    for name in ("LPSE", "Perubahan", "Gangguan", "Dasar"):
        assert read[name].freeze_panes == "A2"
        assert read[name].auto_filter.ref
    (received,) = [row for row in read["Monitoring"].iter_rows(values_only=True) if row[0] == "M1"]
    assert received[2] == made.months[str(OCTOBER)]["received"].value
    assert isinstance(read["Perubahan"]["D2"].value, datetime)
    assert len(read["LPSE"]["A"]) == 1 + len({n.split(".")[1] for n in made.months["2026-10"] if n.startswith("lpse.")})
    with ZipFile(book) as inside:
        drawn = [name for name in inside.namelist() if re.fullmatch(r"xl/charts/chart[0-9]+\.xml", name)]
    assert len(drawn) == len(["Monitoring", "Trend", "Analisis"])


def test_no_text_becomes_a_formula(book: Path) -> None:
    squares = [square for sheet in openpyxl.load_workbook(book) for row in sheet for square in row]
    assert not [square.value for square in squares if square.data_type == "f"]
    dangerous = [
        square for square in squares if str(square.value).startswith(("=", "+", "@", "-")) and square.data_type == "s"
    ]
    assert [square.value for square in dangerous if not square.quotePrefix] == []
    found = {str(square.value) for square in squares}
    assert any(each.startswith("jahat: =1+1") for each in found)


def test_a_workbook_says_what_it_was_made_of(book: Path, made: Report) -> None:
    saved = kept_ones.read(book)
    assert list(saved.misprints()) == []
    assert len(saved.shown) == sum(1 for chapter in made.chapters for _ in chapter.figures)
    assert (saved.month, saved.lpse, saved.at, saved.head) == (OCTOBER, "", UNTIL, made.facts.head)
    assert saved.months == {month: dict(numbers) for month, numbers in made.months.items()}


def as_csv(book: Path, sheet: str, folder: Path) -> list[list[str]]:
    """A sheet as LibreOffice reads it."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    assert program, "./bootstrap check"
    home = f"-env:UserInstallation=file://{folder / 'profile'}"
    # 44 and 34: commas and quotes; 76: UTF-8; the last: every sheet, into a file of its own.
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    command = [program, home, "--headless", "--convert-to", form, "--outdir", str(folder), str(book)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return list(csv.reader(io.StringIO((folder / f"{book.stem}-{sheet}.csv").read_text(encoding="utf-8"))))


def test_libreoffice_reads_the_same_numbers(book: Path, made: Report, tmp_path: Path) -> None:
    rows = as_csv(book, "Dasar", tmp_path)[1:]
    read = {(row[0], row[1]): row[4] for row in rows if row[4]}
    wanted = {
        (month, name): each.value
        for month, numbers in made.months.items()
        for name, each in numbers.items()
        if each.value is not None
    }
    assert read.keys() == wanted.keys()
    assert {key: float(text) for key, text in read.items()} == {key: float(value) for key, value in wanted.items()}
    changes = list(csv.reader(io.StringIO((tmp_path / f"{book.stem}-Perubahan.csv").read_text(encoding="utf-8"))))
    assert [row for row in changes if row[2] == "jahat: =1+1"]


def test_paper_has_the_numbers_and_the_page_numbers(made: Report, tmp_path: Path) -> None:
    path = tmp_path / "laporan.pdf"
    path.write_bytes(page.pdf(made.as_page()))
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, text=True)
    text = " ".join(done.stdout.split())
    for chapter in made.chapters:
        for figure in chapter.figures:
            if len(figure.label.indonesian) < 30:
                value = made.speaker.value(figure.now.value, figure.kind)
                assert f"{figure.code} {figure.label.indonesian} {value}" in text
    pages = done.stdout.count("\f")
    assert f"1 / {pages}" in text
    assert made.facts.head[1] in text


def test_sequence_numbers_are_put_together() -> None:
    assert list(Ranges.of([5, 1, 2, 3, 9, 8, 3]).lines(80)) == ["1-3, 5, 8-9"]
    assert list(Ranges.of(range(0, 20, 2)).lines(10)) == ["0, 2, 4, 6", "8, 10, 12", "14, 16, 18"]
    assert Ranges.of([]).short(10, "…") == "\N{EN DASH}"


@pytest.mark.parametrize(("language", "said"), [("id", "1.234,5"), ("en", "1,234.5")])
def test_numbers_have_the_marks_of_the_language(language: str, said: str) -> None:
    assert Speaker(language).number(1234.5, 1) == said


@pytest.fixture
def office(spse_ops: SpseOps, told: Ledger, tmp_path: Path) -> SpseOps:
    """The commands, of that year."""
    (tmp_path / "state").mkdir()
    copy(told, tmp_path / "state" / "ledger.db")
    return spse_ops


def test_the_commands(office: SpseOps, tmp_path: Path) -> None:
    out = tmp_path / "laporan"
    code, said, wrong = office("report", "month", "2026-10", "aceh-01", "--national", "--out", str(out))
    assert (code, wrong) == (0, "")
    names = [f"laporan-2026-10-{name}.{kind}" for name in ("nasional", "aceh-01") for kind in ("xlsx", "pdf", "html")]
    assert said.splitlines() == [str(out / name) for name in names]
    shown = tmp_path / "state" / "reports" / "2026-10" / "nasional" / "kepatuhan-perjanjian-2026-10-nasional.html"
    code, said, wrong = office("report", "compliance", "2026-10", "--national", "--pages")
    assert (code, wrong, said.splitlines()[-1]) == (0, "", str(shown))
    # Nothing half-written is left beside it.
    assert sorted(path.suffix for path in shown.parent.iterdir()) == [".html", ".pdf"]
    code, said, _ = office("report", "month", "2026-10", "aceh-01")
    assert (code, said.splitlines()[0]) == (0, "LPSE aceh-01, Oktober 2026")
    told = json.loads(office("report", "month", "2026-10", "aceh-01", "--json")[1])["reports"][0]
    received = next(each for each in told["numbers"] if (each["month"], each["name"]) == ("2026-10", "received"))
    assert received["value"] == len(received["seqs"]) > 0
    assert office("report", "reconcile", "2026-10", "--semua")[0] == 0
    code, said, _ = office("report", "reconcile", "--file", str(out / names[0]), "--lang", "en")
    assert (code, said.startswith("They agree: ")) == (0, True)


def test_one_altered_number_of_a_kept_report_is_named(office: SpseOps, book: Path, tmp_path: Path) -> None:
    altered = openpyxl.load_workbook(book)
    sheet = altered["Dasar"]
    square = next(
        row[4] for row in sheet.iter_rows(min_row=2) if (row[0].value, row[1].value) == ("2026-10", "closed.late")
    )
    before = square.value
    square.value = 0
    path = tmp_path / "diubah.xlsx"
    altered.save(path)
    code, said, _ = office("report", "reconcile", "--file", str(path), "--json")
    # Another sheet still says the right one.
    sheet_says, found = json.loads(said)["differences"]["diubah.xlsx"]
    assert (code, found["name"], found["reported"], found["recounted"]) == (1, "closed.late", 0, before)
    assert (len(found["events"]), sheet_says["reported"], sheet_says["recounted"]) == (before, before, 0)
    assert "`closed.late`: dilaporkan 0, dihitung ulang" in office("report", "reconcile", "--file", str(path))[1]


def test_one_altered_number_on_a_sheet_that_people_read_is_named(office: SpseOps, book: Path, tmp_path: Path) -> None:
    altered = openpyxl.load_workbook(book)
    square = next(row[3] for row in altered["Monitoring"].iter_rows() if row[0].value == "M1")
    before, square.value = square.value, 1
    altered.save(tmp_path / "diubah.xlsx")
    code, said, _ = office("report", "reconcile", "--file", str(tmp_path / "diubah.xlsx"), "--json")
    (found,) = json.loads(said)["differences"]["diubah.xlsx"]
    assert (code, found["month"], found["name"]) == (1, "2026-09", "Monitoring M1 received")
    assert (found["reported"], found["recounted"], len(found["events"])) == (1, before, before)


def test_the_month_that_ended_last_has_a_name_of_its_own(office: SpseOps) -> None:
    # By the clock in Jakarta, where a month ends seven hours earlier.
    today = (datetime.now(UTC) + timedelta(hours=7)).date()
    before = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    for name in ("lalu", "last"):
        code, said, _ = office("report", "month", name, "--national", "--json")
        assert (code, json.loads(said)["reports"][0]["month"]) == (0, before)


def test_a_report_of_another_ledger_is_refused(office: SpseOps, book: Path, tmp_path: Path) -> None:
    altered = openpyxl.load_workbook(book)
    told = json.loads(altered.properties.description or "")
    altered.properties.description = json.dumps(told | {"hash": "0" * 64})
    altered.save(tmp_path / "lain.xlsx")
    code, _, wrong = office("report", "reconcile", "--file", str(tmp_path / "lain.xlsx"))
    assert (code, "dibuat dari buku catatan lain" in wrong) == (1, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report", "month", "2026-13", "--national"], "`2026-13` bukan bulan"),
        (["report", "month", "2026-10"], "Sebutkan LPSE, --national"),
        (["report", "month", "2026-10", "aceh-1"], "maksud Anda `aceh-01`?"),
        (["report", "month", "2098-10", "--national"], "belum mulai"),
        (["report", "month", "2026-10", "--national", "--out", "/proc/x", "--only", "html"], "tidak dapat ditulis"),
        (["report", "reconcile"], "Sebutkan bulannya"),
        (["report", "reconcile", "--file", "/nowhere.xlsx"], "bukan laporan bulanan yang utuh"),
        (["report", "reconcile", "--file", "/etc/hostname"], "bukan laporan bulanan yang utuh"),
    ],
)
def test_wrong_use_says_what_to_do(office: SpseOps, words: list[str], said: str) -> None:
    code, out, wrong = office(*words)
    assert code != 0
    assert said in out + wrong
    assert "Traceback" not in wrong


def test_the_agreement_is_told_service_by_service(office: SpseOps, made: Report, tmp_path: Path) -> None:
    agreement = Agreement(made)
    assert [row.service.id for row in agreement.rows] == list(services.load())
    broken = {row.service.id for row in agreement.rows if row.state is State.BROKEN}
    numbers = made.months[str(OCTOBER)]
    late = {name.split(".")[1] for name, each in numbers.items() if name.startswith("kept.") and name.endswith(".late")}
    portal = numbers["budget.S0-11.*"].value
    assert broken == late | ({"S0-11"} if portal and portal > 5 * 3600 else set())
    assert late
    assert sum(map(agreement.count, State)) == len(agreement.rows)
    code, said, _ = office("report", "compliance", "2026-10", "--national", "--out", str(tmp_path / "out"))
    names = [f"kepatuhan-perjanjian-2026-10-nasional.{kind}" for kind in ("pdf", "html")]
    assert (code, said.splitlines()) == (0, [str(tmp_path / "out" / name) for name in names])
    rows = json.loads(office("report", "compliance", "2026-10", "--national", "--json")[1])["reports"][0]["services"]
    assert {row["service"] for row in rows if row["state"] == "broken"} == broken
    text = office("report", "compliance", "2026-10", "aceh-01", "--lang", "en")[1]
    assert text.startswith("LPSE aceh-01, October 2026\n")


def test_every_way_of_a_service_has_words() -> None:
    for service in services.load().values():
        for deadline in service.deadlines:
            assert deadline.mode in MODES
            assert deadline.start in STARTS

"""The document that an LPSE is given: what stands in it, where, and on paper."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import override
from zoneinfo import ZoneInfo

import pytest

from chatops.compliance import Finding, State, Waiver
from chatops.controls import Area, Control, Severity
from chatops.reports import page
from chatops.reports.recommendation import MOST_SEEN, Recommendation

AT = datetime(2026, 11, 21, 8, 5, tzinfo=ZoneInfo("Asia/Jakarta"))
LOW, MEDIUM, HIGH, GRAVE, GRAVER = CONTROLS = [
    Control(
        f"PTU-0{number}",
        "pintu",
        f"Pintu {number} tertutup",
        f"Sebab {number}.",
        f"Tulis `kunci {number}` di pintu.",
        "S0-7",
        severity,
        may_break="Kucing & tikus.",
        cis="1.2.3" if number == 1 else "",
    )
    for number, severity in enumerate(
        (Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL, Severity.CRITICAL), start=1
    )
]
AREAS = {"pintu": Area("pintu", "Pintu", tuple(CONTROLS))}
WAIVER = Waiver("PTU-02", "Engsel <dipesan>", "Kepala Seksi", date(2027, 1, 31))


class Outline(HTMLParser):
    """The words of a page, by the element that they stand in."""

    def __init__(self, text: str) -> None:
        """Read it all."""
        super().__init__()
        self._open: list[str] = []
        self.words: dict[str, list[str]] = {}
        self.feed(text)
        assert self._open == ["html"] or not self._open, f"never closed: {self._open}"

    @override
    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br"}:
            # Cells stand apart.
            self.handle_data(" " if tag in {"td", "th"} else "")
            self._open.append(tag)
            self.words.setdefault(tag, []).append("")

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.words[tag][-1] += data

    def all(self, tag: str) -> list[str]:
        """What stands in each of these elements, in their order."""
        return [" ".join(words.split()) for words in self.words.get(tag, [])]


def document(*findings: Finding, absent: Sequence[str] = ()) -> Recommendation:
    """Of these findings."""
    return Recommendation("mamuju", findings, AREAS, "0123456789ab", AT, absent)


def on(host: str, states: dict[str, State], note: str = "terbuka", seen: tuple[str, ...] = ()) -> list[Finding]:
    """What was found on a host; what is not named holds."""
    return [
        Finding(
            host,
            control,
            state := states.get(control.id, State.HOLDS),
            seen,
            "" if state is State.HOLDS else note,
            WAIVER if state is State.WAIVED else None,
        )
        for control in CONTROLS
    ]


def mixed() -> Recommendation:
    """Two hosts, with something of everything."""
    first = {"PTU-01": State.FAILS, "PTU-02": State.WAIVED, "PTU-04": State.FAILS, "PTU-05": State.FAILS}
    second = {"PTU-02": State.NOT_APPLICABLE, "PTU-03": State.UNREAD, "PTU-05": State.FAILS}
    findings = [*on("satu", first, seen=("<depan> terbuka\x1b",)), *on("dua", second, "tidak ada `ls`")]
    return document(*findings, absent=["tiga"])


def test_what_is_gravest_comes_first_and_of_equals_what_most_hosts_have() -> None:
    found = mixed()
    assert [item.control.id for item in found.items(State.FAILS)] == ["PTU-05", "PTU-04", "PTU-01"]
    assert found.advice.keys() == {Severity.CRITICAL, Severity.LOW}
    assert [item.hosts for item in found.gravest] == [["satu", "dua"], ["satu"], ["satu"]]


def test_what_hosts_have_alike_is_said_once() -> None:
    (item,) = document(
        *on("satu", {"PTU-04": State.FAILS}),
        *on("dua", {"PTU-04": State.FAILS}),
        *on("tiga", {"PTU-04": State.FAILS}, "hilang"),
    ).items(State.FAILS)
    assert [(found.hosts, found.note) for found in item.evidence] == [
        (["satu", "dua"], "terbuka"),
        (["tiga"], "hilang"),
    ]


def test_only_the_three_gravest_stand_in_the_summary() -> None:
    found = document(*on("satu", dict.fromkeys((control.id for control in CONTROLS), State.FAILS)))
    assert [item.control.id for item in found.gravest] == ["PTU-04", "PTU-05", "PTU-03"]


def test_the_page_has_everything_in_its_place() -> None:
    outline = Outline(mixed().as_page())
    assert outline.all("h1") == ["Rekomendasi Penerapan Keamanan"]
    assert outline.all("h2") == [
        "1. Ringkasan",
        "2. Rekomendasi",
        "3. Keadaan lainnya",
        "4. Mewujudkan dan membuktikan",
        "Lampiran: yang diperiksa",
    ]
    assert [words for words in outline.all("h3") if "rekomendasi" in words] == [
        "Kritis: 2 rekomendasi",
        "Rendah: 1 rekomendasi",
    ]
    assert outline.all("h4") == ["PTU-05 Pintu 5 tertutup", "PTU-04 Pintu 4 tertutup", "PTU-01 Pintu 1 tertutup"]
    rows = outline.all("tr")
    for row in (
        "Tanggal 21 November 2026 pukul 08.05 WIB",
        "Server satu, dua",
        "Katalog kontrol versi 0123456789ab, spse-ops 0.1.0",
        "kritis 2 0 0 kerjakan sekarang juga",
        "tinggi 0 1 0 kerjakan segera sesudah yang kritis",
        "sedang 0 0 1 jadwalkan",
        "Mengapa penting Sebab 5.",
        "Yang perlu dilakukan Tulis kunci 5 di pintu.",
        "Yang mungkin terganggu Kucing & tikus.",
        "Acuan S0-7; CIS Debian Linux 12 Benchmark v1.1.0 nomor 1.2.3",
        "PTU-03 Pintu 3 tertutup dua tidak ada ls",
        "PTU-02 Pintu 2 tertutup (sedang) satu Engsel <dipesan> Kepala Seksi 31 Januari 2027",
        "PTU-02 Pintu 2 tertutup dua tidak ada ls",
        "Pintu 5 semua server",
        "PTU-01 Pintu 1 tertutup rendah dua",
    ):
        assert row in rows
    paragraphs = outline.all("p")
    assert any(
        words.startswith("3 dari 5 kontrol belum terpenuhi dan perlu dikerjakan: 2 kritis, 1 rendah.")
        for words in paragraphs
    )
    assert "satu: terbuka" in paragraphs
    assert "dua: tidak ada ls" in paragraphs
    assert any(
        words.endswith("mewajibkannya: S0 perjanjian tingkat layanan LKPP dengan LPSE (2017).") for words in paragraphs
    )
    assert any("1 server tidak terjangkau" in words for words in paragraphs)
    assert outline.all("pre") == [
        "spse-ops baseline mamuju --check",
        "spse-ops baseline mamuju",
        "spse-ops comply mamuju",
    ]


def test_what_a_host_says_is_text_and_no_more_than_fits() -> None:
    seen = ("<script>alert(1)</script>\x1b" + "panjang " * 99, *(f"baris {number}" for number in range(MOST_SEEN + 1)))
    written = document(*on("satu", {"PTU-04": State.FAILS}, "`<b>` & '{{ 6 * 7 }}'", seen)).as_page()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\N{REPLACEMENT CHARACTER}" in written
    assert "<code>&lt;b&gt;</code> &amp; " in written
    assert "{{ 6 * 7 }}" in written
    assert "dan 2 baris lagi" in written
    assert "baris 8" not in written
    assert written.count("panjang ") < 20


def test_nothing_to_do_is_said_so() -> None:
    outline = Outline(document(*on("satu", {})).as_page())
    assert outline.all("h4") == []
    assert any("Tidak ada rekomendasi: semua yang berlaku sudah terpenuhi." in words for words in outline.all("p"))
    assert outline.all("pre") == ["spse-ops comply mamuju"]
    # One host need not be named in every line.
    assert "PTU-01 Pintu 1 tertutup rendah" in outline.all("tr")


def test_what_could_not_be_read_is_not_praised() -> None:
    outline = Outline(document(*on("satu", {"PTU-05": State.UNREAD})).as_page())
    words = " ".join(outline.all("p"))
    assert "Tidak ada rekomendasi: dari kontrol yang terbaca, semua yang berlaku sudah terpenuhi." in words
    assert "Keadaan 1 kontrol tidak terbaca. Itu tidak berarti aman" in words


def test_paper_says_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        files = mixed().files()
    assert files.keys() == {"rekomendasi.html", "rekomendasi.pdf", "kepatuhan.html"}
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
    pdf = tmp_path / "rekomendasi.pdf"
    pdf.write_bytes(files["rekomendasi.pdf"])

    def ask(*command: str) -> str:
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    about = ask("pdfinfo", str(pdf))
    assert "(A4)" in about
    assert "Rekomendasi Penerapan Keamanan LPSE mamuju, 21 November 2026" in about
    sheets = ask("pdftotext", str(pdf), "-").removesuffix("\f").split("\f")
    for number, sheet in enumerate(sheets, start=1):
        assert f"Halaman {number} dari {len(sheets)}" in sheet
        assert "· LPSE mamuju · 21 November 2026 pukul 08.05 WIB" in sheet
    words = " ".join(" ".join(sheets).split())
    for said in (
        "3 dari 5 kontrol belum terpenuhi",
        "Kritis: 2 rekomendasi",
        "Tulis kunci 5 di pintu.",
        "<depan> terbuka",
        "31 Januari 2027",
    ):
        assert said in words
    # Every letter is there, whatever fonts the reader has.
    assert all(line.split()[-5] == "yes" for line in ask("pdffonts", str(pdf)).splitlines()[2:])


def test_nothing_is_fetched_for_paper(tmp_path: Path) -> None:
    (tmp_path / "rahasia.css").write_text("body { color: red }")
    refused = page.typesetter().urls.FatalURLFetchingError
    with pytest.raises(refused, match=r"rahasia\.css"):
        page.pdf(f'<link rel="stylesheet" href="file://{tmp_path}/rahasia.css"><p>satu')


def test_without_its_libraries_it_says_what_to_install_before_it_looks_at_a_host(tmp_path: Path) -> None:
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(json.dumps({"spse": {"hosts": {"satu": {"spse_lpse": "mamuju"}}}}))
    # Found first, and no library.
    (tmp_path / "libpango-1.0.so.0").write_text("")
    command = [sys.executable, "-m", "tests.compliance", "satu", f"--inventory={inventory}", f"--out={tmp_path}/out"]
    done = subprocess.run(
        [*command, "--recommend"],
        capture_output=True,
        check=False,
        env=os.environ | {"LD_LIBRARY_PATH": str(tmp_path)},
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "pustaka sistem libpango-1.0-0 tidak ada. Pasang dengan `./bootstrap documents`" in done.stderr
    assert not (tmp_path / "out").exists()

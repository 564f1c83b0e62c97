"""Files of decrees: what is right is read and written back, what is wrong is refused by key, and nothing overlaps."""

from datetime import date
from pathlib import Path

import pytest

from chatops.errors import DecreeError
from chatops.sla import calendar as calendars
from chatops.sla import decrees
from chatops.sla.decrees import Decree, Hours

DECREE = """
decree: SKB 1/2026
about: Hari libur 2027
year: 2027
holidays: {2027-01-01: Tahun Baru}
joint_leave: {2027-01-04: Cuti bersama}
ramadan: [{from: 2027-02-08, to: 2027-03-09}]
"""
HOURS = """
decree: Perbup 7/2026
about: Jam kerja
provider: mamuju
from: 2026-06-01
regular: {monday: ["08:00-12:00", "13:00-16:00"], saturday: ["08:00-24:00"]}
ramadan: {monday: ["08:00-12:00"]}
"""


@pytest.mark.parametrize("known", decrees.shipped(), ids=lambda known: known.decree)
def test_what_is_written_is_read_back(known: Decree | Hours) -> None:
    assert decrees.parse(decrees.write(known), "ulang.yml") == known


def test_a_decree_and_hours() -> None:
    decree, hours = decrees.parse(DECREE, "a.yml"), decrees.parse(HOURS, "b.yml")
    calendar = calendars.as_shipped().with_one_more(decree, "a.yml").with_one_more(hours, "b.yml")
    assert calendar.unknown_years(2026, 2028) == [2028]
    assert calendar.day_off(date(2027, 1, 4)) == "Cuti bersama"
    # Before its own hours begin an office has everybody's, and after that a Saturday.
    assert calendar.windows("mamuju", date(2026, 5, 30)) == ()
    assert calendar.windows("mamuju", date(2026, 6, 6)) == ((8 * 3600, 24 * 3600),)
    assert calendar.windows("bogor", date(2026, 6, 6)) == ()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2027-01-01: T", "2027-02-30: T", "day is out of range|day .* must be in range"),
        ("2027-01-01: T", "2026-01-01: T", "2026-01-01 tidak dalam tahun 2027"),
        ("2027-01-01: T", "satu: T", "`satu` bukan tanggal"),
        ("2027-01-01: Tahun Baru", "2027-01-01: ''", "2027-01-01 tidak bernama"),
        ("{2027-01-01: Tahun Baru}", "{}", "`holidays` kosong"),
        ("{2027-01-01: Tahun Baru}", "[1]", "`holidays` harus berisi tanggal"),
        ("2027-01-04: C", "2027-01-01: C", "ada di `holidays` dan `joint_leave`"),
        ("year: 2027", "year: 27", "bukan tahun yang masuk akal"),
        ("to: 2027-03-09", "to: 2027-05-09", "bukan jangka waktu dalam 2027"),
        ("to: 2027-03-09", "to: 2027-01-09", "bukan jangka waktu dalam 2027"),
        ("[{from: 2027-02-08, to: 2027-03-09}]", "ya", "`ramadan` harus berupa daftar"),
        ("about: Hari libur 2027", "", "kunci belum diisi: about"),
        ("about:", "tentang: x\nabout:", "kunci tidak dikenal: tentang"),
        ("decree: SKB 1/2026", "decree: 7", "`decree` harus berupa teks"),
        (DECREE, "- 1", "pasangan kunci dan nilai"),
        (DECREE, "a: [", "while parsing"),
    ],
)
def test_a_wrong_decree_is_refused(old: str, new: str, words: str) -> None:
    with pytest.raises(DecreeError, match=rf"Berkas kalender salah.yml tidak sah: .*({words})"):
        decrees.parse(DECREE.replace(old, new), "salah.yml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"08:00-12:00", "13:00-16:00"', '"13:00-16:00", "08:00-12:00"', "08:00-12:00 tidak urut"),
        ('"08:00-12:00", "13:00-16:00"', '"08:00-12:00", "11:00-16:00"', "11:00-16:00 tidak urut"),
        ('"08:00-24:00"', '"08:00-24:30"', "tidak urut"),
        ('"08:00-24:00"', "800", "tulis seperti"),
        ("saturday", "sabtu", "harus berisi hari"),
        ("provider: mamuju", "provider: Kota Mamuju", "bukan slug"),
        ("from: 2026-06-01", "from: besok", "`besok` bukan tanggal"),
    ],
)
def test_wrong_hours_are_refused(old: str, new: str, words: str) -> None:
    with pytest.raises(DecreeError, match=words):
        decrees.parse(HOURS.replace(old, new), "salah.yml")


def test_nothing_overlaps_in_silence() -> None:
    calendar = calendars.as_shipped()
    again = decrees.parse(DECREE.replace("2027", "2026").replace("SKB 1/2026", "SKB 2/2026"), "a.yml")
    with pytest.raises(DecreeError, match=r"tahun 2026 sudah diatur oleh SKB 1497/2/5-2025.*tulis `replaces: SKB 1497"):
        calendar.with_one_more(again, "a.yml")
    with pytest.raises(DecreeError, match=r"`SKB 1497/2/5-2025` sudah berlaku"):
        calendar.with_one_more(decrees.shipped()[1], "a.yml")
    orphan = decrees.parse(f"{DECREE}replaces: SKB 0/2025", "a.yml")
    with pytest.raises(DecreeError, match="tahun 2027 belum diatur"):
        calendar.with_one_more(orphan, "a.yml")
    hours = decrees.parse(HOURS, "b.yml")
    twice = decrees.parse(HOURS.replace("Perbup 7", "Perbup 8"), "b.yml")
    with pytest.raises(DecreeError, match=r"hari yang sama dengan Perbup 7/2026; isi `from`"):
        calendar.with_one_more(hours, "b.yml").with_one_more(twice, "b.yml")


def test_a_decree_takes_the_place_of_the_one_that_it_names() -> None:
    text = DECREE.replace("2027", "2026") + "replaces: SKB 1497/2/5-2025"
    calendar = calendars.as_shipped().with_one_more(decrees.parse(text, "a.yml"), "a.yml")
    assert calendar.day_off(date(2026, 1, 4)) == "Cuti bersama"
    assert not calendar.day_off(date(2026, 3, 19))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DecreeError, match="tidak dapat dibaca"):
        decrees.load(tmp_path / "tidak-ada.yml")
    (tmp_path / "biner.yml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DecreeError, match="tidak dapat dibaca"):
        decrees.load(tmp_path / "biner.yml")

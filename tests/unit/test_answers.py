"""Answers in words, for an operation that has no view of its own."""

from chatops import answers


def test_message_first_then_keys_aligned_then_lists_below() -> None:
    answer = {
        "build": "4.5.20260202",
        "message": "Dimutakhirkan dari 4.5.20260105",
        "siap": True,
        "catatan": None,
        "peringatan": ["disk 91 persen", "cadangan 26 jam"],
        "rilis": [{"build": "4.5.20260105", "aktif": False}],
        "lama": {"henti": "40 detik", "pulih": "12 detik"},
        "kosong": [],
    }
    assert answers.describe("pemutakhiran", "spse.mamuju.example", answer).splitlines() == [
        "spse.mamuju.example: Dimutakhirkan dari 4.5.20260105",
        "  build       4.5.20260202",
        "  siap        ya",
        "  catatan     -",
        "  peringatan",
        "    disk 91 persen",
        "    cadangan 26 jam",
        "  rilis",
        "    build 4.5.20260105, aktif tidak",
        "  lama",
        "    henti  40 detik",
        "    pulih  12 detik",
        "  kosong      -",
    ]


def test_an_answer_of_several_lines_stays_aligned() -> None:
    assert answers.describe("x", "host", {"isi": "satu\ndua"}).splitlines() == ["host:", "  isi  satu", "       dua"]


def test_nothing_but_a_message() -> None:
    assert answers.describe("x", "host", {"message": "Selesai"}) == "host: Selesai"


def test_numbers_are_not_taken_for_yes_and_no() -> None:
    assert answers.describe("x", "host", {"a": 1, "b": 0}).splitlines() == ["host:", "  a  1", "  b  0"]

"""How far a clock is off, and which deadlines are near."""

from pathlib import Path

import pytest

from library import spse_preflight
from library.module_utils import spse_clock

TRACKING = "D1A5A5A5,ntp.example,2,1795161600.1,-0.000213,0.0001,0.0002,-1.2,0.01,0.1,0.01,0.001,64.2,{leap}\n"


def test_chrony_says_how_far_it_is_off_or_that_it_does_not_know() -> None:
    assert spse_clock.from_chrony(TRACKING.format(leap="Normal")) == spse_clock.Reading("chrony", 0.000213)
    assert spse_clock.from_chrony(TRACKING.format(leap="Not synchronised")).offset is None
    assert spse_clock.from_chrony("").offset is None


@pytest.mark.parametrize(("host", "offset"), [(100.5, 0), (99.0, 1.0), (103.5, 2.5)])
def test_the_least_that_a_host_can_be_off(host: float, offset: float) -> None:
    assert spse_clock.from_bracket(host, 100.0, 101.0).offset == offset


def test_deadlines_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "jadwal.csv"
    path.write_text("# tender\n\n2026-11-20T09:00+07:00; Jalan Kota # penting\n2026-11-21 10:00\n")
    found = spse_preflight.from_file(path)
    assert [(name, at.isoformat()) for name, at in found] == [
        ("Jalan Kota", "2026-11-20T09:00:00+07:00"),
        ("tanpa nama", "2026-11-21T10:00:00"),
    ]


@pytest.mark.parametrize("line", ["besok; Jalan", "20/11/2026 09:00; Jalan", "; Jalan"])
def test_a_line_that_cannot_be_read_is_refused_because_it_may_be_the_one_that_counts(tmp_path: Path, line: str) -> None:
    path = tmp_path / "jadwal.csv"
    path.write_text(f"2026-11-20T09:00+07:00; Jalan\n{line}\n")
    with pytest.raises(spse_preflight.Refused, match=r"jadwal\.csv baris 2: .* bukan waktu"):
        spse_preflight.from_file(path)


def test_disk_of_a_folder_that_is_yet_to_come(tmp_path: Path) -> None:
    assert spse_preflight.disk(tmp_path / "a" / "b")["device"] == tmp_path.stat().st_dev

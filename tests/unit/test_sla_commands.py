"""`spse-ops priority` and `sla deadline`: the shapes that others build on, two languages, and wrong use."""

import json

import pytest

from tests.unit.conftest import SpseOps

DEADLINE = ["sla", "deadline", "--received", "2026-03-17T10:00+07:00"]
PRIORITY = ["priority", "--reputation", "5", "--recoverability", "1"]


def test_priority_for_programs(spse_ops: SpseOps) -> None:
    code, out, _ = spse_ops(*PRIORITY, "--stages", "1,6,7,9,10", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["p"] == pytest.approx(20.8333333)
    assert (told["class"], told["working_days"], told["f"]) == ("emergency", 1, pytest.approx(4.1666667))


def test_priority_for_people(spse_ops: SpseOps) -> None:
    _, out, _ = spse_ops(*PRIORITY, "--stages", "1,6,7,9,10")
    assert out.splitlines() == [
        "Prioritas p = (f * r) / k = (4,17 * 5) / 1 = 20,83",
        "Emergency Change: diselesaikan dalam 1 hari kerja",
    ]
    _, out, _ = spse_ops(*PRIORITY, "--functional", "3", "--by", "kasi", "--reason", "uji", "--lang", "en")
    assert out.splitlines()[1:] == ["Mayor Change: resolved within 2 working days", "f set by kasi: uji"]


def test_deadline_for_programs(spse_ops: SpseOps) -> None:
    code, out, _ = spse_ops(*DEADLINE, "--service", "S0-5", "--mode", "remote", "--zone", "WIB", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["due"], told["provisional"], told["days"]) == ("2026-03-26T16:00:00+07:00", False, 2)
    _, out, _ = spse_ops(*DEADLINE, "--days", "3", "--zone", "WIB", "--json")
    assert json.loads(out)["due"] == "2026-03-27T16:30:00+07:00"


def test_deadline_for_people_in_both_zones(spse_ops: SpseOps) -> None:
    _, out, _ = spse_ops(*DEADLINE, "--days", "3", "--lpse-zone", "WITA")
    assert out.splitlines() == [
        "Tenggat: 27 Maret 2026 pukul 16.30 WIB",
        "  = 27 Maret 2026 pukul 17.30 WITA",
    ]
    _, out, _ = spse_ops("sla", "deadline", "--received", "2026-12-30T10:00+07:00", "--days", "2", "--lang", "en")
    assert out.splitlines() == [
        "Due: 1 January 2027, 16:30 WIB",
        "PROVISIONAL: no decree on days off in 2027 is in the calendar yet.",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*DEADLINE], "sebutkan --service atau --days, salah satu"),
        ([*DEADLINE, "--days", "3", "--service", "S0-5"], "sebutkan --service atau --days, salah satu"),
        ([*DEADLINE, "--days", "3", "--mode", "remote"], "--mode hanya untuk --service"),
        ([*DEADLINE, "--days", "tiga"], "Opsi --days: `tiga` bukan bilangan bulat."),
        ([*DEADLINE, "--service", "S0-21", "--mode", "install"], "disediakan oleh LPSE; isi zonanya dengan --zone"),
        ([*DEADLINE, "--days", "3", "--lang", "en", "--zone", "WIT", "--service", "S0-1"], "not both"),
        (["sla", "deadline", "--days", "3"], "Opsi --received belum diisi."),
        (["sla", "deadline", "--days", "3", "--received", "2026-03-17T10:00"], "zonanya tidak disebut"),
        ([*PRIORITY, "--stages", "1;2"], "bukan daftar bilangan; tulis seperti 1,6,7"),
        ([*PRIORITY], "sebutkan tahapan tender"),
        (["priority", "--stages", "1", "--reputation", "11", "--recoverability", "1"], "harus 1 sampai 10"),
    ],
)
def test_wrong_use_says_what_to_do(spse_ops: SpseOps, words: list[str], said: str) -> None:
    code, out, err = spse_ops(*words)
    assert code != 0
    assert out == ""
    assert said in err

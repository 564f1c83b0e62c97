"""A day of the fleet is told as it was, in both languages, with what nobody has seen; on both databases."""

import json
from pathlib import Path

import pytest

from chatops.ledger.chain import Entry
from chatops.ledger.store import Ledger
from chatops.watch import summary_words
from chatops.watch.forecast import Outlook
from chatops.watch.keeping import Keeper
from chatops.watch.summary import Days
from tests.unit.conftest import SpseOps
from tests.unit.fleet import DAY, GIB, again, history, later, look, settled, yesterdays


def test_the_fleet_at_one_glance(ledger: Ledger) -> None:
    settled(ledger)
    found = Days(ledger).of(DAY)
    lines = list(summary_words.fleet(found))
    assert "3 server; sekarang 1 kritis, 0 perlu perhatian, 1 tidak menjawab" in lines[0]
    assert "galat: aplikasi 12" in lines
    assert "  10x (2 server) aplikasi: Galat pada GET /paket/·" in lines
    assert "transaksi: 2000, rata-rata 5 ms, gagal 2 %" in lines
    assert "  mamuju: 2x 2500 ms  SELECT count(*) FROM dokumen" in lines
    when = summary_words.day(later(20).isoformat())
    assert f"  spse.bogor.example: disk /: 20 GiB tersisa, habis sekitar {when} (1 GiB/hari)" in lines
    assert "tanpa ringkasan: 1 (spse.bone.example)" in lines
    english = list(summary_words.fleet(found, "en"))
    assert len(english) == len(lines)
    assert "errors: application 12" in english


def test_one_host_in_full(ledger: Ledger) -> None:
    settled(ledger)
    (mamuju,) = Days(ledger).of(DAY, ["mamuju"]).hosts
    lines = list(summary_words.host(mamuju, DAY))
    assert "    7x aplikasi: Galat pada GET /paket/·" in lines
    assert "  epns_prod: 2 GiB, 1000 transaksi, rata-rata 5 ms, 20 gagal" in lines
    assert "  disk /: 20 GiB tersisa, belum cukup hari untuk diperkirakan" in lines or not mamuju.ahead
    (bone,) = Days(ledger).of(DAY, ["bone"]).hosts
    assert "  server tidak memberi ringkasan hari itu" in list(summary_words.host(bone, DAY))


def test_pages_are_timed_over_the_whole_day(ledger: Ledger) -> None:
    settled(ledger)
    begin = look("mamuju").at - 86400
    for number, seconds in enumerate((0.2, 0.4, 3.0)):
        one = look("mamuju", at=begin + 300 * number, page=seconds)
        Keeper(ledger, "pemantau").keep([one])
    (mamuju,) = Days(ledger).of(DAY, ["mamuju"], pages=True).hosts
    assert "  halaman login prod: 1,2 s, paling lama 3 s" in list(summary_words.host(mamuju, DAY))


def test_a_database_runs_full_with_its_disk(ledger: Ledger) -> None:
    settled(ledger)
    history(ledger, "mamuju", 20, "database_bytes:epns_prod", 5 * GIB, -0.5 * GIB)
    (mamuju,) = Days(ledger).of(DAY, ["mamuju"]).hosts
    (ahead,) = [each for each in mamuju.ahead if each.name == "database:epns_prod"]
    assert ahead.forecast.outlook is Outlook.RUNS_OUT
    # Twenty GiB are left of the disk that it is on.
    assert ahead.forecast.day == later(40)


def test_what_was_not_watched_is_said(ledger: Ledger) -> None:
    settled(ledger)
    body = {"since": f"{DAY}T01:00:00+00:00", "until": f"{DAY}T03:00:00+00:00", "looks": 0, "why": "stopped"}
    with ledger.writing() as writer:
        writer.append(Entry("watch.lost", "watch", "pemantau", body))
        writer.append(Entry("watch.jumped", "watch", "pemantau", {"at": f"{DAY}T01:00:00+00:00", "seconds": 3600}))
    # Both were recorded today.
    found = Days(ledger).of(later(1).isoformat())
    assert [each.kind for each in found.lost] == ["watch.lost", "watch.jumped"]
    lines = "\n".join(summary_words.fleet(found))
    assert "tidak terpantau / hilang" in lines
    assert "jam pemantau bergeser 3600 s" in lines


def test_the_command(spse_ops: SpseOps, tmp_path: Path) -> None:
    code, _, said = spse_ops("summary")
    assert code == 1
    assert "belum ada server yang pernah dilihat" in said
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'state/ledger.db'}")
    settled(ledger)
    ledger.close()
    code, told, _ = spse_ops("summary")
    assert (code, told.splitlines()[0].endswith("1 tidak menjawab")) == (0, True)
    code, told, _ = spse_ops("summary", "mamuju", "--json", "--day", DAY)
    read = json.loads(told)
    assert (read["errors"]["application"], read["failed_transactions"]) == (9, 20)
    assert read["digests"]["spse.mamuju.example"]["day"] == DAY
    code, told, said = spse_ops("summary", "mamuju", "mamujuu", "--day", DAY)
    assert (code, told) == (1, "")
    assert "untuk mamujuu; periksa namanya" in said
    code, _, said = spse_ops("summary", "--day", "kemarin", "--lang", "en")
    assert (code, "`kemarin` is no date" in said) == (1, True)


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_fleet_without_statements_says_why(ledger: Ledger, language: str) -> None:
    Keeper(ledger, "pemantau").keep([again(look("mamuju", yesterdays({}, statements={"loaded": False})), 1)])
    (mamuju,) = Days(ledger).of(DAY).hosts
    assert any("pg_stat_statements" in line for line in summary_words.host(mamuju, DAY, language))

"""Outages in the ledger, against budgets, and as a document; on both databases."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatops.changes import Asked, Changes
from chatops.errors import LedgerError
from chatops.ledger import outages, projection
from chatops.ledger.store import Ledger
from chatops.reports.outage import letter
from chatops.watch.answer import Answer
from chatops.watch.keeping import Keeper
from chatops.watch.look import Look, State, Target
from tests.unit.conftest import SpseOps

FIVE = 300
START = int(datetime(2026, 6, 15, 3, tzinfo=UTC).timestamp())
PORTAL = "inaproc.id:443"
TARGET = Target("spse.mamuju.example", "mamuju", "a", zone="WITA", instances=("latihan", "prod"), national=(PORTAL,))


def look(at: int, *, prod: int = 1, latihan: int = 1, portal: int = 1, mark: str = "", target: Target = TARGET) -> Look:
    """What a host has shown."""
    measures = {"login:prod": prod, "login:latihan": latihan, f"outbound:{PORTAL}": portal}
    facts = {"mark:prod": mark} if mark else {}
    problems = {} if prod else {"login:prod": "menjawab 502"}
    return Look(target, State.ANSWERED, at, 0.1, Answer(at, measures, facts, problems))


def watched(ledger: Ledger, course: str, start: int = START, **more: str) -> list[tuple[str, str]]:
    """Looks five minutes apart, `.` with the instance there and `x` without; what happened, with its number."""
    found = []
    for number, each in enumerate(course):
        # Another one each time: what it has to know is in the ledger.
        kept = Keeper(ledger, "pemantau").keep([look(start + FIVE * number, prod=int(each == "."), **more)])  # type: ignore[arg-type]
        found += [(number, type(happened.what).__name__) for number, happened in kept.happened]
    return found


def spent(ledger: Ledger, service: str, name: str, lpse: str, year: int = 2026) -> int:
    """Of a yearly budget."""
    with ledger.reading() as reader:
        return projection.spent(reader.connection, service, name, lpse, year)


def test_an_outage_is_two_events_with_their_evidence(ledger: Ledger) -> None:
    assert watched(ledger, "..xxxx....") == [("GGN-2026-000001", "Began"), ("GGN-2026-000001", "Ended")]
    with ledger.reading() as reader:
        (found,) = outages.find(reader.connection)
    assert found.begun["host"] == "spse.mamuju.example"
    assert found.begun["why"] == "menjawab 502"
    assert found.began == datetime(2026, 6, 15, 3, 10, tzinfo=UTC)
    assert (found.least_seconds, found.seconds(datetime.now(UTC)), found.most_seconds) == (900, 1200, 1500)
    assert spent(ledger, "S0-4", "masa-error", "mamuju") == 1200
    assert ledger.verify().events > 2


def test_forty_comings_and_goings_are_one_outage(ledger: Ledger) -> None:
    happened = watched(ledger, "." + "xx." * 40 + "...")
    assert [what for _, what in happened] == ["Began", "Ended"]
    with ledger.reading() as reader:
        (found,) = outages.find(reader.connection)
    assert found.ended
    assert found.ended["returns"] == 39
    assert found.ended["there_seconds"] == 39 * FIVE
    assert found.seconds(datetime.now(UTC)) == spent(ledger, "S0-4", "masa-error", "mamuju") == 80 * FIVE


def test_it_falls_into_the_window_of_the_last_upgrade(ledger: Ledger) -> None:
    changes = Changes(ledger, "penguji")
    for service in ("S0-4", "S0-5"):
        number = changes.open(Asked("upgrade", ("mamuju",), service=service, mode="remote")).id
        changes.close(number, "done")
    watched(ledger, ".xx....")
    assert spent(ledger, "S0-5", "masa-error", "mamuju") == 600
    assert spent(ledger, "S0-4", "masa-error", "mamuju") == 0


def test_what_was_closed_on_purpose_or_is_for_practice_costs_nothing(ledger: Ledger) -> None:
    watched(ledger, ".xx....", mark="maintenance")
    for number in range(8):
        Keeper(ledger, "x").keep([look(START + 9000 + FIVE * number, latihan=int(number not in {1, 2}))])
    with ledger.reading() as reader:
        found = [(each.begun["instance"], each.begun["planned"]) for each in outages.find(reader.connection)]
    assert found == [("latihan", False), ("prod", True)]
    assert spent(ledger, "S0-4", "masa-error", "mamuju") == 0


def test_a_new_year_has_its_own_budget(ledger: Ledger) -> None:
    midnight = int(datetime(2026, 12, 31, 17, tzinfo=UTC).timestamp())
    watched(ledger, ".xxxx....", start=midnight - 2 * FIVE)
    assert spent(ledger, "S0-4", "masa-error", "mamuju", 2026) == 300
    assert spent(ledger, "S0-4", "masa-error", "mamuju", 2027) == 900


def test_what_lkpp_provides_to_all_has_one_outage_for_all(ledger: Ledger) -> None:
    others = [Target(f"spse.{name}.example", name, "a", national=(PORTAL,)) for name in ("mamuju", "bogor", "ende")]
    happened = []
    for number, portal in enumerate([1, 0, 0, 0, 1, 1, 1]):
        looks = [look(START + FIVE * number, portal=portal, target=each) for each in others]
        happened += Keeper(ledger, "x").keep(looks, whole=True).happened
    assert [(number, each.lpse, each.instance) for number, each in happened] == [("GGN-2026-000001", "*", PORTAL)] * 2
    assert spent(ledger, "S0-11", "gangguan", "*") == 900


def test_who_is_cut_off_between_event_and_standing_tells_it_once(ledger: Ledger) -> None:
    watched(ledger, ".x")
    keeper = Keeper(ledger, "x")
    before = keeper.series.standings()
    for _ in range(2):
        keeper.keep([look(START + 2 * FIVE, prod=0)])
        # As if it had not come to that.
        keeper.series.add([], list(before.values()))
    with ledger.reading() as reader:
        assert len(list(outages.find(reader.connection))) == 1


def test_rows_of_outages_are_made_again_from_events(ledger: Ledger) -> None:
    watched(ledger, ".xx....xx....")
    with ledger.reading() as reader:
        before = [outages.row(each) for each in outages.find(reader.connection)]
    ledger.rebuild()
    with ledger.reading() as reader:
        assert [outages.row(each) for each in outages.find(reader.connection)] == before
    assert len(before) == 2


def test_the_document_says_it_in_the_zone_of_the_office(ledger: Ledger) -> None:
    watched(ledger, "..xx.x....")
    with ledger.reading() as reader:
        (found,) = outages.find(reader.connection)
    text = letter(found, datetime(2026, 6, 16, 2, tzinfo=UTC)).as_text()
    assert "Mulai                       : 15 Juni 2026 pukul 11.10 WITA" in text
    assert "Berakhir                    : 15 Juni 2026 pukul 11.30 WITA" in text
    assert f"nomor urut {found.events[0].seq}, SHA-256 `{found.events[0].hash}`" in text
    assert "Hilang timbul               : 1 kali kembali sebentar, seluruhnya 5 menit" in text


@pytest.fixture
def told(spse_ops: SpseOps, tmp_path: Path) -> SpseOps:
    """The commands, of a ledger with one outage that is over and one that is not."""
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'state' / 'ledger.db'}")
    now = int(datetime.now(UTC).timestamp())
    watched(ledger, ".xxxx....xx", start=now - 10 * FIVE)
    ledger.close()
    return spse_ops


def test_the_commands(told: SpseOps, tmp_path: Path) -> None:
    code, said, _ = told("outages", "list", "mamuju")
    year = datetime.now(UTC).year
    assert code == 0
    assert [line.split()[0] for line in said.splitlines()] == ["NOMOR", f"GGN-{year}-000002", f"GGN-{year}-000001"]
    assert "BELUM BERAKHIR" in said
    assert told("outages", "list", "bogor")[1] == "Tidak ada.\n"
    assert len(told("outages", "list", "--open", "--lang", "en")[1].splitlines()) == 2
    assert told("outages", "budget")[1].splitlines() == ["S0-4  mamuju: 0,33 dari 720 jam setahun"]
    out = tmp_path / "surat"
    code, said, _ = told("outages", "report", f"GGN-{year}-000001", "--out", str(out), "--json")
    assert code == 0
    read = json.loads(said)
    assert read["least_seconds"] == 900
    assert len(read["files"]) == 3
    paper = ["pdftotext", "-layout", str(out / f"berita-acara-GGN-{year}-000001.pdf"), "-"]
    assert f"GGN-{year}-000001" in subprocess.run(paper, capture_output=True, check=True, text=True).stdout
    open_one = told("outages", "report", f"GGN-{year}-000002")[1]
    assert "BELUM BERAKHIR saat berita acara ini dibuat" in open_one
    code, _, wrong = told("outages", "report", "GGN-2020-000001")
    assert (code, "tidak ada dalam buku catatan" in wrong) == (1, True)


def test_keeping_says_when_it_cannot(ledger: Ledger) -> None:
    ledger.close()
    broken = Keeper(Ledger("sqlite:////proc/nowhere/ledger.db"), "x")
    with pytest.raises(LedgerError):
        broken.keep([look(START)])

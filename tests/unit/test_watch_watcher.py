"""Watching goes on whatever happens to disk, clock, inventory or hosts, and says what it has lost."""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chatops.errors import EmptyInventoryError, LedgerFullError, WatchError
from chatops.ledger import outages
from chatops.ledger.store import Ledger
from chatops.settings import Records, Settings
from chatops.watch import watcher as watching
from chatops.watch.digests import Digests
from chatops.watch.look import State
from chatops.watch.series import Series
from chatops.watch.watcher import Round, Watcher
from tests.postgres import Cluster
from tests.unit.conftest import SpseOps
from tests.unit.ssh_hosts import Neighbourhood, document, neighbourhood

DEADLINE = 5.0


class Machine:
    """The one that watches: its hosts, its ledger, and its clock."""

    def __init__(self, hosts: Neighbourhood, folder: Path) -> None:
        self.hosts = hosts
        self.inventory = folder / "hosts.yml"
        self.folder = folder
        self.ahead = 0.0
        self.records = Records(
            f"sqlite:///{folder / 'ledger.db'}", folder / "spool", folder / "points", "pemantau", folder / "state"
        )

    def has(self, *numbers: int) -> None:
        """Write who there is."""
        listed = {
            f"host-{number}": {"ansible_host": self.hosts.address(number), "spse_lpse": f"lpse-{number}"}
            for number in numbers
        }
        variables = {
            "ansible_port": self.hosts.port,
            "probe_key": str(self.hosts.key),
            "probe_known_hosts": [str(self.hosts.known_hosts)],
            "probe_inbound": [self.hosts.port],
            "spse_app_instances": {"prod": {}},
        }
        self.inventory.write_text(json.dumps({"spse": {"hosts": listed, "vars": variables}}))

    def watcher(self, every: float = 300) -> Watcher:
        """A new one."""
        settings = Settings.from_environment({}, str(self.inventory))
        return Watcher(settings, self.records, every=every, deadline=DEADLINE, clock=self.clock)

    def clock(self) -> float:
        """What time it takes it to be."""
        return time.time() + self.ahead

    def events(self) -> list[tuple[str, dict[str, object]]]:
        """What the ledger has of watching."""
        ledger = Ledger.open(self.records.url)
        with ledger.reading() as reader:
            found = [(each.kind, each.told) for each in reader.events() if each.kind.startswith(("watch.", "outage."))]
        ledger.close()
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with neighbourhood(tmp_path) as hosts:
        made = Machine(hosts, tmp_path)
        hosts.say(1, document)
        made.has(1)
        yield made


def said(done: Round) -> str:
    """All that went wrong with the watching."""
    return " ".join(each.indonesian for each in done.said)


def test_it_finds_an_outage_and_its_end(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatops.watch.presence.STEADY", 0)
    watcher = machine.watcher()
    watcher.round()
    machine.hosts.stop(1)
    happened = [watcher.round().happened for _ in range(2)]
    assert [len(each) for each in happened] == [0, 1]
    machine.hosts.known_hosts.write_text("")
    machine.hosts.say(1, document)
    assert len(watcher.round().happened) == 1
    watcher.close()
    assert [kind for kind, _ in machine.events()] == ["outage.began", "outage.ended"]
    assert machine.events()[0][1]["why"] == "refused"


def test_who_was_away_is_looked_at_again_soon(machine: Machine) -> None:
    machine.hosts.say(2, document)
    machine.has(1, 2)
    watcher = machine.watcher()
    assert watching.suspicious(watcher.round().looks) == []
    machine.hosts.stop(2)
    assert [each.host for each in watching.suspicious(watcher.round().looks)] == ["host-2"]
    watcher.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """One of its own, and a small one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(disk: Path) -> Path:
    """Take whatever room there is on it, down to the last block."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return filler


def test_a_full_disk_is_said_and_nothing_is_lost_that_memory_can_hold(
    machine: Machine, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MOST_WAITING", 3)
    machine.records = replace(machine.records, url=f"sqlite:///{disk / 'ledger.db'}")
    first = machine.watcher()
    first.round()
    # What it has written moves into the file itself, and the room beside it is gone.
    first.close()
    filler = fill(disk)
    watcher = machine.watcher()
    for _ in range(5):
        time.sleep(1)
        done = watcher.round()
        assert len(done.looks) == 1
        assert "disk penuh. Tidak ada yang tercatat; kosongkan disk" in said(done)
    assert "Pemantauan dilanjutkan; 3 putaran menunggu dicatat, 2 pandangan hilang" in said(done)
    filler.unlink()
    time.sleep(1)
    assert said(watcher.round()) == ""
    watcher.close()
    ((kind, told),) = machine.events()
    assert (kind, told["looks"], told["why"]) == ("watch.lost", 3, "ledger")
    ledger = Ledger.open(machine.records.url)
    assert len(list(Series(ledger).points("host-1", 0, int(time.time()) + 60))) == 4
    ledger.close()


def test_a_clock_that_jumps_is_recorded(machine: Machine) -> None:
    watcher = machine.watcher()
    watcher.round()
    machine.ahead = 3600
    assert "bergeser +3600 detik" in said(watcher.round())
    assert said(watcher.round()) == ""
    machine.ahead = 0
    assert "bergeser -3600 detik" in said(watcher.round())
    watcher.close()
    assert [(kind, told["seconds"]) for kind, told in machine.events()] == [
        ("watch.jumped", 3600),
        ("watch.jumped", -3600),
    ]


def test_time_in_which_nobody_watched_is_said(machine: Machine) -> None:
    first = machine.watcher()
    (look,) = first.round().looks
    assert first.ledger
    # Two hours are put between them.
    series = Series(first.ledger)
    series.add([], [replace(each, at=int(look.at) - 7200) for each in series.standings().values()])
    first.close()
    second = machine.watcher()
    assert "Tidak ada yang memantau dari" in said(second.round())
    second.close()
    ((kind, told),) = machine.events()
    assert (kind, told["why"]) == ("watch.lost", "stopped")


def test_an_inventory_that_is_broken_for_a_while_changes_nothing(machine: Machine) -> None:
    watcher = machine.watcher()
    assert len(watcher.round().looks) == 1
    machine.inventory.write_text("{}")
    done = watcher.round()
    assert len(done.looks) == 1
    assert "tidak memuat satu LPSE pun" in said(done)
    watcher.close()
    with pytest.raises(EmptyInventoryError):
        machine.watcher().round()


def test_a_host_that_says_nonsense_is_no_outage(machine: Machine) -> None:
    watcher = machine.watcher()
    watcher.round()
    machine.hosts.stop(1)
    machine.hosts.known_hosts.write_text("")
    machine.hosts.say(1, b"\xff\xfe{" * 99)
    for _ in range(3):
        assert watcher.round().happened == []
    watcher.close()
    assert machine.events() == []


def digested(errors: int = 1, **wrong: object) -> bytes:
    """What a host says that has written down its yesterday."""
    day = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
    source = {"lines": 9, "errors": errors, "warnings": 0, "frequent": []}
    told = {"version": 1, "day": day, "made": time.time(), "sources": {"application": source}} | wrong
    return json.dumps(json.loads(document()) | {"digest": told}).encode()


def test_a_digest_that_is_garbage_costs_nothing_but_itself(machine: Machine) -> None:
    machine.hosts.stop(1)
    machine.hosts.known_hosts.write_text("")
    machine.hosts.say(1, lambda: digested(sources={"application": "?" * 5000}))
    watcher = machine.watcher()
    (look,) = watcher.round().looks
    assert look.state is State.ANSWERED
    assert look.answer
    assert look.answer.problems["digest"] == "ringkasan: `sources` rusak"
    assert watcher.ledger
    assert "digest" in Series(watcher.ledger).standings()["host-1"].unread
    assert Digests(watcher.ledger).newest() == {}
    watcher.close()


def test_what_a_host_said_of_its_day_is_kept_when_there_is_room_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.hosts.stop(1)
    machine.hosts.known_hosts.write_text("")
    said_once = digested()
    machine.hosts.say(1, said_once)
    monkeypatch.setattr(watching, "MOST_WAITING", 2)
    watcher = machine.watcher()
    with monkeypatch.context() as full:
        error = LedgerFullError(where="di sini")
        full.setattr(Ledger, "open", lambda _url: (_ for _ in ()).throw(error))
        for _ in range(4):
            time.sleep(1)
            assert "disk penuh" in said(watcher.round())
    # What was let go of with the oldest rounds is taken from the next.
    time.sleep(1)
    watcher.round()
    assert watcher.ledger
    assert list(Digests(watcher.ledger).newest()) == ["host-1"]
    watcher.close()


def test_a_day_that_cannot_be_summed_up_ends_no_watching(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPSE_OPS_SUMMARY", "00:00")
    monkeypatch.setattr("chatops.watch.daily.Days.of", lambda *_: 1 // 0)
    watcher = machine.watcher()
    assert "Ringkasan hari kemarin tidak dapat dibuat (ZeroDivisionError)" in said(watcher.round())
    assert said(watcher.round()) == ""
    watcher.close()


def test_it_goes_round_until_it_is_stopped_and_is_alone(machine: Machine) -> None:
    watcher = machine.watcher(every=0.2)
    rounds: list[Round] = []
    thread = threading.Thread(target=watcher.run, args=(rounds.append,))
    thread.start()
    while len(rounds) < 3:
        time.sleep(0.1)
    with pytest.raises(WatchError, match="pemantau lain sudah berjalan"):
        machine.watcher().alone()
    watcher.stopping.set()
    thread.join(60)
    watcher.close()
    assert all(len(each.looks) == 1 for each in rounds)
    ledger = Ledger.open(machine.records.url)
    with ledger.reading() as reader:
        assert list(outages.find(reader.connection)) == []
    ledger.close()


def test_the_command(machine: Machine, spse_ops: SpseOps) -> None:
    code, told, _ = spse_ops("watch", "--once", "--inventory", str(machine.inventory))
    assert (code, told.partition(";")[0]) == (0, "1: menjawab 1")
    code, told, _ = spse_ops("watch", "--once", "--inventory", str(machine.inventory), "--json")
    assert json.loads(told)["states"]["answered"] == 1


def test_of_two_on_one_postgresql_one_watches_and_the_other_takes_over(
    machine: Machine, postgres: Cluster, tmp_path: Path
) -> None:
    records = replace(machine.records, url=postgres.database())
    machine.records = records
    first = machine.watcher()
    assert said(first.round()) == ""
    # It is on another machine, where no file says that somebody watches.
    machine.records = replace(records, state=tmp_path / "elsewhere")
    second = machine.watcher(every=0.2)
    rounds: list[Round] = []
    thread = threading.Thread(target=second.run, args=(rounds.append,))
    thread.start()
    until(lambda: rounds)
    assert (rounds[0].looks, said(rounds[0])[:14]) == ([], "Pemantau lain ")
    third = machine.watcher()
    assert "Pemantau lain" in said(third.round())
    third.close()
    first.close()
    until(lambda: rounds[-1].looks)
    assert said(rounds[-1]) == ""
    second.stopping.set()
    thread.join(60)
    second.close()


def until(look: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 30
    while not look():
        assert time.monotonic() < end
        time.sleep(0.05)

"""A playbook that is run by hand becomes a change, exactly once; what cannot be delivered waits on disk."""

import hashlib
import importlib.util
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from chatops.ledger import spool
from chatops.ledger.change import Change
from chatops.ledger.store import Ledger
from chatops.settings import PROGRAMS, Records
from tests.unit.conftest import SpseOps

REPOSITORY = Path(__file__).resolve().parents[2]
PLUGIN = REPOSITORY / "library/plugins/callback/spse_record.py"
SECRETS = "library/module_utils/spse_log_secrets.py"
CANARY = "kenari-rahasia"

ENTRY = """
name: pasang
title: Memasang sesuatu
service: S0-5
playbook: pasang.yml
changes_hosts: true
inputs:
  - {name: build, variable: spse_app_build, title: Build, required: true}
  - {name: change, variable: spse_app_change, title: Nomor, required: false}
  - {name: reason, variable: spse_app_reason, title: Alasan, required: false}
"""
PLAYBOOK = f"""
- name: Look
  hosts: all
  connection: local
  gather_facts: false
  tasks:
    - name: Use a secret
      ansible.builtin.set_fact:
        kept: "{{{{ vault_sandi }}}}"
      no_log: true
    - name: Refuse the one
      ansible.builtin.assert:
        that: spse_app_build != '0'
        fail_msg: Build 0 tidak ada.
    - name: Fail with a secret
      ansible.builtin.fail:
        msg: "{{{{ vault_sandi }}}} {CANARY}"
      no_log: true
      when: spse_app_build == '1'
    - name: Fail with what somebody forgot to hide
      ansible.builtin.fail:
        msg: "ditolak: password={{{{ vault_sandi }}}}"
      when: spse_app_build == '2'
    - name: Report
      ansible.builtin.set_stats:
        data:
          answers: "{{{{ {{inventory_hostname: {{'message': 'Terpasang'}}}} }}}}"
"""

# What a process does that may write only so much.
WRITE = """
import json, pathlib, sys
sys.path.insert(0, sys.argv[1])
import spse_record
spse_record.write(pathlib.Path(sys.argv[2]), json.loads(sys.argv[3]))
"""
DELIVER = """
import pathlib, sys
from chatops.ledger import spool
from chatops.ledger.store import Ledger
spool.deliver(Ledger.open(sys.argv[1]), pathlib.Path(sys.argv[2]))
"""

type Play = Callable[..., str]


def plugin() -> ModuleType:
    """The callback, as a module."""
    found = importlib.util.spec_from_file_location("spse_record", PLUGIN)
    assert found
    assert found.loader
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture
def records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Records:
    """A state of the test's own."""
    monkeypatch.setenv("SPSE_OPS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("SPSE_OPS_ACTOR", "admin@mamuju")
    return Records.from_environment()


@pytest.fixture
def play(tmp_path: Path, records: Records) -> Play:
    """Run the playbook by hand, in a checkout with one operation and the real callback."""
    del records
    for folder in ("playbooks", "chatops/catalogue/operations", "library/plugins/callback"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "chatops/catalogue/operations/pasang.yml").write_text(ENTRY)
    (tmp_path / "playbooks/pasang.yml").write_text(PLAYBOOK)
    (tmp_path / "playbooks/lain.yml").write_text(PLAYBOOK)
    (tmp_path / "library/plugins/callback/spse_record.py").write_bytes(PLUGIN.read_bytes())
    (tmp_path / "library/module_utils").mkdir()
    (tmp_path / SECRETS).write_bytes((REPOSITORY / SECRETS).read_bytes())
    (tmp_path / "ansible.cfg").write_text(
        "[defaults]\ncallback_plugins = library/plugins/callback\ncallbacks_enabled = spse_record\n"
        "interpreter_python = auto_silent\n"
    )
    (tmp_path / "hosts.ini").write_text(
        "m1 spse_lpse=mamuju spse_zone=WITA\nm2 spse_lpse=mamuju spse_zone=WITA\n"
        f"[all:vars]\nvault_sandi={CANARY}-vault\n"
    )

    def run(*options: str, playbook: str = "pasang", folder: str = ".", **environment: str) -> str:
        where = ["-i", str(tmp_path / "hosts.ini"), str(tmp_path / f"playbooks/{playbook}.yml")]
        own = {"ANSIBLE_NOCOLOR": "1", "ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg")}
        done = subprocess.run(
            [PROGRAMS / "ansible-playbook", *where, *options],
            capture_output=True,
            check=False,
            cwd=tmp_path / folder,
            env=os.environ | own | environment,
            text=True,
        )
        return done.stdout + done.stderr

    return run


def changes(records: Records) -> list[Change]:
    """What the ledger knows."""
    ledger = Ledger.open(records.url)
    ledger.verify()
    with ledger.reading() as reader:
        numbers = [event.subject for event in reader.events() if event.kind == "change.opened"]
        found = [reader.change(number) for number in numbers]
    ledger.close()
    return found


def a_run(kind: str = "run.finished", run: str = "1" * 32, **more: object) -> dict[str, Any]:
    """A record as the callback writes it."""
    moment = "2026-06-03T03:00:00+00:00"
    told = {"kind": kind, "run": run, "operation": "upgrade", "service": "S0-5", "lpse": ["mamuju"], "hosts": ["m1"]}
    told |= {"lpse_zone": "WITA", "by": "admin@mamuju", "at": moment, "began": moment, "change": "", "reason": ""}
    return told | {"inputs": {}, "ok": True} | more


def test_a_run_by_hand_becomes_a_change(play: Play, records: Records) -> None:
    said = play("-e", "spse_app_build=7", "-e", "spse_app_reason=terjadwal")
    assert "Buku catatan: 2 berkas dicatat: CHG-" in said, said
    (change,) = changes(records)
    assert (change.opened["operation"], change.lpses, change.state) == ("pasang", ["mamuju"], "closed")
    assert (change.opened["basis"], change.opened["lpse_zone"]) == ("S0-5 remote", "WITA")
    assert change.opened["reason"] == "terjadwal"
    (run,) = change.runs
    assert run["results"] == {"m1": "ok", "m2": "ok"}
    assert run["inputs"] == {"build": "7", "reason": "terjadwal"}
    assert {event.actor for event in change.history} == {"admin@mamuju"}
    assert spool.waiting(records.spool) == []


def test_a_state_that_is_named_from_here_is_the_same_for_whoever_delivers(play: Play, tmp_path: Path) -> None:
    said = play("-e", "spse_app_build=7", folder="playbooks", SPSE_OPS_STATE="catatan")
    assert "Buku catatan: 2 berkas dicatat: CHG-" in said, said
    assert (tmp_path / "playbooks/catatan/ledger.db").exists()
    assert not (tmp_path / "catatan").exists()


def test_a_run_by_the_command_is_recorded_in_the_same_way(
    play: Play, records: Records, spse_ops: SpseOps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del play
    monkeypatch.setenv("SPSE_OPS_CATALOGUE", str(tmp_path / "chatops/catalogue/operations"))
    monkeypatch.setenv("SPSE_OPS_HOME", str(tmp_path))
    code, _, err = spse_ops("pasang", "mamuju", "--build", "7", "--inventory", str(tmp_path / "hosts.ini"))
    assert code == 0, err
    (change,) = changes(records)
    assert (change.opened["operation"], change.state) == ("pasang", "closed")
    # Whoever has asked for it is told its number, or that it has none yet.
    assert f"… Buku catatan: 2 berkas dicatat: {change.id}" in err
    monkeypatch.setenv("SPSE_OPS_LEDGER", "postgresql://spse@127.0.0.1:1/x")
    code, _, err = spse_ops("pasang", "mamuju", "--build", "7", "--inventory", str(tmp_path / "hosts.ini"))
    assert code == 0
    assert "menunggu dalam antrean" in " ".join(err.split())


def test_a_run_that_failed_leaves_its_change_open(play: Play, records: Records) -> None:
    play("-e", "spse_app_build=0")
    (change,) = changes(records)
    assert change.state == "open"
    assert change.runs[0]["results"] == {"m1": "failed", "m2": "failed"}
    assert "Build 0 tidak ada." in change.runs[0]["reasons"]["m1"]
    # The one that succeeds under its number ends it.
    play("-e", "spse_app_build=7", "-e", f"spse_app_change={change.id}")
    (change,) = changes(records)
    assert (change.state, len(change.runs)) == ("closed", 2)


def test_no_secret_is_recorded(play: Play, records: Records) -> None:
    play("-e", "spse_app_build=1", "-e", f"other_secret={CANARY}")
    assert len(changes(records)) == 1
    for path in records.spool.parent.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path


def test_a_secret_in_a_message_is_masked(play: Play, records: Records) -> None:
    play("-e", "spse_app_build=2", "-e", json.dumps({"spse_app_reason": f"sandi={CANARY} sudah diganti"}))
    (change,) = changes(records)
    assert change.opened["reason"] == "sandi=******** sudah diganti"
    assert change.runs[0]["reasons"]["m1"] == "ditolak: password=********"
    assert CANARY.encode() not in (records.spool.parent / "ledger.db").read_bytes()


def test_some_of_its_tasks_are_not_the_operation(play: Play, records: Records) -> None:
    play("-e", "spse_app_build=7", "--tags", "never,always")
    play("-e", "spse_app_build=7", "--skip-tags", "x")
    assert [change.state for change in changes(records)] == ["open", "open"]


def test_what_changes_nothing_is_not_recorded(play: Play, records: Records) -> None:
    play("-e", "spse_app_build=7", "--check")
    play("-e", "spse_app_build=7", playbook="lain")
    play("-e", "spse_app_build=7", "--syntax-check")
    assert not records.spool.exists()
    assert changes(records) == []


def test_without_a_ledger_it_waits_and_is_delivered_once(play: Play, records: Records) -> None:
    said = play("-e", "spse_app_build=7", SPSE_OPS_LEDGER="postgresql://spse@127.0.0.1:1/x")
    assert "menunggu dalam antrean" in said
    assert len(spool.waiting(records.spool)) == 2
    kept = [(path, path.read_bytes()) for path in spool.waiting(records.spool)]
    ledger = Ledger.open(records.url)
    assert len(spool.deliver(ledger, records.spool)[0]) == 2
    before = ledger.verify()
    # Somebody was stopped between writing it down and taking it away, or puts it back from a copy.
    for path, content in kept:
        path.write_bytes(content)
    assert len(spool.deliver(ledger, records.spool)[0]) == 2
    assert ledger.verify() == before
    ledger.close()
    assert len(changes(records)) == 1


def test_the_end_alone_is_enough(ledger: Ledger, tmp_path: Path) -> None:
    write = plugin().write
    write(tmp_path, a_run())
    write(tmp_path, a_run("run.started"))
    delivered, wrong = spool.deliver(ledger, tmp_path)
    assert wrong == []
    assert len({each.change.id for each in delivered}) == 1
    assert delivered[0].change.state == "closed"


def test_many_deliver_at_once_and_it_is_there_once(url: str, tmp_path: Path) -> None:
    write, folder = plugin().write, tmp_path / "spool"
    for number in range(20):
        write(folder, a_run(run=f"{number:032}"))
    Ledger.open(url).close()

    def work(_: int) -> None:
        with closing(Ledger.open(url)) as own:
            spool.deliver(own, folder)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    ledger = Ledger.open(url)
    with ledger.reading() as reader:
        runs = [event.told["run"] for event in reader.events() if event.kind == "run.finished"]
    assert sorted(runs) == [f"{number:032}" for number in range(20)]
    assert spool.waiting(folder) == []
    ledger.close()


@pytest.mark.parametrize("cut", [0, 1, 40, -66, -65, -2, -1])
def test_a_file_that_is_cut_stays_and_holds_nothing_up(ledger: Ledger, tmp_path: Path, cut: int) -> None:
    write = plugin().write
    broken, whole = write(tmp_path, a_run(run="a" * 32)), write(tmp_path, a_run(run="b" * 32))
    content = broken.read_bytes()
    broken.write_bytes(content[:cut])
    delivered, wrong = spool.deliver(ledger, tmp_path)
    assert [each.file for each in delivered] == [whole]
    assert f"Berkas antrean {broken} tidak dapat dibaca: tidak lengkap" in str(wrong[0])
    assert broken.read_bytes() == content[:cut]
    # Mended from a copy, it is taken.
    broken.write_bytes(content)
    assert len(spool.deliver(ledger, tmp_path)[0]) == 1


def test_a_file_that_was_changed_stays(ledger: Ledger, tmp_path: Path) -> None:
    path = plugin().write(tmp_path, a_run())
    path.write_bytes(path.read_bytes().replace(b"mamuju", b"mamujv"))
    delivered, wrong = spool.deliver(ledger, tmp_path)
    assert (delivered, path.exists()) == ([], True)
    assert "jumlahnya tidak cocok" in str(wrong[0])


@pytest.mark.parametrize(
    "more",
    [
        {"lpse": "mamuju"},
        {"at": "kemarin"},
        {"began": "2026-06-03T03:00:00"},
        {"began": "1926-06-03T03:00:00Z"},
        {"by": 7},
        {"lpse": ["a,b"]},
    ],
)
def test_a_file_that_makes_no_sense_stays(ledger: Ledger, tmp_path: Path, more: dict[str, Any]) -> None:
    path = plugin().write(tmp_path, a_run(**more))
    before = ledger.verify()
    delivered, wrong = spool.deliver(ledger, tmp_path)
    assert (delivered, len(wrong), path.exists()) == ([], 1, True)
    assert ledger.verify() == before


def test_the_plugin_and_the_settings_mean_the_same_place_and_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for environment in (
        {"HOME": "/rumah"},
        {"HOME": "/rumah", "XDG_STATE_HOME": "/lain"},
        {"HOME": "/rumah", "SPSE_OPS_STATE": str(tmp_path)},
    ):
        known = Records.from_environment({**environment, "SPSE_OPS_ACTOR": "x"})
        assert plugin().state(environment) / "spool" == known.spool
    for environment in ({"SPSE_OPS_ACTOR": "x"}, {"SUDO_USER": "admin"}, {}):
        assert plugin().person(environment) == Records.from_environment(environment).actor

    def nobody() -> str:
        raise OSError

    monkeypatch.setattr("getpass.getuser", nobody)
    assert plugin().person({}) == Records.from_environment({}).actor


def _no_more_than(size: int) -> Callable[[], None]:
    """A disk with no room: the system refuses to make any file longer than this."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_disk_without_room_is_told_and_leaves_no_half_file(play: Play, records: Records) -> None:
    records.spool.mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-c", WRITE, str(PLUGIN.parent), str(records.spool), json.dumps(a_run())],
        capture_output=True,
        check=False,
        preexec_fn=_no_more_than(100),
        text=True,
    )
    assert "File too large" in done.stderr
    assert list(records.spool.iterdir()) == []
    # The run itself goes on, and what was to be recorded is said, to be recorded by hand.
    records.spool.rmdir()
    records.spool.touch()
    said = play("-e", "spse_app_build=7")
    assert "BELUM TERCATAT" in said
    assert "failed=0" in said
    assert "spse-ops change open" in said


def test_a_ledger_without_room_keeps_what_it_has_and_takes_the_rest_later(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    ledger = Ledger.open(url)
    before = ledger.verify()
    ledger.close()
    plugin().write(tmp_path / "spool", a_run(reason="x" * 100_000))
    done = subprocess.run(
        [sys.executable, "-c", DELIVER, url, str(tmp_path / "spool")],
        capture_output=True,
        check=False,
        preexec_fn=_no_more_than(100_000),
        text=True,
    )
    assert "LedgerFullError" in done.stderr, done.stderr
    assert "disk penuh. Tidak ada yang tercatat; kosongkan disk lalu ulangi" in done.stderr
    ledger = Ledger.open(url)
    assert ledger.verify() == before
    assert len(spool.deliver(ledger, tmp_path / "spool")[0]) == 1
    ledger.close()


def test_the_sum_is_of_the_first_line(tmp_path: Path) -> None:
    line, total, rest = plugin().write(tmp_path, a_run()).read_bytes().split(b"\n")
    assert (hashlib.sha256(line).hexdigest().encode(), rest) == (total, b"")

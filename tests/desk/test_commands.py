"""A made-up operation, as one YAML file and one playbook, from the command line to the host."""

import json

import pytest

from chatops.ledger.course import Stage
from tests.desk.conftest import SpseOps
from tests.desk.office import RULES, SARI, Office

ENTRY = """
name: jajal
title: Menjajal sesuatu yang baru
service: S0-17b
playbook: jajal.yml
changes_hosts: true
infrastructure: minor
ask: [operator]
verify: tengok
inputs:
  - {name: warna, variable: spse_app_colour, title: Warnanya, required: true, choices: [merah, biru]}
  - {name: build, variable: spse_app_build, title: Build, required: false, kind: name}
"""
PATTERNS = ("all", "mamuju:!bogor", "bogor:&mamuju", "@/etc/passwd", "*")
PATHS = ("../../etc/passwd", "/etc/passwd", "4.5/../../x", "..", ".x", "--force", "4.5;x", "4.5 x", "{{ 1 }}")
PLAYBOOK = """
- name: Try
  hosts: all
  connection: local
  gather_facts: false
  tasks:
    - name: Paint
      ansible.builtin.copy:
        content: "{{ spse_app_colour }}"
        dest: "{{ field }}/{{ inventory_hostname }}/warna"
        mode: "0644"
    - name: Report
      ansible.builtin.set_stats:
        data: {answers: "{{ {inventory_hostname: {'message': 'Dicat ' ~ spse_app_colour}} }}"}
"""


@pytest.fixture
def call(call: SpseOps, place: Office) -> SpseOps:
    """With an operation of its own."""
    (place.folder / "operations/jajal.yml").write_text(ENTRY)
    (place.folder / "playbooks/jajal.yml").write_text(PLAYBOOK)
    return call


def test_what_is_made_up_can_be_asked_for_and_runs(place: Office, call: SpseOps) -> None:
    code, out, err = call("request", "jajal", "mamuju", "--warna", "merah", "--reason", "uji", "--key", "satu")
    assert code == 0, err
    assert "Rini Contoh — menunggu persetujuan" in out
    assert "+merah" in out
    number = err.split()[-1]
    code, out, _ = call("request", "jajal", "mamuju", "--warna", "merah", "--key", "satu", "--json")
    told = json.loads(out)
    assert (told["id"], told["stage"]) == (number, "waiting")
    code, out, err = call("approve", number, "--plan", told["hash"])
    assert code == 1
    assert "Rini Contoh tidak berhak menyetujui" in err
    code, out, _ = call("queue")
    assert (code, number in out, "menunggu persetujuan" in out) == (0, True, True)
    assert number in call("queue", "--mine", "--lang", "en")[1]
    assert "Tidak ada." in call("queue", "--stage", "running")[1]
    place.desk.approve(SARI, number, told["hash"])
    with place.worker():
        assert place.wait(number).stage is Stage.DONE
    assert (place.folder / "field/mamuju1/warna").read_text() == "merah"
    code, out, _ = call("change", "show", number)
    assert "run.verified" in out
    told = json.loads(call("change", "show", number, "--json")[1])
    assert (told["stage"], told["steps"][0]["ok"], told["state"]) == ("done", True, "closed")


def test_what_can_be_said_to_a_change_is_said_by_commands(place: Office, call: SpseOps) -> None:
    def stage(*words: str) -> str:
        code, out, err = call(*words, "--json")
        assert code == 0, err
        return str(json.loads(out)["stage"])

    number = call("request", "jajal", "mamuju", "--warna", "biru")[2].split()[-1]
    assert stage("announce", number) == "waiting"
    assert stage("replan", number) == "waiting"
    assert stage("release", number, "--note", "sudah dilihat") == "waiting"
    assert call("review", number, "--note", "x")[0] == 1
    assert call("reject", number, "--plan", "x", "--reason", "x")[0] == 1
    assert stage("cancel", number, "--reason", "tidak jadi") == "cancelled"
    assert place.desk.told(number).change.state == "closed"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["request", "jajal", "mamju", "--warna", "merah"], "Maksud Anda `mamuju`?"),
        (["request", "jajal", "mamuju", "--warna", "hijau"], "pilih salah satu: merah, biru"),
        (["request", "jajal", "mamuju"], "--warna belum diisi"),
        (["request", "jajal", "--warna", "merah"], "sebutkan nama LPSE"),
        (["request", "jajl", "mamuju"], "jajl"),
        (["request", "jajal", "mamuju", "--warna", "merah", "--at", "besok"], "besok"),
        *((["request", "jajal", name, "--warna", "merah"], "tidak ada dalam inventaris") for name in PATTERNS),
        *((["request", "jajal", "mamuju", "--warna", "biru", "--build", path], "tulis nama") for path in PATHS),
        (["approve", "CHG-2026-999999", "--plan", "x"], "tidak ada dalam buku catatan"),
        (["approve", "CHG-2026-999999"], "--plan belum diisi"),
    ],
)
def test_wrong_use_is_answered_in_indonesian(call: SpseOps, words: list[str], said: str) -> None:
    code, out, err = call(*words)
    assert code != 0
    assert said in out + err
    assert "Traceback" not in out + err


def test_nobody_unknown_may_ask(call: SpseOps, monkeypatch: pytest.MonkeyPatch, place: Office) -> None:
    monkeypatch.setenv("SUDO_USER", "orang-lain")
    place.desk.settings.rules.write_text(RULES)
    code, _, err = call("request", "jajal", "mamuju", "--warna", "merah")
    assert code == 1
    assert "tidak terdaftar" in err


def test_help_has_what_the_entry_asks(call: SpseOps) -> None:
    out = " ".join(call("request", "jajal", "--help")[1].split())
    assert "--warna [merah|biru] Warnanya." in out
    assert "--plan-only" in out
    assert "jajal" in call("request", "--help")[1]

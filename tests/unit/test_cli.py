"""The command of an operation, from its catalogue entry to a playbook on this machine itself in place of a host."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chatops import cli

ENTRY = """
name: pasang
title: Memasang sesuatu
service: S0-5
playbook: pasang.yml
changes_hosts: true
inputs:
  - name: build
    variable: spse_app_build
    title: Nomor build
    required: true
    help: Seperti tertulis pada pengumuman.
  - name: instance
    variable: spse_app_instance
    title: Instans
    required: false
    choices: [prod, latihan]
    default: prod
  - name: catatan
    variable: spse_app_note
    title: Catatan
    required: false
"""

PLAYBOOK = """
- name: Install
  hosts: all
  connection: local
  gather_facts: false
  tasks:
    - name: Refuse the one
      ansible.builtin.assert:
        that: spse_app_build != '0'
        fail_msg: Build 0 tidak ada.
    - name: Write what was told
      ansible.builtin.copy:
        content: "{{ spse_app_build }}"
        dest: "{{ playbook_dir }}/{{ inventory_hostname }}"
        mode: "0644"
    - name: Report
      ansible.builtin.set_stats:
        data:
          answers: "{{ {inventory_hostname: {'message': 'Terpasang', 'build': spse_app_build,
                       'instans': spse_app_instance, 'catatan': spse_app_note | default('tanpa')}} }}"
"""

type Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `spse-ops` with that one operation: its exit code, its output and its errors."""
    (tmp_path / "operations").mkdir()
    (tmp_path / "operations/pasang.yml").write_text(ENTRY)
    (tmp_path / "operations/lihat.yml").write_text(
        ENTRY.split("inputs:", maxsplit=1)[0].replace("pasang", "lihat").replace("true", "false") + "inputs: []\n"
    )
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks/pasang.yml").write_text(PLAYBOOK)
    (tmp_path / "ansible.cfg").write_text("[defaults]\ninterpreter_python = auto_silent\n")
    (tmp_path / "hosts.ini").write_text("m1 spse_lpse=mamuju\nb1 spse_lpse=bogor\n")
    monkeypatch.setenv("SPSE_OPS_HOME", str(tmp_path))
    monkeypatch.setenv("SPSE_OPS_INVENTORY", str(tmp_path / "hosts.ini"))
    monkeypatch.setenv("SPSE_OPS_CATALOGUE", str(tmp_path / "operations"))

    def main(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["spse-ops", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        return (code if isinstance(code, int) else 0, *capsys.readouterr())

    return main


def test_what_was_given_reaches_the_playbook_of_the_named_hosts_only(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("pasang", "mamuju", "--build", "4.5.{{ 6 * 7 }}", "--instance", "latihan")
    assert code == 0
    assert out.splitlines() == [
        "m1: Terpasang",
        "  build    4.5.{{ 6 * 7 }}",
        "  instans  latihan",
        "  catatan  tanpa",
    ]
    assert (tmp_path / "playbooks/m1").exists()
    assert not (tmp_path / "playbooks/b1").exists()


def test_a_default_is_handed_on_and_what_was_not_given_is_not(run: Run) -> None:
    code, out, _ = run("pasang", "--semua", "--build", "1a", "--json")
    told = {"message": "Terpasang", "build": "1a", "instans": "prod", "catatan": "tanpa"}
    assert code == 0
    assert json.loads(out)["hosts"] == {"m1": told, "b1": told}


def test_a_check_shows_what_would_change_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("pasang", "mamuju", "--build", "1", "--check")
    assert code == 0
    assert "m1: akan berubah" in out
    assert "Write what was told" in out
    assert "+1" in out
    assert not (tmp_path / "playbooks/m1").exists()
    run("pasang", "mamuju", "--build", "1")
    _, again, _ = run("pasang", "mamuju", "--build", "1", "--check")
    assert "akan berubah" not in again
    # What the playbook says in its own words stands for itself.
    assert "Terpasang" in again


def test_a_failure_is_told_in_the_words_of_the_playbook(run: Run) -> None:
    code, out, _ = run("pasang", "mamuju", "--build", "0")
    assert code == 1
    assert "m1: GAGAL — Build 0 tidak ada." in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mamuju"], "Opsi --build belum diisi."),
        (["mamuju", "--build", ""], "Masukan `build` belum diisi."),
        (["mamuju", "--build", "1\n"], "Terpasang"),
        (["mamuju", "--build", "1\x1b[2J"], "Masukan `build` memuat karakter yang tidak terlihat."),
        (
            ["mamuju", "--build", "1", "--instance", "lain"],
            "Opsi --instance: `lain` bukan pilihan; pilih salah satu: prod, latihan.",
        ),
        (
            ["--build", "1"],
            "Operasi `pasang` mengubah server: sebutkan nama LPSE, atau --semua untuk semuanya; bukan keduanya.",
        ),
        (["mamuju", "--semua", "--build", "1"], "bukan keduanya"),
        (["mamju", "--build", "1"], "Maksud Anda `mamuju`?"),
        (["mamuju", "--build"], "Opsi --build memerlukan nilai."),
    ],
)
def test_wrong_use_is_answered_in_indonesian(run: Run, arguments: list[str], words: str) -> None:
    code, out, err = run("pasang", *arguments)
    assert words in out + err
    assert (code == 0) is (words == "Terpasang")


def test_the_page_of_an_operation_is_made_of_its_inputs(run: Run) -> None:
    page = " ".join(run("pasang", "--help")[1].split())
    assert "--build NILAI Nomor build. Seperti tertulis pada pengumuman. (wajib)" in page
    assert "--instance [prod|latihan] Instans. (bawaan: prod)" in page
    assert "--check Hanya memperlihatkan apa yang akan berubah." in page
    assert "--semua Semua LPSE dalam inventaris." in page
    assert "required" not in page


def test_what_changes_nothing_has_nothing_to_check(run: Run) -> None:
    code, out, _ = run("lihat", "--help")
    assert code == 0
    assert "--check" not in out
    assert "--semua" not in out

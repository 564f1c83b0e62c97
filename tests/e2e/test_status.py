"""`spse-ops status`: from the command through ansible-runner to real hosts and back."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import HostFactory
from tests.hosts import faults
from tests.hosts.host import Host
from tests.hosts.lab import Lab
from tests.spse_app import vendor
from tests.spse_app.build import Options, build

COMMAND = Path(sys.executable).with_name("spse-ops")


@pytest.fixture(scope="module")
def two_hosts(make_hosts: HostFactory) -> list[Host]:
    """Two LPSEs of one host each."""
    return make_hosts("mamuju", "bogor")


@pytest.fixture
def inventory(lab: Lab, two_hosts: list[Host], tmp_path: Path) -> Path:
    """The two hosts as an inventory on disk."""
    assert two_hosts
    path = tmp_path / "hosts.yml"
    path.write_text(json.dumps(lab.inventory()))
    return path


def spse_ops(*arguments: str, inventory: Path) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator does, from anywhere and with a bare PATH."""
    environment = {"HOME": os.environ["HOME"], "PATH": "/usr/bin:/bin", "SPSE_OPS_INVENTORY": str(inventory)}
    return subprocess.run(
        [COMMAND, *arguments], capture_output=True, check=False, cwd="/", env=environment, text=True, timeout=120
    )


def test_one_lpse_in_words(inventory: Path) -> None:
    done = spse_ops("status", "mamuju", inventory=inventory)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("mamuju: Debian GNU/Linux 12 (bookworm), menyala ")
    assert "bogor" not in done.stdout


def test_all_for_a_program(inventory: Path) -> None:
    done = spse_ops("status", "--json", inventory=inventory)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["failures"] == {}
    assert {host: told["instances"] for host, told in answer["hosts"].items()} == {"mamuju": [], "bogor": []}


def test_a_host_that_is_down_is_named_and_does_not_hide_the_other(inventory: Path, two_hosts: list[Host]) -> None:
    mamuju = two_hosts[0]
    faults.network_cut(mamuju)
    done = spse_ops("status", inventory=inventory)
    faults.heal(mamuju)
    assert done.returncode == 1
    assert "mamuju: GAGAL" in done.stdout
    assert "bogor: Debian" in done.stdout


def test_a_slip_changes_nothing_and_gets_an_answer(inventory: Path) -> None:
    done = spse_ops("status", "mamju", inventory=inventory)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Maksud Anda `mamuju`?" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--help"], ["status", "--help"]])
def test_help_is_indonesian(inventory: Path, arguments: list[str]) -> None:
    done = spse_ops(*arguments, inventory=inventory)
    page = done.stdout + done.stderr
    assert page.startswith("Pemakaian: spse-ops ")
    assert "elihat keadaan server dan SPSE" in page
    for english in ("Usage", "Options", "Commands", "Positional", "OPTIONS", "Show this message"):
        assert english not in page


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["statsu"], "Perintah `statsu` tidak dikenal. Maksud Anda `status`?"),
        (["status", "--jsn"], "Opsi --jsn tidak dikenal. Maksud Anda --json?"),
        (["status", "--inventory"], "Opsi --inventory memerlukan nilai."),
        (["status", "--inventory", "/nowhere"], "Inventaris `/nowhere` tidak ditemukan."),
    ],
)
def test_wrong_use_is_answered_in_indonesian(inventory: Path, arguments: list[str], words: str) -> None:
    done = spse_ops(*arguments, inventory=inventory)
    assert done.returncode != 0
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_neglected_spse_is_found_with_its_build_and_a_double_start_is_shouted(
    lab: Lab, spse_host: Host, tmp_path: Path
) -> None:
    built = build(tmp_path / "builds", ["n"], Options(boot_seconds=0))["n"]
    vendor.install(spse_host, built.file)
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(json.dumps(lab.inventory()))
    first = spse_ops("status", spse_host.name, inventory=inventory).stdout
    assert "layanan apache2: active" in first
    assert f"SPSE    /home/appserv/spse {built.build}, port 9090/eproc4: berjalan, pid " in first
    spse_host.run("/home/appserv/spse/spse4 start")
    second = spse_ops("status", spse_host.name, inventory=inventory).stdout
    assert "PROSES GANDA" in second
    spse_host.run("pkill -9 java")
    third = spse_ops("status", spse_host.name, inventory=inventory).stdout
    assert "tidak berjalan" in third

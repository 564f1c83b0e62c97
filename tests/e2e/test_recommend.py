"""`spse-ops recommend`: from the command to a document that an office can be given, and nothing changes on the host."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import HostFactory
from tests.hosts.host import Host
from tests.hosts.lab import Lab

COMMAND = Path(sys.executable).with_name("spse-ops")
CANARY = "kenari-rahasia"
WAIVER = {"control": "SSH-09", "reason": "Naskah sedang disetujui", "owner": "Kepala Seksi", "until": "2099-01-31"}
# What Ansible and a login write anyway is left out.
CHANGED = "find /etc /usr /home /root /opt /srv /var/lib -xdev -newer /root/.before -not -path '/home/ansible*'"


@pytest.fixture(scope="module")
def host(make_hosts: HostFactory) -> Host:
    """One that nobody has hardened."""
    host = make_hosts("mamuju")[0]
    host.run("touch /root/.before")
    return host


@pytest.fixture
def inventory(lab: Lab, host: Host, tmp_path: Path) -> Path:
    """An office with this host and one that is switched off; there are a waiver and a secret."""
    listed = lab.inventory()
    hosts = listed["spse"]["hosts"]
    hosts["mamuju"] |= {"baseline_waivers": [WAIVER], "spse_database_passwords": {"prod": CANARY}}
    hosts["mati"] = {"ansible_host": str(host.address).rpartition(".")[0] + ".250", "spse_lpse": "bogor"}
    hosts["mati2"] = hosts["mati"] | {"spse_lpse": "mamuju"}
    path = tmp_path / "hosts.yml"
    path.write_text(json.dumps(listed))
    return path


def recommend(inventory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator does, from anywhere and with a bare PATH."""
    environment = {"HOME": os.environ["HOME"], "PATH": "/usr/bin:/bin", "SPSE_OPS_INVENTORY": str(inventory)}
    command = [str(COMMAND), "recommend", *arguments, "--laporan", str(inventory.parent / "laporan")]
    return subprocess.run(command, capture_output=True, check=False, cwd="/", env=environment, text=True, timeout=300)


def test_an_office_gets_its_document(inventory: Path, host: Host, figures: list[str]) -> None:
    begin = time.monotonic()
    done = recommend(inventory, "mamuju")
    figures.append(f"recommend: one bare host, and one switched off, in {time.monotonic() - begin:.1f} s")
    folder = inventory.parent / "laporan/mamuju"
    assert f"{host.name}: " in done.stdout, done.stdout + done.stderr
    assert f"{folder}/rekomendasi.pdf" in done.stdout
    # A host that is down is told, and does not keep the other from its document.
    assert done.returncode == 1
    assert "mati2: GAGAL" in done.stdout
    page = (folder / "rekomendasi.html").read_text()
    pdf = folder / "rekomendasi.pdf"
    text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, check=True, text=True).stdout
    words = " ".join(text.split())
    for said in (
        "Rekomendasi Penerapan Keamanan LPSE mamuju",
        "SSH-01 Root tidak dapat masuk lewat SSH",
        "spse-ops baseline mamuju --check",
    ):
        assert said in words
    for said in ("SSH-01", "FW-01", "Naskah sedang disetujui", "31 Januari 2099", "mati2"):
        assert said in page
        assert said in words
    found = json.loads((inventory.parent / "laporan/kepatuhan.json").read_text())["findings"]
    failing = {one["control"] for one in found if one["state"] == "gagal"}
    assert failing, "a bare host is not hardened: this test looks at nothing"
    assert f"{len(failing)} dari {len(found)} kontrol belum terpenuhi" in words


def test_nothing_has_changed_on_the_host(inventory: Path, host: Host) -> None:
    before = host.run(CHANGED).stdout
    recommend(inventory, "mamuju")
    assert host.run(CHANGED).stdout == before


def test_no_secret_comes_along(inventory: Path) -> None:
    done = recommend(inventory, "mamuju")
    written = [path for path in (inventory.parent / "laporan").rglob("*") if path.is_file()]
    assert len(written) == 7
    assert CANARY not in done.stdout + done.stderr
    assert [path for path in written if CANARY.encode() in path.read_bytes()] == []


def test_an_office_that_cannot_be_reached_gets_none(inventory: Path) -> None:
    done = recommend(inventory, "bogor")
    assert done.returncode == 1
    assert "mati: GAGAL" in done.stdout
    assert not (inventory.parent / "laporan").exists()


def test_what_cannot_be_proven_says_why(inventory: Path) -> None:
    listed = json.loads(inventory.read_text())
    listed["spse"]["hosts"]["mamuju"]["baseline_waivers"] = [WAIVER | {"until": "besok"}]
    inventory.write_text(json.dumps(listed))
    done = recommend(inventory, "mamuju")
    assert done.returncode == 1
    assert "Pengecualian (`baseline_waivers`) server mamuju tidak sah: `until` SSH-09 berisi `besok`" in done.stdout
    assert "Error" not in done.stdout

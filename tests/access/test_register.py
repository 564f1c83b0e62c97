"""From asking to the alarm, by the commands of the people who do it, on a host that they are about."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from chatops.settings import PROGRAMS
from tests.access.authority import make_key
from tests.baseline.proving import FROM_HERE
from tests.hosts.paths import LINK, REPOSITORY
from tests.operator import CANARY
from tests.upgrade.site import Site, make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Builds, HostFactory
    from tests.hosts.lab import Lab

pytestmark = pytest.mark.hosts

PASSPHRASE = f"{CANARY}-otoritas-0123456789"
DENIED = "Permission denied"


@dataclass(frozen=True)
class House:
    """A ledger with an authority, a host, and people."""

    site: Site
    folder: Path

    def command(self, actor: str, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Somebody runs `spse-ops`."""
        own = {
            "SPSE_OPS_STATE": str(self.folder / "state"),
            "SPSE_OPS_ACTOR": actor,
            "SPSE_OPS_INVENTORY": str(self.site.operator.inventory),
            "SPSE_OPS_ACCESS_PASSPHRASE": str(self.folder / "passphrase"),
        }
        done = subprocess.run(
            [PROGRAMS / "spse-ops", *words],
            capture_output=True,
            check=False,
            cwd=REPOSITORY,
            env=os.environ | own,
            input=stdin,
            text=True,
        )
        assert CANARY not in done.stdout + done.stderr
        return done

    def done(self, actor: str, *words: str, stdin: str | None = None) -> str:
        """It has to go well."""
        done = self.command(actor, *words, stdin=stdin)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def grant(self, person: str, role: str = "operator") -> tuple[str, Path]:
        """Somebody asks for another, and a third approves."""
        key = make_key(self.folder / person)
        asked = ["--role", role, "--for", "1h", "--person", person, "--key", f"{key}.pub", "--from", str(LINK)]
        number = self.done("asih", "access", "grant", "mamuju", *asked, "--reason", "uji").split()[0]
        assert "orang lain" in self.command("asih", "access", "approve", number, "--out", str(self.folder)).stderr
        self.done("bayu", "access", "approve", number, "--out", str(self.folder))
        (self.folder / f"{number}-cert.pub").rename(f"{key}-cert.pub")
        return number, key

    def login(self, key: Path, account: str = "lkpp-operator") -> subprocess.CompletedProcess[str]:
        """Come in by that key and its certificate."""
        host = self.site.host
        options = ["-o", f"CertificateFile={key}-cert.pub", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        options += ["-o", f"UserKnownHostsFile={host.keys / 'known_hosts'}", "-o", "LogLevel=ERROR"]
        words = ["ssh", "-F", "/dev/null", "-i", str(key), *options, f"{account}@{host.address}", "id -un"]
        return subprocess.run(words, capture_output=True, check=False, text=True, timeout=60)

    def listed(self) -> dict[str, dict[str, Any]]:
        """The register."""
        told = json.loads(self.done("asih", "access", "list", "--json"))
        return {one["number"]: one for one in told}

    def collect(self) -> subprocess.CompletedProcess[str]:
        """What hosts tell comes into the ledger."""
        said = self.done("bayu", "access-uses", "mamuju", "--json")
        return self.command("bayu", "access", "used", "-", stdin=said)


@pytest.fixture(scope="module")
def house(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The authority is founded, and the host trusts it."""
    host = make_hosts("mamuju", image="spse12", memory="1g")[0]
    folder = tmp_path_factory.mktemp("house")
    (folder / "passphrase").write_text(f"{PASSPHRASE}\n")
    (folder / "passphrase").chmod(0o600)
    site = make(
        tmp_path_factory.mktemp("site"),
        lab,
        host,
        builds,
        lkpp_access_addresses=FROM_HERE,
        lkpp_access_authority=str(folder / "state/access"),
    )
    house = House(site, folder)
    house.done("asih", "access", "authority", "init")
    house.done("asih", "access", "krl")
    house.done("asih", "lkpp-access", "mamuju")
    return house


def test_from_asking_to_the_end_of_it(house: House) -> None:
    number, key = house.grant("citra.dewi")
    assert house.login(key).stdout.strip() == "lkpp-operator-kerja"
    assert house.collect().returncode == 0
    assert house.listed()[number]["last_used"]
    house.done("bayu", "access", "revoke", number, "--reason", "selesai")
    house.done("bayu", "access-krl", "mamuju")
    assert DENIED in house.login(key).stderr
    assert house.listed()[number]["state"] == "revoked"


def test_the_key_of_the_authority_changes_and_nobody_is_shut_out(house: House) -> None:
    _, old = house.grant("dian")
    house.done("asih", "access", "authority", "rotate", "user")
    house.done("asih", "access", "krl")
    house.done("asih", "access-krl", "mamuju")
    house.done("asih", "access", "authority", "rotate", "user", "--sign", "--reached")
    _, new = house.grant("edo")
    assert (house.login(old).returncode, house.login(new).returncode) == (0, 0)
    house.done("asih", "access", "authority", "retire", "user-1", "--revoke")
    house.done("asih", "access-krl", "mamuju")
    assert DENIED in house.login(old).stderr
    assert house.login(new).returncode == 0


def test_an_emergency_is_an_alarm_and_is_reviewed(house: House) -> None:
    sealed = house.folder / "segel"
    told = json.loads(
        house.done("asih", "access", "seal", "mamuju", "--from", str(LINK), "--out", str(sealed), "--json")
    )
    key = house.folder / "darurat"
    shares = shares_in(sealed)
    house.done("siapa", "access", "open", str(sealed), "--out", str(key), stdin="\n".join(shares) + "\n")
    assert house.login(key, "lkpp-darurat").stdout.strip() == "root"
    assert "DARURAT" in house.site.host.run("journalctl --no-pager --priority=alert").stdout.upper()
    assert f"ALARM: akses darurat {told['number']} dipakai" in house.collect().stderr
    house.done("bayu", "access", "review", told["number"], "--note", "jaringan putus")
    assert "ALARM" not in house.collect().stderr
    assert house.command("asih", "ledger", "verify").returncode == 0


def shares_in(sealed: Path) -> list[str]:
    """What stands on the two sheets, as somebody types it."""
    texts = [next(sealed.glob(f"surat-{letter}-*.txt")).read_text() for letter in "ab"]
    return [" ".join(line.strip() for line in text.splitlines() if line.startswith("    ")) for text in texts]

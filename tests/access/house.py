"""A ledger with an authority, a host that trusts it, and people who come and go by `spse-ops access`."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatops.settings import PROGRAMS
from tests.access.authority import make_key
from tests.hosts.paths import LINK, REPOSITORY
from tests.operator import CANARY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hosts.host import Host

PASSPHRASE = f"{CANARY}-otoritas-0123456789"
RIGHTS = """
people:
  asih: {name: Asih, accounts: [asih], grants: [{role: operator}]}
  bayu: {name: Bayu, accounts: [bayu], grants: [{role: approver}]}
  siapa: {name: Siapa, accounts: [siapa], grants: [{role: operator}]}
"""
# Those who get in; by themselves they may nothing.
GUESTS = ("ana", "beni", "citra-dewi", "dian", "edo", "fitri")


@dataclass(frozen=True)
class House:
    """Its host, and the inventory with it."""

    host: Host
    inventory: Path
    folder: Path

    def command(self, actor: str, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Somebody runs `spse-ops`."""
        own = {
            "SPSE_OPS_STATE": str(self.folder / "state"),
            "SPSE_OPS_ACTOR": actor,
            # Root asks for somebody, as by sudo: this is how the commands know who that is.
            "SUDO_USER": actor,
            "SPSE_OPS_RULES": str(self.folder / "rules.yml"),
            "SPSE_OPS_INVENTORY": str(self.inventory),
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
        number = self.done("asih", "access", "grant", self.host.name, *asked, "--reason", "uji").split()[0]
        assert "tidak berhak" in self.command("asih", "access", "approve", number, "--out", str(self.folder)).stderr
        self.done("bayu", "access", "approve", number, "--out", str(self.folder))
        (self.folder / f"{number}-cert.pub").rename(f"{key}-cert.pub")
        return number, key

    def login(
        self, key: Path, account: str = "lkpp-operator", known: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Come in by that key and its certificate."""
        host = self.host
        options = ["-o", f"CertificateFile={key}-cert.pub", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        options += ["-o", f"UserKnownHostsFile={known or host.keys / 'known_hosts'}", "-o", "LogLevel=ERROR"]
        options += ["-o", "StrictHostKeyChecking=yes"]
        words = ["ssh", "-F", "/dev/null", "-i", str(key), *options, f"{account}@{host.address}", "id -un"]
        return subprocess.run(words, capture_output=True, check=False, text=True, timeout=60)

    def listed(self) -> dict[str, dict[str, Any]]:
        """The register."""
        told = json.loads(self.done("asih", "access", "list", "--json"))
        return {one["number"]: one for one in told["grants"]}

    def collect(self) -> subprocess.CompletedProcess[str]:
        """What hosts tell comes into the ledger."""
        said = self.done("bayu", "access-uses", self.host.name, "--json")
        return self.command("bayu", "access", "used", "-", stdin=said)


def founded(folder: Path, host: Host, inventory: Path) -> House:
    """The authority is made, and says what was revoked: nothing yet."""
    (folder / "passphrase").write_text(f"{PASSPHRASE}\n")
    (folder / "passphrase").chmod(0o600)
    guests = "".join(f"  {each}: {{name: {each}, grants: []}}\n" for each in GUESTS)
    (folder / "rules.yml").write_text(RIGHTS + guests)
    house = House(host, inventory, folder)
    house.done("asih", "access", "authority", "init")
    house.done("asih", "access", "krl")
    return house

"""An access register of the tests' own: its passphrases, its keys, and people who ask."""

import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chatops.access import keys
from chatops.access.authority import House, Keyring
from chatops.access.grant import Grant
from chatops.access.passphrases import Passphrases
from chatops.access.publication import Statement, publish
from chatops.access.register import Register, Request
from chatops.access.rules import Limits
from chatops.commands.door import me
from chatops.ledger.store import Ledger

SPOKEN = "kenari-kuning-di-jendela"
NOW = datetime.now(UTC).replace(microsecond=0)
LIMITS = Limits()
RIGHTS = """
people:
  penguji: {name: Penguji, slack: U0UJI, grants: [{role: operator}]}
  kepala: {name: Kepala Contoh, slack: U0KEPALA, grants: [{role: approver}]}
  agus: {name: Agus Contoh, slack: U0AGUS, grants: [{role: auditor}]}
  dewi: {name: Dewi Contoh, slack: U0DEWI, grants: [{role: admin, lpses: [mamuju]}]}
  eko: {name: Eko Contoh, slack: U0EKO, grants: [{role: admin, lpses: [bogor]}]}
  budi: {name: Budi Contoh, slack: U0BUDI, grants: [{role: operator}]}
  sari: {name: Sari Contoh, slack: U0SARI, grants: []}
"""


def seat(file: Path, person: str) -> None:
    """Let whoever runs the tests be this one to the commands."""
    assert f"  {person}: {{" in RIGHTS
    file.write_text(RIGHTS.replace(f"  {person}: {{", f"  {person}: {{accounts: [{me().account}], "))


def key_pair(folder: Path, name: str = "kunci", kind: str = "ed25519", *options: str) -> Path:
    """A person's key pair; the private key's path."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", file, *options], check=True)
    return file


def public(private: Path) -> keys.PublicKey:
    """The public key beside it."""
    return keys.read(private.with_name(f"{private.name}.pub"))


@dataclass(frozen=True)
class Office:
    """A register with an authority, and a folder of its own."""

    folder: Path
    register: Register
    house: House

    @property
    def published(self) -> Path:
        """What hosts are given."""
        return self.folder / "access"

    def by(self, actor: str) -> Register:
        """The register in the hands of somebody else."""
        return replace(self.register, actor=actor)

    def publish(self, now: datetime | None = None) -> Statement:
        """Publish."""
        own = self.register
        return publish(own.ledger, own.actor, own.keyring, self.published, own.limits, now)

    def request(self, person: str = "budi", lpse: str = "mamuju", hours: int = 4, role: str = "operator") -> Request:
        """What a person asks for, with a key of its own."""
        private = self.folder / "keys" / person
        found = private if private.exists() else key_pair(private.parent, person)
        span = timedelta(hours=hours)
        return Request(lpse, role, person, public(found), span, ("203.0.113.7/32", "127.0.0.1/32"), "perbaikan")

    def granted(self, person: str = "budi", lpse: str = "mamuju", now: datetime = NOW) -> tuple[Grant, str]:
        """One that was asked for and approved."""
        asked = self.by(f"{person}@meja").ask(self.request(person, lpse), now)
        return self.by("kepala@meja").approve(asked.number, now)


def office(folder: Path, ledger: Ledger) -> Office:
    """A new one."""
    keyring = Keyring(folder / "authority", Passphrases({}, lambda _: SPOKEN), rounds=1)
    house = House(ledger, "penjaga@meja", keyring)
    house.init()
    return Office(folder, Register(ledger, "penjaga@meja", keyring), house)

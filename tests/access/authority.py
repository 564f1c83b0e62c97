"""An authority as hosts see one, that signs also what a real one would refuse to sign."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

NAMESPACE = "spse-access-krl"
LEASE = timedelta(hours=26)


@dataclass
class Person:
    """Somebody with a key of his own."""

    name: str
    key: Path


def make_key(path: Path) -> Path:
    """A key pair without a passphrase."""
    keygen("-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path))
    return path


def keygen(*words: str, stdin: bytes | None = None) -> bytes:
    """Run ssh-keygen; in UTC, so that times mean the same to whoever reads them."""
    command = ["ssh-keygen", *words]
    return subprocess.run(command, input=stdin, capture_output=True, check=True, env={"TZ": "UTC"}).stdout


@dataclass
class Authority:
    """Keys of an authority, what it has revoked, and the folder that hosts are told of."""

    folder: Path
    serial: int = 0
    sequence: int = 0
    revoked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make its keys."""
        self.public.mkdir(parents=True)
        self.trusted = [make_key(self.folder / "user_ca")]
        self._signer = make_key(self.folder / "krl_signer")
        key = self._signer.with_suffix(".pub").read_text().strip()
        (self.public / "signers").write_text(f'spse-access namespaces="{NAMESPACE}" {key}\n')
        self.publish()

    @property
    def public(self) -> Path:
        """What hosts are told."""
        return self.folder / "public"

    def person(self, name: str) -> Person:
        """Somebody makes a key; its private half stays where it is."""
        return Person(name, make_key(self.folder / f"{name}-{len(list(self.folder.iterdir()))}"))

    def grant(
        self,
        person: Person,
        principals: str = "operator@mamuju",
        *,
        since: timedelta = timedelta(minutes=-1),
        until: timedelta = timedelta(hours=4),
        address: str = "",
        number: str = "",
        by: Path | None = None,
    ) -> int:
        """Sign somebody's key; the serial."""
        self.serial += 1
        number = number or f"AKS-2026-{self.serial:06}"
        now = datetime.now(UTC)
        span = ":".join(f"{now + each:%Y%m%d%H%M%S}Z" for each in (since, until))
        options = ["-O", "clear", "-O", "permit-pty", *(["-O", f"source-address={address}"] if address else [])]
        keygen(
            *("-q", "-s", str(by or self.trusted[-1]), "-I", f"{person.name}/{number}", "-n", principals),
            *("-z", str(self.serial), "-V", span, *options, f"{person.key}.pub"),
        )
        return self.serial

    def revoke(self, *serials: int) -> None:
        """Put certificates on the list."""
        self.revoked += serials
        self.publish()

    def rotate(self) -> None:
        """Another key is trusted beside those that are, and signs from now on."""
        self.trusted.append(make_key(self.folder / f"user_ca-{len(self.trusted)}"))
        self.publish()

    def retire(self) -> None:
        """The oldest key is trusted no more."""
        self.trusted.pop(0)
        self.publish()

    def publish(self, *, lease: timedelta = LEASE, issued: timedelta = timedelta()) -> None:
        """Write the list, and what is said of it."""
        self.sequence += 1
        listed = self.folder / "list"
        listed.write_text("".join(f"serial: {serial}\n" for serial in self.revoked) or "# none\n")
        krl = self.public / "krl"
        krl.unlink(missing_ok=True)
        keygen("-q", "-k", "-f", str(krl), "-s", f"{self.trusted[0]}.pub", str(listed))
        now = datetime.now(UTC) + issued
        told = {
            "sequence": self.sequence,
            "issued": now.isoformat(),
            "valid_until": (now + lease).isoformat(),
            "sha256": hashlib.sha256(krl.read_bytes()).hexdigest(),
            "authorities": [Path(f"{key}.pub").read_text().strip() for key in self.trusted],
        }
        self.state(told)

    def state(self, told: dict[str, object]) -> None:
        """Sign a statement."""
        statement = self.public / "krl.json"
        statement.write_text(json.dumps(told))
        signature = keygen("-Y", "sign", "-q", "-f", str(self._signer), "-n", NAMESPACE, stdin=statement.read_bytes())
        (self.public / "krl.json.sig").write_bytes(signature)

    def read(self) -> dict[str, object]:
        """What is stated now."""
        told: dict[str, object] = json.loads((self.public / "krl.json").read_text())
        return told


if __name__ == "__main__":
    Authority(Path(sys.argv[1]))

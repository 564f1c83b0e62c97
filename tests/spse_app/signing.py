"""The publisher's key and signatures, in the form ssh-keygen -Y makes and verifies."""

from __future__ import annotations

from pathlib import Path

from tests.spse_app import process

PRINCIPAL = "rilis@lkpp.example"
NAMESPACE = "spse-build"
_PACKAGE = "openssh-client"


def ensure_key(key: Path) -> None:
    """Make an Ed25519 key pair unless the folder has one from an earlier build."""
    if not key.exists():
        tool = process.find("ssh-keygen", _PACKAGE)
        process.run([tool, "-q", "-t", "ed25519", "-N", "", "-C", PRINCIPAL, "-f", str(key)])


def write_allowed_signers(key: Path, target: Path) -> None:
    """Say who may sign: the publisher, and only builds."""
    kind, public = key.with_suffix(".pub").read_text(encoding="ascii").split()[:2]
    target.write_text(f'{PRINCIPAL} namespaces="{NAMESPACE}" {kind} {public}\n', encoding="ascii")


def sign(key: Path, file: Path) -> None:
    """Write file.sig beside the file."""
    tool = process.find("ssh-keygen", _PACKAGE)
    # ssh-keygen asks before it overwrites.
    Path(f"{file}.sig").unlink(missing_ok=True)
    process.run([tool, "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(key), str(file)])

# SPDX-License-Identifier: Apache-2.0
"""Take over what was revoked, when it is genuine and new, and end the sessions that it concerns."""

from __future__ import annotations

import os
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from . import lease, sessions
from .settings import AUTHORITIES, KEPT, REVOKED, SIGNATURE, SIGNERS, SINCE_BOOT, STATEMENT, TRUST, AccessError

IDENTITY, NAMESPACE = "spse-access", "spse-access-krl"


def receive(folder: Path) -> dict[str, object]:
    """Take over what lies in a folder; nothing of it, if any of it is wrong."""
    try:
        text = (folder / STATEMENT).read_bytes()
        revoked = (folder / REVOKED).read_bytes()
        signature = folder / SIGNATURE
        _genuine(text, signature)
    except FileNotFoundError as error:
        raise AccessError(f"{error.filename} tidak ada. Kirim krl, krl.json, dan krl.json.sig bersama.") from error
    new = lease.parse(text.decode("utf-8"))
    known = kept()
    lease.acceptable(new, revoked, known, datetime.now(UTC))
    _understood(revoked)
    # What is revoked comes before who is trusted: cut in between, one is trusted less, and never more.
    changed = [
        write(TRUST / REVOKED, revoked),
        write(TRUST / AUTHORITIES, "".join(f"{key}\n" for key in new.authorities).encode()),
        write(KEPT / STATEMENT, text),
        write(SINCE_BOOT / STATEMENT, text),
    ]
    ended = sessions.end_revoked(TRUST / REVOKED)
    # A new statement about the same list is no change of who may come in.
    return {
        "sequence": new.sequence,
        "valid_until": new.valid_until.isoformat(),
        "changed": any(changed[:2]) or bool(ended),
        "ended": ended,
    }


def kept() -> lease.Statement | None:
    """The newest statement that this host has ever taken over."""
    return stated(KEPT / STATEMENT)


def stated(path: Path) -> lease.Statement | None:
    """A statement that was taken over; none, where there is none or it can't be read."""
    try:
        return lease.parse(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, AccessError):
        return None


def _genuine(text: bytes, signature: Path) -> None:
    command = ["ssh-keygen", "-Y", "verify", "-f", str(TRUST / SIGNERS), "-I", IDENTITY, "-n", NAMESPACE]
    done = subprocess.run([*command, "-s", str(signature)], input=text, capture_output=True, check=False)
    if done.returncode:
        raise AccessError(
            "Tanda tangan daftar pencabutan tidak cocok dengan otoritas yang dipercaya server ini. Jangan dipakai; "
            "periksa dari mana asalnya."
        )


def _understood(revoked: bytes) -> None:
    """An sshd that cannot read the list lets nobody in."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(revoked)
        file.flush()
        done = subprocess.run(["ssh-keygen", "-Q", "-l", "-f", file.name], capture_output=True, check=False, text=True)
    if done.returncode:
        raise AccessError(f"Daftar pencabutan tidak terbaca oleh ssh-keygen ({done.stderr.strip()}). Kirim ulang.")


def write(path: Path, content: bytes) -> bool:
    """Put a file in its place, whole or not at all; whether that changed it."""
    if path.exists() and path.read_bytes() == content:
        return False
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), 0o644)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True

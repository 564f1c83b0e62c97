# SPDX-License-Identifier: Apache-2.0
"""Take over what was revoked, when it is genuine and new, and end the sessions that it concerns."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from . import lease, sessions
from .settings import AUTHORITIES, KEPT, REVOKED, SIGNATURE, SIGNERS, SINCE_BOOT, STATEMENT, TRUST, AccessError

if TYPE_CHECKING:
    from collections.abc import Mapping

IDENTITY, NAMESPACE = "spse-access", "spse-access-krl"


def receive(told: Mapping[str, bytes], *, check: bool = False) -> dict[str, object]:
    """Take over what was brought; nothing of it, if any of it is wrong. A check says what it would change."""
    try:
        signers, revoked, text, signature = (told[name] for name in (SIGNERS, REVOKED, STATEMENT, SIGNATURE))
    except KeyError as error:
        raise AccessError(
            f"{error.args[0]} tidak ada. Kirim signers, krl, krl.json, dan krl.json.sig bersama."
        ) from error
    _genuine(text, signature, signers)
    new = lease.parse(text.decode("utf-8"))
    lease.acceptable(new, revoked, kept(), datetime.now(UTC))
    _understood(revoked)
    put = differs if check else write
    put(TRUST / SIGNERS, signers)
    # What is revoked comes before who is trusted: cut in between, one is trusted less, and never more.
    changed = [
        put(TRUST / REVOKED, revoked),
        put(TRUST / AUTHORITIES, "".join(f"{key}\n" for key in new.authorities).encode()),
        put(KEPT / STATEMENT, text),
        put(SINCE_BOOT / STATEMENT, text),
    ]
    ended = [] if check else sessions.end_revoked(TRUST / REVOKED)
    # A new statement about the same list is no change of who may come in.
    return {
        "sequence": new.sequence,
        "valid_until": new.valid_until.isoformat(),
        "changed": any(changed[:2]) or bool(ended),
        "ended": ended,
    }


def brought(text: str) -> dict[str, bytes]:
    """What has come in, out of one document: files by their names."""
    try:
        told = json.loads(text)
        return {name: base64.b64decode(content, validate=True) for name, content in told.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise AccessError(f"Kiriman daftar pencabutan tidak terbaca: {error}. Kirim ulang.") from error


def kept() -> lease.Statement | None:
    """The newest statement that this host has ever taken over."""
    return stated(KEPT / STATEMENT)


def stated(path: Path) -> lease.Statement | None:
    """A statement that was taken over; none, where there is none or it can't be read."""
    try:
        return lease.parse(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, AccessError):
        return None


def _genuine(text: bytes, signature: bytes, signers: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in (SIGNERS, SIGNATURE)]
        for path, content in zip(paths, (signers, signature), strict=True):
            path.write_bytes(content)
        command = ["ssh-keygen", "-Y", "verify", "-f", str(paths[0]), "-I", IDENTITY, "-n", NAMESPACE]
        done = subprocess.run([*command, "-s", str(paths[1])], input=text, capture_output=True, check=False)
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


def differs(path: Path, content: bytes) -> bool:
    """Whether a file is not what it has to be."""
    return not path.exists() or path.read_bytes() != content


def write(path: Path, content: bytes) -> bool:
    """Put a file in its place, whole or not at all; whether that changed it."""
    if not differs(path, content):
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

# SPDX-License-Identifier: Apache-2.0
"""What the role has written down about this host, and where things are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path("/etc/spse-access/settings.json")
TRUST = Path("/etc/ssh/spse-access")
"""What sshd reads: the authorities, and what they have revoked."""
AUTHORITIES, REVOKED, SIGNERS = "authorities.pub", "krl", "signers"
STATEMENT, SIGNATURE = "krl.json", "krl.json.sig"
SINCE_BOOT = Path("/run/spse-access")
"""The statement that was received since the host has started; before that nobody knows what was revoked meanwhile."""
KEPT = Path("/var/lib/spse-access")
"""The newest statement that was ever received, so that an older one is not taken for it."""


class AccessError(Exception):
    """What is wrong, and what to do about it; the operator reads it."""


@dataclass(frozen=True)
class Account:
    """One way in."""

    name: str
    role: str
    """What a certificate has to be for, such as `operator`."""
    work: str
    """Whose rights the session has; nobody can log in as that."""
    leased: bool
    """Closed when what was revoked has not been heard of for too long."""


@dataclass(frozen=True)
class Settings:
    """This host."""

    lpse: str
    accounts: dict[str, Account]


def read(path: Path = FILE) -> Settings:
    """What the role has written."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise AccessError(f"{path} tidak ada. Jalankan playbook lkpp_access untuk server ini.") from error
    return Settings(raw["lpse"], {one["name"]: Account(**one) for one in raw["accounts"]})

# SPDX-License-Identifier: Apache-2.0
"""What there is to digest on this host; the role writes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path("/etc/spse-look/digest.json")


@dataclass(frozen=True)
class Settings:
    """All of it."""

    ahead: int
    """Hours before UTC's, by which a day begins: the office's own."""
    databases: dict[str, str]
    """The databases, by their instances."""
    application: tuple[str, ...]
    """Patterns of the names of logs."""
    apache: tuple[str, ...]
    postgresql: tuple[str, ...]


def read(file: Path = FILE) -> Settings:
    """As the role has written it."""
    told = json.loads(file.read_text(encoding="utf-8"))
    logs = {name: tuple(told[name]) for name in ("application", "apache", "postgresql")}
    return Settings(int(told["ahead"]), told["databases"], **logs)

# SPDX-License-Identifier: Apache-2.0
"""What is on this host that can be looked at; the role writes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path("/etc/spse-look/settings.json")


@dataclass(frozen=True)
class Instance:
    """An SPSE that has to answer."""

    name: str
    home: str
    port: int
    path: str


@dataclass(frozen=True)
class Settings:
    """All of it."""

    instances: tuple[Instance, ...]
    folders: tuple[str, ...]
    """Whose disks are watched; those on one disk count once."""
    names: tuple[str, ...]
    """That have to resolve."""
    ports: tuple[int, ...]
    """On which something has to listen."""
    outbound: tuple[str, ...]
    """`host:port` that have to be reachable."""
    server_name: str
    login_page: str
    version_page: str
    backup: bool


def read(file: Path = FILE) -> Settings:
    """As the role has written it."""
    told = json.loads(file.read_text(encoding="utf-8"))
    return Settings(
        tuple(Instance(**each) for each in told["instances"]),
        tuple(told["folders"]),
        tuple(told["names"]),
        tuple(told["ports"]),
        tuple(told["outbound"]),
        told["server_name"],
        told["login_page"],
        told["version_page"],
        told["backup"],
    )

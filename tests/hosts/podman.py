"""The container engine, with storage and network of its own: a user's podman is neither seen nor touched."""

import json
import os
from typing import Any

from tests.hosts import shell
from tests.hosts.paths import RECIPE, RUNTIME, STATE

NAMESPACE = "spse-lab"
"""The network namespace that the engine runs in: its bridge and packet filter are not the machine's."""

STORAGE = STATE / "storage"

ENGINE = (
    "nsenter",
    f"--net=/run/netns/{NAMESPACE}",
    "podman",
    f"--root={STORAGE}",
    f"--runroot={RUNTIME / 'podman'}",
    f"--tmpdir={RUNTIME / 'libpod'}",
    f"--network-config-dir={STATE / 'networks'}",
    "--storage-driver=overlay",
)


def podman(*args: str, check: bool = True, timeout: float = 300) -> shell.Finished:
    """Run one command of the engine, out of reach of the machine's own settings for it."""
    settings = {"CONTAINERS_CONF": str(RECIPE / "containers.conf"), "TMPDIR": str(STATE)}
    return shell.run(*ENGINE, *args, check=check, timeout=timeout, env=os.environ | settings)


def podman_json(*args: str) -> list[dict[str, Any]]:
    """Run one command of the engine that lists things, and read its JSON."""
    listed: list[dict[str, Any]] = json.loads(podman(*args).stdout or "[]")
    return listed

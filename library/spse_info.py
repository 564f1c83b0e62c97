#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: what is on a host, before anybody changes it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_info
short_description: Read the state of a host and of the SPSE instances on it
description:
  - Reports operating system, memory, disk, services, and every SPSE found on the host, whoever installed it.
  - An instance is found by its configuration file below O(search), or by a running process that names its path.
  - Never changes anything.
version_added: "0.1.0"
author:
  - spse-ops
options:
  search:
    description: Folders to look for installations in, one level deep.
    type: list
    elements: path
    default:
      - /home/appserv
  services:
    description: Units of systemd whose state is reported.
    type: list
    elements: str
    default:
      - apache2
      - postgresql
attributes:
  check_mode:
    description: Runs the same in check mode, because it only reads.
    support: full
  diff_mode:
    description: There is nothing to show, because nothing changes.
    support: none
"""

EXAMPLES = r"""
- name: Read the state of the host
  spse_info:
  register: __state

- name: Look for installations elsewhere
  spse_info:
    search:
      - /opt
"""

RETURN = r"""
system:
  description: The host itself.
  returned: always
  type: dict
  sample:
    os: Debian GNU/Linux 12 (bookworm)
    uptime_seconds: 86400
    memory_bytes: 8589934592
    memory_available_bytes: 4294967296
    disk_bytes: 107374182400
    disk_free_bytes: 53687091200
services:
  description: State of each unit asked for, as systemd names it.
  returned: always
  type: dict
  sample:
    apache2: active
instances:
  description: Every SPSE found, in the order of their paths.
  returned: always
  type: list
  elements: dict
  sample:
    - root: /home/appserv/spse
      managed: true
      releases: {4.5.20260105: active}
      build: 4.5.20260105
      http_port: 9090
      http_path: /eproc4
      pids: [4242]
marks:
  description: What stands in an instance's way, by its name, such as its maintenance page or an unfinished change.
  returned: always
  type: dict
  sample:
    prod: [maintenance, upgrade 4.5.20260202]
backup:
  description:
    - How its restore points were when the host last looked. Null where backups were not set up.
    - The server that keeps them is not asked; the playbook C(backup_status) does.
  returned: always
  type: dict
  sample:
    looked_seconds_ago: 1200
    newest: tp-20261120T010000Z
    age_seconds: 7200
    wrong: []
"""

import json
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

if TYPE_CHECKING:
    from library.module_utils import spse_changes, spse_configuration, spse_releases
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_changes, spse_configuration, spse_releases

CONFIGURATION = Path("webapp/conf/application.conf")
STATE = Path("/var/lib/spse")
BACKUP_SETTINGS = Path("/etc/spse-backup/settings.json")
BACKUP_STATUS = Path("/var/lib/spse-backup/status.json")


def application_root(command_line: bytes) -> Path | None:
    """The installation that a process belongs to, from its command line; none for any other process."""
    for word in command_line.split(b"\0"):
        if word.startswith(b"-Dapplication.path="):
            return home_of(Path(os.fsdecode(word.partition(b"=")[2])).parent)
    return None


def home_of(root: Path) -> Path:
    """What an installation is called by: of what we have installed, the home and not the release."""
    if root.parent.name == "releases":
        return root.parents[1]
    return root.parent if root.name == "current" else root


def tree_of(home: Path) -> Path:
    """Where the files lie that run."""
    return home / "current" if (home / "current").is_symlink() else home


def describe(root: Path, configuration: dict[str, str], manifest: str | None, pids: list[int]) -> dict[str, Any]:
    """One instance as the module returns it."""
    instance = spse_releases.Instance(root)
    managed = instance.link.is_symlink()
    build = None
    if manifest is not None:
        build = json.loads(manifest).get("build")
    port = configuration.get("http.port", "")
    return {
        "root": str(root),
        "managed": managed,
        "releases": {one.build: one.state for one in instance.releases().values()} if managed else {},
        "build": build,
        "http_port": int(port) if port.isdecimal() else None,
        "http_path": configuration.get("http.path", "/"),
        "pids": sorted(pids),
    }


def read_text(path: Path) -> str | None:
    """A file's text, or none where there is no such file."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return None


def running() -> dict[Path, list[int]]:
    """The processes of every SPSE, by installation."""
    found: dict[Path, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            root = application_root((folder / "cmdline").read_bytes())
        except (FileNotFoundError, ProcessLookupError):
            # It ended while we were looking.
            continue
        if root is not None:
            found.setdefault(root, []).append(int(folder.name))
    return found


def instances(search: list[str]) -> list[dict[str, Any]]:
    """Every SPSE, running or only installed."""
    processes = running()
    patterns = [str(CONFIGURATION), f"current/{CONFIGURATION}"]
    found = [path for folder in search for pattern in patterns for path in Path(folder).glob(f"*/{pattern}")]
    installed = {home_of(path.parents[2]) for path in found}
    return [
        describe(
            root,
            spse_configuration.parse(read_text(tree_of(root) / CONFIGURATION) or ""),
            read_text(tree_of(root) / "manifest.json"),
            processes.get(root, []),
        )
        for root in sorted(installed | processes.keys())
    ]


def marks(state: Path) -> dict[str, list[str]]:
    """What stands in the way of each instance."""
    found: dict[str, list[str]] = {}
    for flag in ("maintenance", "hold", "frozen", "copy"):
        for path in sorted((state / flag).glob("*")):
            found.setdefault(path.name, []).append(flag)
    for path in sorted((state / "journal").glob("*.jsonl")):
        change = spse_changes.unfinished(spse_changes.read(path))
        if change is not None:
            found.setdefault(path.stem, []).append(f"{change.begun['verb']} {change.begun.get('to', '')}".strip())
    return found


def backup(settings: Path, status: Path, now: datetime) -> dict[str, Any] | None:
    """What the host knows of its restore points."""
    if not settings.exists():
        return None
    text = read_text(status)
    if text is None:
        return {"looked_seconds_ago": None, "newest": None, "age_seconds": None, "wrong": []}
    told: dict[str, Any] = json.loads(text)
    ago = int((now - datetime.fromisoformat(told["at"])).total_seconds())
    age = told["age_seconds"]
    return {
        "looked_seconds_ago": ago,
        "newest": told["newest"],
        "age_seconds": None if age is None else age + ago,
        "wrong": told["wrong"],
    }


def uptime(machine: str, first_process: str) -> int:
    """Seconds since the system started: the age of process 1, which in a container is not the machine's."""
    # The second field is a name in parentheses, which may hold anything.
    started = int(first_process.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return int(float(machine.split(maxsplit=1)[0]) - started)


def system() -> dict[str, Any]:
    """The host itself, from the files that every Linux has."""
    release = re.search(r'^PRETTY_NAME="?([^"\n]+)', read_text(Path("/etc/os-release")) or "", re.MULTILINE)
    memory = dict(re.findall(r"^(\w+):\s+(\d+) kB", read_text(Path("/proc/meminfo")) or "", re.MULTILINE))
    disk = os.statvfs("/")
    return {
        "os": release[1] if release else "unknown",
        "uptime_seconds": uptime(Path("/proc/uptime").read_text(), Path("/proc/1/stat").read_text()),
        "memory_bytes": int(memory["MemTotal"]) * 1024,
        "memory_available_bytes": int(memory["MemAvailable"]) * 1024,
        "disk_bytes": disk.f_blocks * disk.f_frsize,
        "disk_free_bytes": disk.f_bavail * disk.f_frsize,
    }


def service_state(unit: str) -> str:
    """What systemd says of a unit; `not-found` is an answer, too."""
    show = ["systemctl", "show", "--property=LoadState,ActiveState", unit]
    shown = subprocess.run(show, capture_output=True, check=True, text=True).stdout
    states = dict(line.split("=", 1) for line in shown.splitlines())
    return states["ActiveState"] if states["LoadState"] == "loaded" else states["LoadState"]


def main() -> None:
    """Read, and say what was read."""
    module = AnsibleModule(
        argument_spec={
            "search": {"type": "list", "elements": "path", "default": ["/home/appserv"]},
            "services": {"type": "list", "elements": "str", "default": ["apache2", "postgresql"]},
        },
        supports_check_mode=True,
    )
    module.exit_json(
        changed=False,
        system=system(),
        services={unit: service_state(unit) for unit in module.params["services"]},
        instances=instances(module.params["search"]),
        marks=marks(STATE),
        backup=backup(BACKUP_SETTINGS, BACKUP_STATUS, datetime.now(UTC)),
    )


if __name__ == "__main__":
    main()

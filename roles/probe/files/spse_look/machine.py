# SPDX-License-Identifier: Apache-2.0
"""The machine itself: memory, processors, disks."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .seen import Seen

ROOT = Path("/")


def memory(root: Path = ROOT) -> Seen:
    """How much of it is left; a container's own share, where it has one."""
    text = (root / "proc/meminfo").read_text(encoding="ascii")
    kibi = {name: int(value) for name, value in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}
    seen = Seen(measures={"memory": kibi["MemAvailable"] / kibi["MemTotal"], "memory_bytes": kibi["MemTotal"] * 1024})
    if kibi.get("SwapTotal"):
        seen.measures["swap"] = kibi["SwapFree"] / kibi["SwapTotal"]
    return seen


def load(root: Path = ROOT) -> Seen:
    """Processes that wanted a processor in the last five minutes, for each that there is."""
    five = float((root / "proc/loadavg").read_text(encoding="ascii").split()[1])
    return Seen(measures={"load": five / (os.cpu_count() or 1)})


def disks(folders: tuple[str, ...]) -> Seen:
    """What is left on each disk that one of the folders is on."""
    seen = Seen()
    known: set[int] = set()
    for folder in folders:
        try:
            device = Path(folder).stat().st_dev
            room = os.statvfs(folder)
        except FileNotFoundError:
            # Not every host has every folder.
            continue
        except OSError as error:
            seen.problems[f"disk:{folder}"] = error.strerror or str(error)
            continue
        if device in known or not room.f_blocks:
            continue
        known.add(device)
        # Of what others than root may have: that is all that SPSE gets.
        usable = room.f_blocks - room.f_bfree + room.f_bavail
        seen.measures[f"disk:{folder}"] = room.f_bavail / usable if usable else 0
        seen.measures[f"disk_bytes:{folder}"] = room.f_bavail * room.f_frsize
        # Btrfs and its like make inodes as they need them.
        if room.f_files:
            seen.measures[f"inodes:{folder}"] = room.f_favail / room.f_files
    return seen


def listening(root: Path = ROOT) -> set[int]:
    """The ports on which somebody listens, from the kernel's own tables."""
    found = set()
    for table in ("proc/net/tcp", "proc/net/tcp6"):
        path = root / table
        # A host without IPv6 has no such table.
        for line in path.read_text(encoding="ascii").splitlines()[1:] if path.exists() else []:
            _, local, _, state = line.split()[:4]
            if state == "0A":
                found.add(int(local.rpartition(":")[2], 16))
    return found


def ports(wanted: tuple[int, ...], root: Path = ROOT) -> Seen:
    """Whether somebody listens on each port that the public, or SPSE, needs."""
    there = listening(root)
    seen = Seen()
    for port in wanted:
        seen.answer(f"port:{port}", "" if port in there else "tidak ada yang mendengarkan")
    return seen

# SPDX-License-Identifier: Apache-2.0
"""Take an SPSE over that somebody has put on the host by hand: bring its tree into the order of releases, in place.

All of it is renames within one file system, each of them once: cut anywhere, the next run goes on.
"""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from library.module_utils import spse_releases
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_releases

MARK = ".adopting"
"""In the home from the first move to the last link: says the build that is being taken over."""

OURS = {"releases", "site", "current", ".current.new", MARK}
LINKS = ("webapp", "framework", "manifest.json")
"""What people and their scripts know by the old path: it leads to the release that runs."""

CONTROL = "spse4"
PAUSE = 0.2


def entries(home: Path) -> list[str]:
    """What lies in the home and is no release of ours: the tree as somebody unpacked it there."""
    if not home.is_dir():
        return []
    return sorted(
        path.name
        for path in home.iterdir()
        if path.name not in OURS and not path.is_symlink() and not (path.name == CONTROL and _is_ours(path))
    )


def is_neglected(home: Path) -> bool:
    """Whether there is an SPSE that nobody has taken over yet, or not to the end."""
    return (home / MARK).exists() or ((home / "webapp").is_dir() and not (home / "webapp").is_symlink())


def build_of(home: Path) -> str | None:
    """The build that lies there, by what it says of itself."""
    if (home / MARK).exists():
        return (home / MARK).read_text(encoding="utf-8").strip()
    if (home / "manifest.json").is_file():
        build: str | None = json.loads((home / "manifest.json").read_text(encoding="utf-8")).get("build")
        return build
    return None


def take_over(instance: spse_releases.Instance, build: str, account: tuple[int, int], facts: dict[str, str]) -> None:
    """Move the tree to its place among the releases, and put it in force."""
    home = instance.home
    tree = instance.tree(build)
    half = home / "releases" / f".{build}.adopting"
    if not (home / MARK).exists():
        (home / "releases").mkdir(exist_ok=True)
        spse_releases.replace(home / MARK, f"{build}\n")
    if not tree.exists():
        half.mkdir(parents=True, exist_ok=True)
        for name in entries(home):
            (home / name).rename(half / name)
        half.rename(tree)
    _make_roots(tree)
    instance.attach(build, account)
    for state in (spse_releases.UNPACKED, spse_releases.MIGRATED, spse_releases.ACTIVE):
        if _missing(instance, build, state):
            spse_releases.take_step(instance, build, state, facts)
    for name in LINKS:
        if (tree / name).exists() and not (home / name).is_symlink():
            (home / name).symlink_to(Path("current", name))
    (home / MARK).unlink()


def _missing(instance: spse_releases.Instance, build: str, state: str) -> bool:
    release = instance.releases().get(build)
    return release is None or state not in {event["state"] for event in release.events}


def processes(home: Path) -> list[int]:
    """Every process that runs out of this home."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            # It ended while we were looking.
            continue
        prefix = os.fsencode(f"-Dapplication.path={home}/")
        if any(word.startswith(prefix) for word in words):
            found.append(int(folder.name))
    return sorted(found)


def stop(pids: list[int], patience: float) -> list[int]:
    """Ask processes to end, and end those that have not after a while; which had to be ended."""
    for pid in pids:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while (alive := [pid for pid in pids if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(PAUSE)
    for pid in alive:
        _signal(pid, signal.SIGKILL)
    while any(Path(f"/proc/{pid}").exists() for pid in alive):
        time.sleep(PAUSE)
    return alive


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        # It was quicker.
        return


def _make_roots(tree: Path) -> None:
    """What is the build's is root's: the application cannot change itself."""
    for path in (tree, *tree.rglob("*")):
        if path.is_symlink() or path.lstat().st_uid == path.lstat().st_gid == 0:
            continue
        os.chown(path, 0, 0, follow_symlinks=False)


def _is_ours(path: Path) -> bool:
    return b"spse-ops" in path.read_bytes()[:200]

"""What can be seen of a machine from outside a program: for asking whether something left traces."""

import json
import os
import re
from pathlib import Path

from tests.hosts import shell
from tests.hosts.paths import STATE

MARK = "SPSE_LAB_FOOTPRINT"
"""An environment variable; whoever starts with it passes it on to its children, however often they detach."""

FOLDERS = ("/etc", "/run", "/var/lib", "/var/log", "/usr/local", "~/.config", "~/.local", "~/.ssh")
SYSCTLS = ("fs/inotify", "kernel/keys", "net/ipv4/conf", "net/bridge", "vm")

type Footprint = dict[str, frozenset[str]]


def footprint(mark: str) -> Footprint:
    """Everything that bringing up hosts could leave behind, by kind."""
    return {
        "processes": frozenset(_processes(mark)),
        "mounts": frozenset(line.split()[4] for line in _lines("/proc/self/mountinfo")),
        "interfaces": frozenset(link["ifname"] for link in _json("ip", "-json", "link")),
        "routes": frozenset(route["dst"] for route in _json("ip", "-json", "route")),
        "namespaces": frozenset(path.name for path in Path("/run/netns").glob("*")),
        "filters": frozenset(_without_counters(shell.run("nft", "list", "ruleset").stdout).splitlines()),
        "loop devices": frozenset(shell.run("losetup", "--list", "--noheadings").stdout.splitlines()),
        "sysctls": frozenset(_sysctls()),
        "cgroups": frozenset(str(path) for path in Path("/sys/fs/cgroup").glob("*/*") if path.is_dir()),
        "files": frozenset(path for folder in FOLDERS for path in _files(Path(folder).expanduser())),
    }


def difference(before: Footprint, after: Footprint) -> dict[str, list[str]]:
    """What one has and the other has not, by kind; empty when nothing was left and nothing is missing."""
    changed = {kind: sorted(before[kind] ^ after[kind]) for kind in before}
    return {kind: names for kind, names in changed.items() if names}


def _processes(mark: str) -> list[str]:
    """Processes that carry the mark, or that live in one of the hosts."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            marked = f"{MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0")
            hosted = "/spse-lab/" in (folder / "cgroup").read_text()
            title = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            # It has ended meanwhile, or it is a part of the machine that not even root may look into.
            continue
        if (marked or hosted) and int(folder.name) != os.getpid():
            found.append(f"{folder.name} {title}")
    return found


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def _json(*argv: str) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = json.loads(shell.run(*argv).stdout)
    return listed


def _without_counters(rules: str) -> str:
    return re.sub(r"packets \d+ bytes \d+", "", rules)


def _sysctls() -> list[str]:
    paths = [path for group in SYSCTLS for path in sorted(Path("/proc/sys", group).rglob("*")) if path.is_file()]
    return [f"{path} = {path.read_text().strip()}" for path in paths if path.stat().st_mode & 0o444]


def _files(folder: Path) -> list[str]:
    found: list[str] = []
    for parent, folders, files in folder.walk():
        # The images are a cache, and are meant to stay; what else stays in there is asked for by the test itself.
        folders[:] = [name for name in folders if parent / name != STATE]
        found += [str(parent / name) for name in (*folders, *files)]
    return found

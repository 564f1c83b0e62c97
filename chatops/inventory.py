"""Which hosts belong to which LPSE, as Ansible itself reads the inventory."""

import difflib
import hashlib
import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from chatops.errors import EmptyInventoryError, RunError, UnknownLpseError
from chatops.settings import Settings

BESIDE = ("group_vars", "host_vars")
# Such a file has something else asked for hosts, and a program is one that asks: a cloud, a database, the clock.
ASKS = re.compile(rb"^plugin\s*:", re.MULTILINE)


class Inventory:
    """An inventory that is asked again and again: Ansible reads it anew only when one of its files is another.

    That takes it most of a second, and a request, its plan, and the comparison before its run all ask. Used by several
    threads.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._sum = ""
        self._known: dict[str, Mapping[str, Any]] = {}

    def variables(self) -> Mapping[str, Mapping[str, Any]]:
        """What the inventory says of each host now."""
        with self._lock:
            # Before it is read: what is changed meanwhile is read again next time.
            now = _sum(self.settings)
            if not now or now != self._sum:
                self._known = variables(self.settings)
                self._sum = now
            return self._known

    def offices(self) -> dict[str, list[str]]:
        """The hosts of every LPSE, in the order of the inventory."""
        return offices(self.variables())


def variables(settings: Settings) -> dict[str, Mapping[str, Any]]:
    """What the inventory says of each host, in its order; not what a role would make of it."""
    listed = subprocess.run(
        ["ansible-inventory", "--inventory", settings.inventory, "--list"],
        capture_output=True,
        check=False,
        env=os.environ | settings.ansible_environment,
        text=True,
    )
    if listed.returncode != 0:
        raise RunError(playbook="(inventaris)", detail=listed.stderr.strip())
    read: dict[str, Mapping[str, Any]] = json.loads(listed.stdout)["_meta"]["hostvars"]
    return read


def _sum(settings: Settings) -> str:
    """The sum of all that a reading depends on; none, where it depends on something else than files."""
    total = hashlib.sha256()
    try:
        for path in _files(settings):
            content = path.read_bytes()
            if ASKS.search(content) or content.startswith(b"#!") or os.access(path, os.X_OK):
                return ""
            total.update(f"{path}\0{len(content)}\0".encode())
            total.update(content)
    except OSError:
        # It went away, or may not be read: Ansible has the words for it.
        return ""
    return total.hexdigest()


def _files(settings: Settings) -> Iterator[Path]:
    yield settings.home / "ansible.cfg"
    if settings.inventory.is_dir():
        folders = [settings.inventory]
    else:
        yield settings.inventory
        folders = [settings.inventory.parent / name for name in BESIDE]
    for top in folders:
        # Ansible follows links, and so does this.
        for folder, _, names in os.walk(top, followlinks=True):
            yield from (Path(folder, name) for name in sorted(names))


def hosts_by_lpse(settings: Settings) -> dict[str, list[str]]:
    """The hosts of every LPSE, in the order of the inventory."""
    return offices(variables(settings))


def offices(known: Mapping[str, Mapping[str, Any]]) -> dict[str, list[str]]:
    """The same, of what was read before."""
    found: dict[str, list[str]] = {}
    for host, own in known.items():
        if "spse_lpse" in own:
            found.setdefault(own["spse_lpse"], []).append(host)
    return found


def addresses(known: Mapping[str, Mapping[str, Any]], lpse: str) -> list[tuple[str, str]]:
    """Where the hosts of an LPSE are reached: address and port, the latter empty where none is named."""
    own = [(host, told) for host, told in known.items() if told.get("spse_lpse") == lpse]
    return [(_named(told, "ansible_host") or host, _named(told, "ansible_port")) for host, told in own]


def _named(told: Mapping[str, Any], name: str) -> str:
    """What the inventory says, if it says it: what Ansible would still make of it nobody can type."""
    text = str(told.get(name) or "")
    return "" if "{{" in text else text


def select(known: Mapping[str, Sequence[str]], wanted: Sequence[str], inventory: Path) -> list[str]:
    """The hosts of the LPSEs that were asked for; of all, when none was named."""
    if not known:
        # To Ansible no hosts in a limit are all hosts.
        raise EmptyInventoryError(inventory=inventory)
    for lpse in wanted:
        if lpse not in known:
            raise UnknownLpseError(lpse=lpse, inventory=inventory, suggestion=_suggestion(lpse, known))
    return [host for lpse in wanted or known for host in known[lpse]]


def _suggestion(lpse: str, known: Mapping[str, Sequence[str]]) -> str:
    near = difflib.get_close_matches(lpse, known, n=1)
    if near:
        return f" Maksud Anda `{near[0]}`?"
    return f" Yang tersedia: {', '.join(sorted(known)[:10]) or 'tidak ada'}."

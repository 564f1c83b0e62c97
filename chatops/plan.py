"""What exactly will happen: frozen when it is asked, approved by its sum, compared again before it happens. No I/O."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chatops.catalogue import Operation
from chatops.ledger.chain import canonical
from chatops.secrets import mask

# A name that Ansible makes anew each time, in the heads of differences.
PASSING = re.compile(r"(?:/\S*)?/\.?ansible(?:[-_/]tmp|-local)\S*/|/tmp/tmp\w+/?")
# Where hosts go at their own pace, whichever comes first brings the heading along.
HEADING = re.compile(r"TASK \[.*\] \*+$|PLAY \[.*\] \*+$")
MOST_LINES = 200
"""Lines that are shown of what a check says about a host; what is beyond counts by its sum."""


@dataclass(frozen=True)
class Checked:
    """What check mode says of one host."""

    changes: tuple[str, ...]
    """Names of tasks that would change something, and the differences that they showed."""
    predicted: int
    """Tasks that it could try."""
    skipped: int
    """Tasks of which nobody can tell, because they run commands."""
    says: tuple[str, ...] = ()
    """What its playbook says of the host in check mode under `plan`: how it will go, the same each time it is asked."""


@dataclass(frozen=True)
class Plan:
    """Everything that somebody says yes to."""

    operation: Operation
    lpses: tuple[str, ...]
    hosts: tuple[str, ...]
    variables: Mapping[str, Any]
    commit: str
    """Of git; empty, where the code comes from no checkout."""
    dirty: bool
    """Something in the checkout is in no commit."""
    code: str
    """The sum of playbooks, roles, library and the catalogue entry."""
    inventory: Mapping[str, str]
    """For each host, the sum of what the inventory says of it."""
    checked: Mapping[str, Checked]
    """By host; of what changes nothing there is nothing to check."""

    def told(self) -> dict[str, Any]:
        """As the ledger keeps it and people see it; secrets masked."""
        entry = self.operation
        tried = sum(each.predicted for each in self.checked.values())
        hidden = sum(each.skipped for each in self.checked.values())
        return {
            "operation": entry.name,
            "title": entry.title,
            "playbook": entry.playbook,
            "class": entry.infrastructure,
            "lpses": list(self.lpses),
            "hosts": list(self.hosts),
            "groups": list(entry.groups),
            "variables": {
                name: mask(value) if isinstance(value, str) else value for name, value in self.variables.items()
            },
            "build": self.variables.get("spse_app_build"),
            "commit": self.commit,
            "dirty": self.dirty,
            "code": self.code,
            "inventory": _sum(canonical(dict(self.inventory))),
            "inventory_of": {host: digest[:16] for host, digest in self.inventory.items()},
            "changes": list(_grouped(self.checked)),
            "predictable": round(100 * tried / (tried + hidden)) if tried + hidden else None,
            "downtime": entry.downtime,
            "undo": entry.undo,
            "verify": entry.verify,
            "rollback": entry.rollback,
        }


def digest(told: Mapping[str, Any]) -> str:
    """The sum of a plan, to which people say yes."""
    return _sum(canonical(told))


def settled(text: str) -> str:
    """A difference as it is the same each time that it is asked for, without secrets."""
    lines = (line for line in text.splitlines() if line.strip() and not HEADING.match(line))
    return mask(PASSING.sub("", "\n".join(lines)))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What is no longer as it was planned, in Indonesian, one line each."""
    return list(_differences(before, after))


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    simple = {
        "operation": "operasi",
        "playbook": "playbook",
        "class": "kelas",
        "lpses": "LPSE",
        "hosts": "server",
        "groups": "grup",
        "build": "build",
        "commit": "commit git",
        "verify": "pemeriksaan sesudahnya",
        "rollback": "cara mengembalikan",
    }
    for key, title in simple.items():
        if before.get(key) != after.get(key):
            yield f"{title}: {_shown(before.get(key))} menjadi {_shown(after.get(key))}"
    if before["variables"] != after["variables"]:
        names = sorted(before["variables"].keys() | after["variables"].keys())
        changed = [name for name in names if before["variables"].get(name) != after["variables"].get(name)]
        yield f"variabel: {', '.join(changed)}"
    if before["dirty"] != after["dirty"]:
        yield "perubahan di luar commit git"
    if before["code"] != after["code"]:
        yield "isi playbook, peran, modul, atau katalog"
    if before["inventory"] != after["inventory"]:
        own, others = before["inventory_of"], after["inventory_of"]
        changed = [host for host in sorted(own.keys() | others.keys()) if own.get(host) != others.get(host)]
        yield f"inventaris: {', '.join(changed) or 'jumlahnya'}"
    yield from _drift(before, after)
    if digest(before) != digest(after) and before.keys() != after.keys():
        yield "bentuk rencana (versi spse-ops lain)"


def _drift(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """Hosts on which something else would happen than was planned."""
    sums = [
        {
            host: (group["sum"], [*group.get("says", ()), *group["changes"]])
            for group in each["changes"]
            for host in group["hosts"]
        }
        for each in (before, after)
    ]
    for host in sorted(sums[0].keys() | sums[1].keys()):
        then, now = (each.get(host, ("", [])) for each in sums)
        if then[0] != now[0]:
            lines = [line for line in now[1] if line not in then[1]] + [line for line in then[1] if line not in now[1]]
            first = (lines or ["…"])[0].splitlines()[0]
            yield f"{host}: yang akan berubah lain dari rencana ({first})"


def _grouped(checked: Mapping[str, Checked]) -> Iterator[dict[str, Any]]:
    """Hosts of which the same is said, together: of six hundred hosts most are alike."""
    groups: dict[str, tuple[list[str], Checked]] = {}
    for host, each in checked.items():
        total = _sum(canonical([list(each.says), list(each.changes)]))
        groups.setdefault(total, ([], each))[0].append(host)
    for total, (hosts, each) in groups.items():
        shown, left = _shortened(each.changes)
        yield {"hosts": hosts, "says": list(each.says), "changes": shown, "left_out": left, "sum": total}


def _shortened(changes: Sequence[str]) -> tuple[list[str], int]:
    lines = [line for change in changes for line in change.splitlines()]
    if len(lines) <= MOST_LINES:
        return list(changes), 0
    return lines[:MOST_LINES], len(lines) - MOST_LINES


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "tidak ada"
    return str(value or "tidak ada")


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

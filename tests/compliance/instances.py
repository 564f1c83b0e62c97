"""Every SPSE on a host, whoever has put it there: what runs, what systemd would run, and what lies on the disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.compliance.proof import Subject

MARK = "-Dapplication.path="
# A process with its user and its unit; a unit with its user; a configuration. Each on a line of its own.
LOOK = r"""
for process in /proc/[0-9]*; do
    path=$(tr '\0' '\n' 2>/dev/null <"$process/cmdline" | sed -n 's/^-Dapplication\.path=//p' | head -n 1)
    [ -n "$path" ] || continue
    unit=$(sed -n 's#.*/\([^/]*\.service\).*#\1#p' "$process/cgroup" | head -n 1)
    printf 'proses %s %s %s\n' "$(stat -c %U "$process")" "${unit:--}" "$path"
done
for unit in $(systemctl list-units --all --plain --no-legend --full 'spse-*.service' | cut -d ' ' -f 1); do
    path=$(systemctl show --property=ExecStart --value "$unit" | sed -n 's/.* -Dapplication\.path=\([^ ]*\).*/\1/p')
    [ -n "$path" ] || continue
    user=$(systemctl show --property=User --value "$unit")
    printf 'unit %s %s %s\n' "${user:-root}" "$unit" "$path"
done
for file in /home/appserv/*/webapp/conf/application.conf /home/appserv/*/current/webapp/conf/application.conf; do
    [ ! -e "$file" ] || printf 'berkas - - %s\n' "${file%/conf/application.conf}"
done
"""


@dataclass
class Instance:
    """One SPSE."""

    home: str
    tree: str
    """Where the programs lie that run."""
    processes: dict[str, set[str]] = field(default_factory=dict)
    """Units with the users of their processes; `-` for what systemd has not started."""
    units: dict[str, str] = field(default_factory=dict)
    """Units with the user that they name."""

    @property
    def users(self) -> set[str]:
        """Who runs it; where it does not run, who would."""
        return set().union(*self.processes.values()) or set(self.units.values())

    @property
    def configuration(self) -> str:
        """What it is told."""
        return f"{self.tree}/webapp/conf/application.conf"


def instances(subject: Subject) -> list[Instance]:
    """Every SPSE on the host, in the order of their homes."""
    found: dict[str, Instance] = {}
    for line in subject.ask("sh", "-c", LOOK).splitlines():
        kind, user, unit, path = line.split(" ", 3)
        home, tree = _home_of(PurePosixPath(path).parent)
        one = found.setdefault(home, Instance(home, tree))
        if kind == "proses":
            one.processes.setdefault(unit, set()).add(user)
        elif kind == "unit":
            one.units[unit] = user
    return [found[home] for home in sorted(found)]


def _home_of(root: PurePosixPath) -> tuple[str, str]:
    """What an installation is called by, and where its programs lie: of several releases, those of the current one."""
    if root.parent.name == "releases":
        root = root.parents[1] / "current"
    return (str(root.parent), str(root)) if root.name == "current" else (str(root), str(root))

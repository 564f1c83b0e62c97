"""Who sits at the keyboard of the controller runs an operation at once, and sees it through.

Nobody else's yes is asked, because whoever has the inventory and its keys could run the playbook, too; that it was done
is recorded by Ansible's callback. What is asked from afar comes through the desk.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from chatops import inventory, launcher
from chatops.catalogue import Operation
from chatops.errors import NoLpseError
from chatops.launcher import Outcome
from chatops.settings import Settings


@dataclass(frozen=True)
class Wanted:
    """What a person asked of an operation."""

    lpses: Sequence[str] = ()
    everywhere: bool = False
    """All LPSEs were meant, and said so."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """What was given, by the names of the inputs."""
    check: bool = False
    """Only show what would change."""


def request(settings: Settings, operation: Operation, wanted: Wanted, on_task: Callable[[str], None]) -> Outcome:
    """Resolve the hosts once, then run the operation on exactly these."""
    # To forget a name must not mean the whole country, where something changes.
    if operation.changes_hosts and bool(wanted.lpses) == wanted.everywhere:
        raise NoLpseError(operation=operation.name)
    variables = operation.variables(wanted.inputs)
    hosts = inventory.select(inventory.hosts_by_lpse(settings), wanted.lpses, settings.inventory)
    task = launcher.Task(operation.playbook, [*hosts, *operation.groups], variables, check=wanted.check)
    return launcher.run(settings, task, on_task)

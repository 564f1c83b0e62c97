"""The one door: whatever wants an operation done comes through here, from wherever it comes."""

from collections.abc import Callable, Sequence

from chatops import inventory, launcher
from chatops.catalogue import Operation
from chatops.launcher import Outcome
from chatops.settings import Settings


def request(settings: Settings, operation: Operation, lpses: Sequence[str], on_task: Callable[[str], None]) -> Outcome:
    """Resolve the hosts once, then run the operation on exactly these."""
    hosts = inventory.select(inventory.hosts_by_lpse(settings), lpses, settings.inventory)
    return launcher.run(settings, operation.playbook, hosts, on_task)

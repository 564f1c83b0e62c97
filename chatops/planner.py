"""Gathers what a plan is made of: the inventory, the code as it is, and what check mode says of each host."""

import hashlib
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from chatops import launcher
from chatops.catalogue import Operation
from chatops.errors import CutError, PlanError
from chatops.inventory import Inventory
from chatops.ledger.chain import canonical
from chatops.plan import Checked, Plan, settled
from chatops.secrets import mask
from chatops.settings import Settings

CODE = ("roles", "library")
TRIES = 3
LEFT_OUT = {"__pycache__", "molecule", ".ansible"}


def gather(
    inventory: Inventory,
    operation: Operation,
    lpses: Sequence[str],
    hosts: Sequence[str],
    variables: Mapping[str, Any],
    on_task: Callable[[str], None] = lambda _: None,
) -> Plan:
    """Look at everything. Nothing is changed; what cannot be checked cannot be planned."""
    settings, known = inventory.settings, inventory.variables()
    if missing := [host for host in hosts if host not in known]:
        raise PlanError(change=operation.name, detail=f"tidak ada lagi dalam inventaris: {', '.join(missing)}")
    task = launcher.Task(operation.playbook, [*hosts, *operation.groups], variables, check=True)
    checked = _checked(settings, operation, task, on_task) if operation.changes_hosts else {}
    commit, dirty = _git(settings.home)
    return Plan(
        operation=operation,
        lpses=tuple(lpses),
        hosts=tuple(hosts),
        variables=dict(variables),
        commit=commit,
        dirty=dirty,
        code=_code(settings, operation),
        # Secrets of the vault are in it, or their ciphers; of a sum nobody reads them.
        inventory={host: _sum(canonical(_plain(known[host]))) for host in hosts},
        checked=checked,
    )


def _checked(
    settings: Settings, operation: Operation, task: launcher.Task, on_task: Callable[[str], None]
) -> dict[str, Checked]:
    outcome = _tried(settings, task, on_task)
    if outcome.failures:
        reasons = "; ".join(f"{host}: {mask(reason)}" for host, reason in sorted(outcome.failures.items()))
        raise PlanError(change=operation.name, detail=reasons.rstrip("."))
    return {
        host: Checked(
            tuple(settled(each) for each in outcome.changes.get(host, ())),
            *outcome.tried.get(host, (0, 0)),
            # Its message is no part of a plan: what it tells may be another a moment later.
            tuple(mask(str(each)) for each in outcome.answers.get(host, {}).get("plan", ())),
        )
        for host in sorted({*outcome.tried, *outcome.changes})
    }


def _tried(settings: Settings, task: launcher.Task, on_task: Callable[[str], None]) -> launcher.Outcome:
    """A check changes nothing: one that was cut says nothing about the hosts, and is made again."""
    for _ in range(TRIES - 1):
        with suppress(CutError):
            return launcher.run(settings, task, on_task)
    return launcher.run(settings, task, on_task)


def _code(settings: Settings, operation: Operation) -> str:
    """The sum of everything that a run is made of, whatever git knows of it."""
    total = hashlib.sha256()
    entry = settings.catalogue / f"{operation.name}.yml"
    folders = [settings.playbooks, *(settings.home / name for name in CODE)]
    files = [entry, settings.home / "ansible.cfg", *(path for folder in folders for path in _files(folder))]
    for path in files:
        total.update(f"{path.name}\0".encode())
        total.update(path.read_bytes() if path.is_file() else b"-")
        total.update(b"\0")
    return total.hexdigest()


def _files(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file() and LEFT_OUT.isdisjoint(path.parts))
    return sorted(path for path in found if path.suffix != ".pyc")


def _git(home: Path) -> tuple[str, bool]:
    """The commit, and whether something is in none."""
    try:
        said = [
            subprocess.run(["git", "-C", home, *words], capture_output=True, check=True, text=True).stdout.strip()
            for words in (["rev-parse", "HEAD"], ["status", "--porcelain"])
        ]
    except (OSError, subprocess.CalledProcessError):
        # Installed from an archive: then the sum of the code is all that there is.
        return "", False
    return said[0], bool(said[1])


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever an inventory may hold
    """Only what JSON can say, in the same way each time."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)


def _sum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

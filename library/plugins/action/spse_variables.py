# SPDX-License-Identifier: Apache-2.0
"""Action plugin: refuse variables that nobody reads. Its documentation is in library/spse_variables.py."""

from __future__ import annotations

import contextlib
import difflib
import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from ansible.plugins.action import ActionBase

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

ROLES = Path(__file__).resolve().parents[3] / "roles"
RENAMED = "renamed.yml"
PREFIX = "spse_"

# What the inventory says of a host itself. No role reads it, so no role's specification lists it.
OF_THE_INVENTORY = frozenset({"spse_lpse", "spse_province", "spse_zone"})

# All names begin alike, so that what is less alike than this is no slip of the pen.
NEAR = 0.75


@dataclass(frozen=True)
class Known:
    """What the project's roles ask for."""

    options: Mapping[str, frozenset[str]]
    """The variables of each role."""
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Every variable that may be set."""
        return OF_THE_INVENTORY.union(*self.options.values())

    @property
    def prefixes(self) -> tuple[str, ...]:
        """How a variable begins that is meant for the project."""
        return (PREFIX, *(f"{role}_" for role in self.options))


@dataclass(frozen=True)
class Verdict:
    """What is wrong with the names that are set; nothing, where both are empty."""

    unknown: dict[str, str | None]
    """Each with the known name that is nearest to it."""
    renamed: dict[str, str]
    """Each with the name it has now."""


def judge(names: Iterable[str], known: Known, also: Collection[str] = ()) -> Verdict:
    """Judge names alone: a value may be a secret, and nothing here depends on it."""
    allowed = known.names.union(also)
    wrong = sorted(name for name in names if name not in allowed)
    renamed = {name: known.renamed[name] for name in wrong if name in known.renamed}
    unknown = [name for name in wrong if name.startswith(known.prefixes) and name not in renamed]
    return Verdict({name: nearest(name, allowed) for name in unknown}, renamed)


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    return next(iter(difflib.get_close_matches(name, sorted(allowed), n=1, cutoff=NEAR)), None)


def message(verdict: Verdict, roles: Iterable[str]) -> str:
    """What is wrong and what to do, to the operator."""
    parts = []
    if verdict.unknown:
        slips = ", ".join(f"{name} (maksud Anda {near}?)" if near else name for name, near in verdict.unknown.items())
        parts.append(f"Variabel tidak dikenal, jadi isinya tidak akan dipakai: {slips}.")
    if verdict.renamed:
        moves = ", ".join(f"{old} sekarang {new}" for old, new in verdict.renamed.items())
        parts.append(f"Variabel sudah berganti nama: {moves}.")
    parts.append(
        "Perbaiki namanya di inventaris, group_vars, atau --extra-vars. Daftar variabel yang dikenal: "
        f"ansible-doc -t role -r roles {' '.join(sorted(roles))}"
    )
    return " ".join(parts)


def read(roles: Path) -> Known:
    """The options of every entry point of every role, and the table of old names."""
    options = {}
    for path in sorted(roles.glob("*/meta/argument_specs.yml")):
        entry_points = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values()
        options[path.parents[1].name] = frozenset(name for one in entry_points for name in one.get("options", {}))
    table = roles / RENAMED
    return Known(options, yaml.safe_load(table.read_text(encoding="utf-8")) or {})


@functools.cache
def project() -> Known:
    """What is known in this project, read once."""
    return read(ROLES)


# Ansible loads this file once and then forks a process for each host: what is read here is not read again by each.
# A file that cannot be read is reported by the task, where somebody sees it.
with contextlib.suppress(OSError, yaml.YAMLError):
    project()


class ActionModule(ActionBase):
    """Look at the names of all variables in scope of the host; nothing is sent to it."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Judge them, and fail if one is wrong."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        # Ansible does not say what this takes.
        _, wanted = self.validate_argument_spec(  # type: ignore[no-untyped-call]
            argument_spec={"also": {"type": "list", "elements": "str", "default": []}, "renamed": {"type": "dict"}}
        )
        known = project()
        if wanted["renamed"] is not None:
            known = Known(known.options, wanted["renamed"])
        verdict = judge(task_vars or {}, known, wanted["also"])
        result |= {"changed": False, "unknown": verdict.unknown, "renamed": verdict.renamed}
        if verdict.unknown or verdict.renamed:
            result |= {"failed": True, "msg": message(verdict, known.options)}
        return result

"""The compliance checks as an operator runs them, and what breaks a host."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from chatops import controls
from tests.access.authority import Authority
from tests.baseline import signatures
from tests.hosts.paths import LINK, REPOSITORY, SUBNET

if TYPE_CHECKING:
    from collections.abc import Sequence

# From where tests come, and other test hosts.
FROM_HERE = [str(LINK), str(SUBNET)]
MUTATIONS = Path(__file__).with_name("mutations")


def hardening(folder: Path) -> dict[str, Any]:
    """What an inventory says of a test host that is held to every control; a folder for what no mirror gives it."""
    return {
        "baseline_firewall_admins": FROM_HERE,
        "baseline_antivirus_signatures": str(signatures.write(folder).parent),
        "baseline_mounts_tmp_noexec": True,
        "baseline_ssh_groups": ["ansible"],
        "lkpp_access_addresses": FROM_HERE,
        "lkpp_access_authority": str(Authority(folder / "authority").public),
    }


@dataclass(frozen=True)
class Mutation:
    """What breaks a host in the one respect of a control."""

    control: str
    command: str
    on_a_test_host: bool
    """What only a real machine has cannot be broken here."""


def mutations() -> list[Mutation]:
    """Every one, in the order of the catalogue."""
    found = []
    for area in controls.load():
        path = MUTATIONS / f"{area}.yml"
        for control, raw in yaml.safe_load(path.read_text()).items():
            about: dict[str, Any] = raw if isinstance(raw, dict) else {"command": raw}
            found.append(Mutation(control, about["command"], about.get("where") != "machine"))
    return found


@dataclass(frozen=True)
class Proof:
    """What one run found."""

    code: int
    findings: Sequence[dict[str, Any]]

    def by_state(self, *states: str) -> dict[str, str]:
        """The controls that stand so, with the notes on them."""
        return {one["control"]: one["note"] for one in self.findings if one["state"] in states}

    @property
    def bad(self) -> dict[str, str]:
        """What is not so."""
        return {one["control"]: one["note"] for one in self.findings if one["is_bad"]}


def prove(inventory: Path, out: Path, *hosts: str) -> Proof:
    """Run every proof on these hosts."""
    command = [sys.executable, "-m", "tests.compliance", *hosts, "--inventory", str(inventory), "--out", str(out)]
    done = subprocess.run([*command, "--json"], capture_output=True, check=False, cwd=REPOSITORY, text=True)
    assert done.stdout.startswith("{"), done.stdout + done.stderr
    return Proof(done.returncode, json.loads(done.stdout)["findings"])

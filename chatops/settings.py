"""What the environment says about where things are; read once, then frozen."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chatops.errors import SettingsError

CHECKOUT = Path(__file__).resolve().parents[1]


PROGRAMS = Path(sys.executable).parent
"""Where `ansible-playbook` and its kin are, whatever the caller's PATH."""


@dataclass(frozen=True)
class Settings:
    """Where the playbooks and the inventory are."""

    home: Path
    inventory: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, inventory: str | None = None) -> Self:
        """Settings by `SPSE_OPS_HOME` and `SPSE_OPS_INVENTORY`; an inventory named on the command line wins."""
        home = Path(environment.get("SPSE_OPS_HOME", CHECKOUT))
        if not (home / "playbooks").is_dir():
            raise SettingsError(
                what="Folder playbook",
                value=home / "playbooks",
                advice="Isi SPSE_OPS_HOME dengan folder tempat spse-ops dipasang.",
            )
        # The default is the lab: whoever forgets to name the real inventory must not reach a real server.
        chosen = inventory or environment.get("SPSE_OPS_INVENTORY") or home / "inventory" / "lab" / "hosts.yml"
        path = Path(chosen).absolute()
        if not path.exists():
            raise SettingsError(
                what="Inventaris",
                value=path,
                advice="Sebutkan dengan --inventory atau SPSE_OPS_INVENTORY; server uji dibuat dengan `make hosts`.",
            )
        return cls(home=home, inventory=path)

    @property
    def ansible_environment(self) -> dict[str, str]:
        """What every Ansible program must find in its environment."""
        path = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)])
        return {"ANSIBLE_CONFIG": str(self.home / "ansible.cfg"), "PATH": path}

"""What the environment says about where things are; read once, then frozen."""

import getpass
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from chatops.errors import LedgerUnusableError, SettingsError
from chatops.words import Said

CHECKOUT = Path(__file__).resolve().parents[1]


PROGRAMS = Path(sys.executable).parent
"""Where `ansible-playbook` and its kin are, whatever the caller's PATH."""


def catalogue_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the entries of operations are: `SPSE_OPS_CATALOGUE`, or those that come with this."""
    return Path(environment.get("SPSE_OPS_CATALOGUE") or Settings.catalogue).absolute()


@dataclass(frozen=True)
class Settings:
    """Where the playbooks and the inventory are."""

    home: Path
    inventory: Path
    catalogue: Path = CHECKOUT / "chatops" / "catalogue" / "operations"
    playbooks: Path = CHECKOUT / "playbooks"
    rules: Path = Path("/nowhere/rules.yml")
    """Who may do what; nobody may anything where it is not."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, inventory: str | None = None) -> Self:
        """Settings by `SPSE_OPS_HOME` and `SPSE_OPS_INVENTORY`; an inventory named on the command line wins."""
        home = Path(environment.get("SPSE_OPS_HOME", CHECKOUT))
        playbooks = Path(environment.get("SPSE_OPS_PLAYBOOKS") or home / "playbooks").absolute()
        if not playbooks.is_dir():
            raise SettingsError(
                what="Folder playbook",
                value=playbooks,
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
        rules = Path(environment.get("SPSE_OPS_RULES") or path.parent / "rules.yml").absolute()
        return cls(home, path, catalogue_folder(environment), playbooks, rules)

    @property
    def ansible_environment(self) -> dict[str, str]:
        """What every Ansible program must find in its environment."""
        path = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)])
        # ansible-runner names its own place for these, and then ansible.cfg is not asked for ours.
        callbacks = str(self.home / "library" / "plugins" / "callback")
        config = str(self.home / "ansible.cfg")
        # The callback that records runs has to know an operation's playbook when it sees one.
        ours = {"SPSE_OPS_CATALOGUE": str(self.catalogue), "SPSE_OPS_PLAYBOOKS": str(self.playbooks)}
        return {"ANSIBLE_CONFIG": config, "ANSIBLE_CALLBACK_PLUGINS": callbacks, "PATH": path} | ours


@dataclass(frozen=True)
class Records:
    """Where the ledger is, and what belongs to it."""

    url: str = field(repr=False)
    """May hold a password, and is never shown."""
    spool: Path
    """Runs that the ledger could not be told of yet."""
    checkpoints: Path
    actor: str
    """Who records: the person and the machine."""
    state: Path = Path("/nowhere")
    """The folder of all that belongs to it, such as the folders of runs."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may never be written down."""
        return tuple(filter(None, [urlsplit(self.url).password]))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """By `SPSE_OPS_LEDGER` (a URL, or a whole path) and `SPSE_OPS_STATE`; else below the home folder."""
        home = environment.get("XDG_STATE_HOME") or Path(environment.get("HOME", "/root")) / ".local" / "state"
        state = Path(environment.get("SPSE_OPS_STATE") or Path(home) / "spse-ops").absolute()
        given = environment.get("SPSE_OPS_LEDGER", "")
        if given and "://" not in given and not Path(given).is_absolute():
            # From another folder it would be another ledger. What was given may be a password in the wrong place.
            detail = Said(
                "isinya bukan sqlite:///…, postgresql://…, atau jalur lengkap seperti /srv/spse/ledger.db",
                "it is not sqlite:///…, postgresql://…, or a whole path such as /srv/spse/ledger.db",
            )
            raise LedgerUnusableError(where="(SPSE_OPS_LEDGER)", detail=detail)
        url = given if "://" in given else f"sqlite:///{given or state / 'ledger.db'}"
        actor = environment.get("SPSE_OPS_ACTOR") or f"{_person(environment)}@{socket.gethostname()}"
        return cls(url, state / "spool", state / "checkpoints", actor, state)


def _person(environment: Mapping[str, str]) -> str:
    """Who sits at the keyboard; not root, if somebody has become root."""
    try:
        return environment.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a number that no account has.
        return f"uid-{os.getuid()}"

"""Where things are, and how long they last, as the environment says."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chatops.access.authority import Keyring
from chatops.access.passphrases import Asks, Passphrases, typed
from chatops.access.rules import Limits
from chatops.errors import AccessError
from chatops.settings import Records
from chatops.words import Said

BOUNDS = {
    "hours": ("SPSE_OPS_ACCESS_HOURS", 24),
    "seal_days": ("SPSE_OPS_ACCESS_SEAL_DAYS", 400),
    "lease_hours": ("SPSE_OPS_ACCESS_LEASE_HOURS", 24 * 7),
}
"""What each limit is called, and the most that it may be."""


@dataclass(frozen=True)
class Place:
    """Of one state folder."""

    published: Path
    """What hosts are given."""
    keyring: Keyring
    limits: Limits

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, ask: Asks = typed) -> Self:
        """By `SPSE_OPS_STATE`; private keys may be elsewhere, by `SPSE_OPS_AUTHORITY`."""
        return cls.at(Records.from_environment(environment).state, environment, ask)

    @classmethod
    def at(cls, state: Path, environment: Mapping[str, str] = os.environ, ask: Asks = typed) -> Self:
        """The same, of a state folder that is known."""
        folder = Path(environment.get("SPSE_OPS_AUTHORITY") or state / "authority").absolute()
        keyring = Keyring(folder, Passphrases.from_environment(environment, ask))
        chosen = {
            name: _whole(variable, environment[variable], most)
            for name, (variable, most) in BOUNDS.items()
            if environment.get(variable)
        }
        return cls(state / "access", keyring, Limits(**chosen))


def _whole(variable: str, given: str, most: int) -> int:
    if not given.isdecimal() or not 1 <= int(given) <= most:
        raise AccessError(
            detail=Said(
                f"{variable} berisi `{given}`; isi dengan bilangan 1 sampai {most}",
                f"{variable} is `{given}`; it has to be a number from 1 to {most}",
            )
        )
    return int(given)

"""Who is looked at, as the inventory has it, and with which keys."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paramiko

from chatops import inventory
from chatops.errors import WatchError
from chatops.settings import Settings
from chatops.watch import known_hosts, look
from chatops.watch.look import Credentials, Look, Looking, Target
from chatops.watch.sweep import DEADLINE, SLOTS, Begin, sweep
from chatops.words import Said

if TYPE_CHECKING:
    from chatops.watch.known_hosts import KnownHosts

KNOWN_HOSTS = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
INBOUND = (443,)


def targets(settings: Settings, wanted: Sequence[str] = ()) -> list[Target]:
    """The hosts of these LPSEs; of all, if none is named."""
    known = inventory.variables(settings)
    hosts = inventory.select(inventory.offices(known), wanted, settings.inventory)
    return [target(host, known[host]) for host in hosts]


def target(host: str, own: Mapping[str, Any]) -> Target:
    """One host, from what the inventory says of it."""
    if not own.get("probe_key"):
        raise WatchError(
            detail=Said(
                f"inventaris tidak menyebut probe_key untuk {host}; isi dengan jalur kunci privat pemantau "
                "(docs/operations/probe-user.md)",
                f"the inventory does not say probe_key for {host}; set it to the path of the probe's private key "
                "(docs/operations/probe-user.md)",
            )
        )
    try:
        return Target(
            host,
            str(own["spse_lpse"]),
            str(own.get("ansible_host", host)),
            int(own.get("ansible_port", known_hosts.SSH_PORT)),
            str(own.get("spse_zone", "WIB")),
            key=Path(own["probe_key"]).expanduser(),
            known_hosts=tuple(map(Path, own.get("probe_known_hosts", KNOWN_HOSTS))),
            inbound=tuple(map(int, own.get("probe_inbound", INBOUND))),
            instances=tuple(sorted(own.get("spse_app_instances", {}))),
            national=tuple(map(str, own.get("probe_national", ()))),
        )
    except (TypeError, ValueError) as error:
        detail = Said(
            f"inventaris untuk {host} tidak dapat dipakai: {error}", f"the inventory of {host} cannot be used: {error}"
        )
        raise WatchError(detail=detail) from error


def ask(
    wanted: Sequence[Target], *, deadline: float = DEADLINE, slots: int = SLOTS, patience: float | None = None
) -> Iterator[Look]:
    """Look at all of them; each as it arrives."""
    look.quiet()
    keys = _Keys()
    begins = [_begin(each, keys.of(each), deadline) for each in wanted]
    more = {} if patience is None else {"patience": patience}
    return sweep(begins, slots=slots, deadline=deadline, **more)


def _begin(one: Target, credentials: Credentials, deadline: float) -> Begin:
    return lambda: Looking(one, credentials, deadline)


class _Keys:
    """Read once each, not once a host."""

    def __init__(self) -> None:
        self._own: dict[Path, paramiko.PKey] = {}
        self._known: dict[tuple[Path, ...], KnownHosts] = {}

    def of(self, one: Target) -> Credentials:
        if one.key not in self._own:
            self._own[one.key] = _private(one.key)
        if one.known_hosts not in self._known:
            self._known[one.known_hosts] = known_hosts.read(one.known_hosts)
        return Credentials(self._own[one.key], self._known[one.known_hosts].keys(one.address, one.port))


def _private(path: Path) -> paramiko.PKey:
    try:
        return paramiko.PKey.from_path(path)
    except (OSError, ValueError, TypeError, paramiko.SSHException) as error:
        reason = getattr(error, "strerror", None) or error
        detail = Said(
            f"kunci pemantau {path} (probe_key) tidak dapat dipakai: {reason}. Kuncinya tanpa kata sandi, dan terbaca "
            "oleh akun ini",
            f"the probe's key {path} (probe_key) cannot be used: {reason}. It is a key without a passphrase, and this "
            "account can read it",
        )
        raise WatchError(detail=detail) from error

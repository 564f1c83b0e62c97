"""What the fresh machine takes from this one: a cable, some control groups and a folder; and the way back."""

import contextlib
import fcntl
import time
from collections.abc import Iterator
from pathlib import Path

from tests.fresh.paths import GROUP, INTERFACE, LINK, NETWORK, ROOT, STATE, TABLE
from tests.hosts import machine, shell

SETTINGS = [Path("/proc/sys", *name.split(".")) for name in machine.SYSCTLS]
"""The kernel has them once for all, and test hosts in there change them."""


@contextlib.contextmanager
def place() -> Iterator[None]:
    """Give the fresh machine its place, and clear everything away afterwards (and what a killed run left before)."""
    STATE.mkdir(mode=0o711, parents=True, exist_ok=True)
    with (STATE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = {setting: setting.read_text() for setting in SETTINGS}
        _clear()
        try:
            _connect()
            yield
        finally:
            _clear()
            if not machine.is_prepared():
                # Test hosts outside that came up meanwhile need them too; they keep their own record of them.
                for setting, value in before.items():
                    setting.write_text(value)


def _connect() -> None:
    ours, theirs = LINK[1], LINK[2]
    NETWORK.touch()
    commands = f"""
        unshare --net={NETWORK} true
        ip link add {INTERFACE} type veth peer name eth0 netns {NETWORK}
        ip address add {ours}/{LINK.prefixlen} dev {INTERFACE}
        ip link set {INTERFACE} up
        nsenter --net={NETWORK} ip link set lo up
        nsenter --net={NETWORK} ip address add {theirs}/{LINK.prefixlen} dev eth0
        nsenter --net={NETWORK} ip link set eth0 up
        nsenter --net={NETWORK} ip route add default via {ours}
    """
    for command in commands.strip().splitlines():
        shell.run(*command.split())
    rules = f"""
        table ip {TABLE} {{
            chain postrouting {{
                type nat hook postrouting priority srcnat
                ip saddr {theirs} oifname != "{INTERFACE}" masquerade
            }}
        }}
    """
    shell.run("nft", "-f", "-", stdin=rules)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def _clear() -> None:
    """Take away whatever is there."""
    # The groups first: with the last of their processes the mounts are gone.
    for group in _groups():
        for folder, _, _ in group.walk(top_down=False):
            _wait_until_empty(folder)
            folder.rmdir()
    machine.unmount_below(STATE)
    NETWORK.unlink(missing_ok=True)
    shell.run("ip", "link", "delete", INTERFACE, check=False)
    shell.run("nft", "delete", "table", "ip", TABLE, check=False)
    # In one file system: a mount that has stayed against all odds must not be emptied.
    shell.run("rm", "-rf", "--one-file-system", str(ROOT))


def _wait_until_empty(group: Path, timeout: float = 20) -> None:
    """Processes that were killed take a moment to die, the more memory they have the longer."""
    deadline = time.monotonic() + timeout
    while (group / "cgroup.procs").read_text() and time.monotonic() < deadline:
        time.sleep(0.05)


def _groups() -> list[Path]:
    mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    hierarchies = {Path(fields[4]) for fields in mounts if fields[fields.index("-") + 1] in {"cgroup", "cgroup2"}}
    return [path / GROUP for path in sorted(hierarchies) if (path / GROUP).exists()]

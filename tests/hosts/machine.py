"""What the test hosts change on the machine itself, and the way back: a network and a few kernel settings."""

import ipaddress
import json
from pathlib import Path

from tests.hosts import shell
from tests.hosts.errors import LabError
from tests.hosts.paths import GATEWAY, LINK, RUNTIME, SOCKETS, STATE, SUBNET
from tests.hosts.podman import NAMESPACE, podman

NETWORK = "spse-lab"
INTERFACE = "spse-lab0"
CGROUP = "spse-lab"

SYSCTLS = {
    "fs.inotify.max_user_instances": 8192,
    "fs.inotify.max_user_watches": 1048576,
    "kernel.keys.maxkeys": 20000,
    "net.ipv4.ip_forward": 1,
}
"""Fifty copies of systemd watch more files than one, and their packets must leave the machine."""

BEFORE = STATE / "machine-before.json"
NAMESPACES = Path("/run/netns")


def is_prepared() -> bool:
    """Whether hosts could live here now; after a reboot of the machine not even those that had been up."""
    return (NAMESPACES / NAMESPACE).exists()


def prepare() -> None:
    """Make the machine ready for hosts. What was there before is written down first, once."""
    for folder in (STATE, STATE / "networks", RUNTIME):
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    SOCKETS.mkdir(exist_ok=True)
    SOCKETS.chmod(0o1777)
    if not BEFORE.exists():
        sysctls = {name: int(_sysctl(name).read_text()) for name in SYSCTLS}
        BEFORE.write_text(json.dumps({"sysctls": sysctls, "namespaces": NAMESPACES.exists()}))
    for name, wanted in SYSCTLS.items():
        if int(_sysctl(name).read_text()) < wanted:
            _sysctl(name).write_text(str(wanted))
    if not is_prepared():
        _refuse_taken_subnet()
        _connect()
    if podman("network", "exists", NETWORK, check=False).returncode != 0:
        podman("network", "create", "--disable-dns", f"--subnet={SUBNET}", f"--gateway={GATEWAY}", NETWORK)


def restore() -> None:
    """Put the machine back as it was. Only for when the last host is gone."""
    if is_prepared():
        # Its bridge, its packet filter and our end of the cable go with it.
        shell.run("ip", "netns", "delete", NAMESPACE)
    if _table_exists():
        shell.run("nft", "delete", "table", "ip", "spse_lab")
    if BEFORE.exists():
        before = json.loads(BEFORE.read_text())
        for name, value in before["sysctls"].items():
            _sysctl(name).write_text(str(value))
        if not before["namespaces"] and not any(NAMESPACES.iterdir()):
            unmount_below(NAMESPACES)
            NAMESPACES.rmdir()
        BEFORE.unlink()
    for cgroup in Path("/sys/fs/cgroup").glob(f"*/{CGROUP}"):
        for folder, _, _ in cgroup.walk(top_down=False):
            folder.rmdir()
    unmount_below(STATE)
    unmount_below(RUNTIME)
    shell.run("rm", "-rf", "--one-file-system", str(RUNTIME))


def unmount_below(folder: Path) -> None:
    """Unmount everything at and below a folder, the newest first."""
    mounts = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for mount in reversed([mount for mount in mounts if Path(mount).is_relative_to(folder)]):
        shell.run("umount", mount)


def _sysctl(name: str) -> Path:
    return Path("/proc/sys", *name.split("."))


def _table_exists() -> bool:
    tables = json.loads(shell.run("nft", "--json", "list", "tables").stdout)["nftables"]
    return any(entry.get("table", {}).get("name") == "spse_lab" for entry in tables)


def _refuse_taken_subnet() -> None:
    for route in json.loads(shell.run("ip", "-4", "--json", "route").stdout):
        destination = route["dst"]
        if destination != "default" and SUBNET.overlaps(ipaddress.IPv4Network(destination)):
            message = (
                f"The test hosts' subnet {SUBNET} overlaps the route {destination} of this machine; "
                "name a free /22 in SPSE_LAB_SUBNET."
            )
            raise LabError(message)


def _connect() -> None:
    """Lay a cable from the machine into a new namespace, and let the hosts out through the machine's address."""
    machine, hosts = LINK[1], LINK[2]
    commands = f"""
        ip netns add {NAMESPACE}
        ip link add {INTERFACE} type veth peer name uplink netns {NAMESPACE}
        ip address add {machine}/{LINK.prefixlen} dev {INTERFACE}
        ip link set {INTERFACE} up
        ip -n {NAMESPACE} link set lo up
        ip -n {NAMESPACE} address add {hosts}/{LINK.prefixlen} dev uplink
        ip -n {NAMESPACE} link set uplink up
        ip -n {NAMESPACE} route add default via {machine}
        ip route add {SUBNET} via {hosts}
    """
    for command in commands.strip().splitlines():
        shell.run(*command.split())
    rules = f"""
        table ip spse_lab {{
            chain postrouting {{
                type nat hook postrouting priority srcnat
                ip saddr {hosts} oifname != "{INTERFACE}" masquerade
            }}
        }}
    """
    shell.run("nft", "-f", "-", stdin=rules)

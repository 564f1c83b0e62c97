"""What goes wrong with servers, on demand. Every fault but the reboot lasts until `heal`."""

import json
import time

from tests.hosts import shell
from tests.hosts.errors import LabError
from tests.hosts.host import Host
from tests.hosts.podman import NAMESPACE, podman

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
FILLER = "/lab-disk-full"
SKEW_DROP_IN = "lab-clock-skew.conf"

_IN_NAMESPACE = ("nsenter", f"--net=/run/netns/{NAMESPACE}")


def reboot(host: Host) -> None:
    """Restart the host in order, and wait until it is back with a new boot id."""
    before = host.boot_id
    # The connection breaks before the command can say how it went.
    host.run("systemctl reboot", check=False, timeout=30)
    host.wait_until_up(other_boot_than=before)


def power_cut(host: Host) -> None:
    """Take the power away in mid-sentence, until `heal`. The page cache is the machine's: unsynced writes survive."""
    podman("kill", "--signal=KILL", host.container)
    deadline = time.monotonic() + 30
    # Its cable goes a moment after its processes.
    while host.is_running or _sandbox(host):
        if time.monotonic() > deadline:
            message = f"{host.name} still runs 30 s after its power was cut."
            raise LabError(message)
        time.sleep(0.1)


def network_cut(host: Host) -> None:
    """Pull the cable."""
    shell.run("ip", "-n", NAMESPACE, "link", "set", _cable(host), "down")


def slow_network(host: Host, rate: str = "1mbit") -> None:
    """Shape both directions to a rate. There is no added delay: this kernel has no netem."""
    bucket = ("root", "tbf", "rate", rate, "burst", "16kb", "latency", "400ms")
    shell.run("tc", "-n", NAMESPACE, "qdisc", "replace", "dev", _cable(host), *bucket)
    _inside(host, "tc", "qdisc", "replace", "dev", "eth0", *bucket)


def lossy_network(host: Host, percent: int = 30) -> None:
    """Lose a share of the packets that come in and go out."""
    drop = f"numgen random mod 100 < {percent} drop"
    _filter(host, f"ip saddr {host.address} {drop}", f"ip daddr {host.address} {drop}")


def partition(host: Host, other: Host) -> None:
    """Part two hosts from each other; both still see everybody else."""
    _filter(
        host,
        f"ip saddr {host.address} ip daddr {other.address} drop",
        f"ip saddr {other.address} ip daddr {host.address} drop",
    )


def clock_skew(host: Host, unit: str, seconds: int) -> None:
    """Let one service live in another time. Not for PostgreSQL, whose processes then disagree on their semaphores."""
    podman("cp", FAKETIME, f"{host.container}:/usr/local/lib/lab-faketime.so")
    folder = f"/etc/systemd/system/{unit}.service.d"
    text = f"[Service]\nEnvironment=LD_PRELOAD=/usr/local/lib/lab-faketime.so FAKETIME={seconds:+d}\n"
    host.run(
        f"mkdir -p {folder} && cat >{folder}/{SKEW_DROP_IN} && systemctl daemon-reload && systemctl restart {unit}",
        input=text,
    )


def disk_full(host: Host) -> None:
    """Fill the host's disk to its last block."""
    if host.disk is None:
        message = f"{host.name} shares the machine's disk, which stays free; bring it up with `--disk 2G` to fill it."
        raise LabError(message)
    # dd ends with an error when nothing more fits; that it does is the point.
    host.run(f"dd if=/dev/zero of={FILLER} bs=1M; dd if=/dev/zero of={FILLER}.rest bs=1k; sync", check=False)
    free = int(host.run("df --output=avail --block-size=1k / | tail -1").stdout)
    if free:
        message = f"{host.name} still has {free} KiB free."
        raise LabError(message)


def hang(host: Host) -> None:
    """Stop every process of the host where it stands; its address still answers a ping, and nothing else."""
    podman("pause", host.container)


def heal(host: Host) -> None:
    """Undo every fault: power, network, clock, disk."""
    state = podman("inspect", "--format={{.State.Status}}", host.container).stdout.strip()
    if state == "paused":
        podman("unpause", host.container)
    elif state != "running":
        podman("start", host.container)
    shell.run("ip", "-n", NAMESPACE, "link", "set", _cable(host), "up")
    shell.run("tc", "-n", NAMESPACE, "qdisc", "delete", "dev", _cable(host), "root", check=False)
    _inside(host, "tc", "qdisc", "delete", "dev", "eth0", "root", check=False)
    forget(host)
    host.wait_until_up()
    host.run(f"rm -f {FILLER} {FILLER}.rest")
    drop_ins = host.run(f"ls -d /etc/systemd/system/*.service.d/{SKEW_DROP_IN}", check=False).stdout.split()
    for drop_in in drop_ins:
        unit = drop_in.split("/")[-2].removesuffix(".d")
        host.run(f"rm {drop_in} && rmdir --ignore-fail-on-non-empty {drop_in.rpartition('/')[0]}")
        host.run(f"systemctl daemon-reload && systemctl restart {unit}")


def forget(host: Host) -> None:
    """Remove the filter of a host, whose address somebody else may have next."""
    tables = json.loads(shell.run(*_IN_NAMESPACE, "nft", "--json", "list", "tables").stdout)["nftables"]
    if any(entry.get("table", {}).get("name") == _table(host) for entry in tables):
        shell.run(*_IN_NAMESPACE, "nft", "delete", "table", "bridge", _table(host))


def _table(host: Host) -> str:
    return "fault_" + host.address.replace(".", "_")


def _sandbox(host: Host) -> str:
    return podman("inspect", "--format={{.NetworkSettings.SandboxKey}}", host.container).stdout.strip()


def _namespace(host: Host) -> str:
    path = _sandbox(host)
    if not path:
        message = f"{host.name} has no network: it is off. `heal` gives it power."
        raise LabError(message)
    return path


def _inside(host: Host, *argv: str, check: bool = True) -> shell.Finished:
    """Run one of the machine's programs in the host's network; the host itself needs none of them."""
    return shell.run("nsenter", f"--net={_namespace(host)}", *argv, check=check)


def _cable(host: Host) -> str:
    """The machine's end of the host's cable."""
    link = json.loads(_inside(host, "ip", "--json", "link", "show", "dev", "eth0").stdout)[0]
    for other in json.loads(shell.run("ip", "-n", NAMESPACE, "--json", "link").stdout):
        if other["ifindex"] == link["link_index"]:
            return str(other["ifname"])
    message = f"The other end of {host.name}'s network cable is nowhere to be found."
    raise LabError(message)


def _filter(host: Host, *rules: str) -> None:
    """Filter on the bridge and by address: out of the host's own sight, and still there after it reboots."""
    chain = "type filter hook prerouting priority filter;"
    shell.run(
        *_IN_NAMESPACE,
        *("nft", "-f", "-"),
        stdin=f"table bridge {_table(host)} {{\n chain fault {{\n {chain}\n" + "\n".join(rules) + "\n}\n}\n",
    )

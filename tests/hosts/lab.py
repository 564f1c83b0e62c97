"""A named group of test hosts: bring up, list, print an inventory, take down."""

import contextlib
import fcntl
import ipaddress
import os
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hosts import disk, faults, machine, shell
from tests.hosts.errors import LabError
from tests.hosts.host import Host
from tests.hosts.image import IMAGES, Image
from tests.hosts.paths import FIRST_ADDRESS, SOCKETS, STATE, SUBNET
from tests.hosts.podman import podman, podman_json

LABS = STATE / "labs"

RUN_OPTIONS = (
    *("--systemd=always", "--restart=always", "--no-hosts"),
    # All that a real root may do, but nothing that reaches the machine: its clock, modules, power, raw devices.
    *("--cap-add=ALL", "--cap-drop=SYS_TIME,SYS_MODULE,SYS_BOOT,SYS_RAWIO"),
    # systemd's own sandboxing of services needs these; without them it is silently left out.
    *("--security-opt=seccomp=unconfined", "--security-opt=unmask=ALL"),
    f"--cgroup-parent=/{machine.CGROUP}",
)

NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


@dataclass(frozen=True)
class Wanted:
    """What a new host shall be like."""

    image: str = "debian12"
    memory: str = "1g"
    disk: str | None = None


@dataclass(frozen=True)
class Lab:
    """Hosts that belong together. Several labs can stand beside each other; each has its own key."""

    name: str = "lab"

    @property
    def keys(self) -> Path:
        """Folder with the key that its hosts let in and with their own public keys."""
        return LABS / self.name

    def up(self, names: Sequence[str], wanted: Wanted | None = None) -> list[Host]:
        """Bring up hosts of these names; those that are there keep what is on them, and get power if they have none."""
        wanted = wanted or Wanted()
        image = _image(wanted.image)
        for name in (self.name, *names):
            if not NAME.fullmatch(name):
                message = f"`{name}` is no host name: lower-case letters, digits and hyphens, at most 31."
                raise LabError(message)
        with _locked():
            machine.prepare()
            image.build()
            self._make_key()
            present = {host.name: host for host in self.hosts()}
            missing = [name for name in dict.fromkeys(names) if name not in present]
            for name in set(names) & present.keys():
                if not present[name].is_running:
                    podman("start", present[name].container)
            addresses = dict(zip(missing, _free_addresses(len(missing)), strict=True))
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(lambda name: self._start(name, addresses[name], wanted), missing))
        hosts = [host for host in self.hosts() if host.name in names]
        self._learn_host_keys([host for host in hosts if host.name in missing])
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda host: host.wait_until_up(), hosts))
        return sorted(hosts, key=lambda host: names.index(host.name))

    def hosts(self) -> list[Host]:
        """Every host of the lab, with power or without, in the order of their addresses."""
        hosts = [self._host(entry) for entry in _containers(self.name)]
        return sorted(hosts, key=lambda host: ipaddress.IPv4Address(host.address))

    def host(self, name: str) -> Host:
        """One host by its name."""
        hosts = {host.name: host for host in self.hosts()}
        if name not in hosts:
            message = f"The lab `{self.name}` has no host `{name}`; it has: {', '.join(hosts) or 'none'}."
            raise LabError(message)
        return hosts[name]

    def down(self, names: Sequence[str] | None = None) -> list[str]:
        """Take down all hosts or some, with their disks. With the last of all labs the machine is put back."""
        if not STATE.exists():
            return []
        with _locked():
            if not machine.is_prepared():
                machine.restore()
                return []
            gone = [host for host in self.hosts() if names is None or host.name in names]
            self._close_connections(gone)
            if gone:
                podman("rm", "--force", "--time=0", *(host.container for host in gone))
            for host in gone:
                faults.forget(host)
                if host.disk is not None:
                    disk.remove(host.disk)
            if not self.hosts():
                shell.run("rm", "-rf", str(self.keys))
            if not _containers():
                machine.restore()
        return [host.name for host in gone]

    def inventory(self) -> dict[str, Any]:
        """The hosts as an Ansible inventory; each stands for one LPSE of the same name."""
        variables = {
            "ansible_user": "ansible",
            "ansible_python_interpreter": "/usr/bin/python3",
            "ansible_ssh_private_key_file": str(self.keys / "id_ed25519"),
            "ansible_ssh_common_args": (
                f"-F /dev/null -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes "
                f"-o UserKnownHostsFile={self.keys / 'known_hosts'}"
            ),
            # Ansible keeps connections open; they are closed with the host. (`%%` is Ansible's `%`.)
            "ansible_control_path": f"{SOCKETS}/%%h-%%r",
        }
        hosts = {host.name: {"ansible_host": host.address, "spse_lpse": host.name} for host in self.hosts()}
        return {"all": {"vars": variables}, "spse": {"hosts": hosts}}

    def _start(self, name: str, address: str, wanted: Wanted) -> None:
        container = f"{self.name}.{name}"
        image = _image(wanted.image).reference
        labels = {"lab": self.name, "host": name, "address": address}
        root = [image]
        if wanted.disk is not None:
            folder = disk.create(container, image, wanted.disk)
            labels["disk"] = str(folder)
            root = ["--rootfs", str(disk.root(folder)), "/sbin/lab-init"]
        podman(
            *("run", "--detach", f"--name={container}", f"--hostname={name}"),
            f"--network={machine.NETWORK}:ip={address},mac={_mac(address)}",
            *(f"--label=spse-lab.{key}={value}" for key, value in labels.items()),
            *(f"--env=LAB_AUTHORIZED_KEY={(self.keys / 'id_ed25519.pub').read_text().strip()}",),
            *(f"--memory={wanted.memory}", "--stop-signal=SIGRTMIN+3", *RUN_OPTIONS, *root),
        )

    def _host(self, entry: dict[str, Any]) -> Host:
        labels = entry["Labels"]
        folder = labels.get("spse-lab.disk")
        return Host(
            name=labels["spse-lab.host"],
            address=labels["spse-lab.address"],
            container=entry["Names"][0],
            keys=self.keys,
            disk=Path(folder) if folder else None,
        )

    def _make_key(self) -> None:
        self.keys.mkdir(parents=True, exist_ok=True)
        key = self.keys / "id_ed25519"
        if not key.exists():
            shell.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"spse-lab {self.name}", "-f", str(key))
        if "SUDO_UID" in os.environ:
            # `sudo make hosts`, then ssh and ansible as oneself: ssh refuses a key that is somebody else's.
            for path in (self.keys, *self.keys.iterdir()):
                os.chown(path, int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"]))

    def _learn_host_keys(self, hosts: Sequence[Host], timeout: float = 180) -> None:
        """Write down the hosts' public keys; the cable to them is our own, so this first look can be trusted."""
        missing = {host.address for host in hosts}
        known: list[str] = []
        deadline = time.monotonic() + timeout
        while missing:
            if time.monotonic() > deadline:
                message = f"No ssh server answered within {timeout:.0f} s at: {', '.join(sorted(missing))}."
                raise LabError(message)
            scan = shell.run("ssh-keyscan", "-T", "3", "-t", "ed25519", *sorted(missing), check=False)
            lines = [line for line in scan.stdout.splitlines() if not line.startswith("#")]
            known += lines
            missing -= {line.split()[0] for line in lines}
        path = self.keys / "known_hosts"
        with _locked():
            addresses = {line.split()[0] for line in known}
            old = path.read_text().splitlines() if path.exists() else []
            path.write_text("\n".join([line for line in old if line.split()[0] not in addresses] + known) + "\n")

    def _close_connections(self, hosts: Sequence[Host]) -> None:
        """End the connections that Ansible left open to hosts which are about to go; and only those."""
        for host in hosts:
            for socket in SOCKETS.glob(f"{host.address}-*"):
                # One that is over already has left its socket behind, and nobody to answer.
                shell.run("ssh", "-O", "exit", "-o", f"ControlPath={socket}", host.address, check=False)
                socket.unlink(missing_ok=True)


def labs() -> list[Lab]:
    """Every lab that has hosts."""
    return [Lab(name) for name in sorted({entry["Labels"]["spse-lab.lab"] for entry in _containers()})]


def _image(name: str) -> Image:
    if name not in IMAGES:
        message = f"There is no image `{name}`; there are: {', '.join(IMAGES)}."
        raise LabError(message)
    return IMAGES[name]


def _containers(lab: str | None = None) -> list[dict[str, Any]]:
    if not machine.is_prepared():
        return []
    label = "spse-lab.lab" if lab is None else f"spse-lab.lab={lab}"
    return podman_json("ps", "--all", f"--filter=label={label}", "--format=json")


def _mac(address: str) -> str:
    """A network card of its own that it keeps over a power cut: its neighbours remember it."""
    return "02:53:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def _free_addresses(count: int) -> list[str]:
    taken = {entry["Labels"]["spse-lab.address"] for entry in _containers()}
    free = [str(address) for address in list(SUBNET.hosts())[FIRST_ADDRESS - 1 :] if str(address) not in taken]
    if len(free) < count:
        message = f"The subnet {SUBNET} has {len(free)} free addresses, but {count} hosts were asked for."
        raise LabError(message)
    return free[:count]


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    """One at a time: two processes that bring up hosts would take the same addresses."""
    STATE.mkdir(mode=0o711, parents=True, exist_ok=True)
    with (STATE / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

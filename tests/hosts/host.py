"""One test host, as a test sees it: a name, an address, and real ssh."""

import shlex
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.hosts import shell
from tests.hosts.errors import LabError
from tests.hosts.podman import podman


@dataclass(frozen=True)
class Host:
    """A running machine; its state lives in the host itself and in the container engine, not here."""

    name: str
    address: str
    container: str
    keys: Path
    """Folder with the private key that it lets in, and its own public key in `known_hosts`."""
    disk: Path | None = None
    """Folder of its bounded disk, if it has one."""

    @property
    def ssh_options(self) -> tuple[str, ...]:
        """Options that make ssh use this host's keys and nobody's settings."""
        return (
            *("-F", "/dev/null", "-i", str(self.keys / "id_ed25519"), "-o", "IdentitiesOnly=yes"),
            *("-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "LogLevel=ERROR"),
            *("-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={self.keys / 'known_hosts'}"),
        )

    def run(
        self, command: str, *, check: bool = True, timeout: float = 120, input: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a shell command on the host as root, over ssh and sudo."""
        argv = (
            "ssh",
            *self.ssh_options,
            f"ansible@{self.address}",
            "exec sudo /bin/sh -c " + shlex.quote(command),
        )
        return shell.run(*argv, check=check, timeout=timeout, stdin=input)

    def put(self, local: Path, remote: str) -> None:
        """Copy a file or folder to the host, owned by root."""
        ssh = " ".join(shlex.quote(word) for word in ("ssh", *self.ssh_options))
        source = f"{local}/" if local.is_dir() else str(local)
        argv = ("rsync", "-a", "--no-owner", "--no-group", "--rsync-path=sudo rsync", "-e", ssh)
        shell.run(*argv, source, f"ansible@{self.address}:{remote}")

    @property
    def is_running(self) -> bool:
        """Whether it has power."""
        return podman("inspect", "--format={{.State.Running}}", self.container).stdout.strip() == "true"

    @property
    def boot_id(self) -> str:
        """Changes with every boot."""
        return self.run("cat /proc/sys/kernel/random/boot_id", timeout=30).stdout.strip()

    def wait_until_up(self, *, other_boot_than: str = "", timeout: float = 180) -> None:
        """Wait until the host lets us in and has started all its services; `running` or `degraded` both count."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                seen = self.run(
                    "cat /proc/sys/kernel/random/boot_id; systemctl is-system-running --wait",
                    check=False,
                    timeout=30,
                )
            except LabError:
                continue
            boot_id, _, state = seen.stdout.strip().partition("\n")
            if boot_id and boot_id != other_boot_than and state in {"running", "degraded"}:
                return
            time.sleep(0.1)
        message = f"{self.name} ({self.address}) did not come up within {timeout:.0f} s:\n{self._console()}"
        raise LabError(message)

    def _console(self) -> str:
        logs = podman("logs", "--tail=20", self.container, check=False)
        return logs.stdout + logs.stderr

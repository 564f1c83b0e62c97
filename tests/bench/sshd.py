"""Hundreds of hosts on one machine: real OpenSSH servers on loopback addresses, each of which says one document."""

from __future__ import annotations

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.postgres import ACCOUNT
from tests.unit.ssh_hosts import document

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# One sshd listens on sixteen addresses, and no more.
MOST_ADDRESSES = 16
PACKAGES = ("openssh-server", "libwrap0")
SETTINGS = """\
Port {port}
{addresses}
HostKey {folder}/host
AuthorizedKeysFile {folder}/authorized_keys
ForceCommand /bin/cat {folder}/document
PidFile none
StrictModes no
UsePAM no
MaxStartups 1000
PermitTTY no
LogLevel FATAL
"""


@dataclass(frozen=True)
class Servers:
    """Those that run."""

    folder: Path
    port: int
    account: str
    addresses: tuple[str, ...]

    @property
    def key(self) -> Path:
        """What they let in."""
        return self.folder / "probe"

    @property
    def host_key(self) -> str:
        """What they all show."""
        return (self.folder / "host.pub").read_text().strip()


@contextmanager
def serving(addresses: Sequence[str]) -> Iterator[Servers]:
    """Start them as somebody who is not root, and stop them."""
    account = ACCOUNT if os.geteuid() == 0 else getpass.getuser()
    folder = Path(tempfile.mkdtemp(prefix="spse-fleet-", dir="/tmp"))
    try:
        with socket.create_server(("127.0.0.1", 0)) as free:
            servers = Servers(folder, free.getsockname()[1], account, tuple(addresses))
        _write(servers)
        with ExitStack() as stack:
            for number in range(0, len(addresses), MOST_ADDRESSES):
                stack.enter_context(_one(servers, number))
            yield servers
    finally:
        shutil.rmtree(folder)


def _write(servers: Servers) -> None:
    """Keys, and what is said."""
    for name in ("host", "probe"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(servers.folder / name)]
        subprocess.run(words, check=True)
    shutil.copy(servers.folder / "probe.pub", servers.folder / "authorized_keys")
    (servers.folder / "document").write_bytes(document())
    owner = pwd.getpwnam(servers.account)
    for path in (servers.folder, *servers.folder.iterdir()):
        os.chown(path, owner.pw_uid, owner.pw_gid)


@contextmanager
def _one(servers: Servers, number: int) -> Iterator[None]:
    """The one for some of the addresses."""
    mine = servers.addresses[number : number + MOST_ADDRESSES]
    listen = "\n".join(f"ListenAddress {address}" for address in mine)
    settings = servers.folder / f"sshd_config.{number}"
    settings.write_text(SETTINGS.format(port=servers.port, addresses=listen, folder=servers.folder))
    program, libraries = _program()
    words = [str(program), "-D", "-e", "-f", str(settings)]
    if os.geteuid() == 0:
        group = pwd.getpwnam(servers.account).pw_gid
        words = ["setpriv", f"--reuid={servers.account}", f"--regid={group}", "--clear-groups", *words]
    environment = os.environ | {"LD_LIBRARY_PATH": str(libraries)}
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, env=environment) as process:
        try:
            for address in mine:
                _wait(process, address, servers.port)
            yield
        finally:
            process.terminate()


def _wait(process: subprocess.Popen[bytes], address: str, port: int) -> None:
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"sshd for {address} has ended with {process.returncode}")
        try:
            socket.create_connection((address, port), timeout=5).close()
        except ConnectionRefusedError:
            continue
        return


def _program() -> tuple[Path, Path]:
    """The machine's own sshd; else Debian's, unpacked beside, because to install it would start one."""
    found = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
    folder = Path(tempfile.gettempdir()) / "spse-sshd"
    libraries = folder / "usr" / "lib" / f"{os.uname().machine}-linux-gnu"
    if found:
        return Path(found), libraries
    unpacked = folder / "usr" / "sbin" / "sshd"
    if not unpacked.exists():
        folder.mkdir(mode=0o755, exist_ok=True)
        download = ["apt-get", "--quiet", "--quiet", "--option=APT::Sandbox::User=root", "download", *PACKAGES]
        subprocess.run(download, check=True, cwd=folder)
        for package in folder.glob("*.deb"):
            subprocess.run(["dpkg", "--extract", str(package), str(folder)], check=True)
    return unpacked, libraries

"""Certificates and lists before a real sshd on this machine: who gets in, and everybody who does not."""

import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from chatops.ledger.store import Ledger
from tests.postgres import ACCOUNT
from tests.unit.access import NOW, Office, key_pair, office, public

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
pytestmark = pytest.mark.skipif(
    SSHD is None, reason="no sshd here: apt-get install openssh-server (which starts it, too)"
)

HOUR = timedelta(hours=1)
# Like what is brought to hosts; there it stands in a block for our accounts alone.
SETTINGS = """
ListenAddress 127.0.0.1
HostKey {folder}/host
HostCertificate {folder}/host-cert.pub
PidFile none
StrictModes no
AuthorizedKeysFile none
AuthenticationMethods publickey
TrustedUserCAKeys {folder}/authorities.pub
RevokedKeys {folder}/krl
AuthorizedPrincipalsFile {folder}/principals
LogLevel VERBOSE
"""


@dataclass
class Server:
    """An sshd that lets in who has a certificate of ours."""

    folder: Path
    port: int
    account: str
    log: Path

    def take(self, desk: Office) -> None:
        """What a host is given."""
        for name in ("authorities.pub", "krl"):
            shutil.copy(desk.published / name, self.folder / name)
            (self.folder / name).chmod(0o644)

    def lets_in(self, desk: Office, person: str, certificate: str) -> bool:
        """Whether somebody gets in."""
        file = desk.folder / "login-cert.pub"
        file.write_text(certificate + "\n")
        options = {
            "CertificateFile": file,
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "BatchMode": "yes",
            # A host that shows no certificate of ours is not even spoken to.
            "StrictHostKeyChecking": "yes",
            "UserKnownHostsFile": desk.published / "known_hosts",
            "GlobalKnownHostsFile": "/dev/null",
            "HostKeyAlias": "mamuju",
        }
        words = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        key = str(desk.folder / "keys" / person)
        login = ["-i", key, "-p", str(self.port), f"{self.account}@127.0.0.1", "echo", "masuk"]
        done = subprocess.run(
            ["ssh", "-F", "none", *words, *login], capture_output=True, check=False, text=True, timeout=60
        )
        assert (done.returncode == 0) == ("masuk" in done.stdout), done.stderr
        return done.returncode == 0


@contextmanager
def running(desk: Office) -> Iterator[Server]:
    """Start one as somebody who is not root: then it needs neither root's folders nor an account of its own."""
    account = ACCOUNT if os.geteuid() == 0 else getpass.getuser()
    folder = Path(tempfile.mkdtemp(prefix="spse-sshd-", dir="/tmp"))
    try:
        key = key_pair(folder, "host")
        certificate = desk.register.certify_host(public(key), ("mamuju",), NOW)
        (folder / "host-cert.pub").write_text(certificate + "\n")
        (folder / "principals").write_text("operator@mamuju\n")
        (folder / "sshd_config").write_text(SETTINGS.format(folder=folder))
        desk.publish(NOW)
        for path in (folder, *folder.iterdir()):
            os.chown(path, pwd.getpwnam(account).pw_uid, pwd.getpwnam(account).pw_gid)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        words = [str(SSHD), "-D", "-e", "-f", str(folder / "sshd_config"), "-p", str(port)]
        if os.geteuid() == 0:
            words = [
                "setpriv",
                f"--reuid={account}",
                f"--regid={pwd.getpwnam(account).pw_gid}",
                "--clear-groups",
                *words,
            ]
        with (
            (folder / "log").open("w") as log,
            subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=log, text=True) as process,
        ):
            server = Server(folder, port, account, folder / "log")
            try:
                while "Server listening" not in (told := server.log.read_text()):
                    assert process.poll() is None, told
                yield server
            finally:
                process.terminate()
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    """A new register."""
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield office(tmp_path, ledger)
    ledger.close()


def test_who_gets_in_and_who_does_not(desk: Office) -> None:
    with running(desk) as server:
        server.take(desk)
        grant, certificate = desk.granted("budi")
        assert server.lets_in(desk, "budi", certificate)
        # The log says who it was, and by which event of the ledger.
        assert f'ID "budi/{grant.number}" (serial {grant.serial})' in server.log.read_text()
        refused = {
            "another office's": desk.granted("sari", "bogor")[1],
            "over": desk.granted("wati", now=NOW - 5 * HOUR)[1],
            "not yet": desk.granted("dewi", now=NOW + HOUR)[1],
        }
        elsewhere = replace(desk.request("tuti"), sources=("203.0.113.7/32",))
        number = desk.by("tuti@meja").ask(elsewhere, NOW).number
        refused["from elsewhere"] = desk.by("kepala@meja").approve(number, NOW)[1]
        people = dict(zip(refused, ("sari", "wati", "dewi", "tuti"), strict=True))
        assert [why for why, each in refused.items() if server.lets_in(desk, people[why], each)] == []
        # Somebody else's certificate opens nothing without that one's key.
        assert not server.lets_in(desk, "sari", certificate)


def test_revoked_means_out_and_without_a_list_nobody_is_let_in(desk: Office) -> None:
    with running(desk) as server:
        server.take(desk)
        grant, certificate = desk.granted("budi")
        _, other = desk.granted("sari")
        assert server.lets_in(desk, "budi", certificate)
        desk.register.revoke("laptop hilang", number=grant.number, now=NOW)
        desk.publish(NOW)
        server.take(desk)
        assert not server.lets_in(desk, "budi", certificate)
        assert server.lets_in(desk, "sari", other)
        (server.folder / "krl").unlink()
        assert not server.lets_in(desk, "sari", other)
        (server.folder / "krl").write_text("bukan daftar\n")
        assert not server.lets_in(desk, "sari", other)


def test_keys_change_under_people_who_work(desk: Office) -> None:
    with running(desk) as server:
        server.take(desk)
        _, first = desk.granted("budi")
        assert server.lets_in(desk, "budi", first)
        desk.house.rotate("user", now=NOW)
        desk.publish(NOW)
        server.take(desk)
        desk.house.switch("user", reached=True, now=NOW)
        _, second = desk.granted("sari")
        # Both are let in, for as long as the old one's certificates last.
        assert server.lets_in(desk, "budi", first)
        assert server.lets_in(desk, "sari", second)
        desk.register.retire("user-1", revoke=True, now=NOW)
        desk.publish(NOW)
        server.take(desk)
        assert not server.lets_in(desk, "budi", first)
        assert server.lets_in(desk, "sari", second)

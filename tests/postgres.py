"""A PostgreSQL of the tests' own: a new cluster in a new folder, reached by a socket in it, gone afterwards."""

import os
import pwd
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Debian keeps them apart from the commands of everybody.
FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
# It does not run as root; whoever is, lends it the account that the package has made.
ACCOUNT = "postgres"


PATIENCE = 120


@dataclass
class Cluster:
    """A server, which can be killed and started again."""

    folder: Path
    programs: Path
    more: Sequence[str] = ()
    server: subprocess.Popen[bytes] | None = None

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the one whose cluster it is."""
        done = subprocess.run(
            self._owned(program, *arguments), capture_output=True, check=False, cwd=self.folder, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"d{uuid.uuid4().hex}"
        self.run("createdb", "--host", str(self.folder), "--username", "spse", name)
        return f"postgresql://spse@/{name}?host={self.folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        end = time.monotonic() + PATIENCE
        while not self.answers:
            # After a kill it may not begin before the last of those that it had begun is gone.
            if self.server is None or self.server.poll() is not None:
                self._begin()
            assert time.monotonic() < end, (self.folder / "log").read_text()[-2000:]
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it, whatever it is doing."""
        if self.server:
            self.server.send_signal(signal.SIGQUIT)
            self.server.wait()

    @property
    def answers(self) -> bool:
        """Whether it takes connections."""
        words = self._owned("pg_isready", "--quiet", "--host", str(self.folder), "--dbname", "postgres")
        return subprocess.run(words, check=False, cwd=self.folder).returncode == 0

    @property
    def backends(self) -> list[int]:
        """Those that it has begun: one for each connection, and some that look after it."""
        if self.server is None or self.server.poll() is not None:
            return []
        process = self.server.pid
        return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]

    def _begin(self) -> None:
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "max_connections": "40"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        words = self._owned("postgres", "-D", str(self.folder / "data"), *options, *self.more)
        with (self.folder / "log").open("ab") as log:
            self.server = subprocess.Popen(words, cwd=self.folder, stdout=log, stderr=log, start_new_session=True)

    def _owned(self, program: str, *arguments: str) -> list[str]:
        words = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            words = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups", *words]
        return words


@contextmanager
def cluster(more: str = "") -> Iterator[Cluster]:
    """Start one, with more settings, and stop it."""
    found = shutil.which("initdb")
    programs = FOLDERS[0] if FOLDERS else Path(found or "/nowhere/initdb").parent
    # A socket's path may have no more than 107 letters, which a test's own folder soon has.
    folder = Path(tempfile.mkdtemp(prefix="spse-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam(ACCOUNT)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    server = Cluster(folder, programs, shlex.split(more))
    try:
        server.run("initdb", "--pgdata", str(folder / "data"), "--username", "spse", "--auth", "trust", "--no-sync")
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)

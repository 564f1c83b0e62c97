"""A PostgreSQL of the tests' own: a new cluster in a new folder, reached by a socket in it, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Debian keeps them apart from the commands of everybody.
FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
# It does not run as root; whoever is, lends it the account that the package has made.
ACCOUNT = "postgres"


@dataclass(frozen=True)
class Cluster:
    """A running server."""

    folder: Path
    programs: Path

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the one whose cluster it is."""
        words = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            words = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups", *words]
        done = subprocess.run(words, capture_output=True, check=False, cwd=self.folder, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"d{uuid.uuid4().hex}"
        self.run("createdb", "--host", str(self.folder), "--username", "spse", name)
        return f"postgresql://spse@/{name}?host={self.folder}"


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
    server = Cluster(folder, programs)
    data = str(folder / "data")
    try:
        server.run("initdb", "--pgdata", data, "--username", "spse", "--auth", "trust", "--no-sync")
        settings = f"-c listen_addresses='' -c unix_socket_directories={folder} -c max_connections=40 {more}"
        server.run(
            "pg_ctl", "--pgdata", data, "--wait", "--silent", "--log", f"{folder}/log", f"--options={settings}", "start"
        )
        try:
            yield server
        finally:
            server.run("pg_ctl", "--pgdata", data, "--wait", "--silent", "--mode", "immediate", "stop")
    finally:
        shutil.rmtree(folder)

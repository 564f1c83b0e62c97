"""One instance of the stand-in on a test host, driven as an operator drives it: over ssh, with spse4 and curl."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.hosts.host import Host
    from tests.spse_app.build import Built

    type Finished = subprocess.CompletedProcess[str]

DATABASE = "epns_prod"
DOCUMENTS = "/home/file/file_prod"
SCRATCH = "/var/lib/standin"
COOKIES = f"{SCRATCH}/cookies"
START_LIMIT_SECONDS = 180


@dataclass(frozen=True)
class Reply:
    """What curl saw; status 0 means that there was no answer."""

    status: int
    body: str

    @property
    def json(self) -> dict[str, Any]:
        """The body, which is a JSON object."""
        read: dict[str, Any] = json.loads(self.body)
        return read


@dataclass(frozen=True)
class Deployment:
    """An unpacked tree and the process it runs as."""

    host: Host
    root: str = "/home/appserv/spse"
    port: int = 9090
    context: str = "/eproc4"

    @property
    def configuration(self) -> str:
        """The path of application.conf."""
        return f"{self.root}/webapp/conf/application.conf"

    @property
    def url(self) -> str:
        """Where the application answers, without Apache."""
        return f"http://localhost:{self.port}{self.context}"

    def wipe(self) -> None:
        """Remove every process, file and row of the production instance and of trees beside it."""
        self.host.run(
            # The brackets keep the pattern from matching the shell that runs it.
            "pkill -9 -f '[a]pplication.path=/home/appserv/(spse|beside)/'; "
            f"rm -rf {self.root} /home/appserv/beside {DOCUMENTS} {SCRATCH}; mkdir -p {DOCUMENTS} {SCRATCH}; cd /; "
            f"runuser -u postgres -- psql -q -c 'drop database if exists {DATABASE} with (force)' "
            f"-c 'create database {DATABASE} owner epns'"
        )

    def unpack(self, built: Built) -> None:
        """Put a release into place, over whatever is there."""
        self.put(built.file, "archive.tar.gz")
        self.host.run(f"mkdir -p {self.root} && tar -xzf {SCRATCH}/archive.tar.gz -C {self.root}")

    def install(self, built: Built) -> None:
        """Put a release into place and bring the database to its schema."""
        self.unpack(built)
        self.spse4("migration")

    def run(self, built: Built) -> None:
        """Install a release, start it and wait until it answers."""
        self.install(built)
        self.start()

    def beside(self, built: Built, port: int = 9091) -> Deployment:
        """Unpack another release beside this one, on the same database and documents."""
        other = replace(self, root="/home/appserv/beside", port=port)
        other.unpack(built)
        other.configure("http.port", str(port))
        return other

    def configure(self, key: str, value: str) -> None:
        """Change one line of application.conf."""
        self.host.run(f"sed -i 's|^{key}=.*|{key}={value}|' {self.configuration}")

    def spse4(self, verb: str, *, check: bool = True) -> Finished:
        """Run the vendor's control script."""
        return self.host.run(f"{self.root}/spse4 {verb}", check=check)

    def start(self) -> None:
        """Start and wait until the application answers."""
        self.spse4("start")
        self.wait()

    def wait(self) -> None:
        """Wait until the application answers."""
        self.host.run(
            f"end=$(($(date +%s) + {START_LIMIT_SECONDS})); while [ $(date +%s) -lt $end ]; do "
            f"curl -sf -o /dev/null {self.url}/versi && exit 0; sleep 0.1; done; "
            f"tail {self.root}/webapp/logs/system.out; exit 1",
            timeout=START_LIMIT_SECONDS + 60,
        )

    def command(self, *arguments: str) -> str:
        """The command that runs the server in the foreground."""
        classpath = f"{self.root}/webapp/conf:{self.root}/framework/play.jar:{self.root}/framework/lib/*"
        command = [
            "java",
            "-Xmx192m",
            "-XX:TieredStopAtLevel=1",
            f"-Dapplication.path={self.root}/webapp",
            "-Dplay.id=prod",
            "-cp",
            classpath,
        ]
        return shlex.join([*command, "play.server.Server", *arguments])

    def attempt(self, *arguments: str) -> Finished:
        """Run the server until it ends by itself; one that does not refuse is ended and answers 124."""
        return self.host.run(f"timeout 15 {self.command(*arguments)} 2>&1", check=False)

    def request(self, path: str, *options: str) -> Reply:
        """Make one request from the host itself, with the cookies of earlier ones."""
        command = ["curl", "-s", "-b", COOKIES, "-c", COOKIES, "-w", r"\n%{http_code}", *options, self.url + path]
        output = self.host.run(shlex.join(command), check=False).stdout
        body, _, status = output.rpartition("\n")
        return Reply(int(status), body)

    def status(self, path: str, *options: str) -> int:
        """The status of one request."""
        return self.request(path, *options).status

    def statuses(self, *paths: str) -> list[int]:
        """The statuses of several pages, asked for over one connection."""
        urls = [self.url + path for path in paths]
        discard = [part for _ in urls for part in ("-o", "/dev/null")]
        command = shlex.join(["curl", "-s", "-b", COOKIES, "-w", r"%{http_code}\n", *discard, *urls])
        return [int(line) for line in self.host.run(command, check=False).stdout.split()]

    def log_in(self, user: str = "penyedia-1") -> int:
        """Log in as one of the users every installation has."""
        return self.status("/login", "-d", f"user={user}", "-d", f"password=rahasia-{user}")

    def log(self) -> str:
        """The application's log."""
        return self.host.run(f"cat {self.root}/webapp/logs/application.log").stdout

    def sql(self, query: str) -> list[str]:
        """Ask the database; one text per row."""
        # As its administrator: an instance's own user has a password.
        command = shlex.join(["runuser", "-u", "postgres", "--", "psql", "-d", DATABASE, "-qAt", "-c", query])
        return self.host.run(f"cd / && {command}").stdout.splitlines()

    def messages(self, label: str) -> list[str]:
        """The messages that begin with it, each as often as it was taken."""
        return [text for text in self.sql("select isi from pesan") if text.startswith(label)]

    def processes(self) -> list[int]:
        """The ids of this tree's Java processes."""
        found = self.host.run(f"pgrep -f '[j]ava .*application.path={self.root}/webapp'", check=False)
        return [int(line) for line in found.stdout.split()]

    def put(self, local: Path, name: str) -> str:
        """Copy a file into the scratch folder of the host and return where it is."""
        remote = f"{SCRATCH}/{name}"
        self.host.put(local, remote)
        return remote

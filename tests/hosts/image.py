"""Build the root file systems that test hosts start from, out of the machine's own Debian sources."""

import contextlib
import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.hosts import shell
from tests.hosts.errors import LabError
from tests.hosts.paths import RECIPE
from tests.hosts.podman import ENGINE, podman

BASE_PACKAGES = (
    *("systemd", "systemd-sysv", "dbus", "libpam-systemd", "udev"),
    *("python3", "python3-apt", "openssh-server", "sudo", "ca-certificates"),
    *("iproute2", "procps", "acl", "rsync", "nftables"),
)
# The last two are on every Debian server that its own installer has set up.
SPSE_PACKAGES = (
    *("openjdk-17-jre-headless", "postgresql", "apache2", "curl"),
    *("openssh-client", "openssl", "pgbackrest", "python3-cryptography", "python3-psycopg2", "restic"),
    *("apt-listchanges", "cron"),
)
BACKUP_PACKAGES = ("rclone", "restic")

APT_OPTIONS = (
    "Acquire::Check-Valid-Until",
    "Acquire::Check-Date",
    "Acquire::http::Proxy",
    "Acquire::https::Proxy",
)
"""What the machine's apt was told about its sources; the hosts use the same sources and must know it too."""


@dataclass(frozen=True)
class Image:
    """A kind of test host."""

    name: str
    suite: str
    packages: tuple[str, ...]
    purpose: str

    @property
    def reference(self) -> str:
        """Name and content hash: a changed recipe or changed sources make another image."""
        recipe = [self.suite, *self.packages, debian_sources(self.suite), *apt_options()]
        recipe += [path.read_text() for path in sorted(RECIPE.iterdir())]
        return f"localhost/spse-lab/{self.name}:{hashlib.sha256('\0'.join(recipe).encode()).hexdigest()[:12]}"

    @property
    def is_built(self) -> bool:
        """Whether it is in the cache."""
        return podman("image", "exists", self.reference, check=False).returncode == 0

    def build(self) -> None:
        """Build it if it is not in the cache, and drop its older versions that no host uses."""
        if self.is_built:
            return
        with _sources_file(self.suite) as sources:
            self._import(sources)
        for older in podman("images", "--format={{.Repository}}:{{.Tag}}").stdout.split():
            if older.startswith(f"localhost/spse-lab/{self.name}:") and older != self.reference:
                # Refused while a host still stands on it, which is right.
                podman("rmi", older, check=False)

    def _import(self, sources: Path) -> None:
        bootstrap = [
            *("mmdebstrap", "--quiet", "--variant=minbase"),
            f"--include={','.join(self.packages)}",
            f"--customize-hook={RECIPE / 'customize'}",
            *(f"--aptopt={option}" for option in apt_options()),
            *(self.suite, "-", str(sources)),
        ]
        load = [
            *(*ENGINE, "import", "--quiet"),
            *("--change", 'CMD ["/sbin/lab-init"]', "--change", "STOPSIGNAL SIGRTMIN+3"),
            *("-", self.reference),
        ]
        with (
            tempfile.TemporaryFile("w+") as log,
            # A locale decides the encoding of the database cluster that the package makes.
            subprocess.Popen(
                bootstrap, stdout=subprocess.PIPE, stderr=log, env=os.environ | {"LC_ALL": "C.UTF-8"}
            ) as bootstrapping,
            subprocess.Popen(load, stdin=bootstrapping.stdout, stdout=log, stderr=log) as loading,
        ):
            if bootstrapping.stdout is not None:
                bootstrapping.stdout.close()
            failed = bootstrapping.wait() or loading.wait()
            log.seek(0)
            output = log.read()
        if failed:
            # An interrupted bootstrap may have sent half a file system, which the engine took for a whole one.
            podman("rmi", self.reference, check=False)
            message = f"The image {self.name} could not be built from this machine's Debian sources:\n{output}"
            raise LabError(message)


IMAGES = {
    image.name: image
    for image in (
        Image("debian12", "bookworm", BASE_PACKAGES, "a bare Debian 12"),
        Image("debian13", "trixie", BASE_PACKAGES, "a bare Debian 13"),
        Image(
            "spse12",
            "bookworm",
            BASE_PACKAGES + SPSE_PACKAGES,
            "Debian 12 with all installed that our roles ask for on a host with SPSE",
        ),
        Image("backup12", "bookworm", BASE_PACKAGES + BACKUP_PACKAGES, "Debian 12 that keeps restore points"),
    )
}


def apt_options() -> list[str]:
    """What this machine's apt was told about its sources."""
    lines = shell.run("apt-config", "dump").stdout.splitlines()
    return sorted(line.rstrip(";") for line in lines if line.split()[0] in APT_OPTIONS)


@contextlib.contextmanager
def _sources_file(suite: str) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile("w", suffix=".sources") as file:
        file.write(debian_sources(suite))
        file.flush()
        yield Path(file.name)


def debian_sources(suite: str) -> str:
    """The machine's Debian sources, for a suite that may not be its own."""
    release = dict(re.findall(r'^(\w+)="?([^"\n]*)', Path("/etc/os-release").read_text(), re.MULTILINE))
    own = release.get("VERSION_CODENAME", "")
    texts = [path.read_text() for path in sorted(Path("/etc/apt").glob("sources.list.d/*.sources"))]
    stanzas = [stanza for text in texts for stanza in re.split(r"\n\s*\n", text) if _is_debian(stanza, own)]
    lists = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt").glob("sources.list.d/*.list"))]
    lines = [line for path in lists if path.exists() for line in path.read_text().splitlines()]
    stanzas += [_stanza(line) for line in lines if re.match(rf"deb\s.*\s{own}(-\S+)?\s", line)]
    if not own or not stanzas:
        message = (
            "This machine has no Debian sources of its own release in /etc/apt; the test hosts are built from them."
        )
        raise LabError(message)
    return re.sub(rf"\b{own}\b", suite, "\n\n".join(stanza.strip() for stanza in stanzas)) + "\n"


def _is_debian(stanza: str, own: str) -> bool:
    """Whether a deb822 stanza serves the machine's own release; a third party's repository does not."""
    suites = re.search(r"^Suites:(.*)", stanza, re.MULTILINE)
    return (
        own != ""
        and suites is not None
        and all(suite == own or suite.startswith(f"{own}-") for suite in suites[1].split())
        and re.search(r"^Enabled:\s*no", stanza, re.MULTILINE) is None
    )


def _stanza(line: str) -> str:
    """The deb822 form of a one-line entry, so that an image has one sources file in one format."""
    match = re.match(r"deb\s+(?:\[(?P<options>[^]]*)]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.*)", line)
    if match is None:
        message = f"This line of the machine's apt sources cannot be read: {line}"
        raise LabError(message)
    keyring = re.search(r"signed-by=(\S+)", match["options"] or "")
    signed_by = keyring[1] if keyring else "/usr/share/keyrings/debian-archive-keyring.gpg"
    return (
        f"Types: deb\nURIs: {match['uri']}\nSuites: {match['suite']}\n"
        f"Components: {match['components']}\nSigned-By: {signed_by}"
    )

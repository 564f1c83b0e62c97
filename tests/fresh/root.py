"""A Debian as the installer leaves it: python3, git and make, and nothing of ours."""

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.fresh.paths import ROOT, STATE
from tests.hosts import shell
from tests.hosts.image import apt_options, debian_sources

PACKAGES = ("python3", "git", "make", "ca-certificates")
USER = "petugas"

CERTIFICATES = Path("/usr/local/share/ca-certificates")
"""Where Debian keeps what a machine trusts beyond the usual; a machine that has some reaches no registry without."""


def unpack(suite: str, *, user: bool) -> None:
    """Lay out a new root file system, with a user who may use sudo when asked for."""
    archive = _archive(suite, f"{suite}-sudo", [*PACKAGES, "sudo"]) if user else _archive(suite, suite, PACKAGES)
    ROOT.mkdir(parents=True)
    shell.run("tar", "--extract", "--numeric-owner", "--xattrs", f"--directory={ROOT}", f"--file={archive}")
    ROOT.chmod(0o755)
    (ROOT / "etc/hostname").write_text("fresh\n")
    (ROOT / "etc/hosts").write_text("127.0.0.1 localhost\n127.0.1.1 fresh\n")
    (ROOT / "etc/resolv.conf").unlink(missing_ok=True)
    (ROOT / "etc/resolv.conf").write_text(_name_servers())
    if user:
        shell.run("chroot", str(ROOT), "useradd", "--create-home", "--shell=/bin/bash", USER)
        (ROOT / "etc/sudoers.d" / USER).write_text(f"{USER} ALL=(ALL) NOPASSWD: ALL\n")


def _archive(suite: str, name: str, packages: Sequence[str]) -> Path:
    """The root file system in the cache, made if it is not there or was made from something else."""
    sources, certificates = debian_sources(suite), sorted(CERTIFICATES.glob("*.crt"))
    recipe = [*packages, sources, *apt_options(), *(path.read_text() for path in certificates)]
    archive = STATE / f"{name}.{hashlib.sha256('\0'.join(recipe).encode()).hexdigest()[:12]}.tar"
    if not archive.exists():
        with tempfile.TemporaryDirectory(dir=STATE) as folder:
            list_, made = Path(folder, "debian.sources"), Path(folder, "root.tar")
            list_.write_text(sources)
            trust = [
                f"--customize-hook=copy-in {' '.join(map(str, certificates))} {CERTIFICATES}",
                '--customize-hook=chroot "$1" update-ca-certificates',
            ]
            shell.run(
                *("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}"),
                *(f"--aptopt={option}" for option in apt_options()),
                *(trust if certificates else []),
                *(suite, str(made), str(list_)),
                env=os.environ | {"LC_ALL": "C.UTF-8"},
                timeout=900,
            )
            for older in STATE.glob(f"{name}.*.tar"):
                older.unlink()
            made.rename(archive)
    return archive


def _name_servers() -> str:
    """The machine's own; a resolver of its own on a loopback address cannot be asked from another network."""
    own, behind = Path("/etc/resolv.conf").read_text(), Path("/run/systemd/resolve/resolv.conf")
    loopback = re.search(r"^nameserver\s+127\.", own, re.MULTILINE)
    return behind.read_text() if loopback and behind.exists() else own

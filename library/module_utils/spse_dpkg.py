# SPDX-License-Identifier: Apache-2.0
"""apt and dpkg at work on a host: who uses them, what they have left half done, and how they are let work."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from library.module_utils import spse_packages
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_packages

UNIT = "spse-patch"
NEEDRESTART = "/usr/sbin/needrestart"
ASKS_FOR_BOOT = Path("/run/reboot-required")
LOCKS = tuple(map(Path, ("/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock")))
# needrestart's own hook would restart services, or wait for an answer that nobody gives.
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"}
# Nothing is removed, nobody's hold is broken, and a file that somebody has changed stays as he has it.
OPTIONS = (
    *("--yes", "--no-remove", "--no-install-recommends"),
    *("-oDpkg::Options::=--force-confdef", "-oDpkg::Options::=--force-confold", "-oDPkg::Lock::Timeout=120"),
)


def half_done() -> list[str]:
    """Packages that dpkg has not finished, and dpkg itself where it was cut between two."""
    shown = run(["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status} ${db:Status-Eflag}\n"]).stdout
    cut = [path for path in Path("/var/lib/dpkg/updates").glob("*") if path.name.isdigit()]
    return spse_packages.half_done(shown) or ["dpkg"] * bool(cut)


def busy() -> str:
    """Who has one of dpkg's locks."""
    # struct flock: type, whence, start, length, process.
    layout = "hhqqi4x"
    for path in LOCKS:
        if path.exists():
            with path.open("rb+") as file:
                asked = struct.pack(layout, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
                kind, _, _, _, process = struct.unpack(layout, fcntl.fcntl(file, fcntl.F_GETLK, asked))
                command = Path(f"/proc/{process}/comm")
                if kind != fcntl.F_UNLCK:
                    name = command.read_text().strip() if command.exists() else "tidak diketahui"
                    return f"{name}, proses {process}"
    return ""


def running() -> dict[str, Any]:
    """What runs on with what was replaced below it. needrestart says so, and restarts nothing here."""
    known = Path(NEEDRESTART).exists()
    said = run([NEEDRESTART, "-b", "-r", "l"]).stdout if known else ""
    return {
        "known": known,
        "services": sorted(re.findall(r"^NEEDRESTART-SVC: (\S+)", said, re.MULTILINE)),
        # 2 and 3: another kernel lies there than the one that runs.
        "kernel": bool(re.search(r"^NEEDRESTART-KSTA: [23]", said, re.MULTILINE)),
        "asks_for_boot": ASKS_FOR_BOOT.exists(),
        "hour": time.localtime().tm_hour,
    }


def install(packages: list[str], log: Path) -> None:
    """Install these versions. What came for the sake of another package goes on to be known for that."""
    named = {package.partition("=")[0] for package in packages}
    automatic = named & set(run(["apt-mark", "showauto"]).stdout.split())
    try:
        work(["apt-get", *OPTIONS, "--quiet", "install", *packages], log)
    finally:
        # Whatever apt-get is asked for by name, it takes for wanted.
        if automatic:
            run(["apt-mark", "auto", *sorted(automatic)])


def finish(log: Path) -> None:
    """Let dpkg end what it has begun, and apt mend what is missing for it."""
    force = ["--force-confdef", "--force-confold"]
    # What this cannot end for want of another package, apt can; and if it cannot either, it says so.
    unfinished = attempt(["dpkg", *force, "--configure", "--pending"], log)
    broken = attempt(["apt-get", *OPTIONS, "--quiet", "--fix-broken", "install"], log)
    if left := half_done():
        raise spse_packages.PackagesError(
            f"dpkg belum dapat menyelesaikan {', '.join(left)}: {broken or unfinished or 'tanpa keterangan'}. "
            f"Perbaiki, atau kembalikan paket itu: `apt-get install --allow-downgrades PAKET=VERSI`. "
            f"Catatannya dalam {log.parent}."
        )
    if broken:
        raise spse_packages.PackagesError(f"apt-get gagal: {broken}. Catatan lengkapnya di {log}.")


def work(words: list[str], log: Path) -> None:
    """Do it, or say with apt's own words why it was not done."""
    if said := attempt(words, log):
        named = f" Paket yang belum selesai: {', '.join(half_done())}." if half_done() else ""
        raise spse_packages.PackagesError(f"{words[0]} gagal: {said}.{named} Catatan lengkapnya di {log}.")


def attempt(words: list[str], log: Path) -> str:
    """Run it in a unit of its own, which nobody's connection ends; what went wrong, if anything did."""
    begin = log.stat().st_size if log.exists() else 0
    unit = ["systemd-run", "--quiet", "--wait", "--collect", f"--unit={UNIT}", "--service-type=exec"]
    unit += [f"--property=StandardOutput=append:{log}", f"--property=StandardError=append:{log}"]
    unit += [f"--setenv={name}={value}" for name, value in ENVIRONMENT.items()]
    done = run([*unit, *words])
    if done.returncode == 0:
        return ""
    text = log.read_bytes()[begin:].decode(errors="replace") if log.exists() else ""
    return errors(text) or done.stdout.strip() or f"berakhir dengan {done.returncode}"


def errors(said: str) -> str:
    """Where apt and dpkg say what went wrong, on one line."""
    lines = [line.strip() for line in said.splitlines()]
    wrong = [line for line in lines if line.startswith(("E: ", "Err:", "dpkg: error"))]
    return "; ".join(dict.fromkeys(wrong)).rstrip(".")


def run(words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a program; both its outputs in one."""
    return subprocess.run(
        words,
        check=False,
        env=os.environ | ENVIRONMENT,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )

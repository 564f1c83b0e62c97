#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Say which programs and settings are not what they were, by AIDE; and take over what somebody answers for.

    spse-integrity                      compare; ends with 1 where something is not explained
    spse-integrity --accept REASON      take over everything as it is now, and say what that is

What Debian's packages have brought explains itself: it is a file of theirs, with the sum that they give. All else waits
until somebody has looked at it. Whoever is root here can change the database, too: its sum goes with every compliance
report, and what was taken over stands in the journal.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

CONFIGURATION = Path("/etc/aide/aide.conf")
STATE = Path("/var/lib/aide")
DATABASE = STATE / "aide.db"
NEW = STATE / "aide.db.new"
FOUND = STATE / "temuan"
BEGUN = STATE / "mulai"
LAST = STATE / "terakhir"
ASKED = STATE / "terima"
"""Left by whoever has changed something on purpose: why, and in further lines the folders where, or nothing."""
TAKEN = STATE / "terima.sedang"
"""The same, once it is being answered: whoever changes more meanwhile leaves another."""
HISTORY = STATE / "riwayat.jsonl"
PACKAGES = Path("/var/lib/dpkg/info")

ENTRY = re.compile(r"^(?P<kind>[a-zA-Z?!])(?P<flags>[ +.<>=lbpugamcinHAXSE-]{10,}): (?P<path>/.*)$", re.MULTILINE)
UNVERIFIED = re.compile(r"^(?:missing|\S{9})\s+(?:[a-z] )?(?P<path>/.*)$", re.MULTILINE)
MERGED = re.compile(r"^/(?=(?:bin|sbin|lib\w*)/)")
# Of what aide ends with, what is not a failure: something came, went or changed.
MOST = 7


@dataclass(frozen=True)
class Entry:
    """One line of what AIDE has found."""

    kind: str
    flags: str
    path: str

    @property
    def is_gone(self) -> bool:
        """It was there."""
        return set(self.flags) == {"-"}

    @property
    def has_other_rights(self) -> bool:
        """Another owner or mode; packages are not asked what they wanted there."""
        return bool(set("pugAX") & set(self.flags))

    def __str__(self) -> str:
        """As a person reads it."""
        is_new = set(self.flags) == {"+"}
        return f"{'hilang' if self.is_gone else 'baru' if is_new else 'berubah'}: {self.path}"


def say(line: str) -> None:
    """To the journal."""
    sys.stdout.write(f"{line}\n")


def entries(report: str) -> list[Entry]:
    """Every line that names a file."""
    return [Entry(found["kind"], found["flags"], found["path"]) for found in ENTRY.finditer(report)]


def merged(path: str) -> str:
    """Packages still say /bin where it is /usr/bin."""
    return MERGED.sub("/usr/", path)


def is_explained(entry: Entry, owned: Collection[str], unverified: Collection[str]) -> bool:
    """Whether a package answers for it."""
    if entry.is_gone:
        # What no package has any more went with it; nobody else's lies there.
        from_packages = entry.path.startswith(("/usr/", "/boot/")) and not entry.path.startswith("/usr/local/")
        return from_packages and entry.path not in owned
    if entry.kind == "l":
        target = str(Path(entry.path).resolve())
        return target in owned and target not in unverified
    return entry.path in owned and entry.path not in unverified and not entry.has_other_rights


def unexplained(found: Iterable[Entry]) -> list[Entry]:
    """What no package answers for."""
    listed = (line for file in PACKAGES.glob("*.list") for line in file.read_text().splitlines())
    owned = {merged(path) for path in listed}
    done = subprocess.run(["dpkg", "--verify"], capture_output=True, check=False, text=True)
    unverified = {merged(match["path"]) for match in UNVERIFIED.finditer(done.stdout)}
    return [entry for entry in found if not is_explained(entry, owned, unverified)]


def aide(verb: str) -> str:
    """What AIDE says; it writes the new database beside the old one."""
    NEW.unlink(missing_ok=True)
    command = ["aide", f"--{verb}", f"--config={CONFIGURATION}"]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode > MOST or not NEW.exists():
        sys.exit(f"<3>aide berakhir dengan {done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def take_over(reason: str, count: int) -> None:
    """From now on it is compared with what is there now."""
    NEW.chmod(0o600)
    digest = hashlib.sha256(NEW.read_bytes()).hexdigest()
    NEW.replace(DATABASE)
    line = {"waktu": int(time.time()), "alasan": reason, "jumlah": count, "sha256": digest}
    with HISTORY.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    say(f"Basis data AIDE diperbarui ({reason}); sha256 {digest}")


def is_below(path: str, folders: Collection[str]) -> bool:
    """Whether it is, or lies in, one of them; without any it is everywhere."""
    return not folders or any(f"{path}/".startswith(f"{folder}/") for folder in folders)


def compare(reason: str, folders: Collection[str]) -> list[Entry]:
    """Compare once; what is left over stays to be looked at, unless somebody answers for all of it."""
    if not DATABASE.exists():
        aide("init")
        take_over(reason or "pertama kali", 0)
        return []
    found = entries(aide("update"))
    left = unexplained(found) if found else []
    say(f"Perbedaan: {len(found)}, di antaranya {len(found) - len(left)} dijelaskan oleh paket Debian")
    is_answered_for = bool(reason) and all(is_below(entry.path, folders) for entry in left)
    for entry in left:
        say(f"{'<5>Diterima' if is_answered_for else '<3>TIDAK DIJELASKAN'}, {entry}")
    if is_answered_for or (found and not left):
        take_over(reason or "paket Debian", len(found))
        return []
    NEW.unlink()
    return left


def main() -> int:
    """Compare, and leave behind what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accept", metavar="REASON", default="", help="take over everything as it is now")
    accepted = str(parser.parse_args().accept)
    left = once(accepted)
    # Somebody has changed something on purpose while it was looked at.
    while ASKED.exists():
        left = once(accepted)
    return 1 if left else 0


def once(accepted: str) -> list[Entry]:
    """Compare for whoever has asked until now; what changes from now on counts for the next time."""
    BEGUN.touch()
    started = BEGUN.stat().st_mtime_ns
    if ASKED.exists():
        ASKED.replace(TAKEN)
    asked, *folders = TAKEN.read_text(encoding="utf-8").splitlines() if TAKEN.exists() else [""]
    left = compare(accepted, ()) if accepted else compare(asked, folders)
    FOUND.write_text("".join(f"{entry}\n" for entry in left), encoding="utf-8")
    TAKEN.unlink(missing_ok=True)
    LAST.touch()
    os.utime(LAST, ns=(started, started))
    return left


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second copy of the repositories, in an S3-compatible store: for the day on which this host is gone, too.

What comes in here cannot be taken away by an LPSE, and so the copy cannot either: no LPSE knows of the store.

    spse-copy push              bring the copy up to date, for all accounts
    spse-copy fetch mamuju      bring a repository back that this host has not got
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECRETS = Path("/etc/spse-keeper")
CONFIGURATION = SECRETS / "rclone.conf"
METRICS = Path("/var/lib/prometheus/node-exporter/spse_copy.prom")
KINDS = ("keys", "data", "index", "snapshots")
"""In the order in which they need each other: at every moment the copy is whole, however far it has come."""


class CopyError(Exception):
    """It could not be done; the text says why, and what to do."""


@dataclass(frozen=True)
class Account:
    """One account's repository, here and there."""

    name: str
    folder: Path
    there: str

    @property
    def repository(self) -> Path:
        """Here."""
        return self.folder / "repository"

    def push(self) -> None:
        """Bring what is new, then take away what was expired here."""
        if not any((self.repository / "snapshots").glob("*")):
            raise CopyError("belum memiliki titik pulih di server ini; salinannya dibiarkan seperti semula")
        self._rclone("copy", str(self.repository), self.there, "--include", "/config")
        for kind in KINDS:
            self._rclone("copy", *self._both(kind))
        for kind in reversed(KINDS):
            self._rclone("sync", *self._both(kind), *self._spared(kind))

    def fetch(self, owner: str) -> None:
        """Bring all of it here."""
        if any((self.repository / "snapshots").glob("*")):
            raise CopyError(
                "sudah memiliki titik pulih di server ini; tidak ada yang diambil dan tidak ada yang diubah"
            )
        if "config" not in self._rclone("lsf", self.there).split():
            raise CopyError("tidak ada salinannya di sana; periksa nama akun, dan isi bucket")
        part = self.folder / "repository.part"
        self._rclone("copy", self.there, str(part))
        for kind in (*KINDS, "locks"):
            # A store knows no empty folder.
            (part / kind).mkdir(exist_ok=True)
        for path in (part, *part.rglob("*")):
            shutil.chown(path, owner, self.repository.group())
            path.chmod(0o700 if path.is_dir() else 0o600)
        # One without a restore point: made by a host that was set up anew.
        self.repository.rename(self.folder / f"repository.kosong-{int(time.time())}")
        part.rename(self.repository)

    def _both(self, kind: str) -> tuple[str, str]:
        return str(self.repository / kind), f"{self.there}/{kind}"

    def _spared(self, kind: str) -> list[str]:
        """What was put aside here because it is damaged may be whole there."""
        aside = self.folder / "quarantine" / kind
        names = sorted(path.name for path in aside.rglob("*") if path.is_file()) if aside.exists() else []
        return [f"--exclude={name}" for name in names]

    def _rclone(self, *arguments: str) -> str:
        done = subprocess.run(
            # What is there under a name is never written anew: a name is a sum of its content.
            ["rclone", f"--config={CONFIGURATION}", "--immutable", "--retries=3", *arguments],
            capture_output=True,
            check=False,
            cwd="/",
            env=os.environ | {"LC_ALL": "C.UTF-8"},
            text=True,
        )
        if done.returncode != 0:
            raise CopyError(f"rclone {arguments[0]} gagal ({done.returncode}): {done.stderr.strip()[-400:]}")
        return done.stdout


def push(accounts: list[Account]) -> int:
    """All of them, whatever happens to one; end with 1 when one could not be copied."""
    wrong: dict[str, str] = {}
    for account in accounts:
        try:
            account.push()
        except CopyError as error:
            wrong[account.name] = str(error)
            sys.stderr.write(f"{account.name}: {error}\n")
    lines = [f'spse_copy_healthy{{lpse="{one.name}"}} {int(one.name not in wrong)}\n' for one in accounts]
    lines.append(f"spse_copy_timestamp_seconds {time.time():.0f}\n")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=METRICS.parent, prefix=".", delete=False) as file:
        file.writelines(lines)
        Path(file.name).chmod(0o644)
    Path(file.name).rename(METRICS)
    json.dump({"copied": [one.name for one in accounts if one.name not in wrong], "wrong": wrong}, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return int(bool(wrong))


def main() -> int:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(prog="spse-copy", description="Salinan kedua titik pulih, di penyimpanan S3.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="perintah")
    verbs.add_parser("push", help="perbarui salinan semua akun")
    fetch = verbs.add_parser("fetch", help="ambil kembali repositori yang tidak ada lagi di server ini")
    fetch.add_argument("account", metavar="akun")
    asked = parser.parse_args()
    policy: dict[str, Any] = json.loads((SECRETS / "policy.json").read_text(encoding="utf-8"))
    if not policy["copy"]:
        sys.stderr.write("Salinan kedua belum disiapkan: isi backup_server_copy_bucket, lalu playbook backup_server.\n")
        return 2
    folder = Path(policy["path"]) / "accounts"
    known = {path.name: Account(path.name, path, f"{policy['copy']}/{path.name}") for path in sorted(folder.iterdir())}
    if asked.verb == "push":
        return push(list(known.values()))
    if asked.account not in known:
        sys.stderr.write(f"Akun tidak dikenal: {asked.account}. Yang ada: {', '.join(known) or 'belum ada'}.\n")
        return 2
    try:
        known[asked.account].fetch(f"{policy['user_prefix']}{asked.account}")
    except CopyError as error:
        sys.stderr.write(f"{asked.account}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

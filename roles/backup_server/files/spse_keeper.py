#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps the repositories of LPSEs on the host that has them: proves what has come in, and expires what may go.

LPSEs add and never delete; only this deletes. It believes no time that a snapshot says of itself, because whoever has
broken into an LPSE may write what he likes there: what counts is when the snapshot came in here. So nobody can put one
into the past to push a good one out of its place.

    spse-keeper             all accounts
    spse-keeper mamuju      one
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRETS = Path("/etc/spse-keeper")
COPY = SECRETS / "rclone.conf"
STATE = Path("/var/cache/spse-keeper")
METRICS = Path("/var/lib/prometheus/node-exporter/spse_keeper.prom")
POINT, RECORD = "point", "record"
NAMED = ("keys", "data", "index", "snapshots")
"""Where every file has the name of its content; the keys first, without which nothing else is read."""
READ = {"index": "index", "snapshots": "snapshot"}
"""What restic has to be able to read, by its word for one."""
OVERLAP = 3600.0
PATIENCE = 1800.0
UNFINISHED = timedelta(days=2)
CHUNK = 1 << 20

BUCKETS: dict[str, Callable[[datetime], str]] = {
    "daily": lambda moment: f"{moment:%Y-%m-%d}",
    "weekly": lambda moment: f"{moment:%G-%V}",
    "monthly": lambda moment: f"{moment:%Y-%m}",
    "yearly": lambda moment: f"{moment:%Y}",
}


class KeeperError(Exception):
    """It could not be done; the text says why, and what to do."""


@dataclass(frozen=True)
class Snapshot:
    """One snapshot: what it says of itself, and when it came in."""

    id: str
    short_id: str
    tags: frozenset[str]
    arrived: datetime

    def tag(self, name: str) -> str:
        """The value of a tag `name=value`; empty where there is none."""
        return next((tag.partition("=")[2] for tag in self.tags if tag.startswith(f"{name}=")), "")


@dataclass
class Report:
    """How one repository is."""

    account: str
    points: int = 0
    newest: float | None = None
    expired: int = 0
    damaged: list[str] = field(default_factory=list)
    healed: list[str] = field(default_factory=list)
    """Of these, what the second copy had whole."""
    quarantined: int = 0
    """All that was ever put aside, and that nobody has taken away since."""
    wrong: list[str] = field(default_factory=list)


def expired(snapshots: list[Snapshot], keep: dict[str, int], now: datetime) -> list[Snapshot]:
    """What the policy lets go. A restore point goes or stays with both of its snapshots."""
    data = {snapshot.short_id: snapshot for snapshot in snapshots if POINT in snapshot.tags}
    whole: dict[str, Snapshot] = {}
    for record in sorted((one for one in snapshots if RECORD in one.tags), key=lambda one: one.arrived):
        if record.tag("snapshot") in data:
            whole[record.short_id] = record
    kept = _kept(list(whole.values()), keep, now)
    stay = kept | {whole[record].tag("snapshot") for record in kept}
    return [
        snapshot
        for snapshot in snapshots
        if snapshot.short_id not in stay
        # One that has no record yet may be on its way to get one.
        and (snapshot.short_id in whole or _has_record(snapshot, whole) or now - snapshot.arrived > UNFINISHED)
    ]


def _kept(records: list[Snapshot], keep: dict[str, int], now: datetime) -> set[str]:
    kept = {record.short_id for record in records if now - record.arrived < timedelta(days=keep["all"])}
    # However old the newest is.
    kept |= {record.short_id for record in records[-1:]}
    for period, bucket in BUCKETS.items():
        last = {bucket(record.arrived): record.short_id for record in records}
        kept |= {last[name] for name in sorted(last)[-keep[period] :]}
    return kept


def _has_record(snapshot: Snapshot, whole: dict[str, Snapshot]) -> bool:
    return any(record.tag("snapshot") == snapshot.short_id for record in whole.values())


class Keeper:
    """One account's repository."""

    def __init__(self, account: str, policy: dict[str, Any]) -> None:
        """Nothing is touched yet."""
        self.account = account
        self._folder = Path(policy["path"]) / "accounts" / account
        self._repository = self._folder / "repository"
        self._marker = STATE / account
        self._user = f"{policy['user_prefix']}{account}"
        self._copy = policy["copy"]
        self._scrub_days = int(policy["scrub_days"])
        self._keep = {period: int(count) for period, count in policy["keep"].items()}

    def work(self) -> Report:
        """Prove, expire, and say how it is."""
        report = Report(self.account)
        if not (self._repository / "config").exists():
            report.wrong.append("repositorinya belum dibuat; jalankan playbook backup_server untuk LPSE ini")
            return report
        try:
            with self._alone():
                self._work(report)
        except KeeperError as error:
            report.wrong.append(str(error))
        except OSError as error:
            report.wrong.append(f"{error.strerror}: {error.filename}; pekerjaan ini diulangi besok")
        return report

    def _work(self, report: Report) -> None:
        begun = time.time()
        # Nobody else is at work: whose locks these are is dead. By hand, because restic reads all of them first.
        for lock in (self._repository / "locks").glob("*"):
            lock.unlink()
        report.damaged = [self._put_aside(path) for path in self._due() if self._is_damaged(path)]
        report.healed = [name for name in report.damaged if self._heal(name)]
        if report.damaged:
            report.wrong.append(
                f"{len(report.damaged)} berkas rusak dipindahkan ke {self._folder}/quarantine, "
                f"{len(report.healed)} di antaranya diganti dari salinan kedua"
            )
        if len(report.healed) < len(report.damaged):
            self._restic("rebuild-index")
        aside = self._folder / "quarantine"
        report.quarantined = sum(path.is_file() for path in aside.rglob("*")) if aside.exists() else 0
        self._marker.touch()
        os.utime(self._marker, (begun, begun))
        snapshots = self._snapshots()
        gone = expired(snapshots, self._keep, datetime.now(UTC))
        if gone:
            self._restic("forget", *(snapshot.id for snapshot in gone))
            self._restic("prune")
        records = [one for one in snapshots if RECORD in one.tags and one not in gone]
        report.expired = sum(RECORD in snapshot.tags for snapshot in gone)
        report.points = len(records)
        report.newest = max((one.arrived.timestamp() for one in records), default=None)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._folder / "lock").open("rb") as file:
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise KeeperError("terus dipakai; pekerjaan ini diulangi besok") from None
                    time.sleep(1)
            yield

    def _due(self) -> list[Path]:
        """What has come in since the last time, with an hour of overlap; and of all that is there, today's share."""
        since = self._marker.stat().st_mtime - OVERLAP if self._marker.exists() else 0.0
        files = (path for kind in NAMED for path in sorted((self._repository / kind).rglob("*")) if path.is_file())
        day = datetime.now(UTC).toordinal()
        return [path for path in files if path.stat().st_mtime > since or in_share(path.name, day, self._scrub_days)]

    def _is_damaged(self, path: Path) -> bool:
        """Whether it is not what its name says, or says nothing: a cut, a bad disk, or rubbish on purpose."""
        kind = path.relative_to(self._repository).parts[0]
        if _digest(path) != path.name:
            return True
        if kind == "keys":
            return not _is_json(path)
        if kind in READ:
            try:
                self._restic("cat", READ[kind], path.name)
            except KeeperError:
                return True
        return False

    def _put_aside(self, path: Path) -> str:
        name = path.relative_to(self._repository)
        aside = self._folder / "quarantine" / name
        aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.rename(aside)
        return str(name)

    def _heal(self, name: str) -> bool:
        """Whether the second copy has had it, and as its name says."""
        if not self._copy:
            return False
        path = self._repository / name
        fresh = self._folder / "healing"
        words = ["copyto", f"{self._copy}/{self.account}/{name}", str(fresh)]
        done = subprocess.run(
            ["rclone", f"--config={COPY}", *words], capture_output=True, check=False, cwd="/", text=True
        )
        if done.returncode != 0 or not fresh.exists() or _digest(fresh) != path.name:
            fresh.unlink(missing_ok=True)
            return False
        shutil.chown(fresh, self._user, self._repository.group())
        fresh.chmod(0o600)
        fresh.rename(path)
        return True

    def _snapshots(self) -> list[Snapshot]:
        listed: list[dict[str, Any]] = json.loads(self._restic("snapshots", "--json")) or []
        return [
            Snapshot(one["id"], one["short_id"], frozenset(one.get("tags") or ()), self._arrived(one["id"]))
            for one in listed
        ]

    def _arrived(self, snapshot: str) -> datetime:
        return datetime.fromtimestamp((self._repository / "snapshots" / snapshot).stat().st_mtime, UTC)

    def _restic(self, *arguments: str) -> str:
        """As the account, whose files these are and stay."""
        passphrase = (SECRETS / self.account).read_text(encoding="utf-8").strip()
        done = subprocess.run(
            ["runuser", "-u", self._user, "--", "restic", f"--repo={self._repository}", "--no-cache", *arguments],
            capture_output=True,
            check=False,
            cwd="/",
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "RESTIC_PASSWORD": passphrase, "TZ": "UTC"},
            text=True,
        )
        if done.returncode != 0:
            raise KeeperError(f"restic {arguments[0]} gagal ({done.returncode}): {done.stderr.strip()[-400:]}")
        return done.stdout


def in_share(name: str, day: int, days: int) -> bool:
    """Whether a file's turn to be read again is on that day; names are checksums, and so every day has as many."""
    try:
        number = int(name[:8], 16)
    except ValueError:
        # No checksum at all.
        return True
    return number % days == day % days


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _is_json(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_text(encoding="utf-8")), dict)
    except ValueError:
        return False


def free_percent(path: Path) -> int:
    """How much of the file system is free."""
    usage = shutil.disk_usage(path)
    return 100 * usage.free // usage.total


def write_metrics(reports: list[Report], free: int) -> None:
    """For node-exporter's textfile collector, whole or not at all."""
    lines = [f"spse_keeper_free_percent {free}\n"]
    for report in reports:
        label = f'{{lpse="{report.account}"}}'
        lines.append(f"spse_keeper_points{label} {report.points}\n")
        lines.append(f"spse_keeper_quarantined{label} {report.quarantined}\n")
        lines.append(f"spse_keeper_healthy{label} {int(not report.wrong)}\n")
        if report.newest is not None:
            lines.append(f"spse_keeper_newest_timestamp_seconds{label} {report.newest:.0f}\n")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=METRICS.parent, prefix=".", delete=False) as file:
        file.writelines(lines)
        Path(file.name).chmod(0o644)
    Path(file.name).rename(METRICS)


def main() -> int:
    """Keep all repositories, or those that are named; end with 1 when one of them is not well."""
    policy = json.loads((SECRETS / "policy.json").read_text(encoding="utf-8"))
    known = sorted(path.name for path in (Path(policy["path"]) / "accounts").iterdir())
    wanted = sys.argv[1:] or known
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        sys.stderr.write(f"Akun tidak dikenal: {', '.join(unknown)}. Yang ada: {', '.join(known)}.\n")
        return 2
    STATE.mkdir(mode=0o755, parents=True, exist_ok=True)
    reports = [Keeper(account, policy).work() for account in wanted]
    free = free_percent(Path(policy["path"]))
    if len(wanted) == len(known):
        try:
            write_metrics(reports, free)
        except OSError as error:
            # A full disk has to be told all the more.
            sys.stderr.write(f"Metrik tidak dapat ditulis: {error.strerror}.\n")
    full = free < policy["free_percent"]
    if full:
        sys.stderr.write(
            f"Disk {policy['path']} tinggal {free} %, batasnya {policy['free_percent']} %. Perbesar disk.\n"
        )
    for report in reports:
        for wrong in report.wrong:
            sys.stderr.write(f"{report.account}: {wrong}\n")
    json.dump({"free_percent": free, "accounts": [vars(report) for report in reports]}, sys.stdout, indent=2)
    sys.stdout.write("\n")
    return int(full or any(report.wrong for report in reports))


if __name__ == "__main__":
    sys.exit(main())

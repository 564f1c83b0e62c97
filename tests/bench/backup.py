"""What our restore points cost, beside the bare tools with the same settings, and beside what people use instead."""

from __future__ import annotations

import json
import re
import shlex
import statistics
import time
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tests.backup.ground import KEEPER, ground
from tests.bench.ground import FOLDER, LAB
from tests.bench.row import Measured, Row, seconds
from tests.hosts.lab import Wanted
from tests.spse_app.build import Options, build
from tests.spse_app.catalogue import BUILDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.backup.ground import Ground

HOST = "mamuju"
DOCUMENTS = 20_000
# 20,000 of these are 2 GiB.
DOCUMENT_KIB = 105
DATABASE = "2GiB"
FULLS = 3
RESTORES = 4
DAYS = 6
LIMIT = 3600
SCRATCH = "/srv/bench"
RESTIC = (
    "env RESTIC_PASSWORD_FILE=/etc/spse-backup/repository.key RESTIC_CACHE_DIR=/var/cache/spse-backup-bare restic "
    "'--option=rclone.program=ssh -F /etc/spse-backup/ssh_config spse-backup' --repo=rclone:spse"
)


class Bench:
    """A host with 2 GiB of rows and 2 GiB of documents, and the one that keeps its restore points."""

    def __init__(self, here: Ground) -> None:
        """Fill it."""
        self._here = here
        self._host = here.site.host
        self._settings = json.loads(self._host.run("cat /etc/spse-backup/settings.json").stdout)
        site = here.site
        given = ["--document-size", f"{DOCUMENT_KIB}KiB", "--database-size", DATABASE]
        site.seed(1000, DOCUMENTS, *given)
        self._host.run(f"mkdir -p {SCRATCH} && chown postgres {SCRATCH} && sync")
        self._host.run("apt-get -q update && apt-get -q install --yes rsync zstd")
        # As a database is that has been in use for long: whoever reads fresh rows for the first time writes to them.
        self._as_postgres("vacuumdb --all --freeze --quiet")
        # Nobody copies a cluster over the network where our roles are at work; pg_basebackup has to.
        rules = "/etc/postgresql/15/main/pg_hba.conf"
        self._host.run(f"echo 'local replication postgres peer' >> {rules}; systemctl reload postgresql@15-main")
        self._cold()

    def full(self) -> Iterator[Row]:
        """The first restore point: everything is new on both sides."""
        # What is written to a place on the disk for the first time takes longer.
        self._bare("full", fresh=True)
        sides = (self._first, partial(self._bare, "full", fresh=True))
        pairs = [self._pair(*sides, ours_first=number % 2 == 0) for number in range(FULLS)]
        click.echo(f"full backups, ours and bare in turn: {', '.join(f'{our:.1f} {bare:.1f}' for our, bare in pairs)}")
        spent, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
        yield Row("backup, full", spent, "pgbackrest + restic, bare", theirs)
        phases = self._phases()
        tools = phases["base"] + phases["snapshot"]
        yield Row("backup, full", sum(phases.values()), "what it spends in pgbackrest and restic", tools)
        database = self._as_postgres(f"pg_dump -Fc -f {SCRATCH}/dump epns_prod")
        yield Row("backup, full", spent, "pg_dump -Fc, database only", database)
        base = self._as_postgres(f"pg_basebackup -D {SCRATCH}/base -c fast")
        yield Row("backup, full", spent, "pg_basebackup, database only", base)
        for words in ("cp -a {} {}/cp", "rsync -a {}/ {}/rsync/", "tar -c {} | zstd -q -3 -o {}/tar.zst"):
            copied = self._shell(words.format("/home/file/file_prod", SCRATCH))
            yield Row("backup, full", spent, f"{words.split()[0]}, documents only", copied)
        self._host.run(f"rm -rf {SCRATCH}/dump {SCRATCH}/base {SCRATCH}/cp {SCRATCH}/rsync {SCRATCH}/tar.zst")

    def incremental(self) -> Iterator[Row]:
        """One in a hundred rows and documents is new, on some days one after the other; the days in the middle.

        The file that takes the new rows grows and is copied whole. So each side is the first on every other day.
        """
        self._ours("take", "--kind", "incr")
        days = [self._pair(self._our_day, self._bare_day, ours_first=number % 2 == 0) for number in range(DAYS)]
        ours, theirs = (statistics.median(spent) for spent in zip(*days, strict=True))
        yield Row("backup, 1 % changed", ours, "pgbackrest + restic, bare", theirs)

    @staticmethod
    def _pair(ours: Callable[[], float], bare: Callable[[], float], *, ours_first: bool) -> tuple[float, float]:
        """Both sides, one after the other."""
        if ours_first:
            spent = ours()
            return spent, bare()
        theirs = bare()
        return ours(), theirs

    # What the other side has put into pgBackRest's repository meanwhile is in neither figure.

    def _our_day(self) -> float:
        self._ours("take", "--kind", "none")
        self._change()
        return self._ours("take", "--kind", "incr")

    def _bare_day(self) -> float:
        self._bare("", fresh=False)
        self._change()
        return self._bare("incr", fresh=False)

    def restore(self) -> Iterator[Row]:
        """Documents and cluster, to beside what is there."""
        pairs = [
            self._pair(self._extract, self._bare_restore, ours_first=number % 2 == 0) for number in range(RESTORES)
        ]
        click.echo(f"restores, ours and bare in turn: {', '.join(f'{our:.1f} {bare:.1f}' for our, bare in pairs)}")
        ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
        yield Row("restore of the documents", ours, "restic restore --verify", theirs)
        self._host.run(f"rm -rf {SCRATCH}/theirs")
        theirs = self._shell(f"cp -a {SCRATCH}/ours {SCRATCH}/theirs")
        yield Row("restore of the documents", ours, "cp -a on the host", theirs)
        self._host.run(f"rm -rf {SCRATCH}/ours {SCRATCH}/theirs")

    def _extract(self) -> float:
        self._host.run(f"rm -rf {SCRATCH}/ours")
        return self._ours("extract", "prod", "--documents", f"{SCRATCH}/ours")

    def _bare_restore(self) -> float:
        self._host.run(f"rm -rf {SCRATCH}/theirs")
        return self._shell(
            f"{RESTIC} --no-lock restore latest --tag point --verify --target {SCRATCH}/theirs "
            "--include /home/file/file_prod"
        )

    def drill(self) -> Iterator[Row]:
        """What the host does every night, and once a month."""
        whole = self._as_postgres(f"pgbackrest --stanza=spse --pg1-path={SCRATCH}/pg --archive-mode=off restore")
        delta = self._as_postgres(
            f"pgbackrest --stanza=spse --pg1-path={SCRATCH}/pg --archive-mode=off --delta restore"
        )
        self._host.run(f"rm -rf {SCRATCH}/pg")
        yield Row("pgbackrest restore --delta, bare", delta, "pgbackrest restore, bare", whole)
        for name, more in (("daily", []), ("whole", ["--whole"])):
            begun = time.monotonic()
            told = self._here.drill(*more, timeout=LIMIT)
            spent = time.monotonic() - begun
            assert told["passed"], told["wrong"]
            click.echo(f"drill, {name}: {told['written_bytes'] >> 20} MiB written, by phase {told['seconds']}")
            yield Row(f"drill, {name}", spent, "pgbackrest restore, bare", whole)

    def _first(self) -> float:
        """Ours, into a repository where nothing is yet."""
        self._begin()
        return self._ours("take", "--kind", "full")

    def _phases(self) -> dict[str, float]:
        """Once more, and how long each of its phases takes."""
        self._begin()
        self._cold()
        stamped = 'while read -r line; do echo "$(date +%s.%N) $line"; done'
        told = self._host.run(f"(spse-backup take --kind full 2>&1; echo fase end) | {stamped}", timeout=LIMIT).stdout
        marks = [(float(time), words) for time, words in re.findall(r"^(\S+) fase (\w+)", told, re.MULTILINE)]
        return {name: after - since for (since, name), (after, _) in pairwise(marks)}

    def _begin(self) -> None:
        here = self._here.repository
        self._here.keeper.run(f"rm -rf {here}; install -d -o spse-bk-{HOST} -m 700 {here}")
        self._ours("begin")

    def _ours(self, *words: str) -> float:
        return self._shell(f"spse-backup {shlex.join(words)}")

    def _bare(self, kind: str, *, fresh: bool) -> float:
        """The same two tools with the same settings, into a repository of its own; or restic alone."""
        here, ours = self._here.repository, f"{self._here.repository}.ours"
        bare = f"{here}.bare"
        self._here.keeper.run(
            f"mv {here} {ours}; {f'rm -rf {bare};' if fresh else ''} "
            f"test -d {bare} || install -d -o spse-bk-{HOST} -m 700 {bare}; mv {bare} {here}"
        )
        if fresh:
            self._host.run(f"{RESTIC} init")
        paths = [self._settings["local"], *self._settings["configuration"]]
        paths += ["/home/appserv/spse", "/home/file/file_prod"]
        present = self._host.run(f"ls -d {shlex.join(paths)}", check=False).stdout.split()
        try:
            spent = self._as_postgres(f"pgbackrest --stanza=spse --type={kind} backup") if kind else 0
            return spent + self._shell(f"{RESTIC} backup --quiet {shlex.join(present)}")
        finally:
            self._here.keeper.run(f"mv {here} {bare}; mv {ours} {here}")

    def _change(self) -> None:
        """One in a hundred."""
        host = self._host
        query = "insert into pesan (nama, isi) select nama, reverse(isi) from pesan where id % 100 = 0"
        host.run(f'cd / && runuser -u postgres -- psql -qc "{query}" epns_prod')
        name = "/home/file/file_prod/baru/$(cat /proc/sys/kernel/random/uuid)"
        host.run(
            f"mkdir -p /home/file/file_prod/baru; for i in $(seq {DOCUMENTS // 100}); do "
            f"head -c {DOCUMENT_KIB}K /dev/urandom > {name}; done; sync"
        )

    def _as_postgres(self, command: str) -> float:
        return self._shell(f"cd / && runuser -u postgres -- {command}")

    def _shell(self, command: str) -> float:
        self._cold()
        return seconds(lambda: self._host.run(f"bash -o pipefail -c {shlex.quote(command)}", timeout=LIMIT))

    def _cold(self) -> None:
        """Nobody profits from what was read before. Hosts share this machine's kernel, and may not tell it so."""
        self._host.run("sync")
        Path("/proc/sys/vm/drop_caches").write_text("3\n")


def measure() -> Iterator[Measured]:
    """All of it, in one run."""
    LAB.down([HOST, KEEPER])
    keeper = LAB.up([KEEPER], Wanted("backup12", "1g"))[0]
    host = LAB.up([HOST], Wanted("spse12", "3g"))[0]
    folder = FOLDER / "backup"
    folder.mkdir(parents=True, exist_ok=True)
    builds = build(FOLDER / "builds", tuple(BUILDS), Options(boot_seconds=0))
    here = ground(folder, LAB, host, keeper, builds)
    bench = Bench(here)
    try:
        for part in (bench.full, bench.incremental, bench.restore, bench.drill):
            for row in part():
                yield Measured(row)
    finally:
        LAB.down([HOST, KEEPER])

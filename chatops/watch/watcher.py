"""Looks at the whole fleet again and again, and at whoever was away sooner. What it could not keep, or see, it says."""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from chatops import presence as locks
from chatops.errors import LedgerError, SpseOpsError, WatchError
from chatops.ledger.chain import Entry
from chatops.ledger.store import Ledger
from chatops.settings import Records, Settings
from chatops.watch import fleet
from chatops.watch.keeping import Happened, Keeper
from chatops.watch.look import Look, Target
from chatops.watch.presence import Seen, seen
from chatops.watch.sweep import DEADLINE
from chatops.words import Said

EVERY = 300
AGAIN = 60
"""Seconds after which somebody who was away is looked at again: an outage shall not be found five minutes late."""
MISSED = 3
"""Rounds without a look after which nobody was watching."""
JUMP = 30
"""Seconds by which the clock may move by itself between two rounds."""
MOST_WAITING = 24
"""Rounds that are kept in memory while they cannot be written: two hours."""
THIN = 3600


@dataclass(frozen=True)
class Round:
    """What came of one round."""

    looks: Sequence[Look]
    seconds: float
    happened: Sequence[tuple[str, Happened]] = ()
    """With the numbers of their outages."""
    said: Sequence[Said] = ()
    """What went wrong with the watching itself."""


@dataclass
class Waiting:
    """Rounds that could not be written yet."""

    rounds: deque[tuple[list[Look], bool]] = field(default_factory=deque)
    lost: int = 0
    """Looks that had to be let go."""
    since: float = 0
    until: float = 0

    def add(self, looks: list[Look], *, whole: bool) -> None:
        """Another one; the oldest goes, when there are too many."""
        self.rounds.append((looks, whole))
        while len(self.rounds) > MOST_WAITING:
            gone, _ = self.rounds.popleft()
            self.lost += len(gone)
            self.since = self.since or min((look.at for look in gone), default=0)
            self.until = max((look.at for look in gone), default=self.until)


class Watcher:
    """Watches one inventory into one ledger."""

    def __init__(
        self,
        settings: Settings,
        records: Records,
        *,
        every: float = EVERY,
        deadline: float = DEADLINE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.stopping = threading.Event()
        self._settings = settings
        self._records = records
        self._every = every
        self._deadline = deadline
        self._clock = clock
        self.ledger: Ledger | None = None
        """Opened when there is first something to keep."""
        self._targets: list[Target] = []
        self._inventory: frozenset[tuple[str, int]] | None = None
        self._waiting = Waiting()
        self._offset: float | None = None
        self._thinned: float | None = None
        self._lock: int | None = None

    def run(self, told: Callable[[Round], None]) -> None:
        """Watch until it is told to stop."""
        self.alone()
        following = time.monotonic()
        while not self.stopping.is_set():
            done = self.round()
            told(done)
            following += self._every
            suspects = suspicious(done.looks)
            if suspects and not self.stopping.wait(min(AGAIN, self._every)):
                told(self.round(suspects))
            # A round that takes longer than the time between two is followed by the next at once, and not by many.
            following = max(following, time.monotonic())
            self.stopping.wait(following - time.monotonic())

    def alone(self) -> None:
        """Refuse to be the second one on this machine: each would see half of it twice in a row."""
        self._lock = locks.lock(Path(self._records.state) / "watch.lock")
        if self._lock is None:
            raise WatchError(
                detail=Said(
                    "pemantau lain sudah berjalan pada mesin ini; hentikan dahulu yang itu",
                    "another one is watching on this machine already; stop that one first",
                )
            )

    def round(self, only: Sequence[Target] | None = None) -> Round:
        """Look at all, or at some once more, and keep what was seen."""
        began = time.monotonic()
        said: list[Said] = []
        if only is None:
            self._renew(said)
        looks = list(fleet.ask(self._targets if only is None else only, deadline=self._deadline))
        self._waiting.add(looks, whole=only is None)
        entries = self._jumped(said)
        happened: list[tuple[str, Happened]] = []
        try:
            happened = self._kept(entries, said)
        except LedgerError as error:
            count = len(self._waiting.rounds)
            said.append(
                Said(
                    f"{error} Pemantauan dilanjutkan; {count} putaran menunggu dicatat, {self._waiting.lost} pandangan "
                    "hilang.",
                    f"{error.told('en')} Watching goes on; {count} rounds wait, {self._waiting.lost} looks are lost.",
                )
            )
        return Round(looks, time.monotonic() - began, happened, said)

    def close(self) -> None:
        """Let go of the ledger, and of being the only one."""
        if self.ledger:
            self.ledger.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _renew(self, said: list[Said]) -> None:
        """Who there is may have changed; who cannot be read anew is still there."""
        state = _state_of(self._settings.inventory)
        if self._targets and state is not None and state == self._inventory:
            return
        try:
            self._targets = fleet.targets(self._settings)
            self._inventory = state
        except SpseOpsError as error:
            if not self._targets:
                raise
            said.append(Said(str(error), error.told("en")))

    def _jumped(self, said: list[Said]) -> list[Entry]:
        """Whether the clock has been put somewhere else since the last round; rounds go by one that cannot be."""
        offset = self._clock() - time.monotonic()
        moved = 0.0 if self._offset is None else offset - self._offset
        self._offset = offset
        if abs(moved) < JUMP:
            return []
        said.append(
            Said(
                f"Jam mesin ini bergeser {moved:+.0f} detik; waktu gangguan di sekitarnya tidak pasti.",
                f"The clock of this machine has moved by {moved:+.0f} s; times of outages around it are uncertain.",
            )
        )
        return [self._entry("watch.jumped", {"at": _iso(self._clock()), "seconds": round(moved)})]

    def _kept(self, entries: list[Entry], said: list[Said]) -> list[tuple[str, Happened]]:
        """Write what waits, in its order. What cannot be written waits on."""
        if self.ledger is None:
            self.ledger = Ledger.open(self._records.url)
            entries += self._unwatched(said)
        keeper = Keeper(self.ledger, self._records.actor)
        happened: list[tuple[str, Happened]] = []
        waiting = self._waiting
        if waiting.lost:
            span = {"since": _iso(waiting.since), "until": _iso(waiting.until), "looks": waiting.lost}
            entries.append(self._entry("watch.lost", span | {"why": "ledger"}))
        if entries:
            with self.ledger.writing() as writer:
                for entry in entries:
                    writer.append(entry)
            waiting.lost, waiting.since = 0, 0
        while waiting.rounds:
            looks, whole = waiting.rounds[0]
            happened += keeper.keep(looks, whole=whole).happened
            waiting.rounds.popleft()
        self._thin(keeper)
        return happened

    def _thin(self, keeper: Keeper) -> None:
        now = time.monotonic()
        if self._thinned is None or now - self._thinned > THIN:
            keeper.series.sum_up(int(self._clock()))
            keeper.series.thin(int(self._clock()))
            self._thinned = now

    def _unwatched(self, said: list[Said]) -> list[Entry]:
        """Whether nobody has watched for a while before this one began."""
        if self.ledger is None:
            return []
        standings = Keeper(self.ledger, self._records.actor).series.standings()
        last = max((each.at for each in standings.values()), default=0)
        now = self._waiting.rounds[0][0][0].at if self._waiting.rounds and self._waiting.rounds[0][0] else self._clock()
        if not last or now - last < MISSED * max(self._every, AGAIN):
            return []
        since, until = _iso(last), _iso(now)
        said.append(
            Said(f"Tidak ada yang memantau dari {since} sampai {until}.", f"Nobody watched from {since} until {until}.")
        )
        return [self._entry("watch.lost", {"since": since, "until": until, "looks": 0, "why": "stopped"})]

    def _entry(self, kind: str, body: dict[str, object]) -> Entry:
        return Entry(kind, "watch", self._records.actor, body)


def suspicious(looks: Sequence[Look]) -> list[Target]:
    """Hosts with an instance that was away: to be looked at again soon."""
    return [
        look.target for look in looks if any(seen(look, instance)[0] is Seen.AWAY for instance in look.target.instances)
    ]


def _state_of(inventory: Path) -> frozenset[tuple[str, int]] | None:
    """What an inventory is made of, and when it was changed last; nothing, if a program says it, which may say more.

    To have Ansible read it anew takes seconds, and most rounds find it as it was.
    """
    folder = inventory if inventory.is_dir() else inventory.parent
    files = [inventory] if inventory.is_file() else list(inventory.glob("*"))
    files += [path for name in ("group_vars", "host_vars") for path in (folder / name).rglob("*")]
    try:
        if any(path.is_file() and os.access(path, os.X_OK) for path in files):
            return None
        return frozenset((str(path), path.stat().st_mtime_ns) for path in files)
    except OSError:
        # Somebody is writing it just now.
        return None


def _iso(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).isoformat()

"""Looks at the whole fleet again and again, and at whoever was away sooner. What it could not keep, or see, it says."""

import logging
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
from chatops.watch.alone import Alone
from chatops.watch.daily import Daily, Morning
from chatops.watch.digests import Fresh
from chatops.watch.keeping import Happened, Keeper
from chatops.watch.look import Look, Target
from chatops.watch.presence import Seen, seen
from chatops.watch.sweep import DEADLINE
from chatops.words import Said

LOG = logging.getLogger(__name__)
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
PULSE = 5.0
"""Seconds after which it is said again that it lives."""
OTHER = Said(
    "Pemantau lain sudah memantau ke basis data ini; yang ini berjaga dan menggantikannya bila perlu.",
    "Another one watches into this database already; this one stands by and takes over where it has to.",
)


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

    fresh: Fresh = field(default_factory=Fresh)

    def add(self, looks: list[Look], *, whole: bool) -> None:
        """Another one; the oldest goes, when there are too many."""
        self.rounds.append((self.fresh.only(looks), whole))
        while len(self.rounds) > MOST_WAITING:
            gone, _ = self.rounds.popleft()
            self.lost += len(gone)
            self.fresh.lost(gone)
            self.since = self.since or min((look.at for look in gone), default=0)
            self.until = max((look.at for look in gone), default=self.until)

    def clear(self) -> None:
        """Let go of all, which somebody else has seen, too."""
        self.rounds.clear()
        self.fresh = Fresh()
        self.lost = 0
        self.since = 0


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
        alive: Callable[[], None] = lambda: None,
        morning: Morning | None = None,
    ) -> None:
        self.stopping = threading.Event()
        self.alive = alive
        self._morning = morning or Morning.from_environment()
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
        self._alone: Alone | None = None
        self._keeper: Keeper | None = None
        """There while this is the one that keeps what is seen."""
        self._daily: Daily | None = None
        self._began = False
        """Whether it has kept anything since."""

    def run(self, told: Callable[[Round], None]) -> None:
        """Watch until it is told to stop."""
        self.alone()
        following = time.monotonic()
        while not self.stopping.is_set():
            if self._stands_by():
                told(Round([], 0, said=[OTHER]))
                self._rest(min(AGAIN, self._every))
                following = time.monotonic()
                continue
            done = self.round()
            told(done)
            following += self._every
            suspects = suspicious(done.looks)
            if suspects and not self._rest(min(AGAIN, self._every)):
                told(self.round(suspects))
            # A round that takes longer than the time between two is followed by the next at once, and not by many.
            following = max(following, time.monotonic())
            self._rest(following - time.monotonic())

    def patiently(self, told: Callable[[Round], None]) -> None:
        """The same; whatever keeps it from watching, such as an inventory without a key, is said until it is mended."""
        while not self.stopping.is_set():
            try:
                self.run(told)
            except SpseOpsError as error:
                self.close()
                told(Round([], 0, said=[Said(str(error), error.told("en"))]))
                self._rest(self._every)

    def _rest(self, seconds: float) -> bool:
        """Wait, and say meanwhile that this lives; whether it was told to stop."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.stopping.wait(min(left, PULSE)):
            self.alive()
        return self.stopping.is_set()

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
        looks = []
        for look in fleet.ask(self._targets if only is None else only, deadline=self._deadline):
            looks.append(look)
            self.alive()
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
        if self._alone:
            self._alone.close()
        if self.ledger:
            self.ledger.close()
        self.ledger, self._alone, self._keeper, self._daily, self._began = None, None, None, None, False
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
        keeper = self._keeping()
        if keeper is None:
            # Somebody else has looked at the same hosts, and has kept it.
            self._waiting.clear()
            said.append(OTHER)
            return []
        if not self._began:
            entries += self._unwatched(keeper, said)
        happened: list[tuple[str, Happened]] = []
        waiting = self._waiting
        if waiting.lost:
            span = {"since": _iso(waiting.since), "until": _iso(waiting.until), "looks": waiting.lost}
            entries.append(self._entry("watch.lost", span | {"why": "ledger"}))
        if entries:
            with keeper.ledger.writing() as writer:
                for entry in entries:
                    writer.append(entry)
            waiting.lost, waiting.since = 0, 0
        self._began = True
        while waiting.rounds:
            looks, whole = waiting.rounds[0]
            happened += keeper.keep(looks, whole=whole).happened
            waiting.rounds.popleft()
        self._thin(keeper)
        self._sum_up(keeper, said)
        return happened

    def _sum_up(self, keeper: Keeper, said: list[Said]) -> None:
        """The day before, in the morning; one that cannot be summed up must not end the watching."""
        self._daily = self._daily or Daily(keeper.ledger, self._records.actor, self._morning)
        try:
            self._daily.look(self._clock())
        except LedgerError:
            raise
        except Exception as error:
            LOG.exception("the day before cannot be summed up")
            self._daily.give_up(self._clock())
            reason = type(error).__name__
            said.append(
                Said(
                    f"Ringkasan hari kemarin tidak dapat dibuat ({reason}); pemantauan dilanjutkan.",
                    f"The day before cannot be summed up ({reason}); watching goes on.",
                )
            )

    def _keeping(self) -> Keeper | None:
        """Whoever keeps what is seen, if that is us."""
        if self.ledger is None:
            self.ledger = Ledger.open(self._records.url)
            self._alone = Alone(self.ledger)
        if self._alone is None or not self._alone.holds():
            self._keeper, self._began = None, False
            return None
        self._keeper = self._keeper or Keeper(self.ledger, self._records.actor)
        return self._keeper

    def _stands_by(self) -> bool:
        """Whether another watches into the same PostgreSQL; who cannot find out watches."""
        try:
            return self._keeping() is None
        except LedgerError:
            return False

    def _thin(self, keeper: Keeper) -> None:
        now = time.monotonic()
        if self._thinned is None or now - self._thinned > THIN:
            at = int(self._clock())
            keeper.sums.add(at)
            keeper.sums.forget(at)
            keeper.series.thin(at)
            keeper.digests.thin(at)
            self._thinned = now

    def _unwatched(self, keeper: Keeper, said: list[Said]) -> list[Entry]:
        """Whether nobody has watched for a while before this one began."""
        standings = keeper.series.standings()
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

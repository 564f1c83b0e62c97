"""What charts are drawn of, put together once: a few values of a host in each half hour, quarter of a day and two days.

Made from the samples, and only to be read sooner than those: who finds no sum reads what it would have been made of.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import batched, islice
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, select

from chatops.ledger.schema import SAMPLES, SUMS
from chatops.ledger.store import Ledger
from chatops.watch.series import TOGETHER, as_text, put
from chatops.watch.thinning import DAY, HOUR, WIB, Grain, Sample

type Told = dict[str, Any]
"""What the store has kept of some time."""
type Rows = Iterator[tuple[int, Told]]

DRAWN = ("disk", "memory", "login_seconds", "backup")
"""The kinds of values: room, memory, how long the login page takes, how old the newest restore point is."""
SETTLED = 3 * HOUR
"""Seconds after which a step that is over is whole: what a watcher cannot write it keeps for two hours."""
MOST = 8
"""Steps that are put together in one go: whoever watches has other things to do."""


@dataclass(frozen=True)
class Size:
    """How long a step is, and how long it can be asked for."""

    seconds: int
    kept: int


class Step(Enum):
    """What a sum stands for; the finer first."""

    HALF_HOUR = Size(HOUR // 2, 3 * DAY + HOUR)
    QUARTER = Size(6 * HOUR, 31 * DAY)
    TWO_DAYS = Size(2 * DAY, 368 * DAY)

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.value.seconds

    def start(self, at: float) -> int:
        """When the step began that a moment lies in, by the clock in Jakarta."""
        return (int(at) + WIB) // self.seconds * self.seconds - WIB

    @property
    def finer(self) -> tuple["Step", ...]:
        """Those that it can be put together from; the coarser first."""
        return tuple(each for each in reversed(Step) if each.seconds < self.seconds)


class Sums:
    """Those of one ledger's fleet."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def add(self, now: int) -> int:
        """Put together each step that is over and was not yet; how many rows."""
        # Which ones of a coarser step are wanted is asked for after the finer ones are there.
        wanted = ((step, at) for step in Step for at in self._wanted(step, now))
        return sum(self._add(step, at) for step, at in islice(wanted, MOST))

    def forget(self, now: int) -> None:
        """What nobody can ask for any more."""
        with self.ledger.aside() as connection:
            for step in Step:
                old = (SUMS.c.step == step.seconds, SUMS.c.at < now - step.value.kept)
                connection.execute(delete(SUMS).where(*old))

    def _add(self, step: Step, at: int) -> int:
        """Put together one step of each host."""
        made, until = 0, at + step.seconds - 1
        within = (SAMPLES.c.grain.in_(Grain), SAMPLES.c.at.between(at, until))
        with self.ledger.reading() as reader:
            hosts = sorted(reader.connection.execute(select(SAMPLES.c.host).where(*within).distinct()).scalars())
        for some in batched(hosts, TOGETHER):
            with self.ledger.reading() as reader:
                seen = [_together(read(reader.connection, host, at, until, step.finer)) for host in some]
            same = {"step": step.seconds, "at": at}
            summed = [{**same, "host": host, "body": text} for host, text in zip(some, seen, strict=True)]
            with self.ledger.aside() as connection:
                put(connection, SUMS, summed)
            made += len(summed)
        return made

    def _wanted(self, step: Step, now: int) -> range:
        """When the steps begin that are to be put together."""
        with self.ledger.reading() as reader:
            mine = select(func.max(SUMS.c.at)).where(SUMS.c.step == step.seconds)
            last = reader.connection.execute(mine).scalar()
            begin = last + step.seconds if last is not None else _first(reader.connection, now)
        return range(step.start(max(begin, now - step.value.kept)), step.start(now - SETTLED), step.seconds)


def _first(connection: Connection, now: int) -> int:
    """When anything was seen of anybody."""
    # By the index on both columns: there are millions of them.
    oldest = (select(func.min(SAMPLES.c.at)).where(SAMPLES.c.grain == grain) for grain in Grain)
    return min((at for each in oldest if (at := connection.execute(each).scalar()) is not None), default=now)


def _together(rows: Rows) -> str:
    return as_text(Sample.of(told) for _, told in rows)


def drawn(told: Told) -> Told:
    """Of what was seen what is drawn, and no more."""
    return told | {"v": {name: value for name, value in told["v"].items() if name.partition(":")[0] in DRAWN}}


def read(
    connection: Connection, host: str, since: int, until: int, steps: Iterable[Step]
) -> Iterator[tuple[int, Told]]:
    """What is known of a host from one moment to another: by the first of these steps, where it ends by the next.

    The last of it, and what nobody has summed up yet, is read look by look.
    """
    seen = select(SAMPLES.c.at, SAMPLES.c.body).where(SAMPLES.c.host == host, SAMPLES.c.at <= until)
    for each in steps:
        mine = (SUMS.c.host == host, SUMS.c.step == each.seconds, SUMS.c.at >= since, SUMS.c.at <= until)
        found = connection.execute(select(SUMS.c.at, SUMS.c.body).where(*mine).order_by(SUMS.c.at)).all()
        # Sums are made from some day on, and the finer ones are not kept for as long.
        if not found or connection.execute(seen.where(SAMPLES.c.at.between(since, found[0].at - 1)).limit(1)).first():
            continue
        yield from ((at, orjson.loads(text)) for at, text in found)
        # What comes next begins where this ends.
        since = found[-1].at + each.seconds
    rows = connection.execute(seen.where(SAMPLES.c.at >= since).order_by(SAMPLES.c.at)).all()
    yield from ((at, drawn(orjson.loads(text))) for at, text in rows)

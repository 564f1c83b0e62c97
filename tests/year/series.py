"""What was seen of each host in a year, as finely as it would still be known: looks, then hours, then days.

Two million rows, so that each is put together as text; a test holds that text against what the store would write.
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from sqlalchemy import insert

from chatops.ledger.schema import SAMPLES, SUMS
from chatops.ledger.store import Ledger
from chatops.watch import standing
from chatops.watch.answer import Answer
from chatops.watch.look import Look, State, Target
from chatops.watch.presence import Presence
from chatops.watch.series import Series
from chatops.watch.standing import HostStanding
from chatops.watch.sums import SETTLED, Step, drawn
from chatops.watch.thinning import DAY, HOUR, KEPT, Grain, bucket
from tests.year.fleet import Host, Office
from tests.year.outages import NATIONAL
from tests.year.world import SEED, World

EVERY = 300
LOOKS = {Grain.LOOK: 1, Grain.HOUR: HOUR // EVERY, Grain.DAY: DAY // EVERY}
STEPS = {Grain.LOOK: EVERY, Grain.HOUR: HOUR, Grain.DAY: DAY}
GIB = 1 << 30
BUSY = [0.2, 0.15, 0.15, 0.15, 0.2, 0.25, 0.35, 0.6, 0.9, 1, 1, 0.95, 0.75, 0.9, 1, 0.95, 0.7, 0.45, 0.35, 0.35]
BUSY += [0.3, 0.3, 0.25, 0.2]
"""How busy a server is, by the hour in Jakarta."""


@dataclass(frozen=True)
class Machine:
    """What one host is like."""

    disk: float
    """What was left of it at the beginning."""
    eaten: float
    """How much of it goes in a day."""
    emptied: int
    """After how many days somebody makes room."""
    memory: float
    login: float
    certificate: int
    backup_fails: int
    """On which day of each month no restore point is made."""
    updates: int

    @classmethod
    def of(cls, chance: random.Random) -> "Machine":
        """Some machine; a few are in a bad way."""
        return cls(
            0.35 + 0.5 * chance.random(),
            0.0004 + 0.003 * chance.random() ** 3,
            chance.randrange(90, 300),
            0.12 + 0.5 * chance.random(),
            0.12 + 0.5 * chance.random() ** 3,
            chance.randrange(40, 365),
            chance.randrange(1, 28) if chance.random() < 0.1 else 40,
            chance.randrange(0, 15),
        )

    def values(self, day: int, hour: int, noise: float) -> tuple[float, float, float, float, float]:
        """Disk, memory, load, seconds of the login page, age of the restore point."""
        busy = BUSY[hour % 24] * (0.45 if day % 7 in {3, 4} else 1)
        disk = max(0.012, self.disk - self.eaten * (day % self.emptied))
        memory = max(0.02, self.memory - 0.1 * busy - 0.02 * noise)
        login = self.login * (1 + 2.2 * busy * busy) + 0.05 * noise
        return disk, memory, 1.4 * busy + 0.3 * noise, login, self.age(day, hour)

    def age(self, day: int, hour: int) -> float:
        """Of the newest restore point, which is made each night at two."""
        missed = day % 30 == self.backup_fails and hour >= 2
        again = day % 30 == self.backup_fails + 1 and hour < 2
        return (hour - 2) % 24 + 0.4 + 24 * (missed or again)


def write(world: World, ledger: Ledger, fine: int) -> int:
    """Fill the time series and say how each host stands; how many rows there are."""
    count = 0
    standings: list[tuple[Look, HostStanding]] = []
    until = int(world.until.timestamp())
    for number, office in enumerate(world.offices):
        rows: list[dict[str, object]] = []
        sums: list[dict[str, object]] = []
        for host in office.hosts:
            chance = random.Random(f"{SEED}:{host.name}")  # noqa: S311 - the same each time is the point
            machine = Machine.of(chance)
            away = world.away.get(host.name, [])
            begun = int(world.since.timestamp())
            for grain in Grain if number < fine else (Grain.DAY,):
                rows += _rows(host, machine, away, grain, begun, until, chance)
            sums += _sums(host, machine, away, begun, until, chance)
            standings.append(_standing(office, host, machine, away, begun, until))
        count += len(rows)
        with ledger.aside() as connection:
            connection.execute(insert(SAMPLES), rows)
            connection.execute(insert(SUMS), sums)
    Series(ledger).add(standings)
    return count


def spans(grain: Grain, since: int, until: int) -> range:
    """The moments that samples of this grain would be kept for."""
    finer = 0 if grain is Grain.LOOK else KEPT[Grain(grain - 1)]
    first, last = max(since, until - KEPT[grain]), until - finer
    return range(bucket(grain, first + STEPS[grain] - 1), bucket(grain, last), STEPS[grain])


def _rows(
    host: Host,
    machine: Machine,
    away: Sequence[tuple[int, int]],
    grain: Grain,
    since: int,
    until: int,
    chance: random.Random,
) -> Iterator[dict[str, object]]:
    looks = LOOKS[grain]
    for at in spans(grain, since, until):
        gone = _gone(away, at, at + STEPS[grain], looks)
        text = body(machine, host.instances, at - since, looks, gone, chance.random(), grain)
        yield {"host": host.name, "grain": int(grain), "at": at, "body": text}


def _sums(
    host: Host, machine: Machine, away: Sequence[tuple[int, int]], since: int, until: int, chance: random.Random
) -> Iterator[dict[str, object]]:
    """What charts are drawn of, as `Sums.add` would have put it together."""
    for step in Step:
        begun = step.start(max(since, until - step.value.kept))
        for at in range(begun, step.start(until - SETTLED), step.seconds):
            grain = Grain.DAY if step is Step.TWO_DAYS else Grain.HOUR
            looks = step.seconds // EVERY
            gone = _gone(away, at, at + step.seconds, looks)
            text = body(machine, host.instances, max(at, since) - since, looks, gone, chance.random(), grain)
            told = orjson.dumps(drawn(orjson.loads(text))).decode()
            yield {"host": host.name, "step": step.seconds, "at": at, "body": told}


def _gone(away: Sequence[tuple[int, int]], begin: int, end: int, looks: int) -> int:
    """How many of the looks in some time found nobody."""
    within = [(first, last) for first, last in away if first < end and last > begin]
    gone = sum(max(1, (min(last, end) - max(first, begin)) // EVERY) for first, last in within)
    return min(gone, looks)


def body(
    machine: Machine, instances: Sequence[str], age: int, looks: int, gone: int, noise: float, grain: Grain
) -> str:
    """What the store keeps of a look, an hour or a day."""
    day, hour = age // DAY, age % DAY // HOUR
    disk, memory, load, login, backup = machine.values(day, 11 if grain is Grain.DAY else hour, noise)
    certificate = (machine.certificate - day) % 365 + 0.5
    wide = 0.3 if grain is Grain.DAY else 0.06
    seen = looks - gone

    def spread(value: float, part: float) -> str:
        """A value that moves by such a part of itself, in five digits as the store has them."""
        if looks == 1:
            return f"{value:.5g}"
        low, high = value * (1 - part), value * (1 + part)
        return f"[{looks},{low:.5g},{value:.5g},{high:.5g}]"

    same = "" if looks == 1 else f"[{looks},"
    close = "" if looks == 1 else "]"
    partly = f"[{looks},0.0,{seen / looks:.5g},1.0]"
    there = partly if gone and seen else f"{same}{1.0 if seen else 0.0}{close}"
    took = spread(login, wide * 3)
    newest = f"[{looks},0.4,11.9,{machine.age(day, 1):.5g}]" if grain is Grain.DAY else spread(backup, 0.02)
    own = ""
    for name in instances:
        own += f'"process:{name}":{same}1.0{close},"answers:{name}":{there},"login:{name}":{there},'
        own += f'"login_seconds:{name}":{took},' if seen or looks == 1 else ""
    return (
        f'{{"n":{looks},"away":{gone},"v":{{"memory":{spread(memory, wide)},"load":{spread(load, wide)},'
        f'"disk:/":{same}0.61{close},"disk:/home":{spread(disk, 0.001)},'
        f'"disk_bytes:/home":{spread(math.floor(disk * 400) * GIB, 0.001)},"inodes:/home":{same}0.87{close},'
        f'"database":{same}1.0{close},{own}'
        f'"certificate":{spread(certificate, 0.0005)},"clock":{same}0.002{close},"backup":{newest},'
        f'"memory_bytes":{same}17180000000.0{close},"swap":{same}0.98{close},"disk_bytes:/":{same}24160000000.0{close},'
        f'"inodes:/":{same}0.91{close},"dns:inaproc.id":{same}1.0{close},"port:443":{same}1.0{close},'
        f'"port:5432":{same}1.0{close},"inbound:443":{same}1.0{close},"outbound:{NATIONAL}":{same}1.0{close},'
        f'"apache2":{same}1.0{close},"postgresql":{same}1.0{close},'
        f'"backup_healthy":{same}{0.0 if backup > 24.5 else 1.0}{close},"updates":{same}{machine.updates}.0{close}}}}}'
    )


def _standing(
    office: Office, host: Host, machine: Machine, away: Sequence[tuple[int, int]], since: int, until: int
) -> tuple[Look, HostStanding]:
    """How it stands after the last two looks."""
    out = any(first <= until <= last for first, last in away)
    age = until - since
    disk, memory, load, login, backup = machine.values(age // DAY, age % DAY // HOUR, 0.5)
    values = {
        "memory": memory,
        "memory_bytes": 16.0 * GIB,
        "load": load,
        "disk:/": 0.61,
        "disk:/home": disk,
        "disk_bytes:/home": float(math.floor(disk * 400) * GIB),
        "inodes:/home": 0.87,
        "apache2": 1.0,
        "postgresql": 1.0,
        "database": 1.0,
        **{f"process:{name}": 1.0 for name in host.instances},
        **{f"login:{name}": 1.0 for name in host.instances},
        **{f"login_seconds:{name}": login for name in host.instances},
        "certificate": float((machine.certificate - age // DAY) % 365),
        "clock": 0.002,
        "backup": backup,
        "backup_healthy": 1.0,
        "updates": float(machine.updates if machine.updates > 10 else 0),
    }
    facts = {f"build:{name}": "4.5.20260921" for name in host.instances} | {"os": "Debian GNU/Linux 12 (bookworm)"}
    target = Target(host.name, office.slug, host.address, 22, office.zone, key=Path("/dev/null"))
    stood = HostStanding(host.name, office.slug)
    look = Look(target, State.ANSWERED, float(until - 2 * EVERY), 0.4, Answer(float(until), values, facts, {}))
    stood = standing.after({host.name: stood}, look)
    last = Look(target, State.ANSWERED, float(until - 30), 0.4, look.answer)
    if out:
        last = Look(target, State.HANGING, float(until - 30), 20.0, None, "batas waktu 20 detik")
    presences = {name: Presence(at=until - 30, last_there=0 if out else until - 30, out=out) for name in host.instances}
    stood = HostStanding(**{**vars(stood.after(last)), "presences": presences})
    return last, stood

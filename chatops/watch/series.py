"""What was seen of the fleet, over time: beside the ledger in its database, in short transactions of its own."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import batched, groupby
from typing import NamedTuple

from sqlalchemy import Connection, Table, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from chatops.ledger.schema import SAMPLES, STANDINGS
from chatops.ledger.store import Ledger
from chatops.watch import thinning
from chatops.watch.look import AWAY, Look
from chatops.watch.standing import HostStanding
from chatops.watch.thinning import KEPT, Grain, Sample

EVENING = 23 * thinning.HOUR
TOGETHER = 100
"""Hosts that are written in one transaction: whoever records a change waits for no more than that."""


class Point(NamedTuple):
    """A host at one moment."""

    at: int
    grain: Grain
    sample: Sample


class Series:
    """The values of one ledger's fleet."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def add(self, seen: Sequence[tuple[Look, HostStanding]], more: Sequence[HostStanding] = ()) -> None:
        """Keep what some looks have shown, and how their hosts stand after it; and whatever else stands somehow."""
        if more:
            with self.ledger.aside() as connection:
                put(connection, STANDINGS, [_standing(each) for each in more])
        for some in batched(seen, TOGETHER):
            samples = [_sample(look) for look, _ in some]
            standings = [_standing(standing) for _, standing in some]
            with self.ledger.aside() as connection:
                put(connection, SAMPLES, samples)
                put(connection, STANDINGS, standings)

    def standings(self) -> dict[str, HostStanding]:
        """How each host stood at last."""
        with self.ledger.reading() as reader:
            rows = reader.connection.execute(select(STANDINGS.c.host, STANDINGS.c.body)).all()
        return {host: HostStanding.of(json.loads(body)) for host, body in rows}

    def points(self, host: str, since: int, until: int) -> Iterator[Point]:
        """What was seen of a host, as finely as it is still known; the older the coarser."""
        mine = (SAMPLES.c.host == host, SAMPLES.c.at >= since, SAMPLES.c.at < until)
        query = select(SAMPLES.c.at, SAMPLES.c.grain, SAMPLES.c.body).where(*mine)
        with self.ledger.reading() as reader:
            rows = reader.connection.execute(query.order_by(SAMPLES.c.at, SAMPLES.c.grain.desc())).all()
        for at, grain, body in rows:
            yield Point(at, Grain(grain), Sample.of(json.loads(body)))

    def evenings(self, hosts: Sequence[str], since: int, until: int) -> dict[str, list[Point]]:
        """The last hour of each day of some hosts: to see how a fleet grows not every look has to be read."""
        hour = (SAMPLES.c.at + thinning.WIB) % thinning.DAY
        which = (SAMPLES.c.at >= since, SAMPLES.c.at < until, or_(SAMPLES.c.grain == Grain.DAY, hour >= EVENING))
        query = select(SAMPLES.c.host, SAMPLES.c.at, SAMPLES.c.grain, SAMPLES.c.body).where(*which)
        found: dict[str, list[Point]] = {}
        for some in batched(hosts, TOGETHER):
            with self.ledger.reading() as reader:
                rows = reader.connection.execute(query.where(SAMPLES.c.host.in_(some)).order_by(SAMPLES.c.at)).all()
            for host, at, grain, body in rows:
                found.setdefault(host, []).append(Point(at, Grain(grain), Sample.of(json.loads(body))))
        return found

    def thin(self, now: int) -> int:
        """Put together what is old, and forget what is very old; how many rows have gone into others."""
        gone = 0
        for grain in (Grain.LOOK, Grain.HOUR):
            for at, hosts in self._old(grain, now - KEPT[grain]):
                for some in batched(hosts, TOGETHER):
                    gone += self._merge(grain, at, some)
        with self.ledger.aside() as connection:
            older = (SAMPLES.c.grain == Grain.DAY, SAMPLES.c.at < now - KEPT[Grain.DAY])
            gone += connection.execute(delete(SAMPLES).where(*older)).rowcount
        return gone

    def _old(self, grain: Grain, before: int) -> Iterator[tuple[int, list[str]]]:
        """Hours, or days, that are over and old, with the hosts that were seen then."""
        into = Grain(grain + 1)
        done = -1
        while True:
            mine = (SAMPLES.c.grain == grain, SAMPLES.c.at < before, SAMPLES.c.at > done)
            with self.ledger.reading() as reader:
                first = reader.connection.execute(select(func.min(SAMPLES.c.at)).where(*mine)).scalar()
                if first is None:
                    return
                at = thinning.bucket(into, first)
                done = _last(into, at)
                # Half of an hour would be put together twice, which is right, and twice the work.
                if done >= before:
                    return
                within = (SAMPLES.c.grain == grain, SAMPLES.c.at >= at, SAMPLES.c.at <= done)
                found = reader.connection.execute(select(SAMPLES.c.host).where(*within).distinct()).scalars()
                hosts = sorted(found)
            yield at, hosts

    def _merge(self, grain: Grain, at: int, hosts: Sequence[str]) -> int:
        """Put together what was seen of some hosts in one hour or day."""
        into = Grain(grain + 1)
        mine = (SAMPLES.c.host.in_(hosts), SAMPLES.c.grain == grain, SAMPLES.c.at.between(at, _last(into, at)))
        known = (SAMPLES.c.host.in_(hosts), SAMPLES.c.grain == into, SAMPLES.c.at == at)
        with self.ledger.aside() as connection:
            query = select(SAMPLES.c.host, SAMPLES.c.body)
            # A clock that was put back, and put right again, fills an hour twice.
            found = [*connection.execute(query.where(*mine)), *connection.execute(query.where(*known))]
            rows = sorted(found, key=lambda row: row[0])
            merged = [{"host": host, "grain": into, "at": at, "body": body} for host, body in _bodies(rows)]
            put(connection, SAMPLES, merged)
            return connection.execute(delete(SAMPLES).where(*mine)).rowcount


def _last(grain: Grain, at: int) -> int:
    return at + (thinning.HOUR if grain is Grain.HOUR else thinning.DAY) - 1


def _sample(look: Look) -> dict[str, object]:
    taken = thinning.single(look.measures, away=look.state in AWAY)
    return {"host": look.target.host, "grain": Grain.LOOK, "at": int(look.at), "body": as_text([taken])}


def _standing(standing: HostStanding) -> dict[str, object]:
    body = json.dumps(standing.told(), separators=(",", ":"))
    named = {"host": standing.host, "lpse": standing.lpse}
    return {**named, "at": standing.at, "level": int(standing.level), "body": body}


def as_text(samples: Iterable[Sample]) -> str:
    """Several as one, for the store."""
    return json.dumps(thinning.together(samples).told(), separators=(",", ":"))


def _bodies(rows: Iterable[Sequence[str]]) -> Iterator[tuple[str, str]]:
    """What was seen of each host, as one; rows of a host follow each other."""
    for host, own in groupby(rows, key=lambda row: row[0]):
        yield host, as_text(Sample.of(json.loads(body)) for _, body in own)


def put(connection: Connection, table: Table, rows: Sequence[dict[str, object]]) -> None:
    """Add rows, or put them in the place of those that are there."""
    # One clause, which each of the two has under its own name.
    own = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = own.insert(table)
    keys = [column.name for column in table.primary_key]
    rest = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=rest), list(rows))

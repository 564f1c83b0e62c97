"""When hosts were away in a year, written down as the watcher would: planned, flapping, long, and some not over yet."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from chatops.changes import charged
from chatops.ledger.chain import Entry
from chatops.ledger.outages import EVERYWHERE
from chatops.sla import services
from chatops.watch.keeping import INSTALLED, OFFICIAL, PORTAL
from tests.year.fleet import Host, Office
from tests.year.world import Begin, Story, World

A_YEAR = 3
"""Outages of an instance, on average."""
NATIONAL = "inaproc.id:443"
WHYS = ("hanging", "refused", "unreachable", "menjawab 502", "menjawab 503", "tidak menjawab (TimeoutError: timed out)")
EVERY = 300
ACTOR = "watch@desk-1"
NOWHERE = Office(EVERYWHERE, EVERYWHERE, "WIB", ())


def stories(world: World) -> Iterator[tuple[datetime, Begin]]:
    """All of a year."""
    for office in world.offices:
        for host in office.hosts:
            for instance in host.instances:
                for _ in range(_times(world)):
                    yield world.moment(), partial(_away, office=office, host=host, instance=instance)
    for _ in range(2 + (len(world.offices) > 100)):
        yield world.moment(), partial(_away, office=NOWHERE, host=Host(EVERYWHERE, "", ()), instance=NATIONAL)
    for office, hours in zip(world.offices[3::97], (1, 3, 5, 26, 60, 7, 2), strict=False):
        yield world.until - timedelta(hours=hours), partial(_away, office=office, host=office.hosts[0], instance="prod")


def _times(world: World) -> int:
    return sum(world.often(A_YEAR / 12) for _ in range(12))


def _away(world: World, office: Office, host: Host, instance: str) -> Story:
    """One outage, from the look that finds it to the one that finds it over."""
    began = int(world.now.timestamp())
    if any(since - 3600 <= began <= until + 3600 for since, until in world.away.get(host.name, ())):
        return
    planned = office is not NOWHERE and world.often(0.25)
    late = world.until - world.now < timedelta(days=3) and world.now.second == world.until.second
    minutes = 10 * (10 ** (world.chance.random() * (1 if planned else 2.2)))
    over = world.until + timedelta(1) if late else world.now + timedelta(minutes=int(minutes))
    world.away.setdefault(host.name, []).append((began, int(over.timestamp())))
    last_there = world.now - timedelta(seconds=EVERY)
    # It is an outage from the second look on.
    yield world.now + timedelta(seconds=60)
    number = world.scribe.number("GGN")
    body = {
        "at": _iso(began),
        "host": host.name,
        "lpse": office.slug,
        "instance": instance,
        "last_there": last_there.astimezone(UTC).isoformat(timespec="seconds"),
        "why": "" if office is NOWHERE else world.chance.choice(WHYS),
        "planned": planned,
        "zone": office.zone,
    }
    world.scribe.append(Entry("outage.began", number, ACTOR, body, f"outage:{host.name}:{instance}:{began}"))
    yield over + timedelta(seconds=600)
    lasted = int(over.timestamp()) - began
    returns = world.chance.randrange(1, 9) if lasted > 3600 and world.often(0.15) else 0
    between = min(returns * EVERY, lasted // 2)
    told = {
        "at": over.astimezone(UTC).isoformat(timespec="seconds"),
        "last_away": _iso(max(began + 60, int(over.timestamp()) - EVERY)),
        "returns": returns,
        "there_seconds": between,
        "unwatched_seconds": 0,
    }
    world.scribe.append(Entry("outage.ended", number, ACTOR, told, f"outage-ended:{number}"))
    if planned or (office is not NOWHERE and instance != OFFICIAL):
        return
    service = services.find(PORTAL if office is NOWHERE else world.service.get(office.slug, INSTALLED))
    start = datetime.fromtimestamp(began, UTC)
    for entry in charged(service, office.slug, start, over.astimezone(UTC), number, ACTOR, between):
        world.scribe.append(entry)


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")

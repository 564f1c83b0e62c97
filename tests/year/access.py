"""Ways into hosts that were asked for, given, used and taken back; the certificates are words, and open nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from chatops.ledger.chain import Entry
from tests.year.fleet import Office
from tests.year.world import Begin, Story, World

A_YEAR = 1.5


def stories(world: World) -> Iterator[tuple[datetime, Begin]]:
    """All of a year."""
    for office in world.offices:
        for _ in range(1 + world.often(A_YEAR % 1)):
            yield world.working(), partial(_asked, office=office)


def _asked(world: World, office: Office) -> Story:
    number, scribe = world.scribe.number("AKS"), world.scribe
    told = {
        "lpse": office.slug,
        "role": "operator",
        "person": "rini",
        "seconds": 4 * 3600,
        "key": "ssh-ed25519 (buatan)",
        "fingerprint": "SHA256:buatan",
        "sources": ["192.0.2.0/24"],
        "reason": "Memeriksa log SPSE",
    }
    scribe.append(Entry("access.asked", number, "rini", told))
    yield world.after(3, 300)
    if world.often(0.08):
        scribe.append(Entry("access.refused", number, "sari", {"reason": "sudah dikerjakan"}))
        return
    after, before = world.now - timedelta(minutes=5), world.now + timedelta(hours=4)
    serial = scribe.next_serial()
    given = {"serial": serial, "authority": "user-2026-1", "certificate": "(buatan)"}
    span = {"after": after.isoformat(), "before": before.isoformat()}
    scribe.append(Entry("access.granted", number, "sari", given | span))
    yield world.after(5, 120)
    used = {"serial": serial, "at": world.now.isoformat(), "host": office.hosts[0].name}
    body = used | {"from": "192.0.2.7", "role": "operator"}
    scribe.append(Entry("access.used", number, "hosts", body, f"used:{office.hosts[0].name}:{serial}"))
    if world.often(0.2):
        yield world.after(5, 60)
        scribe.append(Entry("access.revoked", number, "rini", {"reason": "selesai"}))

"""Makes a year: a ledger whose chain holds, what is read from it, a time series, an inventory, rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from chatops.ledger.store import Ledger
from chatops.watch.thinning import Grain
from tests.year import access, changes, fleet, outages, series
from tests.year.fleet import Office
from tests.year.scribe import Scribe
from tests.year.world import WIB, World

SINCE = datetime(2026, 1, 1, tzinfo=WIB)
UNTIL = datetime(2026, 12, 30, 3, tzinfo=UTC)
"""A Wednesday morning at ten, in Jakarta, of the only year that there is a decree for."""


@dataclass(frozen=True)
class Year:
    """What was made."""

    url: str
    inventory: Path
    offices: tuple[Office, ...]
    events: int
    changes: int
    samples: int
    until: datetime = UNTIL


def make(
    folder: Path, count: int = 600, *, grains: Sequence[Grain] = tuple(Grain), url: str = "", since: datetime = SINCE
) -> Year:
    """A year of so many offices in a folder, or in the ledger of a URL; the same each time, but for the ledger's id."""
    folder.mkdir(parents=True, exist_ok=True)
    own = url or f"sqlite:///{(folder / 'ledger.db').absolute()}"
    offices = fleet.offices(count)
    inventory = fleet.write(folder, offices)
    ledger = Ledger.open(own)
    try:
        with ledger.writing() as writer:
            world = World(offices, since, UNTIL, Scribe(writer))
            world.tell([*changes.stories(world), *outages.stories(world), *access.stories(world)])
            events, _ = writer.head()
        rebuilt = ledger.rebuild()
        samples = series.write(world, ledger, grains=grains)
    finally:
        ledger.close()
    return Year(own, inventory, tuple(offices), events, rebuilt, samples)

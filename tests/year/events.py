"""The ledger of a year alone, for what reads events and no series: in a fraction of the time."""

from pathlib import Path

from chatops.ledger.store import Ledger
from tests.year import access, changes, fleet, outages
from tests.year.make import SINCE, UNTIL
from tests.year.scribe import Scribe
from tests.year.world import World


def ledger_of(path: Path, count: int) -> Ledger:
    """Of so many offices, in a file that is not there yet."""
    ledger = Ledger.open(f"sqlite:///{path.absolute()}")
    with ledger.writing() as writer:
        world = World(fleet.offices(count), SINCE, UNTIL, Scribe(writer))
        world.tell([*changes.stories(world), *outages.stories(world), *access.stories(world)])
    ledger.rebuild()
    return ledger

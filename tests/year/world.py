"""Stories that are told side by side, each at its own times: what the ledger has of them is in the order of time."""

import heapq
import random
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from chatops import catalogue, permissions
from chatops.catalogue import Operation
from chatops.permissions import Rules
from chatops.sla import moments
from tests.year.fleet import RULES, Office
from tests.year.scribe import Scribe

type Story = Generator[datetime]
"""Goes on whenever the time has come that it has named."""
type Begin = Callable[[World], Story]

WIB = moments.zone("WIB")
SEED = 2026


@dataclass
class World:
    """Offices, and what happens at them."""

    offices: list[Office]
    since: datetime
    until: datetime
    scribe: Scribe
    # The same each time is the point.
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # noqa: S311
    service: dict[str, str] = field(default_factory=dict)
    """Into which error window the outages of an office fall."""
    away: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """From when to when each host was not there."""

    @cached_property
    def operations(self) -> dict[str, Operation]:
        """What may be asked for."""
        return catalogue.load()

    @cached_property
    def rules(self) -> Rules:
        """Who is who."""
        return permissions.parse(RULES.format(first=self.offices[0].slug), "rules.yml")

    @property
    def now(self) -> datetime:
        """When it is in the story."""
        return self.scribe.now

    def tell(self, stories: list[tuple[datetime, Begin]]) -> None:
        """Tell them all, up to the end of time; what is not over by then stays open."""
        queue = [(at, number, begin) for number, (at, begin) in enumerate(stories) if at < self.until]
        heapq.heapify(queue)
        told: dict[int, Story] = {}
        while queue:
            at, number, begin = heapq.heappop(queue)
            self.scribe.now = at
            if number not in told:
                told[number] = begin(self)
            following = next(told[number], None)
            if following is None:
                del told[number]
            elif following < self.until:
                heapq.heappush(queue, (max(at, following), number, begin))
        self.scribe.flush()

    def moment(self, since: datetime | None = None) -> datetime:
        """Some moment between then and the end."""
        first = since or self.since
        return first + timedelta(seconds=int(self.chance.random() * (self.until - first).total_seconds()))

    def working(self) -> datetime:
        """Some moment at which people work, by the clock in Jakarta."""
        at = self.moment().astimezone(WIB).replace(hour=8, minute=0, second=0)
        while at.weekday() >= 5:
            at -= timedelta(days=1)
        return max(self.since, at + timedelta(seconds=self.chance.randrange(7 * 3600)))

    def after(self, low: float, high: float) -> datetime:
        """Some minutes later; more often few than many."""
        minutes = low * (high / low) ** self.chance.random()
        return self.now + timedelta(seconds=int(60 * minutes))

    def often(self, share: float) -> bool:
        """Whether something comes that comes so often."""
        return self.chance.random() < share

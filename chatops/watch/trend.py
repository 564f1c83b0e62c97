"""How what is left of a host has gone, an hour of each day, and when it runs out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chatops.ledger.store import Ledger
from chatops.watch import forecast as forecasting
from chatops.watch.forecast import WINDOW, Forecast
from chatops.watch.series import Point, Series
from chatops.watch.standing import HostStanding
from chatops.watch.thinning import DAY, WIB

CLUSTERS = "/var/lib/postgresql"
"""Where Debian has the databases."""


@dataclass(frozen=True)
class Ahead:
    """What is left of something, and until when."""

    name: str
    """As `disk:/home`, `database:epns_prod`, `memory`."""
    left: float
    """Bytes."""
    forecast: Forecast

    @property
    def days(self) -> float:
        """From its last day on; for ever, if that is not known."""
        return self.forecast.days


def ahead(ledger: Ledger, standings: Iterable[HostStanding], until: int) -> dict[str, list[Ahead]]:
    """By hosts, what runs out first."""
    known = {each.host: each for each in standings}
    found = Series(ledger).evenings(sorted(known), until - WINDOW * DAY, until)
    return {host: of(each, found.get(host, ())) for host, each in known.items()}


def of(standing: HostStanding, points: Sequence[Point]) -> list[Ahead]:
    """What runs out of one host, the next first."""
    lines: dict[str, list[tuple[int, float]]] = {}
    for point in points:
        for name, left in _left(point):
            lines.setdefault(name, []).append(((point.at + WIB) // DAY, left))
    free = _beside(standing.values)
    found = []
    for name, line in lines.items():
        if name.startswith("database:"):
            if free is None:
                continue
            # As if nothing else took from its disk.
            last = line[-1][1]
            found.append(Ahead(name, free, forecasting.forecast((day, free + last - size) for day, size in line)))
        else:
            found.append(Ahead(name, line[-1][1], forecasting.forecast(line)))
    return sorted(found, key=lambda each: (each.days, each.name))


def _left(point: Point) -> Iterator[tuple[str, float]]:
    """Bytes that are left; of a database, those that it has."""
    spreads = point.sample.spreads
    for name, spread in spreads.items():
        kind, _, of_ = name.partition(":")
        if kind == "disk_bytes":
            yield f"disk:{of_}", spread.low
        elif kind == "database_bytes":
            yield f"database:{of_}", spread.high
    if "memory" in spreads and "memory_bytes" in spreads:
        yield "memory", spreads["memory"].low * spreads["memory_bytes"].low


def _beside(values: Mapping[str, float]) -> float | None:
    """What is left of the disk that the databases are on."""
    folders = [name.partition(":")[2] for name in values if name.startswith("disk_bytes:")]
    above = [each for each in folders if f"{CLUSTERS}/".startswith(f"{each.rstrip('/')}/")]
    return values[f"disk_bytes:{max(above, key=len)}"] if above else None

"""The map: every office with how it stands, put together by zone and province."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, select

from chatops.ledger.schema import OUTAGES, STANDINGS
from chatops.sla import moments
from chatops.watch.measures import Level
from chatops.watch.presence import GAP
from chatops.web.show import LEVELS
from chatops.web.site import Office, Site, Visitor

ORDER = ("away", "critical", "warning", "unseen", "well")
FEW = 20
"""Offices whose hosts are named in a query; else all are read."""
ELSEWHERE = "Provinsi tidak disebut"


@dataclass(frozen=True)
class Tile:
    """One office."""

    office: Office
    state: str
    """As `show.SIGNS` has them."""


@dataclass(frozen=True)
class Province:
    """Its offices."""

    name: str
    tiles: Sequence[Tile]


def tiles(site: Site, connection: Connection, visitor: Visitor) -> list[Tile]:
    """The offices that somebody may see."""
    own, everywhere = visitor.offices, visitor.everywhere
    return _tiles(site, connection, [each for each in site.offices.values() if everywhere or each.slug in own])


def state(site: Site, connection: Connection, office: Office) -> str:
    """How one office stands."""
    return _tiles(site, connection, [office])[0].state


def _tiles(site: Site, connection: Connection, offices: Sequence[Office]) -> list[Tile]:
    now = int(site.clock().timestamp())
    query = select(STANDINGS.c.host, STANDINGS.c.at, STANDINGS.c.level)
    if len(offices) < FEW:
        query = query.where(STANDINGS.c.host.in_([host for office in offices for host in office.hosts]))
    levels = {host: (at, level) for host, at, level in connection.execute(query)}
    gone = set(connection.execute(select(OUTAGES.c.host).where(OUTAGES.c.ended.is_(None))).scalars())
    return [Tile(office, _state(office, levels, gone, now)) for office in offices]


def counts(found: Sequence[Tile]) -> Mapping[str, int]:
    """How many of each state."""
    known = Counter(tile.state for tile in found)
    return {state: known[state] for state in ORDER}


def zones(found: Sequence[Tile]) -> list[tuple[str, list[Province]]]:
    """From west to east, each with its provinces."""
    made: list[tuple[str, list[Province]]] = []
    for zone in moments.ZONES:
        own = sorted((tile for tile in found if tile.office.zone == zone), key=_place)
        provinces = [
            Province(name or ELSEWHERE, list(some)) for name, some in groupby(own, lambda each: _place(each)[1])
        ]
        if provinces:
            made.append((zone, provinces))
    return made


def _place(tile: Tile) -> tuple[bool, str, str]:
    province = tile.office.province
    return not province, province, tile.office.slug


def _state(office: Office, levels: Mapping[str, tuple[int, int]], gone: set[str], now: int) -> str:
    """How an office stands: the worst of its hosts."""
    if not gone.isdisjoint(office.hosts):
        return "away"
    found = [levels[host] for host in office.hosts if host in levels]
    # What nobody has looked at of late is not known to be well.
    if len(found) < len(office.hosts) or any(now - at > GAP for at, _ in found):
        worst = max((level for _, level in found), default=0)
        return "critical" if worst == Level.CRITICAL else "unseen"
    return LEVELS[Level(max(level for _, level in found))]

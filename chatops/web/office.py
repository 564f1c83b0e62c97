"""The page of one LPSE: how its hosts stand, what was measured, outages and budgets, changes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, or_, select

from chatops.ledger.schema import BUDGETS, CHANGES, OUTAGES, STANDINGS
from chatops.sla import moments, services
from chatops.watch import words
from chatops.watch.look import STATES, State
from chatops.watch.presence import GAP
from chatops.watch.standing import HostStanding
from chatops.web import fleet, graphs, lists
from chatops.web.graphs import Range
from chatops.web.show import HOUR, LEVELS
from chatops.web.site import Office, Site, Visitor

MANY = 15
READ = 1
"""Hosts of which charts are drawn at once; the others are a click away."""


@dataclass(frozen=True)
class Value:
    """Something that was measured."""

    title: str
    words: str
    level: str
    since: int | None
    why: str


@dataclass(frozen=True)
class Host:
    """One host."""

    name: str
    state: str
    says: str
    at: int | None
    stale: bool
    since: int | None
    facts: Mapping[str, str]
    values: Sequence[Value]
    unread: Mapping[str, str]


def facts(site: Site, connection: Connection, visitor: Visitor, slug: str, query: Mapping[str, str]) -> dict[str, Any]:
    """What stands on it. Of an office that the inventory knows no more, what the ledger has."""
    office = site.offices.get(slug) or Office(slug, "WIB", "", ())
    now = site.clock()
    span = graphs.wanted(query.get("rentang", ""))
    hosts = _hosts(connection, office, int(now.timestamp()))
    year = now.astimezone(moments.zone("WIB")).year
    outages = _outages(connection, slug)
    shown = [host for host in office.hosts if query.get("server", host) == host][:READ]
    running = CHANGES.c.state.in_(["open", "paused"])
    # Not `== "closed"`: SQLite would look through all that was ever closed for the few that are of several offices.
    ended = ~running
    return {
        "office": office,
        "state": fleet.state(site, connection, office) if office.hosts else "",
        "hosts": hosts,
        "ranges": graphs.RANGES,
        "span": span,
        "charts": [(host, _charts(connection, host, now, span, office, outages)) for host in shown],
        "unshown": [host for host in office.hosts if host not in shown],
        "outages": outages[:MANY],
        "older": max(0, len(outages) - MANY),
        "budgets": _budgets(connection, slug, year),
        "year": year,
        "open": lists.of_office(connection, visitor, slug, [running], MANY),
        "last": lists.of_office(connection, visitor, slug, [ended], MANY),
    }


def known(site: Site, connection: Connection, slug: str) -> bool:
    """Whether there is such an office, or was."""
    if slug in site.offices:
        return True
    queries = (select(CHANGES.c.id).where(CHANGES.c.lpse == slug), select(OUTAGES.c.id).where(OUTAGES.c.lpse == slug))
    return any(connection.execute(query.limit(1)).first() for query in queries)


def _hosts(connection: Connection, office: Office, now: int) -> list[Host]:
    query = select(STANDINGS.c.host, STANDINGS.c.body)
    mine = or_(STANDINGS.c.lpse == office.slug, STANDINGS.c.host.in_(office.hosts))
    bodies = {row.host: row.body for row in connection.execute(query.where(mine))}
    names = [*office.hosts, *(host for host in sorted(bodies) if host not in office.hosts)]
    return [_host(name, bodies.get(name), now) for name in names]


def _host(name: str, body: str | None, now: int) -> Host:
    if body is None:
        return Host(
            name, "unseen", "belum pernah dilihat", None, stale=False, since=None, facts={}, values=(), unread={}
        )
    found = HostStanding.of(json.loads(body))
    seen = found.state is State.ANSWERED
    says = STATES[found.state].indonesian + (f" ({found.detail})" if found.detail and not seen else "")
    values = [
        Value(
            words.title(each),
            words.value(each, found.values[each]),
            LEVELS[found.standings[each].level],
            found.standings[each].since if found.standings[each].level else None,
            found.problems.get(each, ""),
        )
        for each in found.ordered
        if each in found.values
    ]
    stale = now - found.at > GAP
    state = LEVELS[found.level] if not stale or not seen else "unseen"
    since = None if seen else found.since
    return Host(name, state, says, found.at, stale, since, found.facts, values, found.unread)


def _charts(
    connection: Connection, host: str, now: datetime, span: Range, office: Office, outages: Sequence[Any]
) -> list[Any]:
    until = int(now.timestamp())
    marked = graphs.spans([row for row in outages if row.host == host], now)
    return list(graphs.drawn(graphs.values(connection, host, until, span), host, until, span, office.zone, marked))


def _outages(connection: Connection, slug: str) -> Sequence[Any]:
    return connection.execute(select(OUTAGES).where(OUTAGES.c.lpse == slug).order_by(OUTAGES.c.began.desc())).all()


def _budgets(connection: Connection, slug: str, year: int) -> list[dict[str, Any]]:
    """What was spent of what the agreement allows in a year."""
    query = select(BUDGETS).where(BUDGETS.c.year == year, BUDGETS.c.lpse == slug).order_by(BUDGETS.c.service)
    found = []
    for row in connection.execute(query):
        service = services.find(row.service)
        allowed = service.budgets[0].hours * HOUR
        found.append(
            {
                "service": service.id,
                "title": service.budgets[0].about,
                "spent": row.seconds,
                "allowed": allowed,
                "share": min(1.0, row.seconds / allowed),
                "over": row.seconds > allowed,
            }
        )
    return found

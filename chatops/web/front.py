"""The front page: what is late, what is due next, what runs, who is away; and how the year has gone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, case, func, select

from chatops.bahasa import MONTHS
from chatops.ledger.course import Stage
from chatops.ledger.outages import EVERYWHERE
from chatops.ledger.projection import utc
from chatops.ledger.schema import CHANGES, OUTAGES, WORK
from chatops.reports import chart
from chatops.reports.chart import Bar, Chart
from chatops.sla.moments import zone
from chatops.web import fleet, lists
from chatops.web.show import number
from chatops.web.site import Site, Visitor

FEW = 12
HEADS = ("Bulan", "Terlewat", "Ditepati")
GOING = (Stage.INTERRUPTED, Stage.RUNNING, Stage.QUEUED, Stage.WAITING, Stage.FAILED, Stage.OUTDATED, Stage.UNPLANNED)
"""In the order in which somebody wants to see them."""


def facts(site: Site, connection: Connection, visitor: Visitor) -> dict[str, Any]:
    """What stands on it."""
    now = site.clock()
    moment = str(utc(now))
    running = CHANGES.c.state == "open"
    late = lists.changes(running, CHANGES.c.due < moment).order_by(CHANGES.c.due)
    soon = lists.changes(running, CHANGES.c.due >= moment).order_by(CHANGES.c.due)
    rank = case({stage.value: place for place, stage in enumerate(GOING)}, value=WORK.c.stage)
    going = lists.at_the_desk(WORK.c.stage.in_([stage.value for stage in GOING])).order_by(rank, CHANGES.c.id.desc())
    tiles = fleet.tiles(site, connection, visitor)
    months = list(_months(connection, visitor, now))
    return {
        "late": lists.some(connection, visitor, late, FEW),
        "soon": lists.some(connection, visitor, soon, FEW),
        "going": lists.some(connection, visitor, going, FEW),
        "away": away(connection, visitor),
        "counts": fleet.counts(tiles),
        "months": _chart(months),
        "year": now.astimezone(zone("WIB")).year,
        "closed": sum(met + missed for _, met, missed in months),
        "kept": sum(met for _, met, _ in months),
    }


def away(connection: Connection, visitor: Visitor, limit: int = FEW) -> lists.Some:
    """Outages that are not over."""
    query = select(OUTAGES).where(OUTAGES.c.ended.is_(None)).order_by(OUTAGES.c.began)
    if not visitor.everywhere:
        query = query.where(OUTAGES.c.lpse.in_([EVERYWHERE, *sorted(visitor.offices)]))
    rows = connection.execute(query).all()
    return lists.Some(rows[:limit], len(rows))


def _months(connection: Connection, visitor: Visitor, now: datetime) -> Iterator[tuple[str, int, int]]:
    """Of each month of this year, by the clock in Jakarta: how many deadlines were kept, and how many were not."""
    where = zone("WIB")
    local = now.astimezone(where)
    ends = [datetime(local.year + month // 12, month % 12 + 1, 1, tzinfo=where) for month in range(local.month + 1)]
    since, *untils = (str(utc(each.astimezone(UTC))) for each in ends)
    month = case(*((CHANGES.c.closed < until, number) for number, until in enumerate(untils))).label("place")
    query = select(month, CHANGES.c.met, func.count()).where(CHANGES.c.closed >= since, CHANGES.c.closed < untils[-1])
    if not visitor.everywhere:
        query = query.where(CHANGES.c.lpse.in_(sorted(visitor.offices)))
    found = {(row[0], row[1]): row[2] for row in connection.execute(query.group_by(month, CHANGES.c.met))}
    for place, name in enumerate(MONTHS[: local.month]):
        yield name[:3], found.get((place, True), 0), found.get((place, False), 0)


def _chart(months: list[tuple[str, int, int]]) -> Chart:
    bars = [Bar(name, missed) for name, _, missed in months]
    made = chart.bars(bars, "Tenggat yang terlewat setiap bulan", heads=HEADS[:2], say=number, key="months")
    rows: list[tuple[str, ...]] = [(name, number(missed), number(met)) for name, met, missed in months]
    return replace(made, heads=HEADS, rows=rows)

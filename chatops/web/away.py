"""Outages: the list of a year, and the page of one with its evidence."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from chatops.ledger.outages import EVERYWHERE, Outage
from chatops.ledger.schema import OUTAGES
from chatops.reports.outage import REASONS
from chatops.sla import moments
from chatops.web.site import Site, Visitor

MANY = 100


def facts(site: Site, connection: Connection, visitor: Visitor, query: Mapping[str, str]) -> dict[str, Any]:
    """What stands on the list."""
    now = site.clock()
    this = now.astimezone(moments.zone("WIB")).year
    year = int(query["tahun"]) if query.get("tahun", "").isdecimal() and 2017 < int(query["tahun"]) < 2100 else this  # noqa: PLR2004 - as chatops/sla/moments.py has them
    where = moments.zone("WIB")
    first, last = (datetime(each, 1, 1, tzinfo=where).astimezone(UTC) for each in (year, year + 1))
    which = [OUTAGES.c.began >= _text(first), OUTAGES.c.began < _text(last)]
    if not visitor.everywhere:
        which.append(OUTAGES.c.lpse.in_([EVERYWHERE, *sorted(visitor.offices)]))
    if lpse := query.get("lpse", "").strip():
        which.append(OUTAGES.c.lpse == lpse)
    kind = query.get("jenis", "")
    if kind == "terbuka":
        which.append(OUTAGES.c.ended.is_(None))
    elif kind in {"direncanakan", "tidak-direncanakan"}:
        which.append(OUTAGES.c.planned.is_(kind == "direncanakan"))
    count, seconds = connection.execute(select(func.count(), func.sum(OUTAGES.c.seconds)).where(*which)).one()
    rows = connection.execute(select(OUTAGES).where(*which).order_by(OUTAGES.c.began.desc()).limit(MANY)).all()
    return {
        "rows": rows,
        "count": count,
        "seconds": int(seconds or 0),
        "more": count - len(rows),
        "year": year,
        "years": [this, this - 1],
        "lpse": lpse,
        "kind": kind,
        "zones": {row.lpse: site.zone(row.lpse) for row in rows},
    }


def one(site: Site, outage: Outage) -> dict[str, Any]:
    """What stands on the page of one."""
    told = outage.begun
    return {
        "outage": outage,
        "seconds": outage.seconds(site.clock()),
        "zone": told.get("zone") or "WIB",
        "why": REASONS.get(told["why"], told["why"]),
    }


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds")

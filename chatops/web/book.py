"""The list of changes, page by page, as somebody has chosen."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_

from chatops.ledger.projection import utc
from chatops.ledger.schema import CHANGES
from chatops.web import lists
from chatops.web.site import Site, Visitor

PAGE = 50
KINDS = {
    "": "semua",
    "berjalan": "berjalan",
    "terlambat": "terlambat sekarang",
    "dijeda": "dijeda",
    "ditutup": "ditutup",
    "terlewat": "ditutup sesudah tenggat",
}


def facts(site: Site, connection: Connection, visitor: Visitor, query: Mapping[str, str]) -> dict[str, Any]:
    """What stands on it."""
    kind, lpse = query.get("keadaan", ""), query.get("lpse", "").strip()
    which = _kind(kind, str(utc(site.clock())))
    before = query.get("sebelum", "")
    if before and (place := _place(before)):
        year, number = place
        older = and_(CHANGES.c.year == year, CHANGES.c.number < number)
        which.append(or_(CHANGES.c.year < year, older))
    if lpse:
        found = lists.of_office(connection, visitor, lpse, which, PAGE)
    else:
        newest = lists.changes(*which).order_by(CHANGES.c.year.desc(), CHANGES.c.number.desc())
        found = lists.some(connection, visitor, newest, PAGE)
    return {
        "found": found,
        "kind": kind if kind in KINDS else "",
        "kinds": KINDS,
        "lpse": lpse,
        "before": before,
        "following": found.rows[-1].id if found.more else "",
    }


def _kind(kind: str, now: str) -> list[ColumnElement[bool]]:
    match kind:
        case "berjalan":
            return [CHANGES.c.state == "open"]
        case "terlambat":
            return [CHANGES.c.state == "open", CHANGES.c.due < now]
        case "dijeda":
            return [CHANGES.c.state == "paused"]
        case "ditutup":
            return [CHANGES.c.state == "closed"]
        case "terlewat":
            return [CHANGES.c.state == "closed", CHANGES.c.met.is_(False)]
    return []


def _place(number: str) -> tuple[int, int] | None:
    parts = number.split("-")
    if len(parts) == 3 and parts[1].isdecimal() and parts[2].isdecimal() and len(number) < 30:  # noqa: PLR2004 - CHG, year, number
        return int(parts[1]), int(parts[2])
    return None

"""Lists of changes, as far as somebody may see them: read from the rows that the ledger keeps for that."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from chatops.ledger.schema import CHANGES, SEVERAL, WORK
from chatops.web.site import Visitor

SHOWN = (
    *(CHANGES.c.id, CHANGES.c.operation, CHANGES.c.lpse, CHANGES.c.service, CHANGES.c.state, CHANGES.c.received),
    *(CHANGES.c.due, CHANGES.c.provisional, CHANGES.c.closed, CHANGES.c.outcome, CHANGES.c.met, WORK.c.stage),
)
CLASS = CHANGES.c["class"].label("urgency")


@dataclass(frozen=True)
class Some:
    """The first of them, and how many there are."""

    rows: Sequence[Row[Any]]
    count: int

    @property
    def more(self) -> int:
        """How many are not among the first."""
        return self.count - len(self.rows)


def changes(*which: ColumnElement[bool]) -> Select[Any]:
    """Changes like this, each with how far it is, if it came through the desk."""
    return select(*SHOWN, CLASS).outerjoin_from(CHANGES, WORK, WORK.c.change == CHANGES.c.id).where(*which)


def at_the_desk(*which: ColumnElement[bool]) -> Select[Any]:
    """Those that came through the desk, found by how far they are: joined so, only these are looked at."""
    return select(*SHOWN, CLASS).join_from(WORK, CHANGES, WORK.c.change == CHANGES.c.id).where(*which)


def some(connection: Connection, visitor: Visitor, query: Select[Any], limit: int) -> Some:
    """The first ones of a query that somebody may see."""
    if visitor.everywhere:
        rows = connection.execute(query.limit(limit)).all()
        if len(rows) < limit:
            return Some(rows, len(rows))
        count = connection.execute(select(func.count()).select_from(query.order_by(None).subquery())).scalar_one()
        return Some(rows, count)
    own = connection.execute(query.where(mine(visitor))).all()
    seen = [row for row in own if visitor.sees(row.lpse.split(","))]
    return Some(seen[:limit], len(seen))


def mine(visitor: Visitor) -> ColumnElement[bool]:
    """Those that may be somebody's: of his offices, or of several, which are looked at one by one."""
    return or_(CHANGES.c.lpse.in_(sorted(visitor.offices)), SEVERAL)


def of_office(connection: Connection, visitor: Visitor, slug: str, which: Sequence[Any], limit: int) -> Some:
    """The newest changes of one office, those that it shares with others among them; none, if it is not for him."""
    if not visitor.sees([slug]):
        return Some([], 0)
    newest = (CHANGES.c.year.desc(), CHANGES.c.number.desc())
    alone = connection.execute(changes(CHANGES.c.lpse == slug, *which).order_by(*newest).limit(limit + 1)).all()
    # Another office may have a longer name with this one in it.
    named = and_(SEVERAL, CHANGES.c.lpse.contains(slug, autoescape=True))
    shared = connection.execute(changes(named, *which).order_by(*newest))
    with_others = (row for row in shared if slug in row.lpse.split(",") and visitor.sees(row.lpse.split(",")))
    both = sorted([*alone, *islice(with_others, limit + 1)], key=lambda row: row.id, reverse=True)
    return Some(both[:limit], len(both))

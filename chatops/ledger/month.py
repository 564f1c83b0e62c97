"""What a month came to, against the one before: the figures of the reports that the agreement asks for (S0, 8.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from chatops.ledger.projection import utc
from chatops.ledger.schema import BUDGETS, CHANGES
from chatops.sla.moments import zone


@dataclass(frozen=True)
class Month:
    """The changes of one month, by the clock in Jakarta."""

    year: int
    month: int
    received: int
    by_class: Mapping[str, int]
    """Those that were received; of one that nobody has judged the class is `-`."""
    by_service: Mapping[str, int]
    closed: int
    """Those that were closed, whenever they were received."""
    met: int
    missed: int
    """Those closed too late; what had no deadline is neither."""
    before: int
    """How many were received in the month before."""
    budgets: Mapping[str, int]
    """Seconds that were spent of yearly budgets this year, by service and office."""


def read(connection: Connection, year: int, month: int) -> Month:
    """The figures, as the rows have them now."""
    first, last = _span(year, month)
    earlier, _ = _span(year - (month == 1), (month - 2) % 12 + 1)
    met = func.sum(case((CHANGES.c.met.is_(True), 1), else_=0))
    missed = func.sum(case((CHANGES.c.met.is_(False), 1), else_=0))
    closed = select(func.count(), met, missed).where(CHANGES.c.closed >= first, CHANGES.c.closed < last)
    ended = connection.execute(closed).one()
    by_class = _received_by(connection, "class", first, last)
    spent = select(BUDGETS.c.service, BUDGETS.c.lpse, BUDGETS.c.seconds).where(BUDGETS.c.year == year)
    before = select(func.count()).where(CHANGES.c.received >= earlier, CHANGES.c.received < first)
    return Month(
        year,
        month,
        sum(by_class.values()),
        by_class,
        _received_by(connection, "service", first, last),
        ended[0],
        int(ended[1] or 0),
        int(ended[2] or 0),
        connection.execute(before).scalar_one(),
        {f"{service} {lpse}": seconds for service, lpse, seconds in connection.execute(spent)},
    )


def _received_by(connection: Connection, name: str, first: str, last: str) -> dict[str, int]:
    column = CHANGES.c[name]
    query = select(column, func.count()).where(CHANGES.c.received >= first, CHANGES.c.received < last).group_by(column)
    return {value or "-": count for value, count in sorted(connection.execute(query), key=lambda row: row[0] or "-")}


def _span(year: int, month: int) -> tuple[str, str]:
    """From when to when, as text that sorts."""
    first = datetime(year, month, 1, tzinfo=zone("WIB"))
    last = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone("WIB"))
    return str(utc(first)), str(utc(last))

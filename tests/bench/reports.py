"""What the report of a national month costs, over a year of 600 offices, beside reading the events alone."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from chatops.ledger import facts as happened
from chatops.ledger.facts import Month
from chatops.reports import page, recount, workbook
from chatops.reports.monthly import Report
from chatops.reports.reconcile import BEFORE, differences
from tests.bench.row import Measured, Row, seconds
from tests.year.events import ledger_of
from tests.year.make import UNTIL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chatops.ledger.store import Ledger

OFFICES = 600
MONTH = Month(2026, 10)


def measure(count: int = OFFICES) -> Iterator[Measured]:
    """Each step by itself, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = ledger_of(Path(folder) / "ledger.db", count)
        with ledger.reading() as reader:
            events, _ = reader.head()
        yield from _measured(ledger, f"{count} LPSE, {events} events")
        ledger.close()


def _measured(ledger: Ledger, what: str) -> Iterator[Measured]:
    made: list[Report] = []

    def numbers() -> None:
        with ledger.reading() as reader:
            facts = happened.read(reader, MONTH.after(-BEFORE), UNTIL)
        made.append(Report.of(facts, MONTH, "", "id"))

    def again() -> None:
        with ledger.reading() as reader:
            pages = recount.pages(reader.connection, made[0].facts.head[0])
        found = differences(made[0].months, pages, "", UNTIL)
        if found:
            raise AssertionError(found[:3])

    # The first reading fills the cache of the disk, for both.
    _read(ledger)
    theirs = seconds(lambda: _read(ledger))
    yield Measured(Row("numbers of a national month", seconds(numbers), f"SELECT: {what}", theirs))
    yield Measured(Row("the same, counted again", seconds(again), "SELECT of all events", theirs))
    yield Measured(Row("its workbook", seconds(lambda: workbook.workbook(made[0])), "SELECT of all events", theirs))
    text = made[0].as_page()
    yield Measured(Row("its PDF", seconds(lambda: page.pdf(text)), "SELECT of all events", theirs))


def _read(ledger: Ledger) -> int:
    """Nothing but the rows."""
    with ledger.reading() as reader:
        rows = reader.connection.exec_driver_sql("SELECT * FROM events ORDER BY seq")
        return sum(1 for _ in rows)

"""How long the server takes for each page, with a year of the whole country, beside the 50 ms that it may take."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.row import Measured, Row
from tests.web.house import ADMIN, AUDITOR, house
from tests.year.make import make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.web.house import House

OFFICES = 600
LIMIT = 50.0
"""Milliseconds of server time that a page may take."""
TIMES = 40
OK = 200
PAGES = {
    "front page": "/",
    "map": "/lpse",
    "an office, 30 days": "/lpse/{office}",
    "an office, 3 days": "/lpse/{office}?rentang=3-hari",
    "an office, 1 year": "/lpse/{office}?rentang=1-tahun",
    "changes": "/perubahan",
    "changes, missed": "/perubahan?keadaan=terlewat",
    "changes of an office": "/perubahan?lpse={office}",
    "a change": "/perubahan/CHG-2026-004321",
    "outages": "/gangguan",
    "an outage": "/gangguan/GGN-2026-000321",
    "reports": "/laporan",
}


def measure(offices: int = OFFICES) -> Iterator[Measured]:
    """Each page, for an auditor who sees everything, and the dearest ones for an admin of one office."""
    with tempfile.TemporaryDirectory() as folder:
        year = make(Path(folder), offices)
        with house(Path(folder), year.url, year.until) as one:
            # One with two hosts.
            office = year.offices[min(91, offices - 1)].slug
            cookie = one.enter(AUDITOR)
            for name, path in PAGES.items():
                yield Measured(_row(one, f"{name}, {offices} LPSE", path.format(office=office), cookie))
            admin, own = one.enter(ADMIN), year.offices[0].slug
            for name, path in (("front page", "/"), ("an office, 30 days", f"/lpse/{own}"), ("changes", "/perubahan")):
                yield Measured(_row(one, f"{name}, for its admin", path, admin))


def _row(one: House, name: str, path: str, cookie: str) -> Row:
    """The 95th of a hundred, after the first, which reads what is read once."""
    one.ask(path, cookie)
    took = []
    for _ in range(TIMES):
        answer = one.ask(path, cookie)
        if answer.status != OK:
            raise RuntimeError(f"{path}: {answer.status}")
        took.append(answer.milliseconds)
    return Row(f"{name}, p95", statistics.quantiles(took, n=20)[-1], "what a page may take", LIMIT, "ms")

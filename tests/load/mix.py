"""What visitors do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.load.client import Job

GOLDEN = (math.sqrt(5) - 1) / 2
SILVER = math.sqrt(2) - 1


@dataclass(frozen=True)
class Mix:
    """Reads, writes, and how their connections are used. The same for every load: two results can be compared."""

    pages: tuple[str, ...] = ("/", "/login", "/paket/1", "/paket/2", "/paket/3", "/pesan")
    write_to: str = "/pesan"
    writes: float = 0.2
    """Share of requests that write."""
    fresh: float = 0.1
    """Share of requests from somebody who was not here before."""
    idle: int = 100
    """Connections that are kept between two requests."""
    timeout: float = 30
    """Seconds after which a visitor gives up."""

    def job(self, number: int, label: str) -> Job:
        """The request of this number. A message says which one it is, so that it can be looked for afterwards."""
        if spread(number, GOLDEN) < self.writes:
            return Job(number, "POST", self.write_to, urlencode({"nama": "beban", "isi": f"{label} {number}"}))
        return Job(number, "GET", self.pages[number % len(self.pages)])

    def is_fresh(self, number: int) -> bool:
        """Whether it comes over a connection of its own."""
        return spread(number, SILVER) < self.fresh


def spread(number: int, step: float) -> float:
    """Evenly between 0 and 1. Two of these with different steps do not march together, as every 5th and 10th would."""
    return number * step % 1

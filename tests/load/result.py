"""What became of each request, and the figures from that. All times are seconds since the load began."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from tests.load.client import Answer

type Kind = Literal["success", "maintenance", "failed"]

KINDS: tuple[Kind, ...] = ("success", "maintenance", "failed")
MAINTENANCE = 503
MAINTENANCE_PAGE = "pemeliharaan"


@dataclass(frozen=True)
class Request:
    """One request. It counts from when it should have started: a visitor does not wait until the last one is served."""

    number: int
    method: str
    path: str
    intended: float
    start: float
    end: float
    status: int
    """0 where there was no answer."""
    kind: Kind
    cause: str = ""
    """Why it is no success."""
    retried: bool = False

    @property
    def latency(self) -> float:
        """Seconds that the visitor waited."""
        return self.end - self.intended


@dataclass(frozen=True)
class Mark:
    """Something that was done meanwhile."""

    name: str
    at: float


@dataclass(frozen=True)
class Gap:
    """A time in which nobody got an answer that is one."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.end - self.start


@dataclass(frozen=True)
class Result:
    """A whole load."""

    url: str
    began: datetime
    label: str
    """What every message that was written begins with."""
    rate: float
    requests: tuple[Request, ...]
    marks: tuple[Mark, ...] = ()
    closed_by_server: int = 0
    """Idle connections that were found closed before anything was sent over them."""

    @property
    def seconds(self) -> float:
        """How long requests were made."""
        return len(self.requests) / self.rate

    @property
    def kinds(self) -> Counter[Kind]:
        """Requests by what became of them."""
        return Counter({kind: sum(one.kind == kind for one in self.requests) for kind in KINDS})

    @property
    def statuses(self) -> Counter[int]:
        """Requests by status; 0 is no answer."""
        return Counter(one.status for one in self.requests)

    @property
    def causes(self) -> Counter[str]:
        """Failed requests by their cause."""
        return Counter(one.cause for one in self.failures)

    @property
    def failures(self) -> list[Request]:
        """Requests that were neither served nor shown the maintenance page."""
        return [one for one in self.requests if one.kind == "failed"]

    @property
    def retried(self) -> int:
        """Requests that were made again, because a kept connection was closed under them."""
        return sum(one.retried for one in self.requests)

    @property
    def lateness(self) -> float:
        """How late the load itself was, at worst: much of it, and the latencies are the load's and not the server's."""
        return max((one.start - one.intended for one in self.requests), default=0.0)

    @property
    def longest_gap(self) -> Gap:
        """The longest time without a success, as long as requests were made."""
        successes = [one.end for one in self.requests if one.kind == "success"]
        moments = sorted([0.0, *successes, self.seconds])
        return max((Gap(*pair) for pair in pairwise(moments)), key=lambda gap: gap.seconds)

    def latency(self, percent: float, kind: Kind | None = None) -> float:
        """The latency that this share of requests did not exceed."""
        return percentile([one.latency for one in self.requests if kind in {None, one.kind}], percent)

    def summary(self) -> dict[str, Any]:
        """All figures."""
        gap = self.longest_gap
        return {
            "url": self.url,
            "began": self.began.isoformat(timespec="milliseconds"),
            "label": self.label,
            "rate": self.rate,
            "seconds": round(self.seconds, 3),
            "requests": len(self.requests),
            "kinds": dict(self.kinds),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "causes": dict(self.causes.most_common()),
            "latency_seconds": {
                name: {f"p{percent}": round(self.latency(percent, kind), 4) for percent in (50, 95, 99)}
                | {"max": round(self.latency(100, kind), 4)}
                for name, kind in (("all", None), ("success", KINDS[0]))
            },
            "longest_gap_seconds": round(gap.seconds, 3),
            "longest_gap_from": round(gap.start, 3),
            "retried": self.retried,
            "idle_connections_closed_by_server": self.closed_by_server,
            "load_late_seconds": round(self.lateness, 4),
            "marks": [asdict(mark) for mark in self.marks],
        }

    def in_words(self) -> str:
        """The figures that people ask for first."""
        return (
            f"{', '.join(f'{count:,} {kind}' for kind, count in self.kinds.items())}   |   "
            f"p50 {duration(self.latency(50))}, p95 {duration(self.latency(95))}, p99 {duration(self.latency(99))}, "
            f"max {duration(self.latency(100))}   |   "
            f"longest time without a success {duration(self.longest_gap.seconds)}"
        )

    def raw(self) -> dict[str, Any]:
        """All figures and every request, for JSON."""
        return {"summary": self.summary(), "requests": [asdict(one) for one in self.requests]}


def judge(answer: Answer) -> tuple[Kind, str]:
    """What an answer is to a visitor, and why it is no success."""
    told = f"{answer.status} {answer.reason}".strip()
    if 200 <= answer.status < 400:
        return "success", ""
    if answer.status != MAINTENANCE:
        return "failed", told
    if "retry-after" not in answer.headers:
        return "failed", f"{told}, without Retry-After"
    if MAINTENANCE_PAGE not in answer.body.decode(errors="replace").lower():
        return "failed", f"{told}, without the maintenance page"
    return "maintenance", told


def percentile(values: list[float], percent: float) -> float:
    """The smallest value that this share of all does not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[max(math.ceil(len(ordered) * percent / 100), 1) - 1] if ordered else 0.0


def duration(seconds: float) -> str:
    """Seconds, in the unit that suits."""
    if seconds < 1:
        milliseconds = seconds * 1000
        return f"{milliseconds:.{0 if milliseconds >= 10 else 1}f} ms".replace(".0 ", " ")
    return f"{seconds:.{max(0, 1 - int(math.log10(seconds)))}f} s".replace(".0 ", " ")

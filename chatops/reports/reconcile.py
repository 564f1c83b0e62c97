"""Holds the numbers of a report against the same ones counted by another way, and names each that differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chatops.ledger.facts import Facts, Month
from chatops.reports import counting, recount
from chatops.reports.counting import Counted, Numbers
from chatops.reports.recount import Pages

BEFORE = 11
"""Months before the one of the report that its trend shows."""


@dataclass(frozen=True)
class Difference:
    """A number that the two ways do not agree about."""

    month: str
    name: str
    reported: int | float | str | None
    recounted: int | float | str | None
    events: tuple[int, ...]
    """Those that only one of them has counted; if they have counted the same, all of them."""

    def told(self) -> dict[str, Any]:
        """For programs."""
        return vars(self) | {"events": list(self.events)}


type Months = Mapping[str, Numbers]
"""Numbers of several months, by month."""


def months(facts: Facts, month: Month, lpse: str = "") -> dict[str, Numbers]:
    """What a report says: the month and the one before it whole, the earlier ones as far as its trend shows them."""
    own = facts.of(lpse)
    # Of months before the ledger nothing is known, which is not the same as nothing.
    known = min(facts.offices.values(), default=month.first)
    past = [month.after(-each) for each in range(BEFORE, 1, -1)]
    found: dict[str, Numbers] = {str(each): counting.core(own, each) for each in past if each.last > known}
    for each in (month.after(-1), month):
        found[str(each)] = counting.numbers(own, each, offices=not lpse)
    return found


def differences(reported: Months, pages: Pages, lpse: str, now: datetime) -> list[Difference]:
    """Every number that comes out otherwise when it is counted by the other way."""
    found: list[Difference] = []
    own = pages.of(lpse)
    whole = sorted(reported)[-2:]
    for month in whole:
        wrong = recount.wrong(own, month)
        found += [Difference(month, f"due {each.change}", each.said, each.reckoned, (each.seq,)) for each in wrong]
    for month, numbers in sorted(reported.items()):
        again = recount.Recount(own, month, lpse, now, whole=month in whole)
        for name in sorted(numbers.keys() | again.values.keys()):
            one = numbers.get(name, Counted(0))
            other, seqs = again.values.get(name, 0), frozenset(again.seqs.get(name, ()))
            if one.value != other or frozenset(one.seqs) != seqs:
                odd = frozenset(one.seqs) ^ seqs
                found.append(Difference(month, name, one.value, other, tuple(sorted(odd or seqs))))
    return found

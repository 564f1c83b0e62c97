"""Whether an instance is there, look by look; when an outage began and when it was over. Pure.

An outage begins when an instance that was there was found away twice in a row, and is over when it has been there for
a while: one that comes and goes is one outage. Between two looks nobody knows, so that an outage has the last moment
before it at which the instance was seen, and the first after it: what is between is the most that it can have lasted.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from chatops.watch.look import AWAY, Look, State

BEGINS = 2
"""Looks in a row that have to find it away."""
STEADY = 600
"""Seconds that it has to be there before an outage is over."""
GAP = 900
"""Seconds between two looks beyond which nobody was watching."""
SHARE = 0.5
WITNESSES = 2
PLANNED = frozenset({"maintenance", "frozen"})


class Seen(StrEnum):
    """What a look tells of an instance."""

    THERE = "there"
    AWAY = "away"
    UNSEEN = "unseen"


@dataclass(frozen=True)
class Presence:
    """How an instance has been."""

    at: int = 0
    """When somebody looked last."""
    last_there: int = 0
    """When it was seen last; 0 if never."""
    away_since: int = 0
    """When it was found away first, in this row."""
    last_away: int = 0
    times: int = 0
    out: bool = False
    """Whether there is an outage."""
    there_since: int = 0
    """Within an outage: since when it is there again."""
    returns: int = 0
    """How often it came back and went again."""
    there_seconds: int = 0
    """How long it was there between."""
    unwatched_seconds: int = 0
    """How long nobody looked."""


class Began(NamedTuple):
    """An outage has begun."""

    at: int
    last_there: int


class Ended(NamedTuple):
    """An outage is over."""

    at: int
    last_away: int
    returns: int
    there_seconds: int
    unwatched_seconds: int


def step(before: Presence, seen: Seen, at: int) -> tuple[Presence, Began | Ended | None]:
    """How it is after another look. A clock that was put back stands still for a while."""
    at = max(at, before.at)
    gap = at - before.at
    unwatched = gap - GAP if before.out and gap > GAP else 0
    now = replace(before, at=at, unwatched_seconds=before.unwatched_seconds + unwatched)
    if seen is Seen.UNSEEN:
        return now, None
    if seen is Seen.THERE:
        return _there(now)
    return _away(now)


def _there(now: Presence) -> tuple[Presence, Ended | None]:
    if not now.out:
        return Presence(at=now.at, last_there=now.at), None
    back = now.there_since or now.at
    if now.at - back < STEADY:
        return replace(now, there_since=back), None
    ended = Ended(back, now.last_away, now.returns, now.there_seconds, now.unwatched_seconds)
    return Presence(at=now.at, last_there=now.at), ended


def _away(now: Presence) -> tuple[Presence, Began | None]:
    now = replace(now, away_since=now.away_since or now.at, last_away=now.at, times=now.times + 1)
    if now.out:
        if now.there_since:
            between = now.there_seconds + now.at - now.there_since
            now = replace(now, there_since=0, returns=now.returns + 1, there_seconds=between)
        return now, None
    # What was never there, such as before it was installed, is not away.
    if now.times < BEGINS or not now.last_there:
        return now, None
    return replace(now, out=True), Began(now.away_since, now.last_there)


def seen(look: Look, instance: str) -> tuple[Seen, str]:
    """What a look tells of an instance, and why it is taken to be away."""
    if look.state is State.ANSWERED and look.answer:
        there = look.answer.measures.get(f"login:{instance}")
        if there is None:
            return Seen.UNSEEN, ""
        return (Seen.THERE, "") if there else (Seen.AWAY, look.answer.problems.get(f"login:{instance}", ""))
    # Whoever visits it may still get in where we do not.
    if look.state in AWAY and not any(look.inbound.values()):
        return Seen.AWAY, look.state.value
    return Seen.UNSEEN, ""


def planned(look: Look, instance: str) -> bool:
    """Whether somebody has closed it on purpose."""
    marks = look.answer.facts.get(f"mark:{instance}", "") if look.answer else ""
    return bool(PLANNED & set(marks.split(",")))


def steps(
    before: Mapping[str, Presence], look: Look
) -> tuple[dict[str, Presence], list[tuple[str, Began | Ended, str, bool]]]:
    """The instances of one host after a look; what began and ended with why, and whether on purpose."""
    after, decided = dict(before), []
    for instance in look.target.instances:
        found, why = seen(look, instance)
        after[instance], happened = step(before.get(instance, Presence()), found, int(look.at))
        if happened:
            decided.append((instance, happened, why, planned(look, instance)))
    return after, decided


def national(looks: Iterable[Look]) -> Iterator[tuple[str, Seen]]:
    """What of LKPP's own (S0-11) is away for half of those who would have to reach it, or more."""
    found: dict[str, list[float]] = {}
    for look in looks:
        for name in look.target.national:
            value = look.measures.get(f"outbound:{name}")
            if value is not None:
                found.setdefault(name, []).append(value)
    for name, values in sorted(found.items()):
        away = sum(not value for value in values)
        if len(values) < WITNESSES:
            yield name, Seen.UNSEEN
        else:
            yield name, Seen.AWAY if away >= SHARE * len(values) else Seen.THERE

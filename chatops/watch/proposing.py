"""What follows from the figures of a day: rules, which are data, and the changes that they propose. Pure."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from chatops.errors import CatalogueError
from chatops.watch.forecast import Outlook
from chatops.watch.measures import Level
from chatops.watch.summary import HostDay
from chatops.watch.thinning import DAY
from chatops.words import Said

FILE = Path(__file__).with_name("data") / "proposals.yml"
KEYS = {"id", "title", "advice", "class", "when"}
MORE = {"operation", "show", "again"}
AGAIN = 30
"""Days after an answer before the same is proposed again."""
SLOW = 1.0
"""Seconds from which on a statement is slow."""

type Figures = Mapping[str, float]
"""By names such as `disk_days:/home`."""


@dataclass(frozen=True)
class Bound:
    """One condition."""

    kind: str
    side: Literal["above", "below"]
    limit: float

    def holds(self, value: float) -> bool:
        """Whether a figure fulfils it."""
        return value > self.limit if self.side == "above" else value < self.limit


@dataclass(frozen=True)
class Rule:
    """When something is proposed, and what."""

    id: str
    title: Said
    advice: Said
    grade: Literal["minor", "major"]
    bounds: tuple[Bound, ...]
    operation: str = ""
    show: tuple[str, ...] = ()
    again: int = AGAIN


@dataclass(frozen=True)
class Rules:
    """All of them, and the kinds of errors that they ask for."""

    rules: tuple[Rule, ...]
    causes: Mapping[str, re.Pattern[str]]

    def __getitem__(self, name: str) -> Rule | None:
        """The rule of this id, if there still is one."""
        return next((rule for rule in self.rules if rule.id == name), None)


@dataclass(frozen=True)
class Proposed:
    """A change that a rule proposes for a host."""

    rule: Rule
    lpse: str
    host: str
    about: str
    """The disk, database or instance that it is about."""
    evidence: Mapping[str, float]


def propose(rules: Rules, one: HostDay, now: int) -> list[Proposed]:
    """What is proposed for a host after a day."""
    known = figures(rules, one, now)
    found = []
    for rule in rules.rules:
        for about in sorted(_abouts(rule, known)):
            if judged(rule, about, known):
                shown = [*(bound.kind for bound in rule.bounds), *rule.show]
                names = [_name(kind, about, known) for kind in shown]
                evidence = {name: known[name] for name in names if math.isfinite(known.get(name, math.inf))}
                found.append(Proposed(rule, one.standing.lpse, one.standing.host, about, evidence))
    return found


def judged(rule: Rule, about: str, known: Figures) -> bool | None:
    """Whether a rule holds; nothing, if something that it asks for is not known."""
    values = [known.get(_name(bound.kind, about, known)) for bound in rule.bounds]
    if None in values:
        return None
    return all(bound.holds(value) for bound, value in zip(rule.bounds, values, strict=True) if value is not None)


def figures(rules: Rules, one: HostDay, now: int) -> dict[str, float]:
    """All that is known of a host, by name."""
    standing = one.standing
    found = dict(standing.values)
    for name, each in standing.standings.items():
        kind, colon, of = name.partition(":")
        found[f"{kind}_held{colon}{of}"] = (now - each.since) / DAY if each.level > Level.WELL else 0.0
    for ahead in one.ahead:
        kind, colon, of = ahead.name.partition(":")
        if ahead.forecast.outlook is Outlook.RUNS_OUT:
            found[f"{kind}_days{colon}{of}"] = ahead.days
        elif ahead.forecast.outlook is Outlook.NOT_SOON:
            found[f"{kind}_days{colon}{of}"] = float("inf")
    return found | dict(_of_digest(rules, one))


def _of_digest(rules: Rules, one: HostDay) -> Iterator[tuple[str, float]]:
    told = one.digest
    if told is None:
        return
    for name, each in told.databases.items():
        yield f"transactions:{name}", each.transactions
        yield f"deadlocks:{name}", each.deadlocks
        if each.hit is not None:
            yield f"cache_hit:{name}", each.hit
    causes = [cause for source in told.sources.values() for cause in source.frequent]
    for name, pattern in rules.causes.items():
        yield f"cause:{name}", float(sum(cause.count for cause in causes if pattern.search(cause.text)))
    if counted := told.statements:
        yield "statements_uncounted", float(not counted.loaded)
        slow = [each for each in counted.heaviest if each.mean >= SLOW]
        if counted.seconds:
            yield "slow_share", sum(each.seconds for each in slow) / counted.seconds
            yield "slow_calls", sum(each.calls for each in slow)


def _abouts(rule: Rule, known: Figures) -> set[str]:
    """The disks, databases or instances for which a rule can be asked."""
    own = [
        {name.partition(":")[2] for name in known if name.partition(":")[0] == bound.kind}
        for bound in rule.bounds
        if ":" not in bound.kind
    ]
    named = [each - {""} for each in own]
    return set.intersection(*named) if any(named) and all(named) else {""}


def _name(kind: str, about: str, known: Figures) -> str:
    """The figure that is meant: of the thing itself, or of the host."""
    return kind if ":" in kind or f"{kind}:{about}" not in known else f"{kind}:{about}"


@cache
def load(file: Path = FILE) -> Rules:
    """The rules, as they come with this."""
    raw = yaml.safe_load(file.read_text(encoding="utf-8"))
    try:
        causes = {name: re.compile(pattern) for name, pattern in raw["causes"].items()}
        return Rules(tuple(_rule(each) for each in raw["rules"]), causes)
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise CatalogueError(file=file, detail=str(error)) from error


def _rule(raw: Mapping[str, Any]) -> Rule:
    if wrong := (KEYS - raw.keys()) | (raw.keys() - KEYS - MORE):
        raise ValueError(f"{raw.get('id')}: {', '.join(sorted(wrong))}")
    if raw["class"] not in ("minor", "major"):
        raise ValueError(f"{raw['id']}: class")
    bounds = tuple(_bound(kind, told) for kind, told in raw["when"].items())
    title, advice = Said(*raw["title"]), Said(*raw["advice"])
    show: Sequence[str] = raw.get("show", ())
    return Rule(
        raw["id"], title, advice, raw["class"], bounds, raw.get("operation", ""), tuple(show), raw.get("again", AGAIN)
    )


def _bound(kind: str, told: Mapping[str, float]) -> Bound:
    ((side, limit),) = told.items()
    if side == "above":
        return Bound(kind, "above", float(limit))
    if side == "below":
        return Bound(kind, "below", float(limit))
    raise ValueError(f"{kind}: {side}")

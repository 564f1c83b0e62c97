"""How a host stands after all looks so far; a pure fold, which the store keeps from one look to the next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from chatops.watch import measures
from chatops.watch.look import Look, State
from chatops.watch.measures import Level, Standing
from chatops.watch.presence import Presence


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a host."""

    name: str
    level: Level
    value: float
    since: int
    why: str = ""


@dataclass(frozen=True)
class HostStanding:
    """One host."""

    host: str
    lpse: str
    state: State = State.ANSWERED
    since: int = 0
    """For how long it has been in this state."""
    at: int = 0
    """When it was looked at last."""
    detail: str = ""
    values: Mapping[str, float] = field(default_factory=dict)
    """As they were last seen."""
    standings: Mapping[str, Standing] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    presences: Mapping[str, Presence] = field(default_factory=dict)
    """Of each instance."""

    def after(self, look: Look) -> Self:
        """How it stands after another look. Who does not answer keeps what was known of it."""
        at = int(look.at)
        judged = {
            name: measures.judge(measures.of(name), self.standings.get(name), value, at)
            for name, value in look.measures.items()
        }
        told = look.answer
        return type(self)(
            self.host,
            self.lpse,
            look.state,
            self.since if look.state == self.state and self.at else at,
            at,
            look.detail,
            {**({} if told else self.values), **look.measures},
            {**({} if told else self.standings), **judged},
            told.facts if told else self.facts,
            told.problems if told else self.problems,
            self.presences,
        )

    @property
    def ordered(self) -> list[str]:
        """What was measured, in the order in which LKPP looks."""
        order = list(measures.MEASURES)
        return sorted(self.standings, key=lambda name: (order.index(name.partition(":")[0]), name))

    def findings(self) -> Iterator[Finding]:
        """What is wrong, in the same order."""
        for name in self.ordered:
            standing = self.standings[name]
            if standing.level:
                yield Finding(name, standing.level, self.values[name], standing.since, self.problems.get(name, ""))

    @property
    def unread(self) -> Mapping[str, str]:
        """What could not be read, and is not told of by a value."""
        return {name: why for name, why in self.problems.items() if name not in self.values}

    @property
    def level(self) -> Level:
        """The worst of it."""
        if self.state is not State.ANSWERED:
            return Level.CRITICAL
        return max((standing.level for standing in self.standings.values()), default=Level.WELL)

    def told(self) -> dict[str, Any]:
        """For the store, and for programs."""
        listed = {name: [each.level, each.since, each.towards, each.seen] for name, each in self.standings.items()}
        presences = {instance: vars(each) for instance, each in self.presences.items()}
        return {**vars(self), "standings": listed, "presences": presences}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """What the store has kept. A kind of value that this version does not know is left out."""
        standings = {
            name: Standing(Level(level), since, Level(towards), seen)
            for name, (level, since, towards, seen) in told["standings"].items()
            if name.partition(":")[0] in measures.MEASURES
        }
        presences = {instance: Presence(**each) for instance, each in told["presences"].items()}
        return cls(**{**told, "state": State(told["state"]), "standings": standings, "presences": presences})


def after(known: Mapping[str, HostStanding], look: Look) -> HostStanding:
    """How the host of a look stands after it."""
    target = look.target
    return known.get(target.host, HostStanding(target.host, target.lpse)).after(look)

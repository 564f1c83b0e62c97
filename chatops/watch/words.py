"""What was seen on a host, in words."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from chatops import bahasa
from chatops.sla import moments
from chatops.watch import measures
from chatops.watch.look import STATES, State
from chatops.watch.measures import LEVELS, Level, Unit
from chatops.watch.standing import HostStanding
from chatops.words import Said

KIBI = 1024
WELL = Said("tidak ada yang perlu diperhatikan", "nothing to be seen to")
UNREAD = Said("tidak terbaca", "not read")
YES = Said("ya", "yes")
NO = Said("tidak", "no")
UNITS: Mapping[Unit, Callable[[str, float], str]] = {
    "share": lambda language, value: f"{bahasa.decimal(language, 100 * value, 1)} %",
    "seconds": lambda language, value: f"{bahasa.decimal(language, value)} s",
    "hours": lambda language, value: f"{bahasa.decimal(language, value, 1)} {Said('jam', 'h').to(language)}",
    "days": lambda language, value: f"{bahasa.decimal(language, value, 1)} {Said('hari', 'days').to(language)}",
    "count": bahasa.decimal,
    "bytes": lambda language, value: f"{bahasa.decimal(language, value / KIBI**3, 1)} GiB",
    "yes": lambda language, value: (YES if value else NO).to(language),
}


def value(name: str, number: float, language: str = "id") -> str:
    """A value with its unit."""
    return UNITS[measures.of(name).unit](language, number)


def title(name: str, language: str = "id") -> str:
    """What is measured, and of what."""
    kind, _, of = name.partition(":")
    return f"{measures.MEASURES[kind].title.to(language)} {of}".rstrip()


def describe(standing: HostStanding, language: str = "id", *, whole: bool = True) -> Iterator[str]:
    """A host on a few lines: all that was seen, or only what is wrong."""
    builds = " ".join(text for name, text in standing.facts.items() if name.startswith("build:"))
    if standing.state is not State.ANSWERED:
        detail = f" ({standing.detail})" if standing.detail else ""
        yield f"{standing.host}: {STATES[standing.state].to(language)}{detail}, {_since(standing.since, language)}"
        return
    yield f"{standing.host}: {LEVELS[standing.level].to(language)}{f', {builds}' if builds else ''}"
    shown = standing.ordered if whole else [each.name for each in standing.findings()]
    width = max((len(title(name, language)) for name in shown), default=0)
    for name in shown:
        mark = {Level.WELL: " ", Level.WARNING: "!", Level.CRITICAL: "X"}[standing.standings[name].level]
        yield f"  {mark} {title(name, language):{width}}  {' — '.join(_told(standing, name, language))}"
    for name, why in standing.unread.items():
        yield f"  ? {name}: {UNREAD.to(language)} — {why}"


def _told(standing: HostStanding, name: str, language: str) -> Iterator[str]:
    """A value, for how long it has been wrong, and why."""
    yield value(name, standing.values[name], language)
    own = standing.standings[name]
    if own.level:
        yield _since(own.since, language)
    if name in standing.problems:
        yield standing.problems[name]


def _since(at: int, language: str) -> str:
    when = datetime.fromtimestamp(at, moments.zone("WIB"))
    return f"{Said('sejak', 'since').to(language)} {bahasa.moment_in(language, when, 'WIB')}"

"""What the agreement promises: services, their deadlines, how often they are due, how much may go wrong in a year."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from chatops.errors import ServiceError
from chatops.words import Said

FILE = Path(__file__).with_name("data") / "services.yml"

LPSE = "lpse"
"""The provider that is the office itself, wherever it is."""


@dataclass(frozen=True)
class Term:
    """How long something may take, or how long before it has to be said."""

    days: int
    calendar_days: bool = False
    """Around the clock; else working days."""
    ahead: bool = False
    """Before the event; else after it."""


@dataclass(frozen=True)
class Deadline:
    """The term of a service in one of its modes."""

    mode: str
    start: str
    """The event that the days are counted from."""
    term: Term


@dataclass(frozen=True)
class Budget:
    """Hours that may be lost in a year."""

    name: str
    about: str
    hours: int
    per: Literal["year"]
    of: Literal["lpse", "all"]
    """Each office has its own, or there is one for the whole country."""


@dataclass(frozen=True)
class Frequency:
    """How often something has to be done."""

    times: int
    per: Literal["day", "year"]
    what: str


@dataclass(frozen=True)
class Service:
    """One entry."""

    id: str
    title: str
    providers: tuple[str, ...]
    hours: Literal["working", "always"]
    deadlines: tuple[Deadline, ...] = ()
    budgets: tuple[Budget, ...] = ()
    frequency: Frequency | None = None
    note: str = ""

    def deadline(self, mode: str = "") -> Deadline:
        """The deadline of a mode; of the only one, if there is but one."""
        if not self.deadlines:
            raise ServiceError(
                service=self.id,
                detail=Said(
                    "tidak mempunyai tenggat dalam perjanjian; tenggatnya menurut prioritas (`spse-ops priority`), "
                    "atau sebutkan --days",
                    "has no deadline in the agreement; it follows from the priority (`spse-ops priority`) or --days",
                ),
            )
        modes = [each.mode for each in self.deadlines]
        if not mode and len(modes) == 1:
            return self.deadlines[0]
        if mode not in modes:
            known = ", ".join(modes)
            raise ServiceError(
                service=self.id,
                detail=Said(
                    f"tidak mempunyai cara `{mode}`; pilih dengan --mode: {known}"
                    if mode
                    else f"mempunyai beberapa cara; pilih dengan --mode: {known}",
                    f"has no mode `{mode}`; choose by --mode: {known}"
                    if mode
                    else f"has several modes; choose by --mode: {known}",
                ),
            )
        return self.deadlines[modes.index(mode)]


@functools.cache
def load() -> Mapping[str, Service]:
    """All of them, by id."""
    entries = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {entry["id"]: _service(entry) for entry in entries}


def find(service: str) -> Service:
    """The service of this id."""
    known = load()
    if service not in known:
        raise ServiceError(
            service=service,
            detail=Said(
                f"tidak ada dalam perjanjian; yang ada: {', '.join(known)}",
                f"is not in the agreement; there are {', '.join(known)}",
            ),
        )
    return known[service]


def usual(service: str) -> tuple[str, str]:
    """The service and mode by which an operation is reckoned of which nobody has said more."""
    known = load().get(service)
    # From afar, which is the first mode; another one is asked for beforehand, by `change open`.
    first = known.deadlines[0] if known and known.deadlines else None
    if known is None or (first and first.term.ahead):
        return "", ""
    return service, first.mode if first else ""


def _service(raw: Mapping[str, Any]) -> Service:
    return Service(
        **{key: value for key, value in raw.items() if key in {"id", "title", "hours", "note"}},
        providers=tuple(raw["providers"]),
        deadlines=tuple(map(_deadline, raw.get("deadlines", []))),
        budgets=tuple(Budget(**each) for each in raw.get("budgets", [])),
        frequency=Frequency(**raw["frequency"]) if "frequency" in raw else None,
    )


def _deadline(raw: Mapping[str, Any]) -> Deadline:
    days = raw.get("within") or raw["ahead"]
    return Deadline(raw["mode"], raw["start"], Term(days, raw.get("calendar_days", False), "ahead" in raw))

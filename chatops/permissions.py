"""Who may do what: people, their roles and their offices, as a file under version control says. No I/O but to read it.

Whoever is not in it may do nothing, and a file that is not right lets nobody do anything.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from chatops.errors import ForbiddenError, RulesError, UnknownPersonError
from chatops.words import Said

type Edge = Literal["cli", "slack", "web"]

ROLES = ("operator", "approver", "auditor", "admin")
"""The first three are LKPP's; an admin is one of an LPSE."""
TITLES = {
    "operator": Said("operator LKPP", "LKPP operator"),
    "approver": Said("pemberi persetujuan LKPP", "LKPP approver"),
    "auditor": Said("auditor LKPP", "LKPP auditor"),
    "admin": Said("admin LPSE", "LPSE admin"),
}
SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
EVERYWHERE = "*"
NO_FILE = Said(
    "belum ada. Salin `inventory/example/rules.yml` ke sana, isi orang, akun (akun Anda: `id -un`), dan perannya, "
    "lalu ulangi",
    "there is none yet. Copy `inventory/example/rules.yml` there, fill in people, accounts (yours: `id -un`) and "
    "roles, and try again",
)


@dataclass(frozen=True)
class Identity:
    """Somebody as an edge knows him; nothing of it is believed but what the edge has verified."""

    edge: Edge
    account: str
    """The Slack user id, or the unix account."""
    groups: frozenset[str] = frozenset()
    """Ids of the Slack user groups that he is in. Who cannot find out says none: that only takes rights away."""


@dataclass(frozen=True)
class Grant:
    """One role, and the offices that it is for."""

    role: str
    lpses: frozenset[str] = frozenset({EVERYWHERE})

    def covers(self, lpses: Iterable[str]) -> bool:
        """Whether it is for all of these offices."""
        return EVERYWHERE in self.lpses or set(lpses) <= self.lpses


@dataclass(frozen=True)
class Person:
    """Somebody who may do something."""

    slug: str
    """By which the ledger knows him, from whatever edge he comes."""
    name: str
    grants: tuple[Grant, ...]
    slack: str = ""
    """His Slack user id, if he has one."""

    def has(self, roles: Iterable[str], lpses: Iterable[str]) -> bool:
        """Whether one of his roles is among these, for all of these offices."""
        wanted, offices = set(roles), list(lpses)
        return any(grant.role in wanted and grant.covers(offices) for grant in self.grants)

    def offices(self, roles: Iterable[str]) -> frozenset[str]:
        """The offices for which he has one of these roles; `*` among them is all."""
        wanted = set(roles)
        return frozenset().union(*(grant.lpses for grant in self.grants if grant.role in wanted))


@dataclass(frozen=True)
class Blackout:
    """A time in which nothing that knows blackouts may run."""

    since: datetime
    until: datetime
    reason: str
    lpses: frozenset[str] = frozenset({EVERYWHERE})

    def forbids(self, lpses: Iterable[str], at: datetime) -> bool:
        """Whether it is for one of these offices, at this moment."""
        return self.since <= at < self.until and (EVERYWHERE in self.lpses or not self.lpses.isdisjoint(lpses))


@dataclass(frozen=True)
class Rules:
    """What the file says."""

    people: Mapping[str, Person]
    accounts: Mapping[tuple[str, str], str]
    """The slug of whoever has an account, by edge and account."""
    groups: Mapping[str, tuple[Grant, ...]]
    """What being in a Slack user group adds, by its id."""
    blackouts: tuple[Blackout, ...] = ()

    def person(self, identity: Identity) -> Person:
        """Who it is, with all that he may; somebody unknown is refused."""
        slug = self.accounts.get((identity.edge, identity.account))
        if slug is None:
            raise UnknownPersonError(account=identity.account, edge=identity.edge)
        known = self.people[slug]
        added = (grant for group in sorted(identity.groups) for grant in self.groups.get(group, ()))
        return Person(known.slug, known.name, (*known.grants, *added), known.slack)

    def blackout(self, lpses: Iterable[str], at: datetime) -> Blackout | None:
        """The blackout that forbids something for these offices at this moment."""
        offices = list(lpses)
        return next((each for each in self.blackouts if each.forbids(offices, at)), None)


def check(person: Person, roles: Iterable[str], lpses: Iterable[str], what: Said) -> None:
    """Refuse whoever has none of these roles for all of these offices."""
    offices, wanted = list(lpses), list(roles)
    if not person.has(wanted, offices):
        named = [TITLES[role] for role in wanted]
        raise ForbiddenError(
            person=person.name,
            what=what,
            lpses=", ".join(offices) or "-",
            needed=Said(", ".join(each.indonesian for each in named), ", ".join(each.english for each in named)),
        )


def load(file: Path) -> Rules:
    """The file as it is now."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RulesError(file=file, detail=NO_FILE) from error
    except (OSError, ValueError) as error:
        raise RulesError(file=file, detail=str(error)) from error
    return parse(text, str(file))


@lru_cache(maxsize=4)
def parse(text: str, file: str) -> Rules:
    """Read the file. One wrong line refuses all of it: half of a list of rights is another list of rights.

    The same text is not read twice: each command asks for it several times, and six hundred people take
    almost half a second.
    """
    try:
        raw = yaml.safe_load(text)
        _keys(raw, {"people"}, {"groups", "blackouts"}, "-")
        people = {slug: _person(slug, each) for slug, each in _mapping(raw["people"], "people").items()}
        accounts: dict[tuple[str, str], str] = {}
        for slug, each in raw["people"].items():
            named = [("cli", account) for account in _texts(each.get("accounts", []), f"{slug}.accounts")]
            # Whoever sees the pages has come there from Slack.
            named += [(edge, people[slug].slack) for edge in ("slack", "web") if people[slug].slack]
            for account in named:
                _refuse(accounts.setdefault(account, slug) != slug, f"akun `{account[1]}` milik dua orang")
        groups = _mapping(raw.get("groups") or {}, "groups")
        return Rules(
            people,
            accounts,
            {str(group): _grants(each, f"groups.{group}") for group, each in groups.items()},
            tuple(_blackout(number, each) for number, each in enumerate(raw.get("blackouts") or [], start=1)),
        )
    except yaml.YAMLError as error:
        raise RulesError(file=file, detail=f"bukan YAML yang sah ({error})") from error
    except (ValueError, TypeError) as error:
        raise RulesError(file=file, detail=str(error)) from error


def _person(slug: object, raw: object) -> Person:
    if not isinstance(slug, str) or not SLUG.fullmatch(slug):
        raise ValueError(f"`{slug}` bukan slug")
    told = _keys(raw, {"name", "grants"}, {"slack", "accounts"}, slug)
    if not isinstance(told["name"], str) or not isinstance(told.get("slack", ""), str):
        raise TypeError(f"{slug}: `name` dan `slack` harus berupa teks")
    return Person(slug, told["name"], _grants(told["grants"], f"{slug}.grants"), told.get("slack", ""))


def _grants(raw: object, where: str) -> tuple[Grant, ...]:
    if not isinstance(raw, list):
        raise TypeError(f"{where}: harus berupa daftar")
    return tuple(_grant(each, where) for each in raw)


def _grant(raw: object, where: str) -> Grant:
    told = _keys(raw, {"role"}, {"lpses"}, where)
    if told["role"] not in ROLES:
        raise ValueError(f"{where}: peran `{told['role']}` tidak ada; pilih salah satu: {', '.join(ROLES)}")
    lpses = frozenset(_texts(told.get("lpses", []), f"{where}.lpses"))
    # The offices of an admin have to be said: to forget them must not mean all.
    if (told["role"] == "admin") != bool(lpses):
        raise ValueError(f"{where}: `lpses` harus disebut untuk admin, dan hanya untuk admin")
    if EVERYWHERE in lpses:
        raise ValueError(f"{where}: seorang admin adalah admin LPSE yang disebut namanya")
    return Grant(told["role"], lpses or frozenset({EVERYWHERE}))


def _blackout(number: int, raw: object) -> Blackout:
    where = f"blackouts ke-{number}"
    told = _keys(raw, {"since", "until", "reason"}, {"lpses"}, where)
    moments = [datetime.fromisoformat(str(told[key])) for key in ("since", "until")]
    if any(moment.utcoffset() is None for moment in moments):
        raise ValueError(f"{where}: waktu tanpa zona, tulis seperti 2026-12-20T00:00+07:00")
    if moments[0] >= moments[1]:
        raise ValueError(f"{where}: berakhir sebelum mulai")
    lpses = frozenset(_texts(told.get("lpses", []), f"{where}.lpses")) or frozenset({EVERYWHERE})
    return Blackout(moments[0], moments[1], str(told["reason"]), lpses)


def _refuse(wrong: bool, detail: str) -> None:  # noqa: FBT001 - reads as a sentence: refuse this, because of that
    if wrong:
        raise ValueError(detail)


def _keys(raw: object, needed: set[str], more: set[str], where: str) -> Mapping[str, Any]:
    told = _mapping(raw, where)
    if wrong := sorted(map(str, told.keys() - needed - more)):
        raise ValueError(f"{where}: kunci tidak dikenal: {', '.join(wrong)}")
    if missing := sorted(needed - told.keys()):
        raise ValueError(f"{where}: kunci belum diisi: {', '.join(missing)}")
    return told


def _mapping(raw: object, where: str) -> Mapping[Any, Any]:
    if not isinstance(raw, dict):
        raise TypeError(f"{where}: harus berupa pasangan kunci dan nilai")
    return raw


def _texts(raw: object, where: str) -> list[str]:
    if not isinstance(raw, list) or not all(isinstance(each, str) and each for each in raw):
        raise TypeError(f"{where}: harus berupa daftar teks")
    return raw

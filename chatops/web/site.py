"""What pages stand on: the ledger, the fleet, who may see what. Nothing is remembered that a file could contradict."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chatops import catalogue, permissions
from chatops.catalogue import Operation
from chatops.errors import EmptyInventoryError, SpseOpsError, UnknownPersonError
from chatops.inventory import Inventory
from chatops.ledger.store import Ledger
from chatops.permissions import EVERYWHERE, ROLES, Identity, Person, Rules
from chatops.settings import Records, Settings
from chatops.sla import moments, services
from chatops.web import sessions
from chatops.web.settings import WebSettings
from chatops.web.show import PAGES

LOG = logging.getLogger(__name__)

type Groups = Callable[[str, Iterable[str]], frozenset[str]]
"""Which of some user groups an account of Slack is in."""


@dataclass(frozen=True)
class Office:
    """One LPSE, as the inventory has it."""

    slug: str
    zone: str
    province: str
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Visitor:
    """Somebody who may look at something."""

    person: Person

    @property
    def everywhere(self) -> bool:
        """Whether he may see every office."""
        return EVERYWHERE in self.offices

    @property
    def offices(self) -> frozenset[str]:
        """The offices that he may see."""
        return self.person.offices(ROLES)

    def sees(self, lpses: Iterable[str]) -> bool:
        """Whether something that is of all these offices is for him; as the desk decides it."""
        return self.person.has(ROLES, lpses)


def nobodys(account: str, wanted: Iterable[str]) -> frozenset[str]:
    """The groups of somebody, where nobody can be asked: none, which only takes rights away."""
    del account, wanted
    return frozenset()


@dataclass
class Site:
    """The pages of one ledger and one inventory. Used by several threads."""

    settings: Settings
    records: Records
    web: WebSettings
    ledger: Ledger
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    groups: Groups = nobodys
    offices: Mapping[str, Office] = field(default_factory=dict)
    """As they were when they were last read."""
    problem: str = ""
    """Why the inventory could not be read, if so."""

    def __post_init__(self) -> None:
        self.key = sessions.key(self.records.state)
        self._inventory = Inventory(self.settings)
        self._lock = threading.Lock()
        self._operations: tuple[object, Mapping[str, Operation]] = ((), {})

    @property
    def rules(self) -> Rules:
        """Who may do what, as the file says now."""
        return permissions.load(self.settings.rules)

    @property
    def operations(self) -> Mapping[str, Operation]:
        """What may be asked for, as the catalogue says now."""
        seen = _seen(sorted(self.settings.catalogue.glob("*.yml")))
        with self._lock:
            if self._operations[0] != seen:
                self._operations = (seen, catalogue.load(self.settings.catalogue))
            return self._operations[1]

    def visitor(self, identity: Identity) -> Visitor | None:
        """Who that is now; nobody, if he stands in the rules no more, or has no right to anything."""
        rules = self.rules
        account = identity.account
        groups = self.groups(account, rules.groups) if identity.edge == "web" and rules.groups else frozenset()
        try:
            made = Visitor(rules.person(Identity(identity.edge, account, frozenset(groups))))
        except UnknownPersonError:
            return None
        return made if made.offices else None

    def renew(self) -> None:
        """Read the inventory, if it is another; what is wrong with it is said on the pages."""
        try:
            known = offices(self._inventory.variables())
            if not known:
                # Of a file that is broken Ansible makes one without hosts.
                raise EmptyInventoryError(inventory=self.settings.inventory)
            self.offices, self.problem = known, ""
        except SpseOpsError as error:
            LOG.warning("the inventory cannot be read: %s", type(error).__name__)
            self.problem = "Inventaris tidak dapat dibaca; daftar LPSE di sini yang terakhir terbaca."

    def warm(self) -> None:
        """Read what is read once, so that whoever opens the first page does not wait for it."""
        for each in PAGES.list_templates():
            PAGES.get_template(each)
        try:
            _ = self.rules, self.operations, services.load()
            with self.ledger.reading() as reader:
                reader.calendar()
        except SpseOpsError as error:
            LOG.warning("%s", error.told("en"))

    def zone(self, lpse: str) -> str:
        """The zone of an office."""
        return self.offices[lpse].zone if lpse in self.offices else "WIB"


def offices(known: Mapping[str, Mapping[str, Any]]) -> dict[str, Office]:
    """The offices of an inventory, by their slugs."""
    found: dict[str, Office] = {}
    for host, own in known.items():
        if slug := str(own.get("spse_lpse") or ""):
            before = found.get(slug)
            zone = str(own.get("spse_zone") or "WIB")
            province = str(own.get("spse_province") or "") or (before.province if before else "")
            hosts = (*before.hosts, host) if before else (host,)
            found[slug] = Office(slug, zone if zone in moments.ZONES else "WIB", province, hosts)
    return dict(sorted(found.items()))


def _seen(files: Iterable[Any]) -> tuple[object, ...]:
    """What tells a file from another one of its name; nothing, if one is not there."""
    try:
        stats = [path.stat() for path in files]
    except OSError:
        return ()
    return tuple((each.st_ino, each.st_size, each.st_mtime_ns) for each in stats)

"""The desk's window for proposals: who may see one, open it as a change, or dismiss it, by `rules.yml`."""

from dataclasses import dataclass
from datetime import UTC, datetime

from chatops import permissions
from chatops.cases import Request
from chatops.changes import Asked, opened
from chatops.desk import Desk
from chatops.errors import RefusedError, UnknownProposalError
from chatops.ledger import proposals
from chatops.ledger.chain import Entry
from chatops.ledger.proposals import Proposal
from chatops.ledger.schema import PROPOSALS
from chatops.permissions import Identity, Person
from chatops.secrets import mask
from chatops.sla import services
from chatops.words import Said

OPENERS = ("operator", "admin")
SERVICES = {"minor": "S0-15b", "major": "S0-8"}
"""The service of what no operation of the catalogue does: settings by the LPSE, infrastructure on LKPP's advice."""
NAME = "usulan"


@dataclass(frozen=True)
class ProposalDesk:
    """Proposals at one desk. May be used by several threads."""

    desk: Desk

    def list(self, identity: Identity, *, lpse: str = "", every: bool = False) -> list[Proposal]:
        """Those that he may see, the newest first; only those that nobody has answered, unless it is every one."""
        person = self.desk.person(identity)
        which = [] if every else [PROPOSALS.c.state == "open"]
        if lpse:
            which.append(PROPOSALS.c.lpse == lpse)
        with self.desk.ledger.reading() as reader:
            found = list(proposals.find(reader.connection, *which))
        return [each for each in found if person.has(permissions.ROLES, [each.made["lpse"]])]

    def one(self, identity: Identity, number: str) -> Proposal:
        """One, if he may see it."""
        found, _ = self._authorised(identity, number, permissions.ROLES, Said("melihat usulan", "see a proposal"))
        return found

    def told(self, number: str) -> Proposal:
        """One, for whoever tells people of it."""
        with self.desk.ledger.reading() as reader:
            found = proposals.of(reader.connection, number.upper())
        if found is None:
            raise UnknownProposalError(number=number)
        return found

    def open(self, identity: Identity, number: str) -> tuple[Proposal, str]:
        """Open it as a change, once; its number. What the catalogue can do is asked for as from anywhere else."""
        what = Said("membuka usulan", "open a proposal")
        found, person = self._authorised(identity, number, permissions.ROLES, what)
        if found.change:
            return found, found.change
        _refuse_answered(found)
        reason = f"{found.id}: {found.made['title'][0]}"
        if operation := found.made["operation"]:
            wanted = Request(operation, (found.made["lpse"],), reason=reason, key=f"proposal:{found.id}")
            return self._opened(identity, found, person, self.desk.request(identity, wanted).number)
        permissions.check(person, OPENERS, [found.made["lpse"]], what)
        return self._written_down(found, person, reason)

    def dismiss(self, identity: Identity, number: str, reason: str) -> Proposal:
        """Say why nothing is done about it."""
        what = Said("mengabaikan usulan", "dismiss a proposal")
        found, person = self._authorised(identity, number, (*OPENERS, "approver"), what)
        if found.state != "dismissed":
            _refuse_answered(found)
        with self.desk.ledger.writing() as writer:
            body = {"by": person.slug, "reason": mask(reason)}
            writer.append(Entry("proposal.dismissed", found.id, person.slug, body, f"proposal-answered:{found.id}"))
        return self.told(found.id)

    def _authorised(
        self, identity: Identity, number: str, roles: tuple[str, ...], what: Said
    ) -> tuple[Proposal, Person]:
        person = self.desk.person(identity)
        found = self.told(number)
        permissions.check(person, roles, [found.made["lpse"]], what)
        return found, person

    def _opened(self, identity: Identity, found: Proposal, person: Person, change: str) -> tuple[Proposal, str]:
        with self.desk.ledger.writing() as writer:
            body = {"by": person.slug, "change": change}
            writer.append(Entry("proposal.opened", found.id, person.slug, body, f"proposal-answered:{found.id}"))
        now = self.told(found.id)
        if now.change != change:
            # Somebody at another edge was quicker, or has dismissed it: one change is enough.
            self.desk.cancel(identity, change, f"{found.id} sudah dijawab")
        return now, now.change or change

    def _written_down(self, found: Proposal, person: Person, reason: str) -> tuple[Proposal, str]:
        """A change that people carry out, with its clock."""
        service, mode = services.usual(SERVICES[found.made["class"]])
        name = f"{NAME} {found.made['rule']}"
        told = opened(Asked(name, (found.made["lpse"],), service, mode, reason=reason), datetime.now(UTC))
        with self.desk.ledger.writing() as writer:
            number = writer.next_number()
            body = {"by": person.slug, "change": number}
            if writer.append(Entry("proposal.opened", found.id, person.slug, body, f"proposal-answered:{found.id}")):
                writer.append(Entry("change.opened", number, person.slug, told))
        now = self.told(found.id)
        _refuse_unless_opened(now)
        return now, now.change


def _refuse_answered(found: Proposal) -> None:
    if found.answer:
        states = {
            "dismissed": Said("sudah diabaikan", "it was dismissed"),
            "lapsed": Said("alasannya sudah tidak ada", "its reason is gone"),
            "opened": Said(f"sudah dibuka sebagai {found.change}", f"it was opened as {found.change}"),
        }
        raise RefusedError(what=found.id, detail=states[found.state])


def _refuse_unless_opened(found: Proposal) -> None:
    if not found.change:
        _refuse_answered(found)

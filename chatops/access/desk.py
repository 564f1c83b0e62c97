"""The desk's window for access: who that is and what he may, by `rules.yml`; then the register does it.

Every edge comes through here with an identity that it has verified, as through the desk.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chatops import inventory
from chatops.access import records, rights, rules
from chatops.access import seal as seals
from chatops.access.grant import Grant
from chatops.access.place import Place
from chatops.access.publication import Statement, publish_after
from chatops.access.register import Register, Request
from chatops.access.seal import Sealed
from chatops.desk import Desk
from chatops.errors import AccessError, AuthorityError, GrantError, PassphraseError, SpseOpsError
from chatops.ledger.chain import Entry
from chatops.permissions import EVERYWHERE, Edge, Identity, Person
from chatops.words import Said

LOG = logging.getLogger(__name__)
WHILE = timedelta(days=7)
SSH = ("", "22")


@dataclass(frozen=True)
class AccessDesk:
    """Access at one desk. May be used by several threads."""

    desk: Desk
    place: Place

    def ask(self, identity: Identity, request: Request, key: str = "") -> Grant:
        """Ask for access; with a key, however often that is delivered, it is one request."""
        file = self.desk.rules
        person = file.person(identity)
        rules.allowed(request.role, request.lasts, self.place.limits)
        self._office(request.lpse)
        rights.ask(person, request.role, request.lpse)
        wanted = replace(request, person=request.person or person.slug)
        rights.known(wanted.person, file.people)
        return self._register(person).ask(wanted, key=f"access:{identity.edge}:{key}" if key else None)

    def approve(self, identity: Identity, number: str) -> tuple[Grant, str]:
        """Say yes; the certificate. Where the key cannot be opened nothing is recorded, and it says where it can."""
        person, _ = self._answering(identity, number, Said("menyetujui akses", "approve access"))
        try:
            return self._register(person).approve(number)
        except (AuthorityError, PassphraseError) as error:
            if identity.edge == "cli":
                raise
            # Where the key should be is nobody's business there.
            LOG.warning("%s cannot be signed here: %s", number, error.told("en"))
            raise GrantError(number=number, detail=_elsewhere(number)) from error

    def refuse(self, identity: Identity, number: str, reason: str) -> Grant:
        """Say no; by whoever could say yes."""
        person, _ = self._answering(identity, number, Said("menolak akses", "refuse access"))
        return self._register(person).refuse(number, reason)

    def revoke(
        self, identity: Identity, reason: str, *, number: str = "", person: str = "", lpse: str = ""
    ) -> tuple[list[Grant], Statement]:
        """Take back what is in force, and tell hosts in the next list. Recorded, even where that cannot be signed."""
        actor = self.desk.person(identity)
        register = self._register(actor)

        def may(grant: Grant) -> None:
            rights.revoke(actor, grant)

        ended = register.revoke(reason, number=number, person=person, lpse=lpse, may=may)
        names = ", ".join(each.number for each in ended)
        return ended, self._publish(identity, actor, Said(f"{names} dicabut", f"{names} revoked"))

    def seal(self, identity: Identity, lpse: str, sources: tuple[str, ...], folder: Path) -> Sealed:
        """Make a way in for emergencies; what it takes the place of is revoked."""
        person = self.desk.person(identity)
        self._office(lpse)
        rights.seal(person, lpse)
        done = seals.seal(self._register(person), lpse, sources, folder)
        if done.replaced:
            number = done.grant.number
            self._publish(identity, person, Said(f"segel {number} dibuat", f"the seal {number} was made"))
        return done

    def review(self, identity: Identity, number: str, note: str) -> Grant:
        """Close the look into an emergency; not by whoever has opened it."""
        person = self.desk.person(identity)
        rights.review(person, self.told(number))
        return self._register(person).review(number, note)

    # Look

    def grant(self, identity: Identity, number: str) -> Grant:
        """One access, if he may see it."""
        person, grant = self.desk.person(identity), self.told(number)
        if not rights.sees(person, grant):
            detail = Said("milik orang dan LPSE lain", "it is somebody else's, at another office")
            raise GrantError(number=number, detail=detail)
        return grant

    def mine(self, identity: Identity, now: datetime | None = None) -> list[Grant]:
        """What is open and his own, waits for his answer, or has to be looked into by him; the oldest first."""
        now, person = now or datetime.now(UTC), self.desk.person(identity)
        return [each for each in self.open(now) if _concerns(person, each, each.state(now, self.place.limits))]

    def lpses(self, identity: Identity, typed: str = "", limit: int = 100) -> list[str]:
        """The offices that he may ask access to, those first that begin with what was typed; from memory."""
        own = self.desk.person(identity).offices({role for roles in rights.ASK.values() for role in roles})
        known = [each for each in self.desk.offices() if EVERYWHERE in own or each in own]
        begins = [each for each in known if each.startswith(typed)]
        return [*begins, *(each for each in known if typed in each and each not in begins)][:limit]

    # For edges that tell people of it: no identity, because nobody asks

    def told(self, number: str) -> Grant:
        """One access, for whoever tells people of it."""
        with self.desk.ledger.reading() as reader:
            return records.grant_of(reader, number)

    def open(self, now: datetime) -> list[Grant]:
        """What waits, is in force, or has to be looked into."""
        with self.desk.ledger.reading() as reader:
            return [each for each in records.grants(reader) if each.is_open(now, self.place.limits)]

    def lately(self, now: datetime) -> list[Grant]:
        """What is open, or ended a while ago: whoever shows it may have been away at that moment."""
        limits = self.place.limits
        with self.desk.ledger.reading() as reader:
            return [
                each
                for each in records.grants(reader)
                if each.is_open(now, limits) or ((end := each.turns(limits)) and end > now - WHILE)
            ]

    def logins(self, grant: Grant) -> list[str]:
        """What its holder types, for each host; where no inventory can be read he has to know the host himself."""
        try:
            known = self.desk.addresses(grant.lpse)
        except SpseOpsError as error:
            LOG.warning("%s", error)
            known = []
        words = f"ssh -i KUNCI -o CertificateFile={grant.number}-cert.pub"
        account = rules.ACCOUNTS[grant.role]
        lines = [f"{words}{f' -p {port}' if port not in SSH else ''} {account}@{address}" for address, port in known]
        return lines or [f"{words} {account}@SERVER"]

    def whose(self, edge: Edge, account: str) -> str:
        """The person of an account; somebody unknown is refused."""
        return self.desk.rules.person(Identity(edge, account)).slug

    def thread(self, number: str, edge: str, place: Mapping[str, Any]) -> Grant:
        """Record where an edge tells people of it: once for each edge."""
        with self.desk.ledger.writing() as writer:
            body = {"edge": edge, "place": dict(place)}
            writer.append(Entry("thread.opened", number, "spse-ops", body, f"thread:{edge}:{number}"))
            return records.grant_of(writer, number)

    # Within

    def _register(self, person: Person) -> Register:
        return Register(self.desk.ledger, person.slug, self.place.keyring, self.place.limits)

    def _publish(self, identity: Identity, person: Person, done: Said) -> Statement:
        """Write what hosts are given, after something was recorded that they do not know of while this fails."""
        place = self.place
        try:
            return publish_after(done, self.desk.ledger, person.slug, place.keyring, place.published, place.limits)
        except AccessError as error:
            if identity.edge == "cli":
                raise
            LOG.warning("%s", error.told("en"))
            raise AccessError(detail=_unpublished(done)) from error

    def _answering(self, identity: Identity, number: str, what: Said) -> tuple[Person, Grant]:
        """Somebody answers: authorised now, not when the button was shown."""
        file = self.desk.rules
        person, grant = file.person(identity), self.told(number)
        rights.answer(person, grant, file.people, what)
        return person, grant

    def _office(self, lpse: str) -> None:
        """A slip of the pen is told before somebody waits for nothing."""
        inventory.select(dict.fromkeys(self.desk.offices(), ()), [lpse], self.desk.settings.inventory)


def _concerns(person: Person, grant: Grant, state: str) -> bool:
    if person.slug in (grant.asked_by, grant.person):
        return True
    return rights.answers(person, grant) and (state == "asked" or grant.in_review())


def _elsewhere(number: str) -> Said:
    command = f"`spse-ops access approve {number} --out FOLDER`"
    return Said(
        f"bot ini tidak dapat membuka kunci yang menandatangani; setujui di komputer yang menyimpannya, {command}",
        f"this bot cannot open the key that signs; approve it on the machine that keeps it, {command}",
    )


def _unpublished(done: Said) -> Said:
    return Said(
        f"{done}, dan itu tercatat; tetapi daftar untuk server BELUM dibuat, karena bot ini tidak dapat membuka "
        "kuncinya. Jalankan segera di komputer yang menyimpannya: `spse-ops access krl`, lalu `spse-ops access-krl "
        "--semua`",
        f"{done.english}, and that is recorded; but the list for hosts was NOT made, because this bot cannot open its "
        "key. Run at once on the machine that keeps it: `spse-ops access krl`, then `spse-ops access-krl --semua`",
    )

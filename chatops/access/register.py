"""The register of access: who asked, who said yes, what was signed, used, looked into and taken back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from chatops.access import authority as authorities
from chatops.access import keys, rights, rules
from chatops.access.authority import Authority, Keyring
from chatops.access.grant import Grant
from chatops.access.openssh import Wanted
from chatops.access.records import (
    UNKNOWN,
    certificate_of,
    grant_of,
    grants,
    host_certificates,
    login,
    next_number,
    subject_of,
)
from chatops.access.rules import LPSE, PERSON, Limits
from chatops.errors import AccessError, GrantError
from chatops.ledger.chain import Entry
from chatops.ledger.store import Ledger, Reader, Writer
from chatops.secrets import mask
from chatops.words import Said

type May = Callable[[Grant], None]


def anybody(_: Grant) -> None:
    """Whoever holds the register in his hands."""


@dataclass(frozen=True)
class Request:
    """What somebody asks for."""

    lpse: str
    role: str
    person: str
    """Who gets in; at the desk nobody named is whoever asks."""
    key: keys.PublicKey
    lasts: timedelta
    sources: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Told:
    """What hosts had to say."""

    new: int
    known: int
    """Told before."""
    unknown: tuple[Mapping[str, Any], ...]
    """Logins with certificates that this ledger knows nothing of."""
    reviews: tuple[str, ...]
    """Emergencies that somebody has to look into."""


@dataclass(frozen=True)
class Register:
    """The register of one ledger, in the hands of somebody."""

    ledger: Ledger
    actor: str
    keyring: Keyring
    limits: Limits = field(default_factory=Limits)

    def ask(self, request: Request, now: datetime | None = None, key: str | None = None) -> Grant:
        """Ask for access; somebody else has to say yes. With a key it is the same request, however often it comes."""
        now = now or datetime.now(UTC)
        lasts = rules.allowed(request.role, request.lasts, self.limits)
        told = {
            "lpse": rules.slug(request.lpse, LPSE),
            "role": request.role,
            "person": rules.slug(request.person, PERSON),
            "seconds": int(lasts.total_seconds()),
            "key": request.key.line,
            "fingerprint": request.key.fingerprint,
            "sources": rules.sources(request.sources),
            "reason": _reason(request.reason),
        }
        with self.ledger.writing(now) as writer:
            if key and (known := writer.subject_of(key)):
                return grant_of(writer, known)
            _nobody_elses(writer, request.key, request.person)
            number = next_number(writer, now)
            writer.append(Entry("access.asked", number, self.actor, told, key))
            return grant_of(writer, number)

    def approve(self, number: str, now: datetime | None = None) -> tuple[Grant, str]:
        """Say yes; the certificate. Said again by whoever has said it, it is the same certificate."""
        now = now or datetime.now(UTC)
        with self.ledger.reading() as reader:
            grant = grant_of(reader, number)
            signer = authorities.signing(authorities.known(reader), "user")
        rights.somebody_else(self.actor, grant)
        if grant.state(now, self.limits) == "active" and grant.granted_by == self.actor:
            return grant, certificate_of(grant)
        _is_asked(grant, now, self.limits)
        with self.keyring.agent(signer) as agent, self.ledger.writing(now) as writer:
            grant = grant_of(writer, number)
            _is_asked(grant, now, self.limits)
            _still_signs(writer, signer)
            after, before = rules.validity(now, timedelta(seconds=grant.seconds))
            serial = next_serial(writer)
            identity = f"{grant.person}/{number}"
            names = [rules.principal(grant.role, grant.lpse)]
            wanted = Wanted(grant.key, identity, serial, names, after, before, grant.sources)
            certificate = agent.certificate(wanted)
            body = certified(serial, signer, after, before, certificate)
            writer.append(Entry("access.granted", number, self.actor, body))
            return grant_of(writer, number), certificate

    def refuse(self, number: str, reason: str, now: datetime | None = None) -> Grant:
        """Say no."""
        now = now or datetime.now(UTC)
        with self.ledger.writing(now) as writer:
            grant = grant_of(writer, number)
            _is_asked(grant, now, self.limits)
            writer.append(Entry("access.refused", number, self.actor, {"reason": _reason(reason)}))
            return grant_of(writer, number)

    def revoke(
        self,
        reason: str,
        *,
        number: str = "",
        person: str = "",
        lpse: str = "",
        may: May = anybody,
        now: datetime | None = None,
    ) -> list[Grant]:
        """Take back what is in force, of a number, a person or an office; what is only asked for is refused.

        `may` raises for what is not to be taken back by whoever asks; then nothing is.
        """
        if [bool(number), bool(person), bool(lpse)].count(True) != 1:
            raise AccessError(
                detail=Said(
                    "sebutkan satu nomor, --person, atau --lpse, salah satu saja",
                    "say one number, --person or --lpse, and only one of them",
                )
            )
        now = now or datetime.now(UTC)
        text = _reason(reason)
        with self.ledger.writing(now) as writer:
            chosen = [grant_of(writer, number)] if number else list(grants(writer))
            chosen = [each for each in chosen if not person or each.person == person]
            chosen = [each for each in chosen if not lpse or each.lpse == lpse]
            ended = [each for each in chosen if _end(writer, each, self.actor, text, now, self.limits, may)]
            if not ended:
                raise AccessError(
                    detail=Said(
                        "tidak ada yang berlaku atau diminta untuk itu; lihat `spse-ops access list`",
                        "nothing of that is in force or asked for; see `spse-ops access list`",
                    )
                )
            return [grant_of(writer, each.number) for each in ended]

    def use(self, lines: Iterable[str], now: datetime | None = None) -> Told:
        """Take in what hosts tell of logins: each once, however often it is told."""
        now = now or datetime.now(UTC)
        read = [login(number, line, now) for number, line in enumerate(lines, start=1) if line.strip()]
        new, unknown, touched = 0, [], set()
        with self.ledger.writing(now) as writer:
            for each in read:
                subject = subject_of(writer, each["serial"]) or UNKNOWN
                key = f"used:{each['host']}:{each['serial']}:{each['at']}:{each['from']}"
                if not writer.append(Entry("access.used", subject, self.actor, each, key)):
                    continue
                new += 1
                if subject == UNKNOWN:
                    unknown.append(each)
                else:
                    touched.add(subject)
            reviews = sorted(each for each in touched if grant_of(writer, each).in_review())
        return Told(new, len(read) - new, tuple(unknown), tuple(reviews))

    def review(self, number: str, note: str, now: datetime | None = None) -> Grant:
        """Close the look into an emergency."""
        now = now or datetime.now(UTC)
        with self.ledger.writing(now) as writer:
            grant = grant_of(writer, number)
            if not grant.in_review():
                detail = Said("tidak sedang ditinjau", "it is not under review")
                raise GrantError(number=number, detail=detail)
            writer.append(Entry("access.reviewed", number, self.actor, {"note": _reason(note)}))
            return grant_of(writer, number)

    def retire(self, name: str, *, revoke: bool = False, now: datetime | None = None) -> int:
        """Believe an authority no more; how many certificates that were in force end with it."""
        now = now or datetime.now(UTC)
        with self.ledger.writing(now) as writer:
            known = authorities.known(writer)
            found = authorities.of(known, name)
            if found.retired or found.signing:
                detail = Said(
                    f"{name} {'sudah dipensiunkan' if found.retired else 'sedang menandatangani; ganti dahulu'}",
                    f"{name} {'is retired already' if found.retired else 'is signing; rotate first'}",
                )
                raise AccessError(detail=detail)
            open_ = [
                each for each in grants(writer) if each.authority == name and each.state(now, self.limits) == "active"
            ]
            hosts = [
                each
                for each in host_certificates(writer)
                if each["authority"] == name and datetime.fromisoformat(each["before"]) > now
            ]
            if (open_ or hosts) and not revoke:
                count = len(open_) + len(hosts)
                raise AccessError(
                    detail=Said(
                        f"{count} sertifikat dari {name} masih berlaku; tunggu sampai berakhir, atau cabut semuanya "
                        "dengan --revoke",
                        f"{count} certificates of {name} are still in force; wait until they end, or revoke them all "
                        "by --revoke",
                    )
                )
            for each in open_:
                told = {"reason": f"otoritas {name} dipensiunkan"}
                writer.append(Entry("access.revoked", each.number, self.actor, told))
            authorities.retire(writer, self.actor, found, revoked=revoke)
            return len(open_) + len(hosts)

    def certify_host(self, key: keys.PublicKey, names: tuple[str, ...], now: datetime | None = None) -> str:
        """Sign the key of a host, so that nobody has to trust it on first sight."""
        now = now or datetime.now(UTC)
        names = rules.host_names(names)
        with self.ledger.reading() as reader:
            signer = authorities.signing(authorities.known(reader), "host")
        with self.keyring.agent(signer) as agent, self.ledger.writing(now) as writer:
            _still_signs(writer, signer)
            _nobody_elses(writer, key, "")
            after, before = rules.validity(now, timedelta(weeks=self.limits.host_weeks))
            serial = next_serial(writer)
            certificate = agent.certificate(Wanted(key.line, f"host/{names[0]}", serial, names, after, before))
            body = {"names": names, "key": key.line, "fingerprint": key.fingerprint}
            told = body | certified(serial, signer, after, before, certificate)
            writer.append(Entry("host.certified", f"host:{names[0]}", self.actor, told))
            return certificate


def next_serial(writer: Writer) -> int:
    """The sequence number of the event that will tell of the certificate: no other ever has it."""
    return writer.head()[0] + 1


def certified(serial: int, signer: Authority, after: datetime, before: datetime, certificate: str) -> dict[str, Any]:
    """What an event says of a certificate."""
    return {
        "serial": serial,
        "authority": signer.name,
        "after": after.isoformat(),
        "before": before.isoformat(),
        "certificate": certificate,
    }


def _end(writer: Writer, grant: Grant, actor: str, reason: str, now: datetime, limits: Limits, may: May) -> bool:
    """End what is in force or asked for; whether there was anything to end."""
    if (state := grant.state(now, limits)) in {"active", "asked"}:
        may(grant)
    match state:
        case "active":
            writer.append(Entry("access.revoked", grant.number, actor, {"reason": reason}))
        case "asked":
            writer.append(Entry("access.refused", grant.number, actor, {"reason": reason}))
        case _:
            return False
    return True


def _still_signs(writer: Writer, signer: Authority) -> None:
    if authorities.signing(authorities.known(writer), signer.purpose).name != signer.name:
        raise AccessError(
            detail=Said("kunci otoritas baru saja berganti; ulangi", "the key has just changed; try again")
        )


def _nobody_elses(reader: Reader, key: keys.PublicKey, person: str) -> None:
    """A key says who somebody is: it is one person's, and neither a host's nor the authority's."""
    owners = {each.fingerprint: each.person or f"segel {each.lpse}" for each in grants(reader)}
    owners |= {each["fingerprint"]: f"server {each['names'][0]}" for each in host_certificates(reader) if person}
    owners |= {each.fingerprint: f"otoritas {each.name}" for each in authorities.known(reader)}
    owner = owners.get(key.fingerprint, person)
    if owner != person:
        raise AccessError(
            detail=Said(
                f"kunci {key.fingerprint} pernah dipakai oleh {owner}; setiap orang memakai kuncinya sendiri, buat "
                "dengan `ssh-keygen -t ed25519`",
                f"the key {key.fingerprint} was used by {owner}; everybody has a key of their own, made by "
                "`ssh-keygen -t ed25519`",
            )
        )


def _is_asked(grant: Grant, now: datetime, limits: Limits) -> None:
    said = {
        "lapsed": Said("permintaan sudah kedaluwarsa; minta lagi", "the request has lapsed; ask again"),
        "refused": Said("sudah ditolak", "it was refused"),
        "active": Said("sudah disetujui", "it was approved"),
        "expired": Said("sudah berakhir", "it has ended"),
        "revoked": Said("sudah dicabut", "it was revoked"),
    }
    if detail := said.get(grant.state(now, limits)):
        raise GrantError(number=grant.number, detail=detail)


def _reason(text: str) -> str:
    if not text.strip():
        raise AccessError(detail=Said("alasannya belum diisi", "it has no reason"))
    return mask(text.strip())

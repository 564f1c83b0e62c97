"""The certificate authority: which keys are trusted, which one signs, how one follows another without a lock-out."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from chatops.access import keys, openssh
from chatops.access.openssh import Agent
from chatops.access.passphrases import Passphrases
from chatops.access.rules import PURPOSES, Limits
from chatops.errors import AuthorityError
from chatops.ledger import projection
from chatops.ledger.chain import Entry, Event
from chatops.ledger.store import Ledger, Reader, Writer
from chatops.words import Said

SUBJECT = "authority"
PUBLISHED = "krl"
"""What events about published lists are about."""


@dataclass(frozen=True)
class Authority:
    """One key that signs, has signed, or will."""

    name: str
    purpose: str
    public: str
    fingerprint: str
    token: str
    """The PKCS#11 module that the key is behind; none, of a file."""
    made: Event
    signing: bool = False
    retired: bool = False
    revoked: bool = False
    """As a whole, with all that it has ever signed."""

    @property
    def state(self) -> str:
        """In a word."""
        if self.retired:
            return "revoked" if self.revoked else "retired"
        return "signing" if self.signing else "trusted"


def fold(events: Iterable[Event]) -> list[Authority]:
    """All of them, in the order in which they were made."""
    found: dict[str, Authority] = {}
    for event in events:
        told = event.told
        match event.kind:
            case "ca.made":
                own = {key: told[key] for key in ("name", "purpose", "public", "fingerprint", "token")}
                found[told["name"]] = Authority(made=event, **own)
            case "ca.rotated":
                purpose = found[told["name"]].purpose
                for name, each in found.items():
                    if each.purpose == purpose:
                        found[name] = replace(each, signing=name == told["name"])
            case "ca.retired":
                found[told["name"]] = replace(found[told["name"]], retired=True, revoked=told["revoked"])
    return list(found.values())


def known(reader: Reader) -> list[Authority]:
    """All of a ledger."""
    return fold(projection.events_of(reader.connection, SUBJECT))


def trusted(authorities: Sequence[Authority], purpose: str) -> list[Authority]:
    """Those that are believed now."""
    return [each for each in authorities if each.purpose == purpose and not each.retired]


def signing(authorities: Sequence[Authority], purpose: str) -> Authority:
    """The one that signs."""
    found = next((each for each in authorities if each.purpose == purpose and each.signing), None)
    if found is None:
        raise AuthorityError(
            detail=Said(
                "belum dibuat dalam buku catatan ini; buat sekali dengan `spse-ops access authority init`",
                "there is none in this ledger yet; make it once by `spse-ops access authority init`",
            )
        )
    return found


def of(authorities: Sequence[Authority], name: str) -> Authority:
    """The one of this name."""
    for each in authorities:
        if each.name == name:
            return each
    names = ", ".join(each.name for each in authorities) or "-"
    raise AuthorityError(
        detail=Said(f"`{name}` tidak ada; yang ada: {names}", f"there is no `{name}`; there are {names}")
    )


@dataclass(frozen=True)
class Keyring:
    """Where the private keys are, and what opens them."""

    folder: Path
    passphrases: Passphrases
    rounds: int = openssh.ROUNDS

    def file(self, name: str) -> Path:
        """The file of a key that is in one."""
        return self.folder / name

    @contextmanager
    def agent(self, authority: Authority) -> Iterator[Agent]:
        """The key, ready to sign, for as long as this lasts."""
        file = self.file(authority.name)
        if not authority.token and not file.is_file():
            raise AuthorityError(
                detail=Said(
                    f"kunci {file} tidak ada di komputer ini; kerjakan di komputer yang menyimpannya, atau isi "
                    "SPSE_OPS_AUTHORITY dengan foldernya",
                    f"the key {file} is not on this machine; work where it is kept, or name its folder by "
                    "SPSE_OPS_AUTHORITY",
                )
            )
        secret = self.passphrases.get(authority.purpose)
        with openssh.agent(authority.public, secret, file=file, module=authority.token) as found:
            yield found

    def make(self, name: str, purpose: str) -> str:
        """A new key in a file; its public key."""
        file = self.file(name)
        if file.exists():
            raise AuthorityError(
                detail=Said(
                    f"{file} sudah ada dan tidak ditimpa; pindahkan bila milik buku catatan lain",
                    f"{file} is there already and is not overwritten; move it away if it is another ledger's",
                )
            )
        secret = self.passphrases.new(purpose)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise AuthorityError(detail=Said(f"{self.folder}: {error}", f"{self.folder}: {error}")) from error
        return openssh.make_key(file, secret, f"spse-ops {name}", self.rounds)


@dataclass(frozen=True)
class House:
    """The authority of one ledger, in the hands of somebody."""

    ledger: Ledger
    actor: str
    keyring: Keyring
    limits: Limits = field(default_factory=Limits)

    def all(self) -> list[Authority]:
        """Every key there is or was."""
        with self.ledger.reading() as reader:
            return known(reader)

    def init(self, module: str = "", now: datetime | None = None) -> list[Authority]:
        """Make the first key of each purpose that has none, in files or on a token, where they are called as here."""
        before = self.all()
        lacking = [each for each in PURPOSES if each not in {one.purpose for one in before}]
        if not lacking:
            raise AuthorityError(
                detail=Said(
                    "sudah dibuat; ganti kuncinya dengan `spse-ops access authority rotate`",
                    "it was made before; change its key by `spse-ops access authority rotate`",
                )
            )
        for purpose in lacking:
            self._make(purpose, before, module, now, signs=True)
        return self.all()

    def rotate(self, purpose: str, module: str = "", now: datetime | None = None) -> Authority:
        """Make the next key of a purpose: trusted beside the old one, which goes on to sign."""
        before = self.all()
        old = signing(before, purpose)
        if waiting := [each for each in trusted(before, purpose) if each.made.seq > old.made.seq]:
            raise AuthorityError(
                detail=Said(
                    f"{waiting[0].name} sudah menunggu; sesudah sampai di semua server, pakai dengan "
                    f"`spse-ops access authority rotate {purpose} --sign`",
                    f"{waiting[0].name} is waiting already; once it has reached all hosts, use it by "
                    f"`spse-ops access authority rotate {purpose} --sign`",
                )
            )
        return self._make(purpose, before, module, now, signs=False)

    def switch(self, purpose: str, *, reached: bool = False, now: datetime | None = None) -> Authority:
        """Let the newest key sign. Before, every host that still lets anybody in has to know it."""
        now = now or datetime.now(UTC)
        with self.ledger.writing(now) as writer:
            authorities = known(writer)
            old = signing(authorities, purpose)
            new = trusted(authorities, purpose)[-1]
            if new.name == old.name:
                raise AuthorityError(
                    detail=Said(
                        f"tidak ada kunci baru yang menunggu; buat dengan `spse-ops access authority rotate {purpose}`",
                        f"no new key is waiting; make one by `spse-ops access authority rotate {purpose}`",
                    )
                )
            since = _published(writer, new.made.seq)
            # What hosts had before it has run out by then, and who has nothing newer lets nobody in anyway.
            if not reached and (since is None or now < since + self.limits.lease):
                when = (since + self.limits.lease).isoformat(timespec="minutes") if since else "-"
                raise AuthorityError(
                    detail=Said(
                        f"{new.name} mungkin belum sampai di semua server; tunggu sampai {when}, atau buktikan dengan "
                        "`spse-ops access-krl --semua` lalu sebutkan --reached",
                        f"{new.name} may not have reached all hosts; wait until {when}, or prove it by "
                        "`spse-ops access-krl --semua` and say --reached",
                    )
                )
            writer.append(Entry("ca.rotated", SUBJECT, self.actor, {"name": new.name, "before": old.name}))
        return replace(new, signing=True)

    def _make(
        self, purpose: str, before: Sequence[Authority], module: str, now: datetime | None, *, signs: bool
    ) -> Authority:
        name = f"{purpose}-{sum(each.purpose == purpose for each in before) + 1}"
        public = _on_token(module, f"spse-{name}") if module else self.keyring.make(name, purpose)
        fingerprint = keys.parse(public.encode(), name).fingerprint
        told = {"name": name, "purpose": purpose, "public": public, "fingerprint": fingerprint, "token": module}
        with self.ledger.writing(now) as writer:
            writer.append(Entry("ca.made", SUBJECT, self.actor, told, f"ca:{fingerprint}"))
            if signs:
                writer.append(Entry("ca.rotated", SUBJECT, self.actor, {"name": name, "before": None}))
            return of(known(writer), name)


def retire(writer: Writer, actor: str, authority: Authority, *, revoked: bool) -> None:
    """Believe a key no more."""
    writer.append(Entry("ca.retired", SUBJECT, actor, {"name": authority.name, "revoked": revoked}))


def _published(reader: Reader, seq: int) -> datetime | None:
    """When a list was first published that knew of this event."""
    events = projection.events_of(reader.connection, PUBLISHED)
    return next((datetime.fromisoformat(event.at) for event in events if event.seq > seq), None)


def _on_token(module: str, label: str) -> str:
    try:
        found = openssh.token_keys(module)
    except AuthorityError:
        # It says the same of a token without keys, of one that is not there, and of what is no module.
        found = {}
    if label not in found:
        names = ", ".join(found) or "-"
        raise AuthorityError(
            detail=Said(
                f"token {module} tidak mempunyai kunci berlabel {label} (yang ada: {names}); buat dengan pkcs11-tool",
                f"the token {module} has no key labelled {label} (there are {names}); make it by pkcs11-tool",
            )
        )
    return found[label]

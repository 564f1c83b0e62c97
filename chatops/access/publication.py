"""What hosts are given: whom to believe, what was revoked, and a signed statement of how long that may be believed."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import func, select

from chatops.access import authority as authorities
from chatops.access import openssh, records
from chatops.access.authority import PUBLISHED, Authority, Keyring
from chatops.access.rules import BEFORE, Limits
from chatops.errors import AccessError, SpseOpsError
from chatops.ledger.chain import Entry
from chatops.ledger.schema import EVENTS
from chatops.ledger.store import Ledger, Reader
from chatops.words import Said

NAMESPACE = "spse-access-krl"
SIGNER = "spse-access"
"""Who signs, as `ssh-keygen -Y verify -I` asks for it."""


@dataclass(frozen=True)
class Statement:
    """What was published last."""

    sequence: int
    issued: datetime
    valid_until: datetime
    sha256: str
    authorities: tuple[str, ...]
    revoked: int

    @property
    def told(self) -> dict[str, object]:
        """As it stands in krl.json."""
        return {
            "sequence": self.sequence,
            "issued": self.issued.isoformat(),
            "valid_until": self.valid_until.isoformat(),
            "sha256": self.sha256,
            "authorities": list(self.authorities),
        }


def publish(
    ledger: Ledger, actor: str, keyring: Keyring, folder: Path, limits: Limits, now: datetime | None = None
) -> Statement:
    """Write the files that hosts are given, as the ledger has it now, and a lease on them."""
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    with ledger.reading() as reader:
        signer = authorities.signing(authorities.known(reader), "krl")
    with keyring.agent(signer) as agent, _alone(folder):
        with ledger.writing(now) as writer:
            known = authorities.known(writer)
            if authorities.signing(known, "krl").name != signer.name:
                detail = Said("kuncinya baru saja berganti; ulangi", "its key has just changed; try again")
                raise AccessError(detail=detail)
            sequence = _sequence(writer) + 1
            serials = _revoked(writer, known)
            whole = [each.public for each in known if each.revoked and each.purpose != "krl"]
            content = openssh.revocation_list(sequence, serials, whole)
            users = tuple(each.public for each in authorities.trusted(known, "user"))
            statement = Statement(
                sequence,
                (now - BEFORE).astimezone(UTC),
                (now - BEFORE + limits.lease).astimezone(UTC),
                hashlib.sha256(content).hexdigest(),
                users,
                sum(map(len, serials.values())),
            )
            text = json.dumps(statement.told, indent=2).encode() + b"\n"
            signature = agent.signature(text, NAMESPACE)
            body = {**statement.told, "revoked": statement.revoked, "signer": signer.name}
            writer.append(Entry("krl.issued", PUBLISHED, actor, body, f"krl:{sequence}"))
            hosts = _known_hosts(writer, known)
        lines = [f'{SIGNER} namespaces="{NAMESPACE}" {each.public}' for each in authorities.trusted(known, "krl")]
        files = {
            "authorities.pub": "".join(f"{each}\n" for each in users).encode(),
            "signers": "".join(f"{line}\n" for line in lines).encode(),
            "known_hosts": hosts.encode(),
            "krl": content,
            "krl.json": text,
            "krl.json.sig": signature.encode(),
        }
        _write(folder, files)
    return statement


def publish_after(done: Said, ledger: Ledger, actor: str, keyring: Keyring, folder: Path, limits: Limits) -> Statement:
    """The same, after something was recorded that hosts do not know of while this fails."""
    try:
        return publish(ledger, actor, keyring, folder, limits)
    except SpseOpsError as error:
        raise AccessError(
            detail=Said(
                f"{done}, dan itu tercatat; tetapi daftar untuk server BELUM dibuat. {error} Jalankan segera "
                "`spse-ops access krl`",
                f"{done.english}, and that is recorded; but the list for hosts was NOT made. {error.told('en')} "
                "Run `spse-ops access krl` at once",
            )
        ) from error


def _sequence(reader: Reader) -> int:
    """Of the last list; each event of this kind is one."""
    query = select(func.count()).select_from(EVENTS).where(EVENTS.c.subject == PUBLISHED)
    return reader.connection.execute(query).scalar_one()


def _revoked(reader: Reader, known: list[Authority]) -> dict[str, list[int]]:
    """Serials by the key that signed them. They stay for good: no host's clock is trusted to know what has expired."""
    publics = {each.name: each.public for each in known}
    serials: dict[str, list[int]] = {}
    for grant in records.grants(reader):
        if grant.revoked is not None and grant.serial is not None:
            serials.setdefault(publics[grant.authority], []).append(grant.serial)
    return serials


def _known_hosts(reader: Reader, known: list[Authority]) -> str:
    """For whoever comes to the hosts: whom to believe about which names."""
    names = sorted({name for each in records.host_certificates(reader) for name in each["names"]})
    if not names:
        return ""
    keys = [each.public for each in authorities.trusted(known, "host")]
    return "".join(f"@cert-authority {','.join(names)} {key}\n" for key in keys)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One writer of these files at a time."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Each whole or not at all; a host takes the statement only with the list that it speaks of."""
    try:
        for name, content in files.items():
            partial = folder / f".{name}.partial"
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(folder / name)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> AccessError:
    return AccessError(
        detail=Said(
            f"{folder} tidak dapat ditulis ({error.strerror}). Yang dicatat tetap berlaku; perbaiki lalu jalankan "
            "`spse-ops access krl`",
            f"cannot write {folder} ({error.strerror}). What was recorded stands; mend it, then run "
            "`spse-ops access krl`",
        )
    )

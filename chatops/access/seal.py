"""The way in that lies sealed: a key whose passphrase is on two sheets of paper, for when Slack or LKPP is down."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from chatops import bahasa
from chatops.access import authority as authorities
from chatops.access import keys, openssh, records, register, rules, shares
from chatops.access.grant import Grant
from chatops.access.openssh import Wanted
from chatops.access.passphrases import Secret
from chatops.access.register import Register
from chatops.access.rules import ACCOUNTS, LPSE, SEALED
from chatops.errors import AccessError, AuthorityError
from chatops.ledger.chain import Entry
from chatops.ledger.store import Ledger
from chatops.reports.letter import Letter
from chatops.words import Said

JAKARTA = ZoneInfo("Asia/Jakarta")
ABOUT = "segel.json"
KEPT_BY = {"A": "LKPP", "B": "LPSE"}


@dataclass(frozen=True)
class Sealed:
    """A new seal, and those that it takes the place of."""

    grant: Grant
    replaced: tuple[str, ...]
    files: tuple[Path, ...]


def seal(own: Register, lpse: str, sources: tuple[str, ...], folder: Path, now: datetime | None = None) -> Sealed:
    """Make one. Nobody has ever seen its key, and nothing of it is left but what is in the folder."""
    now = now or datetime.now(UTC)
    lpse, sources = rules.slug(lpse, LPSE), rules.sources(sources)
    _empty(folder)
    with own.ledger.reading() as reader:
        signer = authorities.signing(authorities.known(reader), "user")
        number = records.next_number(reader, now)
    parts = shares.split(number)
    lasts = timedelta(days=own.limits.seal_days)
    after, before = rules.validity(now, lasts)
    with openssh.workplace() as workplace:
        name = f"darurat-{lpse}"
        public = openssh.make_key(workplace / name, Secret(parts.passphrase), name, own.keyring.rounds)
        key = keys.parse(public.encode(), name)
        about = {
            "number": number,
            "lpse": lpse,
            "key": name,
            "fingerprint": key.fingerprint,
            "until": before.isoformat(),
        }
        files: dict[str, bytes] = {
            name: (workplace / name).read_bytes(),
            f"{name}.pub": f"{public} {name}\n".encode(),
            ABOUT: json.dumps(about, indent=2).encode() + b"\n",
        }
    for share, letter in zip(shares.SHARES, parts.shares, strict=True):
        found = _letter(share, letter, about, sources, now).files(f"surat-{share.lower()}-{KEPT_BY[share].lower()}")
        files |= {each: content for each, content in found.items() if not each.endswith(".html")}
    with own.keyring.agent(signer) as agent, own.ledger.writing(now) as writer:
        if records.next_number(writer, now) != number:
            raise AccessError(
                detail=Said("ada yang mencatat bersamaan; ulangi", "somebody recorded at the same time; try again")
            )
        replaced = [each for each in records.grants(writer) if each.lpse == lpse and each.sealed]
        told = {"reason": f"diganti oleh segel {number}"}
        ended = [each.number for each in replaced if each.state(now, own.limits) == "active"]
        for each in ended:
            writer.append(Entry("access.revoked", each, own.actor, told))
        serial = register.next_serial(writer)
        names = [rules.principal(SEALED, lpse)]
        certificate = agent.certificate(Wanted(key.line, f"{SEALED}/{number}", serial, names, after, before, sources))
        body = {
            "lpse": lpse,
            "role": SEALED,
            "person": "",
            "seconds": int(lasts.total_seconds()),
            "key": key.line,
            "fingerprint": key.fingerprint,
            "sources": sources,
            "reason": "akses darurat yang disegel",
        }
        writer.append(
            Entry(
                "access.sealed",
                number,
                own.actor,
                body | register.certified(serial, signer, after, before, certificate),
            )
        )
        files[f"{name}-cert.pub"] = certificate.encode() + b"\n"
        # Before it is true: a seal that nobody holds would be one that nobody can use.
        written = _write(folder, files)
        return Sealed(records.grant_of(writer, number), tuple(ended), written)


def open_(folder: Path, first: str, second: str, target: Path) -> dict[str, Any]:
    """Put two shares together and write the usable key; needs neither a ledger nor LKPP."""
    about = _about(folder)
    secret = Secret(shares.join(about["number"], first, second))
    certificate = target.with_name(f"{target.name}-cert.pub")
    if target.exists() or certificate.exists():
        detail = Said(f"{target} sudah ada; sebutkan nama lain", f"{target} is there already; say another name")
        raise AccessError(detail=detail)
    try:
        locked, signed = (folder / about["key"]).read_bytes(), (folder / f"{about['key']}-cert.pub").read_bytes()
        with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(locked)
        certificate.write_bytes(signed)
        openssh.open_key(target, secret)
    except OSError as error:
        raise _unusable(folder, error) from error
    except AuthorityError as error:
        target.unlink()
        certificate.unlink()
        detail = Said("kedua bagian itu tidak membuka kunci ini", "these two shares do not open this key")
        raise AccessError(detail=detail) from error
    return about


def lpse_of(folder: Path) -> str:
    """The office that the seal in a folder is for."""
    return _about(folder)["lpse"]


def opened(ledger: Ledger, actor: str, number: str, now: datetime | None = None) -> None:
    """Tell the ledger; a review is open until somebody closes it."""
    with ledger.writing(now) as writer:
        records.grant_of(writer, number)
        writer.append(Entry("access.opened", number, actor, {}))


def _letter(share: str, written: str, about: Mapping[str, str], sources: tuple[str, ...], now: datetime) -> Letter:
    holder = KEPT_BY[share]
    other = "B" if share == "A" else "A"
    until = datetime.fromisoformat(about["until"]).astimezone(JAKARTA)
    groups = written.split("-")
    account = ACCOUNTS[SEALED]
    return Letter(
        kicker="Layanan S0-21 · Akses darurat",
        title=f"Akses darurat tersegel: bagian {share} dari dua",
        office=f"LPSE {about['lpse']} · disimpan oleh {holder}",
        at=now.astimezone(JAKARTA),
        facts=[
            ("Nomor", about["number"]),
            ("Akun", account),
            ("Sidik jari kunci", about["fingerprint"]),
            ("Berlaku sampai", bahasa.moment(until)),
            ("Hanya dari alamat", ", ".join(sources)),
        ],
        notice=(
            f"Simpan dalam amplop tersegel, terpisah dari bagian {other} yang disimpan oleh {KEPT_BY[other]}. Satu "
            "bagian saja tidak berguna bagi siapa pun. Jangan difoto, dikirim, atau disimpan di komputer."
        ),
        paragraphs=[
            "Buka hanya bila server harus ditolong dan jalan biasa tidak tersedia.",
            "Ketik apa adanya; huruf besar dan kecil sama, dan tidak ada angka nol, angka satu, huruf I, atau O:",
        ],
        shown=["  ".join([groups[0], *groups[1:5]]), "   " + "  ".join(groups[5:])],
        steps=[
            f"Pertemukan kedua bagian, dan ambil folder yang berisi `{ABOUT}` dan `{about['key']}`.",
            "Jalankan `spse-ops access open FOLDER --out KUNCI`, lalu ketik kedua bagian.",
            f"Masuk dengan `ssh -i KUNCI -o CertificateFile=KUNCI-cert.pub {account}@SERVER`.",
            "Catat siapa, kapan, dan mengapa. Setiap pemakaian memicu alarm dan ditinjau sesudahnya.",
            f"Hapus KUNCI, lalu minta segel baru: `spse-ops access seal {about['lpse']}`.",
        ],
    )


def _about(folder: Path) -> dict[str, str]:
    try:
        told = json.loads((folder / ABOUT).read_text())
        return {name: str(told[name]) for name in ("number", "lpse", "key", "fingerprint", "until")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _unusable(folder, error) from error


def _empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        used = any(folder.iterdir())
    except OSError as error:
        raise _unusable(folder, error) from error
    if used:
        raise AccessError(
            detail=Said(
                f"folder {folder} tidak kosong; sebutkan yang lain", f"the folder {folder} is not empty; say another"
            )
        )


def _write(folder: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    written = []
    try:
        for name, content in files.items():
            path = folder / name
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(content)
                os.fsync(file.fileno())
            written.append(path)
    except OSError as error:
        for path in written:
            path.unlink()
        raise _unusable(folder, error) from error
    return tuple(written)


def _unusable(folder: Path, error: Exception) -> AccessError:
    return AccessError(
        detail=Said(
            f"folder {folder} tidak dapat dipakai ({error}); periksa jalurnya dan hak aksesnya",
            f"the folder {folder} cannot be used ({error}); check its path and permissions",
        )
    )

"""Signed checkpoints: how far the chain had come, for whoever keeps them elsewhere. With them a cut tail shows."""

import base64
import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from chatops.errors import CheckpointError
from chatops.ledger.chain import Whole, canonical
from chatops.words import Said

SIGNED = ("at", "hash", "ledger", "seq")


def make_key(path: Path) -> Path:
    """Write a private key that only its owner reads, and beside it the public one, whose path is returned."""
    public = path.with_name(f"{path.name}.pub")
    key = Ed25519PrivateKey.generate()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except FileExistsError as error:
        raise CheckpointError(
            file=path,
            detail=Said("kunci itu sudah ada dan tidak ditimpa", "this key is there already and is not overwritten"),
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    return public


def sign(whole: Whole, ledger: str, key: Path, folder: Path) -> Path:
    """Write the checkpoint of a chain that was just found to hold."""
    try:
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise _unreadable(key, error) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise CheckpointError(file=key, detail=Said("bukan kunci Ed25519", "it is no Ed25519 key"))
    told: dict[str, object] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "hash": whole.hash,
        "ledger": ledger,
        "seq": whole.events,
    }
    signature = private.sign(canonical(told).encode())
    path = folder / f"checkpoint-{whole.events:012}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(told | {"signature": base64.b64encode(signature).decode()}, indent=2) + "\n")
        partial.replace(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    return path


def read(files: Iterable[Path], key: Path, ledger: str) -> dict[int, str]:
    """The sums that checkpoints vouch for, by sequence number; each has to be signed with the key, of this ledger."""
    try:
        public = load_pem_public_key(key.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise _unreadable(key, error) from error
    if not isinstance(public, Ed25519PublicKey):
        raise CheckpointError(file=key, detail=Said("bukan kunci publik Ed25519", "it is no public Ed25519 key"))
    known: dict[int, str] = {}
    for path in files:
        try:
            told = json.loads(path.read_text())
            signed = {name: told[name] for name in SIGNED}
            public.verify(base64.b64decode(told["signature"]), canonical(signed).encode())
            seq, digest = int(signed["seq"]), str(signed["hash"])
        except InvalidSignature as error:
            detail = Said("tanda tangannya tidak cocok dengan kunci itu", "its signature is not of that key")
            raise CheckpointError(file=path, detail=detail) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _unreadable(path, error) from error
        if signed["ledger"] != ledger:
            raise CheckpointError(file=path, detail=Said("milik buku catatan lain", "it belongs to another ledger"))
        known[seq] = digest
    if not known:
        detail = Said(
            "tidak ada satu pun untuk diperiksa; buat dengan `spse-ops ledger checkpoint`, atau sebutkan salinannya "
            "dengan --checkpoint",
            "there is none to check against; make one by `spse-ops ledger checkpoint`, or name a copy by --checkpoint",
        )
        raise CheckpointError(file="-", detail=detail)
    return known


def _unreadable(path: Path, error: Exception) -> CheckpointError:
    if isinstance(error, FileNotFoundError):
        detail = Said(
            "tidak ada di sana; periksa jalurnya, atau buat kunci baru dengan `spse-ops ledger key`",
            "there is no such file; check its path, or make a new key by `spse-ops ledger key`",
        )
        return CheckpointError(file=path, detail=detail)
    return CheckpointError(
        file=path, detail=Said(f"tidak dapat dibaca atau ditulis ({error})", f"it cannot be read or written ({error})")
    )

"""Public keys as people hand them in. A private key is refused before anything else is done with it."""

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

from chatops.errors import KeyRefusedError
from chatops.words import Said

ALLOWED = (
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
)
FEWEST_BITS = 3072
"""Of RSA."""
PRIVATE = (b"PRIVATE KEY", b"PuTTY-User-Key-File", b"b3BlbnNzaC1rZXktdjE")
"""What stands in private keys only; the last is how OpenSSH's own begin, in base64."""
LARGEST = 16384
"""Bytes of a file: no public key comes near."""
# How many fields each kind has behind its name, and how long those are whose length is given.
FIELDS: dict[str, tuple[int | None, ...]] = {
    "ssh-ed25519": (32,),
    "sk-ssh-ed25519@openssh.com": (32, None),
    "ecdsa-sha2-nistp256": (8, 65),
    "ecdsa-sha2-nistp384": (8, 97),
    "ecdsa-sha2-nistp521": (8, 133),
    "sk-ecdsa-sha2-nistp256@openssh.com": (8, 65, None),
    "ssh-rsa": (None, None),
}


@dataclass(frozen=True)
class PublicKey:
    """One key, without the comment that its owner gave it."""

    kind: str
    blob: str

    @property
    def line(self) -> str:
        """As it stands in files."""
        return f"{self.kind} {self.blob}"

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` shows it."""
        digest = hashlib.sha256(base64.b64decode(self.blob)).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def read(file: Path) -> PublicKey:
    """The one public key of a file."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        raise _refused(file, f"tidak dapat dibaca ({error.strerror})", f"cannot read it ({error.strerror})") from error
    return parse(content, file)


def is_private(content: bytes) -> bool:
    """Whether somebody hands in what must never leave him, whole or only its inside."""
    return any(each in content for each in PRIVATE)


def refuse_private(content: bytes, file: Path | str) -> None:
    """Refuse it, and repeat nothing of it."""
    if is_private(content):
        raise _refused(
            file,
            "itu kunci PRIBADI; kunci itu tidak boleh meninggalkan pemiliknya. Anggap bocor dan buat yang baru dengan "
            "`ssh-keygen -t ed25519`, lalu serahkan berkas .pub-nya",
            "that is a PRIVATE key, which must never leave its owner. Take it as leaked, make a new one by "
            "`ssh-keygen -t ed25519`, and hand in its .pub file",
        )


def parse(content: bytes, file: Path | str) -> PublicKey:
    """The one public key that these bytes are."""
    refuse_private(content, file)
    try:
        lines = (
            [line for line in content.decode("ascii").splitlines() if line.strip()] if len(content) <= LARGEST else []
        )
    except UnicodeDecodeError:
        lines = []
    if len(lines) != 1 or len(lines[0].split()) < 2:  # noqa: PLR2004 - kind and key
        raise _refused(
            file,
            "isinya bukan tepat satu kunci publik SSH; serahkan satu berkas .pub",
            "it is not exactly one public key of SSH; hand in one .pub file",
        )
    kind, blob = lines[0].split()[:2]
    if "-cert-" in kind:
        raise _refused(
            file,
            "itu sertifikat; serahkan kunci publiknya, berkas .pub tanpa -cert",
            "that is a certificate; hand in its public key, the .pub file without -cert",
        )
    if kind not in ALLOWED:
        raise _refused(
            file,
            "jenisnya tidak diterima; buat kunci dengan `ssh-keygen -t ed25519`, tanpa pilihan di depannya",
            "its kind is not taken; make a key by `ssh-keygen -t ed25519`, and put no options before it",
        )
    _check(kind, blob, file)
    return PublicKey(kind, blob)


def _check(kind: str, blob: str, file: Path | str) -> None:
    """Refuse what only looks like a key, and RSA that is too short."""
    try:
        parts = _parts(base64.b64decode(blob, validate=True))
    except (binascii.Error, struct.error, ValueError) as error:
        raise _refused(file, "kuncinya rusak; salin ulang", "the key is damaged; copy it again") from error
    lengths = FIELDS[kind]
    if (
        not parts
        or parts[0] != kind.encode()
        or len(parts) != len(lengths) + 1
        or any(wanted is not None and len(part) != wanted for part, wanted in zip(parts[1:], lengths, strict=True))
    ):
        raise _refused(file, "kuncinya rusak; salin ulang", "the key is damaged; copy it again")
    if kind == "ssh-rsa" and (bits := int.from_bytes(parts[2]).bit_length()) < FEWEST_BITS:
        raise _refused(
            file,
            f"RSA {bits} bit terlalu pendek; paling sedikit {FEWEST_BITS}, atau lebih baik `ssh-keygen -t ed25519`",
            f"RSA of {bits} bits is too short; at least {FEWEST_BITS}, or better `ssh-keygen -t ed25519`",
        )


def _parts(blob: bytes) -> list[bytes]:
    parts = []
    while blob:
        (length,) = struct.unpack_from(">I", blob)
        if len(blob) < 4 + length:
            raise ValueError(length)
        parts.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return parts


def _refused(file: Path | str, indonesian: str, english: str) -> KeyRefusedError:
    return KeyRefusedError(file=file, detail=Said(indonesian, english))

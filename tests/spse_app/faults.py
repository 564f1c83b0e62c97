"""Damaged and hostile archives, made of a good release."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.spse_app import archive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.spse_app.archive import Tree

OVERSIZE_BYTES = 1 << 30
_ZEROS = 16 << 20


@dataclass(frozen=True)
class Faulty:
    """What is published under an artefact's name: the archive, and what was hashed and signed before it suffered."""

    published: bytes
    signed: bytes
    signature: str = "publisher"


def make(name: str, tree: Tree, released: str) -> Faulty:
    """The artefact of that name."""
    good = archive.pack(tree, released)
    match name:
        case "unsigned":
            return Faulty(good, good, signature="none")
        case "wrong-signature":
            return Faulty(good, good, signature="stranger")
        case "corrupt":
            middle = len(good) // 2
            return Faulty(good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :], good)
        case "truncated":
            return Faulty(good[: len(good) * 2 // 3], good)
        case "oversize":
            return _as_signed(_oversize(tree, released))
        case _:
            return _as_signed(archive.pack(tree, released, _hostile_members(name, released)))


def _as_signed(data: bytes) -> Faulty:
    """A hostile archive the publisher did sign: only its content is wrong."""
    return Faulty(data, data)


def _hostile_members(name: str, released: str) -> Sequence[tuple[tarfile.TarInfo, bytes]]:
    content = f"written by the artefact {name}\n".encode()
    match name:
        case "escape-dotdot":
            return [(archive.file_member("../spse-escape-dotdot", content, released), content)]
        case "escape-absolute":
            return [(archive.file_member("/opt/spse-escape-absolute", content, released), content)]
        case "escape-symlink":
            link = archive.member("webapp/public", tarfile.SYMTYPE, released)
            link.linkname = "/opt"  # where the member below would land
            return [
                (link, b""),
                (archive.file_member("webapp/public/spse-escape-symlink", content, released), content),
            ]
        case "escape-hardlink":
            # Whoever unpacks both as root has written into the machine's own file.
            name = "webapp/public/hosts"
            link = archive.member(name, tarfile.LNKTYPE, released)
            link.linkname = "/etc/hosts"
            return [(link, b""), (archive.file_member(name, content, released), content)]
        case "device":
            node = archive.member("webapp/public/null", tarfile.CHRTYPE, released)
            node.devmajor, node.devminor = 1, 3
            return [(node, b"")]
        case _:
            raise KeyError(name)


def _oversize(tree: Tree, released: str) -> bytes:
    """A release with 1 GiB of zeros added.

    A gzip file may be a chain of members, so the zeros are compressed once and the member repeated: neither the memory
    nor the time of compressing the whole is needed.
    """
    bomb = archive.member("webapp/public/isi.bin", tarfile.REGTYPE, released)
    bomb.size = OVERSIZE_BYTES
    head = _without_end(archive.tar(tree, released)) + bomb.tobuf(tarfile.USTAR_FORMAT)
    zeros = archive.compress(bytes(_ZEROS))
    end = bytes(tarfile.RECORDSIZE)
    return archive.compress(head) + zeros * (OVERSIZE_BYTES // _ZEROS) + archive.compress(end)


def _without_end(data: bytes) -> bytes:
    """Cut the empty blocks that close an archive; every member is padded to a whole block."""
    blocks = len(data.rstrip(b"\0")) // tarfile.BLOCKSIZE + 1
    return data[: blocks * tarfile.BLOCKSIZE]

"""A release as a tree of files, and that tree as a deterministic archive."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tests.spse_app.compiler import JAVA_RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.spse_app.catalogue import Build

COMMON = Path(__file__).parent / "tree"
LAYERS = Path(__file__).parent / "builds"

MANIFEST = "manifest.json"
CONTROL_SCRIPT = "spse4"
CONFIGURATION = "webapp/conf/application.conf"
INTEGRITY = "webapp/conf/integrity"

Tree = dict[str, bytes]


def release_tree(build: Build, jars: Tree, *, boot_seconds: int, heap: str) -> Tree:
    """Every file of a release, integrity list and manifest included."""
    tree = _read(COMMON)
    for layer in build.layers:
        tree |= _read(LAYERS / layer)
    tree |= jars
    tree[CONFIGURATION] = re.sub(rb"-Xmx\w+", b"-Xmx" + heap.encode(), tree[CONFIGURATION])
    return _describe(build, tree, boot_seconds)


def pack(tree: Tree, released: str, extra: Sequence[tuple[tarfile.TarInfo, bytes]] = ()) -> bytes:
    """The archive of a tree: manifest first, the rest sorted, nothing in it that depends on when or by whom."""
    return compress(tar(tree, released, extra))


def tar(tree: Tree, released: str, extra: Sequence[tuple[tarfile.TarInfo, bytes]] = ()) -> bytes:
    """The uncompressed archive; extra members come last."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted({*tree, *_directories(tree)}, key=lambda name: (name != MANIFEST, name)):
            if name in tree:
                archive.addfile(file_member(name, tree[name], released), io.BytesIO(tree[name]))
            else:
                archive.addfile(member(name, tarfile.DIRTYPE, released))
        for info, content in extra:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def compress(data: bytes) -> bytes:
    """One gzip member without a time stamp."""
    return gzip.compress(data, compresslevel=6, mtime=0)


def file_member(name: str, content: bytes, released: str) -> tarfile.TarInfo:
    """The header of a regular file."""
    info = member(name, tarfile.REGTYPE, released)
    info.size = len(content)
    return info


def member(name: str, kind: bytes, released: str) -> tarfile.TarInfo:
    """A header owned by root and dated on the day of the release."""
    info = tarfile.TarInfo(name)
    info.type = kind
    info.mode = 0o755 if kind == tarfile.DIRTYPE or name == CONTROL_SCRIPT else 0o644
    info.mtime = int(datetime.fromisoformat(released).replace(tzinfo=UTC).timestamp())
    info.uname = info.gname = "root"
    return info


def _read(directory: Path) -> Tree:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def _directories(names: Iterable[str]) -> set[str]:
    parents = (parent for name in names for parent in PurePosixPath(name).parents)
    return {str(parent) for parent in parents} - {"."}


def _describe(build: Build, tree: Tree, boot_seconds: int) -> Tree:
    """Add the manifest and the integrity list, each of which speaks of the other.

    The list holds the manifest's hash and the manifest counts the list's bytes. A line of the list is as long whatever
    the hash, so only the manifest's own length is open: the digits of unpacked_bytes settle after a round or two.
    """
    schema = max(int(PurePosixPath(name).name[:3]) for name in tree if name.startswith("webapp/db/"))
    unpacked = 0
    while True:
        manifest = {
            "format": 1,
            "application": "spse",
            "build": build.number,
            "previous": list(build.previous),
            "schema": schema,
            "migration": build.migration,
            "java": JAVA_RELEASE,
            "unpacked_bytes": unpacked,
            "files": len(tree) + 2,
            "boot_seconds": boot_seconds,
            "released": build.released,
        }
        described = tree | {MANIFEST: (json.dumps(manifest, indent=2) + "\n").encode()}
        described[INTEGRITY] = _integrity(described)
        total = sum(map(len, described.values()))
        if total == unpacked:
            return described
        unpacked = total


def _integrity(tree: Tree) -> bytes:
    """Lines of sha256sum for every file but the one a site may change and the list itself."""
    guarded = sorted(set(tree) - {CONFIGURATION, INTEGRITY})
    return "".join(f"{hashlib.sha256(tree[name]).hexdigest()}  {name}\n" for name in guarded).encode()

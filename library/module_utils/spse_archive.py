# SPDX-License-Identifier: Apache-2.0
"""A build's archive: is it the publisher's, is it whole, and is it safe to unpack as root?

Nothing is believed before it is proven: first the checksum, then the signature, then every member. The archive is
opened once and only that open file is read, so that what was checked is what gets unpacked.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from library.module_utils import spse_disk
else:
    from ansible.module_utils import spse_disk

MANIFEST = "manifest.json"
MANIFEST_LIMIT = 65536
CHUNK = 1 << 20


class RefusedError(Exception):
    """The archive must not be installed; the text says why, and what to do."""


@dataclass(frozen=True)
class Publisher:
    """Whose signature is believed."""

    identity: str
    public_key: str
    namespace: str


@dataclass(frozen=True)
class Content:
    """What a checked archive holds."""

    manifest: dict[str, Any]
    files: int
    bytes: int


def check_checksum(archive: IO[bytes], expected: str) -> None:
    """Refuse an archive whose bytes are not the announced ones; a cut one is told from a changed one."""
    digest = hashlib.sha256()
    archive.seek(0)
    for chunk in _chunks(archive):
        digest.update(chunk)
    if digest.hexdigest() == expected.lower():
        return
    if _is_cut(archive):
        raise RefusedError("Arsip terpotong: unduhan tidak selesai. Unduh ulang lalu periksa ukurannya.")
    raise RefusedError(
        f"Checksum arsip berbeda: tertulis {expected.lower()}, terhitung {digest.hexdigest()}. "
        "Arsip rusak atau bukan build yang dimaksud; unduh ulang."
    )


def check_signature(archive: IO[bytes], signature: Path, publisher: Publisher) -> None:
    """Refuse an archive that the publisher has not signed, by OpenSSH's own judgement."""
    if not signature.is_file():
        raise RefusedError(f"Arsip tidak bertanda tangan: {signature} tidak ada. Unduh juga tanda tangannya.")
    with tempfile.NamedTemporaryFile("w") as allowed:
        allowed.write(f'{publisher.identity} namespaces="{publisher.namespace}" {publisher.public_key}\n')
        allowed.flush()
        archive.seek(0)
        verify = ["ssh-keygen", "-Y", "verify", "-f", allowed.name, "-I", publisher.identity]
        verify += ["-n", publisher.namespace, "-s", str(signature)]
        done = subprocess.run(verify, stdin=archive, capture_output=True, check=False, text=True)
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise RefusedError(
            f"Tanda tangan arsip tidak sah untuk {publisher.identity} ({said[-1] if said else 'tanpa keterangan'}). "
            "Jangan dipasang; mintalah build dan tanda tangannya kembali kepada penerbit."
        )


def check_content(archive: IO[bytes], limit: int) -> Content:
    """Refuse an archive with any member that does not belong in a release, or with more than it declares."""
    manifest: dict[str, Any] | None = None
    names: set[str] = set()
    files = size = 0
    with _reading(archive) as tar:
        for member in tar:
            if manifest is None:
                manifest = _manifest(tar, member)
                declared = min(int(manifest["unpacked_bytes"]), limit)
            check_member(member, names)
            names.add(_normal(member.name))
            if member.isreg():
                files, size = files + 1, size + member.size
            if size > declared:
                raise RefusedError(_too_large(manifest, limit))
    if manifest is None:
        raise RefusedError("Arsip kosong.")
    if (files, size) != (manifest["files"], manifest["unpacked_bytes"]):
        raise RefusedError(
            f"Isi arsip ({files} berkas, {size} bita) berbeda dari manifesnya "
            f"({manifest['files']} berkas, {manifest['unpacked_bytes']} bita)."
        )
    return Content(manifest=manifest, files=files, bytes=size)


def check_member(member: tarfile.TarInfo, seen: Iterable[str]) -> None:
    """Refuse one member: only files and folders, below the root, each once."""
    path = PurePosixPath(member.name)
    if path.is_absolute():
        raise RefusedError(f"Arsip berbahaya: anggota `{member.name}` berjalur absolut.")
    if ".." in path.parts:
        raise RefusedError(f"Arsip berbahaya: anggota `{member.name}` keluar dari folder rilis.")
    if member.issym() or member.islnk():
        raise RefusedError(f"Arsip berbahaya: anggota `{member.name}` adalah tautan ke `{member.linkname}`.")
    if not (member.isreg() or member.isdir()):
        raise RefusedError(f"Arsip berbahaya: anggota `{member.name}` bukan berkas biasa (perangkat atau pipa).")
    if _normal(member.name) in seen:
        raise RefusedError(f"Arsip berbahaya: anggota `{member.name}` ada dua kali.")


def unpack(archive: IO[bytes], destination: Path) -> None:
    """Unpack a checked archive beside its place, and move it there in one step: a release is whole or absent."""
    partial = destination.with_name(f".{destination.name}.partial")
    if partial.exists():
        # Of a run that was cut; nobody has ever used it.
        shutil.rmtree(partial)
    partial.mkdir(mode=0o755, parents=True)
    with _reading(archive) as tar:
        for member in tar:
            _extract(tar, member, partial / _normal(member.name))
    for folder, _, _ in os.walk(partial):
        spse_disk.sync(Path(folder))
    partial.rename(destination)
    spse_disk.sync(destination.parent)


def damage(archive: IO[bytes], release: Path, exempt: Iterable[str]) -> str | None:
    """The first file of a release that is not as the archive has it; what is exempt is the site's own business."""
    spared = set(exempt)
    with _reading(archive) as tar:
        for member in tar:
            name = _normal(member.name)
            if not member.isreg() or name in spared:
                continue
            source = tar.extractfile(member)
            target = release / name
            if source is None or target.is_symlink() or not target.is_file() or not _same(source, target):
                return name
    return None


def set_aside(release: Path) -> Path:
    """Move a damaged release away, as evidence, and give it a name that no release has."""
    number = 1
    while (aside := release.with_name(f".{release.name}.damaged-{number}")).exists():
        number += 1
    release.rename(aside)
    return aside


def _same(source: IO[bytes], target: Path) -> bool:
    with target.open("rb") as file:
        while True:
            wanted, found = source.read(CHUNK), file.read(CHUNK)
            if wanted != found:
                return False
            if not wanted:
                return True


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """Write one member; owner root, and of its mode only whether it may be run."""
    if member.isdir():
        target.mkdir(mode=0o755, parents=True, exist_ok=True)
        return
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    source = tar.extractfile(member)
    if source is None:
        raise RefusedError(f"Anggota `{member.name}` tidak dapat dibaca.")
    with target.open("xb") as file:
        shutil.copyfileobj(source, file, CHUNK)
        file.flush()
        os.fchmod(file.fileno(), 0o755 if member.mode & 0o100 else 0o644)
        os.fsync(file.fileno())
    os.utime(target, (member.mtime, member.mtime))


def _manifest(tar: tarfile.TarFile, member: tarfile.TarInfo) -> dict[str, Any]:
    if member.name != MANIFEST or not member.isreg() or member.size > MANIFEST_LIMIT:
        raise RefusedError(f"Arsip bukan build SPSE: anggota pertamanya `{member.name}`, seharusnya `{MANIFEST}`.")
    source = tar.extractfile(member)
    try:
        manifest = json.loads(source.read()) if source else None
    except ValueError as error:
        raise RefusedError(f"Manifes build tidak dapat dibaca: {error}.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != 1 or manifest.get("application") != "spse":
        raise RefusedError("Manifes build tidak dikenal: perlu `format` 1 dan `application` spse.")
    kinds = {"build": str, "previous": list, "schema": int, "migration": str, "unpacked_bytes": int, "files": int}
    for key, kind in kinds.items():
        if not isinstance(manifest.get(key), kind):
            raise RefusedError(f"Manifes build tidak lengkap: `{key}` tidak ada atau salah jenis.")
    return manifest


def _too_large(manifest: dict[str, Any], limit: int) -> str:
    return (
        f"Arsip terlalu besar: isinya melebihi {min(manifest['unpacked_bytes'], limit)} bita "
        f"(manifes {manifest['unpacked_bytes']}, batas {limit})."
    )


def _reading(archive: IO[bytes]) -> tarfile.TarFile:
    archive.seek(0)
    # As a stream: a member is never sought, so its size in the header cannot hide what follows.
    return tarfile.open(fileobj=archive, mode="r|gz")


def _is_cut(archive: IO[bytes]) -> bool:
    archive.seek(0)
    try:
        with gzip.open(archive) as stream:
            for _ in _chunks(stream):
                pass
    except EOFError:
        return True
    except (OSError, zlib.error):
        return False
    return False


def _chunks(file: IO[bytes] | gzip.GzipFile) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK), b"")


def _normal(name: str) -> str:
    return str(PurePosixPath(name))

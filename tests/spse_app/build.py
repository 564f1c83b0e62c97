"""Building releases and faulty artefacts into one folder."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.spse_app import archive, compiler, faults, signing
from tests.spse_app.catalogue import ARTEFACTS, BUILDS, N1, NAMES
from tests.spse_app.errors import UnknownArtefactError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.spse_app.archive import Tree
    from tests.spse_app.catalogue import Build

KEY = "release_key"
ALLOWED_SIGNERS = "allowed_signers"
INDEX = "index.json"


@dataclass(frozen=True)
class Options:
    """What a build may vary in."""

    boot_seconds: int = 12
    heap: str = "192m"


@dataclass(frozen=True)
class Built:
    """One artefact in the output folder."""

    name: str
    build: str
    expected: str
    file: Path

    @property
    def sha256(self) -> str:
        """What a good archive of this name hashes to."""
        return Path(f"{self.file}.sha256").read_text(encoding="ascii").split()[0]


def build(out: Path, names: Iterable[str] = NAMES, options: Options | None = None) -> dict[str, Built]:
    """Build the named artefacts into a folder, with the publisher's key, who may sign, and an index."""
    chosen = list(names)
    for name in chosen:
        if name not in NAMES:
            raise UnknownArtefactError(name, list(NAMES))
    out.mkdir(parents=True, exist_ok=True)
    key = out / KEY
    signing.ensure_key(key)
    signing.write_allowed_signers(key, out / ALLOWED_SIGNERS)
    trees = _trees(out, options or Options())
    built = {name: _one(out, key, name, trees) for name in chosen}
    _write_index(out, built.values())
    return built


def _trees(out: Path, options: Options) -> Callable[[Build], Tree]:
    jars = {
        "framework/play.jar": compiler.play_jar(out / ".cache"),
        "framework/lib/postgresql.jar": compiler.jdbc_jar(),
    }
    return lambda build: archive.release_tree(build, jars, boot_seconds=options.boot_seconds, heap=options.heap)


def _one(out: Path, key: Path, name: str, tree_of: Callable[[Build], Tree]) -> Built:
    if name in BUILDS:
        release = BUILDS[name]
        data = archive.pack(tree_of(release), release.released)
        file = out / f"spse-{release.number}.tar.gz"
        _publish(file, faults.Faulty(data, data), key)
        return Built(name, release.number, release.expected, file)
    # Under the same file name as the good release, as it would be in life; so each has a folder of its own.
    file = out / name / f"spse-{N1.number}.tar.gz"
    file.parent.mkdir(exist_ok=True)
    _publish(file, faults.make(name, tree_of(N1), N1.released), key)
    return Built(name, N1.number, ARTEFACTS[name].expected, file)


def _publish(file: Path, content: faults.Faulty, key: Path) -> None:
    """Write the hash and signature of what was signed, then what is published."""
    file.write_bytes(content.signed)
    digest = hashlib.sha256(content.signed).hexdigest()
    Path(f"{file}.sha256").write_text(f"{digest}  {file.name}\n", encoding="ascii")
    match content.signature:
        case "publisher":
            signing.sign(key, file)
        case "stranger":
            with tempfile.TemporaryDirectory() as scratch:
                stranger = Path(scratch) / "key"
                signing.ensure_key(stranger)
                signing.sign(stranger, file)
        case _:
            Path(f"{file}.sig").unlink(missing_ok=True)
    file.write_bytes(content.published)


def _write_index(out: Path, built: Iterable[Built]) -> None:
    """Say what stands in the folder, keeping what earlier builds put there."""
    index = out / INDEX
    entries = json.loads(index.read_text(encoding="utf-8")) if index.exists() else {}
    for one in built:
        file = one.file.relative_to(out).as_posix()
        entries[one.name] = {"file": file, "build": one.build, "expected": one.expected}
    index.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")

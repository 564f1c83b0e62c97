"""Packages made for a test, in repositories that apt takes for Debian's."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

PLACE = "/srv/uji"
SOURCES = "/etc/apt/sources.list.d/uji.list"


@dataclass(frozen=True)
class Package:
    """One small package; `files` are what it brings, and `postinst` what it does when it is configured."""

    name: str
    version: str
    relations: dict[str, str] = field(default_factory=dict)
    postinst: str = ""
    files: dict[str, str] = field(default_factory=dict)

    @property
    def control(self) -> str:
        """What dpkg is told about it."""
        about = {
            "Package": self.name,
            "Version": self.version,
            "Architecture": "all",
            "Maintainer": "uji <uji@lkpp.example>",
            "Description": "made for a test",
        }
        return "".join(f"{key}: {value}\n" for key, value in (about | self.relations).items())

    @property
    def file(self) -> str:
        """Its name as a file."""
        return f"{self.name}_{self.version}_all.deb"

    def build(self, folder: Path) -> None:
        """Make it, in a folder."""
        tree = folder / f"{self.name}.tree"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(self.control)
        if self.postinst:
            (tree / "DEBIAN/postinst").write_text(f"#!/bin/sh\nset -e\n{self.postinst}\n")
            (tree / "DEBIAN/postinst").chmod(0o755)
        for path, content in self.files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(content)
        configuration = [f"/{path}\n" for path in self.files if path.startswith("etc/")]
        (tree / "DEBIAN/conffiles").write_text("".join(configuration))
        command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(tree), str(folder / self.file)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        shutil.rmtree(tree)


@dataclass(frozen=True)
class Repository:
    """A flat repository of its own; `label` decides whether it is one of security updates."""

    name: str
    label: str
    codename: str
    packages: tuple[Package, ...]

    @property
    def line(self) -> str:
        """How apt is told of it on the host."""
        return f"deb [trusted=yes] file:{PLACE}/{self.name} ./\n"

    def build(self, folder: Path) -> None:
        """Make it, in a folder below."""
        place = folder / self.name
        place.mkdir(parents=True)
        for package in self.packages:
            package.build(place)
        index = "\n".join(self._entry(package, place / package.file) for package in self.packages)
        (place / "Packages").write_text(index)
        digest = hashlib.sha256(index.encode()).hexdigest()
        (place / "Release").write_text(
            f"Origin: Debian\nLabel: {self.label}\nSuite: {self.codename}\nCodename: {self.codename}\n"
            f"Date: {datetime.now(UTC):%a, %d %b %Y %H:%M:%S} UTC\n"
            f"SHA256:\n {digest} {len(index.encode())} Packages\n"
        )

    @staticmethod
    def _entry(package: Package, file: Path) -> str:
        content = file.read_bytes()
        return (
            f"{package.control}Filename: ./{package.file}\nSize: {len(content)}\n"
            f"SHA256: {hashlib.sha256(content).hexdigest()}\n"
        )


def build(folder: Path, codename: str, old: tuple[Package, ...], new: tuple[Package, ...]) -> None:
    """Debian as it was, its security updates, and what apt is told of them."""
    repositories = (
        Repository("debian", "Debian", codename, old),
        Repository("security", "Debian-Security", f"{codename}-security", new),
    )
    for repository in repositories:
        repository.build(folder)
    (folder / "uji.list").write_text("".join(repository.line for repository in repositories))


def main() -> None:
    """For a Molecule scenario: one package, its update, and one that restarts the database."""
    folder, codename = Path(sys.argv[1]), sys.argv[2]
    shutil.rmtree(folder, ignore_errors=True)
    names = ("uji-biasa", "uji-tahan", "postgresql-uji")
    build(
        folder,
        codename,
        tuple(Package(name, "1.0") for name in names),
        tuple(Package(name, "1.1") for name in names),
    )


if __name__ == "__main__":
    main()

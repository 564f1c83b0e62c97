"""The builds and the faulty artefacts, by name. Pure data: what each one is and what must come of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Migration = Literal["compatible", "incompatible", "none"]


@dataclass(frozen=True)
class Build:
    """One release of the stand-in: layers of files over the common tree, and what its manifest declares."""

    name: str
    number: str
    layers: tuple[str, ...]
    previous: tuple[str, ...]
    migration: Migration
    expected: str

    @property
    def released(self) -> str:
        """The day in the build number, as the manifest writes it."""
        day = self.number.rsplit(".", 1)[1]
        return f"{day[:4]}-{day[4:6]}-{day[6:]}"


@dataclass(frozen=True)
class Artefact:
    """A damaged or hostile archive made of build n1."""

    name: str
    expected: str


N = Build("n", "4.5.20260105", (), (), "none", "works")
N1 = Build("n1", "4.5.20260202", ("n1",), (N.number,), "compatible", "works; build n still works on its schema")
N2 = Build("n2", "4.5.20260302", ("n1", "n2"), (N1.number,), "incompatible", "works; n and n1 fail on its schema")


def _faulty_successor_of_n(name: str, number: str, expected: str) -> Build:
    """A build that is n1 with one more layer, the fault."""
    return Build(name, number, ("n1", name), (N.number,), "compatible", expected)


BUILDS: dict[str, Build] = {
    build.name: build
    for build in (
        N,
        N1,
        N2,
        _faulty_successor_of_n("no-start", "4.5.20260210", "exits 1 with an exception after the boot wait"),
        _faulty_successor_of_n(
            "migration-fails", "4.5.20260211", "migration 5 stops at its third statement, the schema is half changed"
        ),
        _faulty_successor_of_n("cannot-write", "4.5.20260212", "starts and reads; every write answers 500"),
        _faulty_successor_of_n("leaks", "4.5.20260213", "keeps 256 KiB per request until the heap is full"),
    )
}

ARTEFACTS: dict[str, Artefact] = {
    artefact.name: artefact
    for artefact in (
        Artefact("unsigned", "there is no signature"),
        Artefact("wrong-signature", "signed by a key that isn't the publisher's"),
        Artefact("corrupt", "one byte differs from what was hashed and signed"),
        Artefact("truncated", "the last third is missing"),
        Artefact("escape-dotdot", "a member climbs out of the tree with .."),
        Artefact("escape-absolute", "a member has an absolute path"),
        Artefact("escape-symlink", "a symbolic link leads out of the tree and a member goes through it"),
        Artefact("escape-hardlink", "a hard link leads to a file of the machine and a member is written over it"),
        Artefact("device", "a member is a device node"),
        Artefact("oversize", "unpacks to 1 GiB more than the manifest declares"),
    )
}

NAMES: tuple[str, ...] = (*BUILDS, *ARTEFACTS)

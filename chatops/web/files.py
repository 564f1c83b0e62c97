"""Finished reports as files: `<folder>/<month>/<office>/<name>`, as whoever makes them has put them there.

The month is `2026-06`; the office a slug, or `nasional` for the whole country. What is called otherwise is not shown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chatops.permissions import EVERYWHERE
from chatops.web.site import Visitor

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
OFFICE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.(html|pdf|xlsx)")
NATIONAL = "nasional"
TYPES = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Report:
    """The files of one month and office."""

    month: str
    office: str
    files: tuple[str, ...]


def months(folder: Path) -> list[str]:
    """The months that there is something of, the newest first."""
    return sorted((each for each in _names(folder) if MONTH.fullmatch(each)), reverse=True)


def reports(folder: Path, month: str, visitor: Visitor) -> Iterator[Report]:
    """Those of one month that somebody may see: the national ones, and those of his offices."""
    for office in sorted(_names(folder / month), key=lambda name: (name != NATIONAL, name)):
        if OFFICE.fullmatch(office) and sees(visitor, office):
            names = tuple(sorted(each for each in _names(folder / month / office) if NAME.fullmatch(each)))
            if names:
                yield Report(month, office, names)


def sees(visitor: Visitor, office: str) -> bool:
    """The national report compares all offices by name: it is for those who may see them all."""
    return visitor.sees([EVERYWHERE]) if office == NATIONAL else visitor.sees([office])


def found(folder: Path, month: str, office: str, name: str) -> Path | None:
    """The file of these names, if they are names and it lies where it should."""
    if not (MONTH.fullmatch(month) and OFFICE.fullmatch(office) and NAME.fullmatch(name)):
        return None
    path = folder / month / office / name
    # A link that somebody has put there might lead anywhere.
    inside = path.resolve().is_relative_to(folder.resolve())
    return path if inside and path.is_file() else None


def _names(folder: Path) -> list[str]:
    try:
        return [each.name for each in folder.iterdir()]
    except OSError:
        return []

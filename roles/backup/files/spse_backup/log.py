# SPDX-License-Identifier: Apache-2.0
"""The log of the database, as pgBackRest keeps it on the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .settings import STANZA

if TYPE_CHECKING:
    from pathlib import Path

UNFINISHED = ".tmp"
PARTS = 16
"""Segments whose names begin alike are in one folder."""


def archived(local: Path, segment: str, since: float) -> bool:
    """Whether a segment is there; one of the same name may be, of a cluster that was here before."""
    found = local.glob(f"archive/{STANZA}/*/{segment[:PARTS]}/{segment}-*")
    return any(file.stat().st_mtime >= since for file in found if file.suffix != UNFINISHED)

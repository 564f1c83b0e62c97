# SPDX-License-Identifier: Apache-2.0
"""Reads the files of a log within a window of time: rotated ones too, each once, and never more than a line at once."""

from __future__ import annotations

import bz2
import glob
import gzip
import lzma
import stat
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

LONGEST_LINE = 16 * 1024
# Lines are not quite in the order of their times: Apache writes of a request when it ends, with the time it began.
DISORDER = 600.0
_BLOCK = 64 * 1024
_HEAD = 1024 * 1024
_PACKED: dict[str, Callable[[Path], IO[bytes]]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}  # type: ignore[dict-item]
_UNREADABLE = {".zst": "dimampatkan dengan zstd", ".zip": "arsip zip", ".journal": "jurnal biner"}


def find(patterns: Iterable[str], since: float) -> list[Path]:
    """The files that were written to since then, each once however many links lead to it."""
    found: dict[tuple[int, int], Path] = {}
    for pattern in patterns:
        for name in sorted(glob.glob(pattern)):  # noqa: PTH207 - patterns are absolute, which pathlib refuses
            path = Path(name).resolve()
            try:
                status = path.stat()
            except OSError:
                # It was rotated away while we were looking, or the link leads nowhere.
                continue
            if stat.S_ISREG(status.st_mode) and status.st_size and status.st_mtime >= since - DISORDER:
                found.setdefault((status.st_dev, status.st_ino), path)
    return sorted(found.values())


def lines(path: Path, since: float, when: Callable[[str], float | None]) -> Iterator[str]:
    """The lines of a file, from shortly before the window; `when` tells a line's time, where it has one."""
    if reason := _UNREADABLE.get(path.suffix):
        raise ValueError(reason)
    packed = _PACKED.get(path.suffix)
    try:
        with packed(path) if packed else path.open("rb") as file:
            if not packed:
                _seek(file, path.stat().st_size, since - DISORDER, when)
            while line := _line(file):
                yield line
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
        raise ValueError(f"rusak ({error})") from error


def _seek(file: IO[bytes], size: int, since: float, when: Callable[[str], float | None]) -> None:
    """Go to a line from which on everything since then is found: halve the file until one block is left."""
    if _time(file, min(size, _HEAD), when) is None:
        raise ValueError("tidak ada waktu yang dikenali")
    low, high = 0, size
    while high - low > _BLOCK:
        middle = (low + high) // 2
        file.seek(middle)
        _line(file)
        time = _time(file, high, when)
        if time is None or time >= since:
            high = middle
        else:
            low = middle
    file.seek(low)
    if low:
        # Of this one only a part may be left.
        _line(file)


def _time(file: IO[bytes], end: int, when: Callable[[str], float | None]) -> float | None:
    """The time of the first line that has one, before a place in the file."""
    while file.tell() < end and (line := _line(file)):
        time = when(line)
        if time is not None:
            return time
    return None


def _line(file: IO[bytes]) -> str:
    """The next line with its end, of which not more is kept than may be; empty at the end of the file."""
    raw: Any = file.readline(LONGEST_LINE)
    whole = raw.endswith(b"\n") or len(raw) < LONGEST_LINE
    if not whole:
        while (rest := file.readline(_BLOCK)) and not rest.endswith(b"\n"):
            pass
        # Half a secret is not known for one: what was cut through goes.
        raw = raw[: raw.rfind(b" ") + 1]
    # A file may begin its line with nothing, where power failed before it was written.
    text = raw.lstrip(b"\0").decode(errors="replace").rstrip("\r\n")
    return f"{text}\n" if raw or not whole else ""

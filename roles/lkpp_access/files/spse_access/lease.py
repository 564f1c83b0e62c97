# SPDX-License-Identifier: Apache-2.0
"""How long a host may believe that it knows what was revoked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from .settings import AccessError

SKEW = timedelta(minutes=5)
"""By so much clocks may differ."""


@dataclass(frozen=True)
class Statement:
    """What the authority says of its list."""

    sequence: int
    issued: datetime
    valid_until: datetime
    sha256: str
    """Of the list."""
    authorities: tuple[str, ...]
    """Public keys that are trusted with it."""


def parse(text: str) -> Statement:
    """Read it; whatever it lacks makes it none."""
    try:
        raw = json.loads(text)
        issued, until = (datetime.fromisoformat(raw[name]) for name in ("issued", "valid_until"))
        statement = Statement(
            int(raw["sequence"]), issued, until, str(raw["sha256"]), tuple(map(str, raw["authorities"]))
        )
    except (ValueError, KeyError, TypeError) as error:
        raise AccessError(f"Pernyataan tentang daftar pencabutan tidak terbaca ({error!r}). Kirim ulang.") from error
    if issued.tzinfo is None or until.tzinfo is None or not statement.authorities:
        raise AccessError("Pernyataan tentang daftar pencabutan tidak lengkap. Kirim ulang.")
    return statement


def digest(revoked: bytes) -> str:
    """The sum by which a statement names its list."""
    return hashlib.sha256(revoked).hexdigest()


def acceptable(new: Statement, revoked: bytes, known: Statement | None, now: datetime) -> None:
    """Refuse what is not the newest, or not for this list, or of a time that has not come."""
    if digest(revoked) != new.sha256:
        raise AccessError("Daftar pencabutan bukan yang disebut pernyataannya. Kirim ulang keduanya bersama.")
    if known and new.sequence < known.sequence:
        raise AccessError(
            f"Daftar pencabutan nomor {new.sequence} lebih tua daripada nomor {known.sequence} yang sudah ada di sini; "
            "yang lama tidak diterima lagi."
        )
    if now + SKEW < new.issued:
        raise AccessError(
            f"Daftar pencabutan dibuat {new.issued:%Y-%m-%d %H:%M} UTC, tetapi jam server ini "
            f"{now:%Y-%m-%d %H:%M} UTC. Perbaiki jam server (kontrol CLK-01), lalu kirim ulang."
        )
    if now > new.valid_until:
        raise AccessError(
            f"Daftar pencabutan hanya berlaku sampai {new.valid_until:%Y-%m-%d %H:%M} UTC. Buat yang baru dengan "
            "`spse-ops access krl`."
        )


def shut(statement: Statement | None, revoked: bytes | None, now: datetime) -> str:
    """Why nobody may come in now; empty if one may."""
    if statement is None:
        return "daftar pencabutan belum diterima sejak server dinyalakan"
    if revoked is None or digest(revoked) != statement.sha256:
        return "daftar pencabutan tidak ada atau bukan yang diterima"
    if now + SKEW < statement.issued:
        return "jam server mundur sejak daftar pencabutan diterima"
    if now > statement.valid_until:
        return f"daftar pencabutan kedaluwarsa sejak {statement.valid_until:%Y-%m-%d %H:%M} UTC"
    return ""

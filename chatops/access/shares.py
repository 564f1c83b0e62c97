"""One passphrase on two sheets of paper: each alone tells nothing, and both can be typed without a mistake."""

import base64
import hashlib
import secrets
from typing import NamedTuple

from chatops.errors import ShareError
from chatops.words import Said

LENGTH = 20
"""Bytes: nobody tries 2^160."""
GROUP = 4
# Without 0, 1, O and I, which nobody tells apart on paper; of these 32 each stands for five bits.
STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
WRITTEN, READ = str.maketrans(STANDARD, LETTERS), str.maketrans(LETTERS, STANDARD)
SHARES = ("A", "B")


class Split(NamedTuple):
    """A passphrase, and the two shares that make it."""

    passphrase: str
    shares: tuple[str, str]


def split(seal: str) -> Split:
    """A new passphrase of a seal, and its two shares as they are printed."""
    whole, first = secrets.token_bytes(LENGTH), secrets.token_bytes(LENGTH)
    second = _xor(whole, first)
    return Split(_letters(whole), (_written(seal, "A", first), _written(seal, "B", second)))


def join(seal: str, first: str, second: str) -> str:
    """The passphrase that two shares make, in either order."""
    known = {}
    for number, typed in enumerate((first, second), start=1):
        share, value = _read(seal, typed, number)
        if share in known:
            raise _wrong(
                str(number),
                f"keduanya bagian {share}; diperlukan satu bagian A dan satu bagian B",
                f"both are share {share}; one share A and one share B are needed",
            )
        known[share] = value
    return _letters(_xor(known["A"], known["B"]))


def _written(seal: str, share: str, value: bytes) -> str:
    """A share as groups of four letters with a fifth that proves them, and one group that proves them all."""
    letters = _letters(value)
    groups = [letters[place : place + GROUP] for place in range(0, len(letters), GROUP)]
    proven = [group + _proof(f"{share}{number}{group}", 1) for number, group in enumerate(groups, start=1)]
    return "-".join([share, *proven, _proof(f"{seal}{share}{letters}", GROUP + 1)])


def _read(seal: str, typed: str, number: int) -> tuple[str, bytes]:
    given = typed.upper().replace("-", " ").split()
    share, *groups = given or [""]
    expected = LENGTH * 8 // 5 // GROUP + 1
    if share not in SHARES:
        raise _wrong(str(number), "harus mulai dengan huruf A atau B", "it has to begin with the letter A or B")
    if len(groups) != expected:
        raise _wrong(
            share,
            f"ada {len(groups)} kelompok sesudah huruf pertama; seharusnya {expected}",
            f"{len(groups)} groups follow the first letter; it should be {expected}",
        )
    *proven, last = groups
    for place, group in enumerate(proven, start=1):
        if (
            len(group) != GROUP + 1
            or set(group) - set(LETTERS)
            or group[-1] != _proof(f"{share}{place}{group[:-1]}", 1)
        ):
            raise _wrong(share, f"kelompok ke-{place} salah ketik", f"group {place} is mistyped")
    letters = "".join(group[:-1] for group in proven)
    if last != _proof(f"{seal}{share}{letters}", GROUP + 1):
        raise _wrong(
            share,
            "kelompok terakhir salah ketik, atau bagian itu milik segel lain",
            "the last group is mistyped, or the share is of another seal",
        )
    return share, base64.b32decode(letters.translate(READ))


def _letters(value: bytes) -> str:
    return base64.b32encode(value).decode().translate(WRITTEN)


def _proof(text: str, length: int) -> str:
    return _letters(hashlib.sha256(text.encode()).digest()[:LENGTH])[:length]


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _wrong(share: str, indonesian: str, english: str) -> ShareError:
    return ShareError(share=share, detail=Said(indonesian, english))

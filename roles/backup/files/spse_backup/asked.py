# SPDX-License-Identifier: Apache-2.0
"""What `spse-backup` may be asked for. What a person has written is handed on behind `--option=`, or behind `--`."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .repository import LATEST

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE = 4 * 3600
AUTO, FULL, NONE = "auto", "full", "none"
KINDS = (AUTO, FULL, "diff", "incr", NONE)
"""Which physical backup comes before the point. Without one, the last one's log is enough."""


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="spse-backup", description="Titik pulih SPSE di server ini.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="perintah")
    verbs.add_parser("begin", help="buat repositori di luar server, bila belum ada")
    take = verbs.add_parser("take", help="ambil titik pulih")
    take.add_argument("--kind", choices=KINDS, default=AUTO, help="cadangan fisik sebelum titiknya")
    take.add_argument("--name", default="", help="nama titik pulih")
    take.add_argument("--reason", default="")
    take.add_argument("--patience", type=float, default=PATIENCE, help="detik menunggu pekerjaan lain")
    verbs.add_parser("list", help="semua titik pulih")
    drill = verbs.add_parser("drill", help="pulihkan ke tempat sementara, periksa, buang")
    drill.add_argument("point", nargs="?", default=LATEST)
    drill.add_argument("--whole", action="store_true", help="semua dokumen dan semua data")
    drill.add_argument("--patience", type=float, default=PATIENCE)
    fetch = verbs.add_parser("fetch", help="ambil berkas dari titik pulih ke sebuah folder")
    fetch.add_argument("point")
    fetch.add_argument("target", type=Path)
    fetch.add_argument("path", type=Path, nargs="+")
    for verb, text in (("preview", "apa yang akan hilang bila dipulihkan"), ("extract", "ambil data satu instans")):
        instance = verbs.add_parser(verb, help=text)
        instance.add_argument("instance")
        instance.add_argument("--point", default=LATEST)
        instance.add_argument("--time", type=_moment, help="keadaan pada saat itu, seperti 2026-11-20T09:00+07:00")
        if verb == "extract":
            instance.add_argument("--database", type=Path, help="folder untuk salinan basis data")
            instance.add_argument("--documents", type=Path, help="folder untuk dokumen")
            instance.add_argument("--patience", type=float, default=PATIENCE)
    one = verbs.add_parser("file", help="kembalikan satu dokumen ke tempatnya")
    one.add_argument("instance")
    one.add_argument("path", type=Path)
    one.add_argument("--point", default=LATEST)
    one.add_argument("--put", action="store_true", help="lakukan; tanpa ini hanya ditunjukkan")
    rebuilt = verbs.add_parser("rebuild", help="bangun kembali server kosong dari titik pulih")
    rebuilt.add_argument("--point", default=LATEST)
    rebuilt.add_argument("--patience", type=float, default=PATIENCE)
    verbs.add_parser("status", help="umur titik pulih terbaru dan hasil uji terakhir; keluar 1 bila ada yang kurang")
    return parser.parse_args(given)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"`{text}` bukan waktu; tulis seperti 2026-11-20T09:00+07:00") from error
    # Without a zone it is the host's own.
    return moment if moment.tzinfo else moment.astimezone()

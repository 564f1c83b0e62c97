"""`spse-ops ledger`: prove that the record is whole, and take it elsewhere."""

import json
import sys
from collections.abc import Generator
from contextlib import closing
from itertools import islice
from pathlib import Path

import click

from chatops.commands.book import book
from chatops.commands.command import Command, Group, show_json
from chatops.errors import LedgerError
from chatops.ledger import checkpoints, spool
from chatops.ledger.chain import Event, verify
from chatops.ledger.store import Ledger, Reader
from chatops.settings import Records
from chatops.words import Said

FILE = click.Path(path_type=Path)


@click.group(cls=Group, short_help="Memeriksa dan menyalin buku catatan")
def ledger() -> None:
    """Memeriksa dan menyalin buku catatan."""


@ledger.command("verify", cls=Command, short_help="Membuktikan bahwa buku catatan utuh")
@click.option("--pubkey", type=FILE, metavar="BERKAS", help="Kunci publik dari titik periksa yang ditandatangani.")
@click.option("--checkpoint", "named", type=FILE, multiple=True, metavar="BERKAS", help="Salinan titik periksa.")
@click.option(
    "--file", "exported", type=FILE, metavar="BERKAS", help="Hasil `ledger export`, sebagai ganti basis data."
)
def verify_(
    pubkey: Path | None, named: tuple[Path, ...], exported: Path | None, *, as_json: bool, language: str
) -> None:
    """Membuktikan bahwa buku catatan utuh; yang pertama rusak disebut nomor urutnya."""
    if named and not pubkey:
        raise click.UsageError("--checkpoint memerlukan --pubkey: tanpa kunci titik periksa tidak membuktikan apa pun.")
    records = Records.from_environment()
    if exported:
        events = list(_read(exported))
        known = _known(pubkey, named, events[:1])
        whole = verify(events, known)
    else:
        # Nothing is taken in from the spool: who looks changes nothing.
        kept = Ledger.existing(records.url)
        try:
            files = named or tuple(sorted(records.checkpoints.glob("checkpoint-*.json")))
            with kept.reading() as reader:
                known = _known(pubkey, files, _first(reader))
            whole = kept.verify(known)
        finally:
            kept.close()
    if as_json:
        show_json({"whole": True, "events": whole.events, "hash": whole.hash, "checkpoints": sorted(known)})
        return
    said = Said(
        f"Utuh: {whole.events} catatan, jumlah akhir {whole.hash}.",
        f"Whole: {whole.events} events, last sum {whole.hash}.",
    )
    click.echo(said.to(language))
    if known:
        signed = Said(
            f"Sesuai dengan {len(known)} titik periksa, terakhir pada nomor urut {max(known)}.",
            f"It agrees with {len(known)} checkpoints, the last at sequence {max(known)}.",
        )
        click.echo(signed.to(language))


@ledger.command("export", cls=Command, short_help="Menyalin buku catatan sebagai JSON Lines")
@click.option("--out", type=FILE, metavar="BERKAS", help="Ke berkas ini (bawaan: layar).")
def export(out: Path | None, *, as_json: bool, language: str) -> None:
    """Menyalin seluruh buku catatan, satu catatan satu baris; dapat diperiksa dengan `ledger verify --file`."""
    del as_json  # It is never anything else.
    with book(language) as changes, changes.ledger.reading() as reader:
        lines = (json.dumps(event._asdict(), separators=(",", ":")) + "\n" for event in reader.events())
        if out is None:
            sys.stdout.writelines(lines)
            return
        # Under another name until it is whole: half an export must not look like one.
        partial = out.with_name(f".{out.name}.partial")
        try:
            with partial.open("w", encoding="utf-8") as file:
                file.writelines(lines)
            partial.replace(out)
        except OSError as error:
            partial.unlink(missing_ok=True)
            detail = Said(f"{out} tidak dapat ditulis: {error}", f"cannot write {out}: {error}")
            raise LedgerError(detail=detail) from error


@ledger.command("key", cls=Command, short_help="Membuat kunci untuk titik periksa")
@click.argument("file", type=FILE, metavar="BERKAS")
def key(file: Path, *, as_json: bool, language: str) -> None:
    """Membuat kunci Ed25519; kunci publiknya, BERKAS.pub, diberikan kepada siapa pun yang memeriksa."""
    public = checkpoints.make_key(file)
    if as_json:
        show_json({"private": str(file), "public": str(public)})
        return
    said = Said(f"Simpan {file} baik-baik; bagikan {public}.", f"Keep {file} safe; give {public} away.")
    click.echo(said.to(language))


@ledger.command("checkpoint", cls=Command, short_help="Menandatangani keadaan buku catatan")
@click.option("--key", "private", type=FILE, required=True, metavar="BERKAS", help="Kunci dari `ledger key`.")
@click.option("--out", type=FILE, metavar="FOLDER", help="Folder titik periksa (bawaan: di samping buku catatan).")
def checkpoint(private: Path, out: Path | None, *, as_json: bool, language: str) -> None:
    """Memeriksa buku catatan, lalu menandatangani panjang dan jumlah akhirnya. Simpan salinannya di luar server ini."""
    with book(language) as changes:
        whole = changes.ledger.verify()
        with changes.ledger.reading() as reader:
            number = _identity(_first(reader))
    path = checkpoints.sign(whole, number, private, out or Records.from_environment().checkpoints)
    if as_json:
        show_json({"file": str(path), "seq": whole.events, "hash": whole.hash})
        return
    said = Said(
        f"{path}: sampai nomor urut {whole.events}. Simpan salinannya di luar server ini.",
        f"{path}: up to sequence {whole.events}. Keep a copy away from this machine.",
    )
    click.echo(said.to(language))


@ledger.command("deliver", cls=Command, short_help="Memasukkan antrean ke buku catatan")
def deliver(*, as_json: bool, language: str) -> None:
    """Memasukkan pelaksanaan yang menunggu di antrean; masing-masing tepat sekali."""
    records = Records.from_environment()
    kept = Ledger.open(records.url)
    try:
        delivered, wrong = spool.deliver(kept, records.spool)
    finally:
        kept.close()
    ids = sorted({each.change.id for each in delivered})
    if as_json:
        show_json({"changes": ids, "files": len(delivered), "unreadable": [str(error) for error in wrong]})
    else:
        said = Said(f"{len(delivered)} berkas dicatat", f"{len(delivered)} files recorded")
        click.echo(f"{said.to(language)}: {', '.join(ids) or '-'}")
        for error in wrong:
            click.secho(error.told(language), fg="red", err=True)
    if wrong:
        sys.exit(1)


@ledger.command("rebuild", cls=Command, short_help="Membuat ulang semua yang dibaca dari catatan")
def rebuild(*, as_json: bool, language: str) -> None:
    """Membuat ulang daftar perubahan, jam, dan batas tahunan dari catatan saja."""
    with book(language) as changes:
        count = changes.ledger.rebuild()
    if as_json:
        show_json({"changes": count})
        return
    click.echo(Said(f"{count} perubahan dibuat ulang.", f"{count} changes made again.").to(language))


def _known(pubkey: Path | None, files: tuple[Path, ...], first: list[Event]) -> dict[int, str]:
    # Whose ledger it is stands in the first event: that one has to hold before anything is said of another's.
    verify(first, {})
    return checkpoints.read(files, pubkey, _identity(first)) if pubkey else {}


def _first(reader: Reader) -> list[Event]:
    with closing(reader.events()) as events:
        return list(islice(events, 1))


def _identity(first: list[Event]) -> str:
    """Which ledger it is, as its first event says."""
    try:
        return str(first[0].told["ledger"])
    except (IndexError, KeyError, ValueError):
        # It is not whole, which is what is found next.
        return ""


def _read(exported: Path) -> Generator[Event]:
    try:
        with exported.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                try:
                    yield Event(**json.loads(line))
                except (TypeError, ValueError) as error:
                    detail = Said(
                        f"baris {number} {exported} bukan catatan", f"line {number} of {exported} is no event"
                    )
                    raise LedgerError(detail=detail) from error
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerError(
            detail=Said(f"{exported} tidak dapat dibaca: {error}", f"cannot read {exported}: {error}")
        ) from error

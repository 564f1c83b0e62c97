"""`spse-ops maintenance`: what the public is told of beforehand, by when, and drafts to tell it with (S0-13)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from chatops import bahasa
from chatops import maintenance as told_of
from chatops.commands.command import Command, Group, show_json, show_table
from chatops.commands.door import INVENTORY, door, me
from chatops.conditions import refuse_untold, refused
from chatops.errors import FolderError
from chatops.ledger import projection
from chatops.ledger.change import Change
from chatops.ledger.outages import EVERYWHERE
from chatops.ledger.schema import CHANGES
from chatops.ledger.store import Reader
from chatops.maintenance import NAMES, SERVICE, Maintenance, Planned
from chatops.reports.maintenance import Announcement, sums
from chatops.sla import moments
from chatops.words import Said

FILE = click.Path(path_type=Path)
HEADS = {
    "id": ("NOMOR", "LPSE", "MULAI", "UMUMKAN SEBELUM", "SUDAH", "BELUM"),
    "en": ("NUMBER", "LPSE", "BEGINS", "ANNOUNCE BEFORE", "TOLD", "MISSING"),
}


@click.group(cls=Group, short_help="Pemberitahuan pemeliharaan (S0-13)")
def maintenance() -> None:
    """Pemeliharaan yang diumumkan 7 hari kerja sebelumnya, di situs dan lewat surel."""


@maintenance.command("open", cls=Command, short_help="Menjadwalkan pemeliharaan di luar katalog")
@click.argument("lpse", nargs=-1)
@click.option("--national", is_flag=True, help="Yang disediakan LKPP bagi semua, seperti ADP dan Inaproc.")
@click.option("--what", required=True, metavar="PERIHAL", help="Apa yang dikerjakan, seperti akan diumumkan.")
@click.option("--from", "since", required=True, metavar="WAKTU", help="Mulai tidak tersedia.")
@click.option("--to", "until", required=True, metavar="WAKTU", help="Tersedia lagi.")
@click.option("--lpse-zone", type=bahasa.Choice(tuple(moments.ZONES)), default="WIB", help="Zona LPSE (bawaan: WIB).")
@click.option("--reason", default="", metavar="ALASAN", help="Alasan; masuk catatan.")
@INVENTORY
def open_(
    lpse: tuple[str, ...],
    what: str,
    since: str,
    until: str,
    lpse_zone: str,
    reason: str,
    inventory: str | None,
    *,
    national: bool,
    as_json: bool,
    language: str,
) -> None:
    """Mencatat pemeliharaan yang bukan operasi katalog; ditolak bila tidak dapat lagi diumumkan tepat waktu."""
    if bool(lpse) == national:
        raise click.UsageError("Sebutkan LPSE, atau --national; bukan keduanya.")
    planned = Planned(what, moments.parse(since), moments.parse(until), lpse or (EVERYWHERE,), lpse_zone, reason)
    with door(inventory) as desk:
        case = told_of.plan(desk, me(), planned)
        with desk.ledger.reading() as reader:
            found = told_of.of(case.change, reader.calendar())
    show([found], as_json=as_json, language=language)


@maintenance.command("draft", cls=Command, short_help="Membuat naskah untuk situs dan surel")
@click.argument("number", metavar="CHG-…")
@click.option("--to", "until", metavar="WAKTU", help="Tersedia lagi (bawaan: menurut `maintenance open`).")
@click.option("--what", metavar="PERIHAL", help="Apa yang dikerjakan (bawaan: judul operasinya).")
@click.option("--contact", default="", metavar="KONTAK", help="Ke mana bertanya.")
@click.option("--out", type=FILE, metavar="FOLDER", help="Folder untuk naskahnya (bawaan: teks ke layar).")
@INVENTORY
def draft(
    number: str,
    until: str | None,
    what: str | None,
    contact: str,
    out: Path | None,
    inventory: str | None,
    *,
    as_json: bool,
    language: str,
) -> None:
    """Membuat naskah pemberitahuan (teks, HTML, surel) dari perubahan yang terjadwal, dan mencatat jumlahnya."""
    now = datetime.now(UTC)
    with door(inventory) as desk:
        case = desk.case(me(), number)
        with desk.ledger.reading() as reader:
            calendar = reader.calendar()
        found = told_of.of(case.change, calendar)
        ends = moments.parse(until) if until else found.until
        if ends is None or ends <= found.since:
            raise refused(
                number,
                "sebutkan sampai kapan tidak tersedia, sesudah mulainya (--to).",
                "say until when it is unavailable, after it begins (--to).",
            )
        if found.days and not found.complete:
            refuse_untold(number, found.since, found.days, now, calendar)
        operation = case.operation
        title = what or (operation.title if operation else found.what)
        made = Announcement(found, title, ends, contact, now, operation.downtime if operation else "")
        files = made.files()
        if out:
            _write(out, files)
            told_of.drafted(desk, me(), number, sums(files))
    written = [str(out / name) for name in files] if out else []
    if as_json:
        show_json(facts(found) | {"files": written})
        return
    click.echo("\n".join(written) if out else made.letter().as_text())
    before = Said(f"Umumkan paling lambat {_local(found, found.due)}", f"Announce it by {_local(found, found.due)}")
    click.secho(before.to(language), err=True)


@maintenance.command("list", cls=Command, short_help="Yang akan datang, dan siapa yang belum diberi tahu")
def list_(*, as_json: bool, language: str) -> None:
    """Pemeliharaan yang akan datang, yang paling dekat dahulu, dengan batas mengumumkannya."""
    with door(None) as desk, desk.ledger.reading() as reader:
        found = sorted(coming(reader, datetime.now(UTC)), key=lambda each: each.since)
    show(found, as_json=as_json, language=language)


def coming(reader: Reader, now: datetime) -> Iterator[Maintenance]:
    """Those that have to be told, and have not begun."""
    calendar = reader.calendar()
    # One that was announced is closed, and still to come.
    for change in projection.changes(reader.connection, (CHANGES.c.state != "closed") | (CHANGES.c.service == SERVICE)):
        if _owed(change):
            found = told_of.of(change, calendar)
            if found.since > now:
                yield found


def _owed(change: Change) -> bool:
    course = change.course
    return bool(change.opened.get("maintenance") or (course and course.request["notice"] and course.not_before))


def show(found: list[Maintenance], *, as_json: bool, language: str) -> None:
    """Some of them."""
    if as_json:
        show_json([facts(each) for each in found])
    elif not found:
        click.echo("There is none." if language == "en" else "Tidak ada.")
    else:
        show_table([HEADS[language], *(_row(each, language) for each in found)])


def facts(found: Maintenance) -> dict[str, object]:
    """One, for programs."""
    return {
        "id": found.change.id,
        "lpse": found.change.lpses,
        "what": found.what,
        "since": found.since.isoformat(),
        "until": found.until.isoformat() if found.until else None,
        "due": found.due.isoformat(),
        "days": found.days,
        "told": {way: {"seq": each.seq, "by": each.actor, **each.told} for way, each in found.told.items()},
        "missing": list(found.missing),
        "late": found.late,
    }


def _row(each: Maintenance, language: str) -> tuple[str, ...]:
    offices = ", ".join(each.change.lpses).replace(EVERYWHERE, Said("nasional", "national").to(language))
    told, missing = (", ".join(NAMES[way].to(language) for way in ways) or "-" for ways in (each.told, each.missing))
    late = Said(" (TERLAMBAT)", " (LATE)").to(language) if each.late else ""
    return (each.change.id, offices, _local(each, each.since), _local(each, each.due), told + late, missing)


def _local(found: Maintenance, when: datetime) -> str:
    zone = str(found.change.opened["lpse_zone"])
    return f"{when.astimezone(moments.zone(zone)):%Y-%m-%d %H:%M} {zone}"


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise FolderError(folder=folder, detail=error.strerror) from error

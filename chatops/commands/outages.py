"""`spse-ops outages`: when instances were away, against what the agreement allows in a year, and as a document."""

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import select

from chatops import bahasa
from chatops.commands.book import book
from chatops.commands.command import Command, Group, Whole, show_json, show_table
from chatops.errors import UnknownOutageError
from chatops.ledger import outages as kept
from chatops.ledger.outages import Outage
from chatops.ledger.schema import BUDGETS, OUTAGES
from chatops.reports.outage import duration, letter
from chatops.sla import moments, services
from chatops.words import Said

FILE = click.Path(path_type=Path)
HOUR = 3600
HEADS = {
    "id": ("NOMOR", "LPSE", "INSTANS", "MULAI", "LAMA", "KEADAAN"),
    "en": ("NUMBER", "LPSE", "INSTANCE", "BEGAN", "LASTED", "STATE"),
}
OPEN = Said("BELUM BERAKHIR", "NOT OVER")
PLANNED = Said("direncanakan", "planned")
OVER = Said("berakhir", "over")


@click.group(cls=Group, short_help="Gangguan: daftar, batas tahunan, berita acara")
def outages() -> None:
    """Gangguan yang terlihat oleh pemantauan."""


@outages.command("list", cls=Command, short_help="Gangguan, yang terbaru dahulu")
@click.argument("lpse", nargs=-1)
@click.option("--year", type=Whole(), help="Yang mulai dalam tahun ini (bawaan: tahun berjalan, menurut WIB).")
@click.option("--open", "only_open", is_flag=True, help="Hanya yang belum berakhir, tahun mana pun.")
def list_(lpse: tuple[str, ...], year: int | None, *, only_open: bool, as_json: bool, language: str) -> None:
    """Gangguan setiap instans, yang terbaru dahulu; `*` ialah yang disediakan LKPP bagi semua."""
    now = datetime.now(UTC)
    which = [OUTAGES.c.ended.is_(None)] if only_open else [OUTAGES.c.began.between(*_span(year, now))]
    if lpse:
        which.append(OUTAGES.c.lpse.in_(lpse))
    with book(language) as changes, changes.ledger.reading() as reader:
        found = list(kept.find(reader.connection, *which))
    if as_json:
        show_json([_told(each, now) for each in found])
    elif not found:
        click.echo("There is none." if language == "en" else "Tidak ada.")
    else:
        show_table([HEADS[language], *(_row(each, now, language) for each in found)])


@outages.command("report", cls=Command, short_help="Berita acara satu gangguan")
@click.argument("number", metavar="GGN-…")
@click.option("--out", type=FILE, metavar="FOLDER", help="Folder untuk .txt, .html, dan .pdf (bawaan: teks ke layar).")
def report(number: str, out: Path | None, *, as_json: bool, language: str) -> None:
    """Membuat berita acara, dengan mulai, berakhir, dan letaknya dalam buku catatan."""
    now = datetime.now(UTC)
    with book(language) as changes, changes.ledger.reading() as reader:
        found = kept.of(reader.connection, number)
    if found is None:
        raise UnknownOutageError(number=number)
    written = letter(found, now).write(out, f"berita-acara-{found.id}") if out else []
    if as_json:
        show_json(_told(found, now) | {"files": written})
        return
    click.echo("\n".join(written) if out else letter(found, now).as_text())


@outages.command("budget", cls=Command, short_help="Batas gangguan setahun, dan yang terpakai")
@click.argument("lpse", nargs=-1)
@click.option("--year", type=Whole(), help="Tahun (bawaan: tahun berjalan, menurut WIB).")
def budget(lpse: tuple[str, ...], year: int | None, *, as_json: bool, language: str) -> None:
    """Berapa jam setahun boleh terganggu menurut perjanjian, dan berapa yang terpakai (S0-4, S0-5, S0-11)."""
    wanted = year or datetime.now(moments.zone("WIB")).year
    query = select(BUDGETS).where(BUDGETS.c.year == wanted).order_by(BUDGETS.c.service, BUDGETS.c.lpse)
    with book(language) as changes, changes.ledger.reading() as reader:
        rows = [row for row in reader.connection.execute(query) if not lpse or row.lpse in lpse]
    told = [
        {
            "service": row.service,
            "lpse": row.lpse,
            "year": wanted,
            "spent_seconds": row.seconds,
            "allowed_seconds": services.find(row.service).budgets[0].hours * HOUR,
        }
        for row in rows
    ]
    if as_json:
        show_json(told)
    elif not told:
        click.echo("Nothing was spent." if language == "en" else "Belum ada yang terpakai.")
    for each in () if as_json else told:
        click.echo(_spent(each["service"], each["lpse"], each["spent_seconds"], each["allowed_seconds"], language))


def _spent(service: str, lpse: str, spent: int, allowed: int, language: str) -> str:
    hours, of = bahasa.decimal(language, spent / HOUR), bahasa.decimal(language, allowed / HOUR, 1)
    over = Said(" — TERLAMPAUI", " — EXCEEDED").to(language) if spent > allowed else ""
    said = Said(f"{hours} dari {of} jam setahun", f"{hours} of {of} hours a year")
    return f"{service}  {lpse}: {said.to(language)}{over}"


def _span(year: int | None, now: datetime) -> tuple[str, str]:
    where = moments.zone("WIB")
    wanted = year or now.astimezone(where).year
    moments.checked(datetime(max(1, min(wanted, 9998)), 1, 2, tzinfo=where))
    first, last = (datetime(each, 1, 1, tzinfo=where).astimezone(UTC) for each in (wanted, wanted + 1))
    return first.isoformat(timespec="seconds"), last.isoformat(timespec="seconds")


def _row(outage: Outage, now: datetime, language: str) -> tuple[str, ...]:
    told = outage.begun
    began = outage.began.astimezone(moments.zone(told["zone"]))
    state = OPEN if not outage.over else PLANNED if told["planned"] else OVER
    when = bahasa.moment_in(language, began, told["zone"])
    lasted = duration(outage.seconds(now))
    return (outage.id, told["lpse"], told["instance"], when, lasted, state.to(language))


def _told(outage: Outage, now: datetime) -> dict[str, object]:
    return {
        "id": outage.id,
        **outage.begun,
        "ended": dict(outage.ended) if outage.ended else None,
        "seconds": outage.seconds(now),
        "least_seconds": outage.least_seconds,
        "most_seconds": outage.most_seconds,
        "events": [{"seq": each.seq, "hash": each.hash} for each in outage.events],
    }

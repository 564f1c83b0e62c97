"""`spse-ops calendar`: which decrees are in force, and bringing in a new one."""

from datetime import date
from pathlib import Path

import click

from chatops import bahasa
from chatops.commands import book
from chatops.commands.command import Command, Group, Whole, show_json, show_table
from chatops.errors import SlaError
from chatops.ledger import projection
from chatops.sla import decrees
from chatops.sla.decrees import Decree
from chatops.words import Said


@click.group(cls=Group, short_help="Kalender kerja dan keputusannya")
def calendar() -> None:
    """Kalender kerja: hari libur, cuti bersama, dan jam kerja, beserta keputusan yang menetapkannya."""


@calendar.command("list", cls=Command, short_help="Keputusan yang berlaku")
def list_(*, as_json: bool, language: str) -> None:
    """Keputusan yang berlaku."""
    known = book.calendar()
    rows = [
        (each.decree, str(each.year), f"{len(each.holidays)} + {len(each.joint_leave)}", each.about)
        for each in known.decrees
    ]
    rows += [
        (each.decree, str(each.since) if each.since != date.min else "-", each.provider or "*", each.about)
        for each in known.hours
    ]
    if as_json:
        show_json(
            {
                "decrees": [{"decree": each.decree, "year": each.year, "about": each.about} for each in known.decrees],
                "hours": [
                    {"decree": each.decree, "provider": each.provider or None, "about": each.about}
                    for each in known.hours
                ],
            }
        )
        return
    heads = {
        "id": ("KEPUTUSAN", "TAHUN/MULAI", "LIBUR + CUTI BERSAMA / UNTUK", "TENTANG"),
        "en": ("DECREE", "YEAR/FROM", "HOLIDAYS + JOINT LEAVE / FOR", "ABOUT"),
    }
    show_table([heads[language], *rows])


@calendar.command("show", cls=Command, short_help="Hari libur satu tahun")
@click.argument("year", type=Whole(), metavar="TAHUN")
def show(year: int, *, as_json: bool, language: str) -> None:
    """Hari libur dan cuti bersama satu tahun."""
    decree = book.calendar().decree(year)
    if decree is None:
        raise SlaError(
            detail=Said(
                f"tahun {year} belum ditetapkan; terapkan keputusannya dengan `spse-ops calendar apply`",
                f"nothing is decreed for {year} yet; bring its decree in by `spse-ops calendar apply`",
            )
        )
    if as_json:
        show_json(_told(decree))
        return
    click.echo(f"{decree.about} ({decree.decree})")
    for day, name in sorted([*decree.holidays.items(), *decree.joint_leave.items()]):
        click.echo(f"  {day.isoformat()}  {name}")
    for first, last in decree.ramadan:
        click.echo(f"  {first} - {last}  Ramadan" if language == "en" else f"  {first} s.d. {last}  jam Ramadan")


@calendar.command("history", cls=Command, short_help="Keputusan yang pernah diterapkan")
def history(*, as_json: bool, language: str) -> None:
    """Semua keputusan yang pernah diterapkan, juga yang sudah digantikan: kapan, oleh siapa, dan apa yang bergeser."""
    with book.book(language) as changes, changes.ledger.reading() as reader:
        events = projection.events_of(reader.connection, projection.CALENDAR)
    if as_json:
        show_json([{"seq": each.seq, "at": each.at, "actor": each.actor, **each.told} for each in events])
        return
    heads = {"id": ("URUT", "SAAT", "KEPUTUSAN", "BERGESER", "OLEH"), "en": ("SEQ", "AT", "DECREE", "MOVED", "BY")}
    rows = [(str(each.seq), each.at, each.told["decree"], str(len(each.told["moved"])), each.actor) for each in events]
    show_table([heads[language], *rows])


@calendar.command("apply", cls=Command, short_help="Memberlakukan keputusan baru")
@click.argument("file", type=click.Path(path_type=Path), metavar="BERKAS")
@click.option("--dry-run", is_flag=True, help="Hanya memperlihatkan tenggat yang akan bergeser.")
def apply(file: Path, *, dry_run: bool, as_json: bool, language: str) -> None:
    """Memberlakukan keputusan baru. Tenggat yang terbuka dihitung ulang; yang sudah ditutup tidak disentuh."""
    with book.book(language) as changes:
        moved = changes.apply(file, dry_run=dry_run)
        with changes.ledger.reading() as reader:
            zones = {each.change: reader.change(each.change).provider.zone for each in moved}
    basis = decrees.load(file).decree
    if as_json:
        told = [
            {
                "id": each.change,
                "lpse": each.lpse,
                "from": each.before.at.isoformat(),
                "to": each.after.at.isoformat(),
                "provisional": each.after.provisional,
            }
            for each in moved
        ]
        show_json({"decree": basis, "applied": not dry_run, "moved": told})
        return
    for each in moved:
        before, after = (bahasa.moment_in(language, due.at, zones[each.change]) for due in (each.before, each.after))
        final = Said("; tidak lagi sementara", "; no longer provisional").to(language)
        settled = final if each.before.provisional and not each.after.provisional else ""
        click.echo(f"{each.change}  {each.lpse}  {before} → {after}{settled}  ({basis})")
    done = Said(
        f"{basis}: {len(moved)} tenggat {'akan bergeser' if dry_run else 'bergeser'}.",
        f"{basis}: {len(moved)} deadlines {'would move' if dry_run else 'moved'}.",
    )
    click.echo(done.to(language))


def _told(decree: Decree) -> dict[str, object]:
    return {
        "decree": decree.decree,
        "about": decree.about,
        "year": decree.year,
        "holidays": {day.isoformat(): name for day, name in decree.holidays.items()},
        "joint_leave": {day.isoformat(): name for day, name in decree.joint_leave.items()},
        "ramadan": [{"from": first.isoformat(), "to": last.isoformat()} for first, last in decree.ramadan],
    }

"""`spse-ops sla`: when something is due, and why."""

import click

from chatops import bahasa
from chatops.commands import book
from chatops.commands.clocks import due, explain, month, outage, remind
from chatops.commands.command import Command, Group, Whole, show_json
from chatops.errors import ServiceError, SlaError
from chatops.sla import moments, services
from chatops.sla.calendar import Provider
from chatops.sla.deadline import Due, reckon
from chatops.sla.services import LPSE, Deadline, Service, Term
from chatops.words import Said

ZONES = tuple(moments.ZONES)


@click.group(cls=Group, short_help="Menghitung dan menjelaskan tenggat")
def sla() -> None:
    """Menghitung dan menjelaskan tenggat menurut perjanjian."""


@sla.command(cls=Command, short_help="Menghitung tenggat satu layanan atau sejumlah hari")
@click.option("--service", metavar="LAYANAN", help="Layanan perjanjian, seperti S0-5.")
@click.option("--mode", default="", metavar="CARA", help="Cara layanan itu, seperti remote atau on-site.")
@click.option("--days", type=Whole(), help="Sejumlah hari kerja, sebagai ganti layanan.")
@click.option(
    "--received", "--event", "received", required=True, metavar="WAKTU", help="Saat diterima, atau peristiwanya."
)
@click.option("--zone", type=bahasa.Choice(ZONES), help="Zona penyedia, yang menentukan tenggat (bawaan LKPP: WIB).")
@click.option("--lpse-zone", type=bahasa.Choice(ZONES), help="Zona LPSE, untuk ditampilkan juga.")
def deadline(
    service: str | None,
    mode: str,
    days: int | None,
    received: str,
    zone: str | None,
    lpse_zone: str | None,
    *,
    as_json: bool,
    language: str,
) -> None:
    """Menghitung tenggat satu layanan, atau sejumlah hari kerja."""
    asked, chosen = _asked(service, mode, days)
    provider = Provider(asked.providers[0] if asked else "lkpp", zone or _zone(asked))
    when = moments.parse(received)
    calendar = book.calendar()
    reckoned = reckon(when, chosen.term, provider, calendar)
    if as_json:
        show_json(
            {
                "due": reckoned.at.isoformat(),
                "provisional": reckoned.provisional,
                "unknown_years": list(reckoned.unknown_years),
                "due_lpse": reckoned.at.astimezone(moments.zone(lpse_zone)).isoformat() if lpse_zone else None,
                "service": asked.id if asked else None,
                "mode": chosen.mode or None,
                "start": chosen.start,
                "days": chosen.term.days,
                "calendar_days": chosen.term.calendar_days,
                "ahead": chosen.term.ahead,
                "received": when.isoformat(),
                "provider": provider.slug,
                "zone": provider.zone,
                "decrees": [each.decree for each in calendar.decrees],
            }
        )
        return
    click.echo("\n".join(_described(reckoned, provider, lpse_zone, language)))


def _asked(service: str | None, mode: str, days: int | None) -> tuple[Service | None, Deadline]:
    """What is to be reckoned with: a service in one of its modes, or a bare count of working days."""
    if (service is None) == (days is None):
        raise SlaError(detail=Said("sebutkan --service atau --days, salah satu", "say --service or --days, not both"))
    if service is not None:
        found = services.find(service)
        return found, found.deadline(mode)
    if mode:
        raise SlaError(detail=Said("--mode hanya untuk --service", "--mode is for --service only"))
    return None, Deadline("", "received", Term(days or 0))


def _zone(asked: Service | None) -> str:
    if asked and asked.providers[0] == LPSE:
        raise ServiceError(
            service=asked.id,
            detail=Said("disediakan oleh LPSE; isi zonanya dengan --zone", "is the office's; say its zone by --zone"),
        )
    return "WIB"


def _described(due: Due, provider: Provider, lpse_zone: str | None, language: str) -> list[str]:
    """In words."""
    head = "Due" if language == "en" else "Tenggat"
    lines = [f"{head}: {bahasa.moment_in(language, due.at, provider.zone)}"]
    if lpse_zone and lpse_zone != provider.zone:
        lines.append(f"  = {bahasa.moment_in(language, due.at.astimezone(moments.zone(lpse_zone)), lpse_zone)}")
    if due.provisional:
        lines.append(provisional(due).to(language))
    return lines


def provisional(due: Due) -> Said:
    """What a deadline says that a decree may still move."""
    years = ", ".join(map(str, due.unknown_years))
    return Said(
        f"SEMENTARA: hari libur dan cuti bersama tahun {years} belum ditetapkan dalam kalender.",
        f"PROVISIONAL: no decree on days off in {years} is in the calendar yet.",
    )


for command in (due, explain, remind, outage, month):
    sla.add_command(command)

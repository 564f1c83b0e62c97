"""The commands of `spse-ops sla` that look at clocks of the ledger: what is due, why, and what a month came to."""

import re
from datetime import UTC, datetime

import click

from chatops import bahasa
from chatops.commands.book import book, due_words, told
from chatops.commands.change import show
from chatops.commands.command import Command, Whole, show_json, show_table
from chatops.errors import LedgerError
from chatops.ledger import month as months
from chatops.ledger import projection
from chatops.ledger.change import Change
from chatops.ledger.schema import CHANGES
from chatops.sla import moments
from chatops.sla.calendar import Calendar
from chatops.sla.deadline import run
from chatops.sla.explain import Day
from chatops.sla.explain import explain as day_by_day
from chatops.words import Said

MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@click.command("due", cls=Command, short_help="Yang harus diselesaikan, yang paling mendesak dahulu")
@click.option("--within", type=Whole(), metavar="JAM", help="Hanya yang jatuh tempo dalam sekian jam, dan yang lewat.")
def due(within: int | None, *, as_json: bool, language: str) -> None:
    """Perubahan yang terbuka menurut tenggatnya, yang paling mendesak dahulu."""
    now = datetime.now(UTC)
    with book(language) as changes, changes.ledger.reading() as reader:
        known = reader.calendar()
        found = list(projection.changes(reader.connection, CHANGES.c.state != "closed", CHANGES.c.due.is_not(None)))
    timed = sorted(((each.due(known, now), each) for each in found), key=lambda pair: pair[0].at if pair[0] else now)
    left = [each for at, each in timed if at and (within is None or (at.at - now).total_seconds() <= within * 3600)]
    if as_json:
        show_json([told(each, known, now) | _spent(each, known, now) for each in left])
        return
    show(left, known, as_json=False, language=language)


def _spent(change: Change, known: Calendar, now: datetime) -> dict[str, object]:
    """How much of its time is gone."""
    at = change.due(known, now)
    if change.term is None or change.term.ahead or at is None:
        return {"spent_percent": None, "overdue": bool(at and now > at.at)}
    reckoned = run(change.clock, known, now)
    share = 100 * reckoned.spent(now) / reckoned.budget
    return {"spent_percent": round(share, 1), "overdue": change.state == "open" and now > at.at}


@click.command("explain", cls=Command, short_help="Menjelaskan satu tenggat, hari demi hari")
@click.argument("number", metavar="CHG-…")
def explain(number: str, *, as_json: bool, language: str) -> None:
    """Menjelaskan satu tenggat: setiap hari yang dihitung atau tidak, dan sebabnya."""
    now = datetime.now(UTC)
    with book(language) as changes, changes.ledger.reading() as reader:
        change = reader.change(number)
        known = reader.calendar(change)
    at = change.due(known, now)
    clocked = change.term and not change.term.ahead
    days = list(day_by_day(change.clock, known, now)) if clocked else []
    if as_json:
        show_json(told(change, known, now) | {"days": [_day_told(day) for day in days]})
        return
    click.echo(f"{change.id}: {change.opened['operation']}, {', '.join(change.lpses)}")
    for line in _head(change, language):
        click.echo(f"  {line}")
    zone, theirs = change.provider.zone, change.opened["lpse_zone"]
    click.echo(f"  {Said('Tenggat', 'Due').to(language)}: {due_words(at, zone, language)}")
    if at and theirs != zone:
        click.echo(f"    = {bahasa.moment_in(language, at.at.astimezone(moments.zone(theirs)), theirs)}")
    if days:
        heads = {
            "id": ("HARI", "HK", "DIHITUNG", "JEDA", "SEBAB"),
            "en": ("DAY", "NO", "COUNTED", "PAUSED", "WHY"),
        }
        show_table([heads[language], *(_day_row(day, language) for day in days)])
    if change.closed and at:
        frozen = Said(
            "Tenggat ditetapkan saat ditutup; keputusan sesudahnya tidak mengubahnya.",
            "The deadline was fixed when it was closed; no later decree moves it.",
        )
        click.echo(frozen.to(language))


def _head(change: Change, language: str) -> list[str]:
    basis = change.opened["basis"] if not change.priority else f"{change.priority['class'].capitalize()} Change"
    received = bahasa.moment_in(language, change.events[0].at.astimezone(change.provider.where), change.provider.zone)
    lines = [f"{Said('Diterima', 'Received').to(language)}: {received}"]
    lines.append(f"{Said('Dasar', 'Basis').to(language)}: {basis or '-'}")
    for pause in change.clock.pauses:
        since, until = (
            bahasa.moment_in(language, each.astimezone(change.provider.where), change.provider.zone) if each else "…"
            for each in (pause.since, pause.until)
        )
        lines.append(f"{Said('Jeda', 'Paused').to(language)}: {since} - {until}, {pause.reason}")
    return lines


def _day_told(day: Day) -> dict[str, object]:
    return {
        "day": day.day.isoformat(),
        "count": day.count,
        "why": day.why.indonesian,
        "why_en": day.why.english,
        "counted_minutes": day.counted // 60,
        "paused_minutes": day.paused // 60,
    }


def _day_row(day: Day, language: str) -> tuple[str, ...]:
    count = "-" if day.count is None else str(day.count)
    return (day.day.isoformat(), count, _hours(day.counted), _hours(day.paused), day.why.to(language))


def _hours(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}" if seconds else "-"


@click.command("remind", cls=Command, short_help="Pengingat yang jatuh sekarang, masing-masing sekali")
def remind(*, as_json: bool, language: str) -> None:
    """Pengingat pada 50, 75, 90, dan 100 persen waktu kerja; masing-masing sekali, siapa pun yang bertanya."""
    with book(language) as changes:
        found = changes.remind()
    if as_json:
        show_json([{"id": each.change.id, "share": each.share, "due": each.due.at.isoformat()} for each in found])
        return
    for each in found:
        at = due_words(each.due, each.change.provider.zone, language)
        said = Said(f"{each.share} % waktu terpakai, tenggat {at}", f"{each.share} % of the time is gone, due {at}")
        click.echo(f"{each.change.id}  {', '.join(each.change.lpses)}: {said.to(language)}")


@click.command("outage", cls=Command, short_help="Mencatat gangguan pada batas tahunan")
@click.option("--service", required=True, metavar="LAYANAN", help="Layanan yang terganggu, seperti S0-11.")
@click.option("--lpse", default="*", metavar="LPSE", help="LPSE yang terganggu, bila batasnya per LPSE.")
@click.option("--from", "since", required=True, metavar="WAKTU", help="Mulai terganggu.")
@click.option("--to", "until", required=True, metavar="WAKTU", help="Pulih.")
@click.option("--reason", required=True, metavar="SEBAB", help="Sebabnya.")
def outage(service: str, lpse: str, since: str, until: str, reason: str, *, as_json: bool, language: str) -> None:
    """Mencatat gangguan; lamanya mengurangi batas tahunan layanan itu."""
    with book(language) as changes:
        spent = changes.spend(service, lpse, moments.parse(since), moments.parse(until), reason)
    if as_json:
        show_json({"service": service, "lpse": lpse, "spent_seconds": spent})
        return
    said = Said(f"terpakai {_hours(spent)} jam tahun ini", f"{_hours(spent)} hours are gone this year")
    click.echo(f"{service}: {said.to(language)}")


@click.command("month", cls=Command, short_help="Angka satu bulan untuk laporan")
@click.argument("which", metavar="TAHUN-BULAN")
def month(which: str, *, as_json: bool, language: str) -> None:
    """Angka satu bulan: permintaan, kelas, layanan, tepat waktu atau tidak, dibandingkan dengan bulan sebelumnya."""
    match = MONTH.fullmatch(which)
    if match is None:
        raise LedgerError(
            detail=Said(f"`{which}` bukan bulan; tulis seperti 2026-03", f"`{which}` is no month: 2026-03")
        )
    with book(language) as changes, changes.ledger.reading() as reader:
        read = months.read(reader.connection, int(match[1]), int(match[2]))
    if as_json:
        show_json({**vars(read)})
        return
    said = [
        Said(
            f"Diterima {read.received}, bulan sebelumnya {read.before}",
            f"Received {read.received}, before {read.before}",
        ),
        Said(
            f"Ditutup {read.closed}: tepat waktu {read.met}, terlambat {read.missed}",
            f"Closed {read.closed}: in time {read.met}, late {read.missed}",
        ),
    ]
    click.echo("\n".join(each.to(language) for each in said))
    for name, count in [*read.by_class.items(), *read.by_service.items()]:
        click.echo(f"  {name:12} {count}")
    for name, spent in read.budgets.items():
        said_of_it = Said(f"terpakai {_hours(spent)} jam tahun ini", f"{_hours(spent)} hours are gone this year")
        click.echo(f"  {name:12} {said_of_it.to(language)}")

"""`spse-ops change`: what was asked for, and what happened to it."""

from collections.abc import Callable
from datetime import UTC, datetime

import click

from chatops import bahasa
from chatops.changes import OUTCOMES, Asked, Changes
from chatops.commands.book import STATES, book, due_words, told
from chatops.commands.command import Command, Group, Whole, Wholes, show_json, show_table
from chatops.commands.door import facts_of, lines
from chatops.ledger import projection
from chatops.ledger.change import Change
from chatops.ledger.schema import CHANGES
from chatops.sla import moments
from chatops.sla.calendar import Calendar, Provider
from chatops.sla.priority import Priority, assess
from chatops.words import Said

ZONES = tuple(moments.ZONES)
NUMBER = click.argument("number", metavar="CHG-…")
AT = click.option("--at", metavar="WAKTU", help="Kapan terjadi, seperti 2026-03-17T10:00+07:00 (bawaan: sekarang).")


def judged(wrapped: Callable[..., None]) -> Callable[..., None]:
    """The options that a priority is made of."""
    for option in (
        click.option("--by", default="", metavar="NAMA", help="Siapa yang menetapkan f."),
        click.option("--functional", "f", type=Whole(), help="f yang ditetapkan orang; perlu --by dan --reason."),
        click.option("--recoverability", "k", type=Whole(), help="k, 1 paling sering sampai 10 baru sekali."),
        click.option("--reputation", "r", type=Whole(), help="r, dampak reputasi, 1 sampai 10."),
        click.option("--stages", type=Wholes(), default=(), help="Tahapan tender yang terdampak, seperti 1,6,7."),
    ):
        wrapped = option(wrapped)
    return wrapped


@click.group(cls=Group, short_help="Mencatat dan melihat perubahan")
def change() -> None:
    """Mencatat dan melihat perubahan, beserta jam SLA-nya."""


@change.command("list", cls=Command, short_help="Daftar perubahan")
@click.option("--state", type=bahasa.Choice(tuple(STATES)), help="Hanya yang berkeadaan ini.")
@click.option("--lpse", help="Hanya milik LPSE ini.")
@click.option("--limit", type=Whole(), default=500, help="Paling banyak sekian yang terbaru (bawaan 500); 0 semuanya.")
def list_(state: str | None, lpse: str | None, limit: int, *, as_json: bool, language: str) -> None:
    """Daftar perubahan, yang terbaru di bawah."""
    with book(language) as changes, changes.ledger.reading() as reader:
        known = reader.calendar()
        ids, left = projection.newest(reader.connection, state, lpse, limit)
        found = list(projection.changes(reader.connection, CHANGES.c.id.in_(ids)))
    show(found, known, as_json=as_json, language=language)
    if left:
        more = Said(
            f"dan {left} yang lebih lama; --limit 0 untuk semuanya", f"and {left} older ones; --limit 0 for all"
        )
        click.echo(f"… {more.to(language)}", err=True)


def show(found: list[Change], known: Calendar, *, as_json: bool, language: str) -> None:
    """Some changes, for programs or as a table."""
    now = datetime.now(UTC)
    if as_json:
        show_json([told(each, known, now) for each in found])
        return
    if not found:
        click.echo("There is none." if language == "en" else "Tidak ada.")
        return
    heads = {
        "id": ("NOMOR", "OPERASI", "LPSE", "KEADAAN", "TENGGAT"),
        "en": ("NUMBER", "OPERATION", "LPSE", "STATE", "DUE"),
    }
    rows = [
        (
            each.id,
            each.opened["operation"],
            ",".join(each.lpses),
            STATES[each.state].to(language),
            due_words(each.due(known, now), each.provider.zone, language),
        )
        for each in found
    ]
    show_table([heads[language], *rows])


@change.command("show", cls=Command, short_help="Satu perubahan dengan riwayatnya")
@NUMBER
def show_one(number: str, *, as_json: bool, language: str) -> None:
    """Satu perubahan: keadaan, tenggat, dan semua yang tercatat tentangnya."""
    with book(language) as changes, changes.ledger.reading() as reader:
        found, known = reader.change(number), reader.calendar()
    if as_json:
        history = [
            {"seq": each.seq, "at": each.at, "kind": each.kind, "actor": each.actor, **each.told}
            for each in found.history
        ]
        course = facts_of(found.course) if found.course else {}
        show_json(told(found, known) | course | {"history": history})
        return
    show([found], known, as_json=False, language=language)
    if found.course:
        for line in lines(found.course, language):
            click.echo(f"  {line}")
    for each in found.history:
        at = each.told.get("at", each.at)
        said = each.told
        note = said.get("reason") or said.get("note") or said.get("outcome") or said.get("to") or ""
        click.echo(f"  #{each.seq}  {at}  {each.kind}  {each.actor}  {note}".rstrip())


@change.command("open", cls=Command, short_help="Mencatat permintaan baru")
@click.option("--operation", required=True, metavar="OPERASI", help="Apa yang diminta: nama operasi, atau perihalnya.")
@click.option("--lpse", "lpses", multiple=True, required=True, metavar="LPSE", help="LPSE-nya; boleh berulang.")
@click.option("--service", default="", metavar="LAYANAN", help="Layanan perjanjian, seperti S0-5; menentukan tenggat.")
@click.option("--mode", default="", metavar="CARA", help="Cara layanan itu, seperti remote.")
@click.option("--received", metavar="WAKTU", help="Kapan diterima (bawaan: sekarang).")
@click.option("--lpse-zone", type=bahasa.Choice(ZONES), default="WIB", help="Zona LPSE (bawaan: WIB).")
@click.option("--reason", default="", metavar="ALASAN", help="Alasan, atau mengapa f ditetapkan lain.")
@judged
def open_(
    operation: str,
    lpses: tuple[str, ...],
    service: str,
    mode: str,
    received: str | None,
    lpse_zone: str,
    reason: str,
    *,
    as_json: bool,
    language: str,
    **judgement: object,
) -> None:
    """Mencatat permintaan baru; jam SLA-nya mulai saat diterima."""
    asked = Asked(
        operation=operation,
        lpses=lpses,
        service=service,
        mode=mode,
        priority=_priority(reason, **judgement),
        received=moments.parse(received) if received else None,
        lpse_zone=lpse_zone,
        reason=reason,
    )
    with book(language) as changes:
        _done(changes, changes.open(asked), as_json=as_json, language=language)


@change.command("pause", cls=Command, short_help="Menjeda jam SLA")
@NUMBER
@click.option("--reason", required=True, metavar="ALASAN", help="Apa yang ditunggu.")
@AT
def pause(number: str, reason: str, at: str | None, *, as_json: bool, language: str) -> None:
    """Menjeda jam SLA satu perubahan, dengan alasan."""
    with book(language) as changes:
        _done(changes, changes.pause(number, reason, _at(at)), as_json=as_json, language=language)


@change.command("resume", cls=Command, short_help="Menjalankan lagi jam SLA")
@NUMBER
@AT
def resume(number: str, at: str | None, *, as_json: bool, language: str) -> None:
    """Menjalankan lagi jam SLA yang dijeda."""
    with book(language) as changes:
        _done(changes, changes.resume(number, _at(at)), as_json=as_json, language=language)


@change.command("close", cls=Command, short_help="Menutup perubahan")
@NUMBER
@click.option("--outcome", type=bahasa.Choice(OUTCOMES), default="done", help="Hasilnya (bawaan: done).")
@click.option("--note", default="", metavar="CATATAN", help="Catatan penutup.")
@AT
def close(number: str, outcome: str, note: str, at: str | None, *, as_json: bool, language: str) -> None:
    """Menutup perubahan; tenggatnya tidak berubah lagi."""
    with book(language) as changes:
        _done(changes, changes.close(number, outcome, note, _at(at)), as_json=as_json, language=language)


@change.command("reopen", cls=Command, short_help="Membuka lagi perubahan")
@NUMBER
@click.option("--reason", required=True, metavar="ALASAN", help="Mengapa belum selesai.")
@AT
def reopen(number: str, reason: str, at: str | None, *, as_json: bool, language: str) -> None:
    """Membuka lagi perubahan yang sudah ditutup; waktu di antaranya tidak dihitung."""
    with book(language) as changes:
        _done(changes, changes.reopen(number, reason, _at(at)), as_json=as_json, language=language)


@change.command("prioritise", cls=Command, short_help="Menetapkan prioritas baru")
@NUMBER
@click.option("--reason", required=True, metavar="ALASAN", help="Mengapa prioritasnya berubah.")
@AT
@judged
def prioritise(number: str, reason: str, at: str | None, *, as_json: bool, language: str, **judgement: object) -> None:
    """Menetapkan prioritas baru; saat diterima dan jedanya tetap."""
    priority = _priority(reason, **judgement)
    if priority is None:
        raise click.UsageError("Sebutkan --reputation dan --recoverability, dengan --stages atau --functional.")
    with book(language) as changes:
        _done(changes, changes.reprioritise(number, priority, reason, _at(at)), as_json=as_json, language=language)


@change.command("transfer", cls=Command, short_help="Mengalihkan ke penyedia lain")
@NUMBER
@click.option("--provider", required=True, metavar="PENYEDIA", help="Penyedia yang baru, seperti bimbingan-teknis.")
@click.option("--zone", type=bahasa.Choice(ZONES), default="WIB", help="Zonanya (bawaan: WIB).")
@click.option("--reason", required=True, metavar="ALASAN", help="Mengapa dialihkan.")
@AT
def transfer(
    number: str, provider: str, zone: str, reason: str, at: str | None, *, as_json: bool, language: str
) -> None:
    """Mengalihkan perubahan ke penyedia lain, menurut jam kerja dan zonanya."""
    with book(language) as changes:
        moved = changes.transfer(number, Provider(provider, zone), reason, _at(at))
        _done(changes, moved, as_json=as_json, language=language)


def _priority(reason: str, **judgement: object) -> Priority | None:
    """What was judged; nothing, if nobody has judged."""
    stages, r, k, f, by = (judgement[name] for name in ("stages", "r", "k", "f", "by"))
    if not stages and r is None and k is None and f is None:
        return None
    if not isinstance(r, int) or not isinstance(k, int):
        raise click.UsageError("Prioritas memerlukan --reputation dan --recoverability.")
    stages = stages if isinstance(stages, tuple) else ()
    return assess(stages, r, k, f=f if isinstance(f, int) else None, by=str(by), reason=reason)


def _at(given: str | None) -> datetime | None:
    return moments.parse(given) if given else None


def _done(changes: Changes, changed: Change, *, as_json: bool, language: str) -> None:
    """How a change stands after something happened to it."""
    with changes.ledger.reading() as reader:
        known = reader.calendar()
    if as_json:
        show_json(told(changed, known))
        return
    due = due_words(changed.due(known, datetime.now(UTC)), changed.provider.zone, language)
    label = "due" if language == "en" else "tenggat"
    click.echo(f"{changed.id}: {STATES[changed.state].to(language)}, {label} {due}")

"""`spse-ops approve` and what else is said to a change that was asked for at the desk."""

from collections.abc import Callable

import click

from chatops import bahasa
from chatops.cases import Case
from chatops.commands.command import Command
from chatops.commands.door import INVENTORY, door, me, show
from chatops.desk import Desk
from chatops.ledger.course import WAYS
from chatops.sla import moments

NUMBER = click.argument("number", metavar="CHG-…")
PLAN = click.option(
    "--plan", required=True, metavar="HASH", help="Hash rencana yang dibaca; `change show` menampilkannya."
)
REASON = click.option("--reason", required=True, metavar="ALASAN", help="Alasannya; masuk catatan.")
NOTE = click.option("--note", required=True, metavar="CATATAN", help="Apa yang ditemukan; masuk catatan.")


def _answer(inventory: str | None, does: Callable[[Desk], Case], *, as_json: bool, language: str) -> None:
    with door(inventory) as desk:
        show(does(desk), as_json=as_json, language=language)


@click.command(cls=Command, short_help="Menyetujui rencana sebuah perubahan")
@NUMBER
@PLAN
@INVENTORY
def approve(number: str, plan: str, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Menyetujui rencana dengan hash ini; persetujuan terakhir yang diperlukan memasukkannya ke antrean."""
    _answer(inventory, lambda desk: desk.approve(me(), number, plan), as_json=as_json, language=language)


@click.command(cls=Command, short_help="Menolak rencana sebuah perubahan")
@NUMBER
@PLAN
@REASON
@INVENTORY
def reject(number: str, plan: str, reason: str, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Menolak rencana dengan hash ini; perubahannya ditutup."""
    _answer(inventory, lambda desk: desk.reject(me(), number, plan, reason), as_json=as_json, language=language)


@click.command(cls=Command, short_help="Membatalkan atau menghentikan perubahan")
@NUMBER
@REASON
@INVENTORY
def cancel(number: str, reason: str, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Membatalkan permintaan, atau menghentikannya bila sedang berjalan."""
    _answer(inventory, lambda desk: desk.cancel(me(), number, reason), as_json=as_json, language=language)


@click.command(cls=Command, short_help="Merencanakan ulang sebuah perubahan")
@NUMBER
@INVENTORY
def replan(number: str, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Membuat rencana baru untuk server dan isian yang sama; memerlukan persetujuan baru."""

    def again(desk: Desk) -> Case:
        desk.replan(me(), number, waits=True)
        return desk.plan(number)

    _answer(inventory, again, as_json=as_json, language=language)


@click.command(cls=Command, short_help="Mencatat pemberitahuan kepada umum")
@NUMBER
@click.option("--at", metavar="WAKTU", help="Kapan diumumkan (bawaan: sekarang).")
@click.option("--way", "ways", type=bahasa.Choice(WAYS), multiple=True, help="Hanya lewat ini (bawaan: keduanya).")
@click.option("--to", default="", metavar="SIAPA", help="Kepada siapa, atau di halaman mana; masuk catatan.")
@INVENTORY
def announce(
    number: str,
    at: str | None,
    ways: tuple[str, ...],
    to: str,
    inventory: str | None,
    *,
    as_json: bool,
    language: str,
) -> None:
    """Mencatat bahwa pemeliharaan sudah diumumkan: kapan, lewat apa, dan kepada siapa."""
    when = moments.parse(at) if at else None
    _answer(
        inventory, lambda desk: desk.announce(me(), number, when, ways or WAYS, to), as_json=as_json, language=language
    )


@click.command(cls=Command, short_help="Meninjau perubahan darurat")
@NUMBER
@NOTE
@INVENTORY
def review(number: str, note: str, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Menutup tinjauan atas perubahan darurat yang berjalan tanpa persetujuan."""
    _answer(inventory, lambda desk: desk.review(me(), number, note), as_json=as_json, language=language)


@click.command(cls=Command, short_help="Melepas server perubahan yang terputus")
@NUMBER
@NOTE
@INVENTORY
def release(number: str, note: str, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Menyatakan server perubahan yang terputus sudah diperiksa, sehingga boleh diubah lagi."""
    _answer(inventory, lambda desk: desk.release(me(), number, note), as_json=as_json, language=language)

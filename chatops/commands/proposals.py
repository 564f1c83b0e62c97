"""`spse-ops proposals`: what the watcher proposes, opened as a change or dismissed."""

import click

from chatops.commands.command import Command, Group, show_json
from chatops.commands.door import INVENTORY, door, me
from chatops.ledger.proposals import Proposal
from chatops.proposals import ProposalDesk
from chatops.watch import proposal_words
from chatops.words import Said


@click.group(cls=Group, short_help="Usulan perubahan dari pemantauan: daftar, buka, abaikan")
def proposals() -> None:
    """Perubahan yang diusulkan pemantauan, dengan alasan dan angkanya."""


@proposals.command("list", cls=Command, short_help="Usulan yang belum dijawab")
@click.argument("lpse", required=False, default="")
@click.option("--all", "every", is_flag=True, help="Juga yang sudah dijawab.")
@INVENTORY
def list_(lpse: str, inventory: str | None, *, every: bool, as_json: bool, language: str) -> None:
    """Usulan yang belum dijawab, yang terbaru dahulu."""
    with door(inventory) as desk:
        found = ProposalDesk(desk).list(me(), lpse=lpse, every=every)
    if as_json:
        show_json([_told(each) for each in found])
    elif not found:
        click.echo(Said("Tidak ada.", "There is none.").to(language))
    for each in () if as_json else found:
        click.echo(proposal_words.line(each, language))


@proposals.command("show", cls=Command, short_help="Satu usulan, dengan alasannya")
@click.argument("number", metavar="USL-…")
@INVENTORY
def show(number: str, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Apa yang diusulkan, mengapa, dan angka yang mendasarinya."""
    with door(inventory) as desk:
        _show(ProposalDesk(desk).one(me(), number), as_json=as_json, language=language)


@proposals.command("open", cls=Command, short_help="Buka sebagai perubahan")
@click.argument("number", metavar="USL-…")
@INVENTORY
def open_(number: str, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Membuka usulan sebagai perubahan; hak Anda diperiksa seperti pada permintaan mana pun."""
    with door(inventory) as desk:
        found, change = ProposalDesk(desk).open(me(), number)
    if as_json:
        show_json(_told(found) | {"change": change})
        return
    click.echo(Said(f"{found.id} dibuka sebagai {change}.", f"{found.id} was opened as {change}.").to(language))


@proposals.command("dismiss", cls=Command, short_help="Abaikan, dengan alasan")
@click.argument("number", metavar="USL-…")
@click.option("--reason", required=True, metavar="ALASAN", help="Mengapa tidak dilakukan; masuk catatan.")
@INVENTORY
def dismiss(number: str, reason: str, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Mengabaikan usulan; yang sama tidak diusulkan lagi selama 30 hari."""
    with door(inventory) as desk:
        _show(ProposalDesk(desk).dismiss(me(), number, reason), as_json=as_json, language=language)


def _show(one: Proposal, *, as_json: bool, language: str) -> None:
    if as_json:
        show_json(_told(one))
        return
    click.echo(proposal_words.line(one, language))
    click.echo(f"  {proposal_words.advice(one, language)}")
    click.echo(f"  {proposal_words.how(one, language)}")
    for each in proposal_words.evidence(one, language):
        click.echo(f"  - {each}")


def _told(one: Proposal) -> dict[str, object]:
    events = [{"seq": each.seq, "hash": each.hash} for each in one.events]
    return {"id": one.id, "state": one.state, "change": one.change or None, **one.made, "events": events}

"""`spse-ops probe`: one look at hosts, now, in the order in which LKPP looks for what is wrong."""

import sys
import time

import click

from chatops.commands.book import book
from chatops.commands.command import Command, Whole, show_json
from chatops.commands.door import INVENTORY
from chatops.errors import LedgerError
from chatops.settings import Settings
from chatops.watch import fleet, standing, words
from chatops.watch.keeping import Keeper
from chatops.watch.look import Look, State
from chatops.watch.measures import Level
from chatops.watch.standing import HostStanding
from chatops.watch.sweep import DEADLINE
from chatops.words import Said


@click.command(cls=Command, short_help="Melihat server sekarang: mesin, jaringan, layanan, pemeliharaan")
@click.argument("lpse", nargs=-1)
@click.option("--wrong", is_flag=True, help="Hanya server yang perlu diperhatikan, dan hanya yang salah padanya.")
@click.option("--deadline", type=Whole(), default=int(DEADLINE), help="Batas waktu setiap server, detik (bawaan 20).")
@INVENTORY
def probe(
    lpse: tuple[str, ...], inventory: str | None, deadline: int, *, wrong: bool, as_json: bool, language: str
) -> None:
    """Melihat server LPSE, tanpa nama berarti semuanya. Hanya membaca; yang menggantung tidak menahan yang lain."""
    began = time.monotonic()
    wanted = fleet.targets(Settings.from_environment(inventory=inventory), lpse)
    looks = list(fleet.ask(wanted, deadline=deadline))
    seen = {standing.host: standing for standing in _kept(looks, language)}
    ordered = [seen[each.host] for each in wanted]
    if as_json:
        show_json({each.host: each.told() | {"level": each.level.name.lower()} for each in ordered})
    else:
        for each in ordered:
            if not wrong or each.level:
                click.echo("\n".join(words.describe(each, language, whole=not wrong)))
        _sum(ordered, time.monotonic() - began, language)
    if any(each.level is Level.CRITICAL for each in ordered):
        sys.exit(1)


def _kept(looks: list[Look], language: str) -> list[HostStanding]:
    """How the hosts stand after these looks, which are kept. Who cannot keep them still shows them."""
    try:
        with book(language) as changes:
            return Keeper(changes.ledger, changes.actor).keep(looks).standings
    except LedgerError as error:
        click.secho(error.told(language), fg="yellow", err=True)
        return [standing.after({}, each) for each in looks]


def _sum(ordered: list[HostStanding], took: float, language: str) -> None:
    answered = sum(each.state is State.ANSWERED for each in ordered)
    count = {level: sum(each.level is level for each in ordered) for level in Level}
    said = Said(
        f"{len(ordered)} server, {answered} menjawab, {count[Level.CRITICAL]} kritis, {count[Level.WARNING]} perlu "
        f"perhatian; {took:.1f} s",
        f"{len(ordered)} hosts, {answered} answered, {count[Level.CRITICAL]} critical, {count[Level.WARNING]} with "
        f"warnings; {took:.1f} s",
    )
    click.echo(said.to(language), err=True)

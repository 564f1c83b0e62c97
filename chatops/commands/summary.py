"""`spse-ops summary`: what a day was like, of the fleet or of some offices."""

from datetime import date

import click

from chatops.commands.book import book
from chatops.commands.command import Command, show_json
from chatops.errors import WatchError
from chatops.watch import summary as days
from chatops.watch import summary_words
from chatops.watch.summary import Days
from chatops.words import Said


@click.command(cls=Command, short_help="Ringkasan kinerja satu hari")
@click.argument("lpse", nargs=-1)
@click.option("--day", metavar="TANGGAL", help="Hari itu, seperti 2026-11-21 (bawaan: kemarin).")
def summary(lpse: tuple[str, ...], day: str | None, *, as_json: bool, language: str) -> None:
    """Galat tersering, transaksi, kueri, dan kapan disk penuh; tanpa nama: semua server sekilas."""
    wanted = _day(day)
    with book(language) as changes:
        found = Days(changes.ledger).of(wanted, lpse, pages=bool(lpse))
    unseen = [each for each in lpse if each not in {seen.standing.lpse for seen in found.hosts}]
    if unseen or not found.hosts:
        raise WatchError(
            detail=Said(
                f"belum ada server yang pernah dilihat untuk {', '.join(unseen) or 'inventaris ini'}; periksa namanya, "
                "atau jalankan `spse-ops watch` atau `spse-ops probe`",
                f"no host was ever looked at of {', '.join(unseen) or 'this inventory'}; check the name, or run "
                "`spse-ops watch` or `spse-ops probe`",
            )
        )
    if as_json:
        digests = {each.standing.host: each.digest.told() for each in found.hosts if each.digest}
        show_json(found.told() | {"digests": digests if lpse else {}})
        return
    if not lpse:
        click.echo("\n".join(summary_words.fleet(found, language)))
        return
    for each in found.hosts:
        click.echo("\n".join(summary_words.host(each, wanted, language)))


def _day(text: str | None) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else days.yesterday()
    except ValueError as error:
        raise WatchError(
            detail=Said(
                f"`{text}` bukan tanggal; tulis seperti 2026-11-21", f"`{text}` is no date; write it as 2026-11-21"
            )
        ) from error

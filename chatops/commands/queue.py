"""`spse-ops queue`: what waits, for whom, and what runs."""

import click

from chatops import bahasa
from chatops.commands.command import Command, show_json, show_table
from chatops.commands.door import INVENTORY, STAGES, door, facts, me
from chatops.ledger.course import Stage


@click.command(cls=Command, short_help="Permintaan yang menunggu dan berjalan")
@click.option(
    "--stage",
    "stages",
    multiple=True,
    type=bahasa.Choice([stage.value for stage in Stage]),
    help="Hanya tahap ini; boleh berulang.",
)
@click.option("--mine", is_flag=True, help="Hanya yang Anda minta, atau yang menunggu jawaban Anda.")
@INVENTORY
def queue(stages: tuple[str, ...], inventory: str | None, *, mine: bool, as_json: bool, language: str) -> None:
    """Permintaan yang belum selesai, menurut urutan antrean."""
    with door(inventory) as desk:
        wanted = tuple(map(Stage, stages))
        found = desk.waiting(me()) if mine else desk.queue(me(), *wanted)
    if as_json:
        show_json([facts(each) for each in found])
        return
    if not found:
        click.echo("There is none." if language == "en" else "Tidak ada.")
        return
    heads = {
        "id": ("NOMOR", "OPERASI", "LPSE", "TAHAP", "PEMINTA"),
        "en": ("NUMBER", "OPERATION", "LPSE", "STAGE", "BY"),
    }
    rows = [
        (
            each.number,
            each.change.opened["operation"],
            ",".join(each.change.lpses),
            STAGES[each.course.stage].to(language),
            each.course.requester,
        )
        for each in found
        if each.course
    ]
    show_table([heads[language], *rows])

"""`spse-ops request <operation>`: ask at the desk, as from Slack; each catalogue entry is one of its commands."""

from typing import override

import click

from chatops import catalogue
from chatops.bahasa import Choice
from chatops.cases import Request
from chatops.catalogue import Input, Operation
from chatops.commands.command import Command, Group
from chatops.commands.door import INVENTORY, door, me, show
from chatops.settings import catalogue_folder
from chatops.sla import moments


class Operations(Group):
    """One command for each operation."""

    derived = True
    """Its commands stand on the pages of the operations."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(catalogue.load(catalogue_folder()))

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        operation = catalogue.load(catalogue_folder()).get(cmd_name)
        return _command(operation) if operation else None


@click.group(cls=Operations, short_help="Meminta operasi, dengan rencana dan persetujuan")
def request() -> None:
    """Meminta operasi: rencananya dibuat, disetujui orang lain, lalu dijalankan oleh pekerja."""


def _command(operation: Operation) -> click.Command:
    def run(
        lpse: tuple[str, ...],
        at: str | None,
        emergency: str,
        reason: str,
        key: str,
        inventory: str | None,
        *,
        semua: bool,
        plan_only: bool,
        as_json: bool,
        language: str,
        **given: str | None,
    ) -> None:
        inputs = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        start = moments.parse(at) if at else None
        wanted = Request(operation.name, lpse, semua, inputs, reason, start, plan_only, emergency, key, waits=True)
        with door(inventory) as desk:
            case = desk.request(me(), wanted)
            if not as_json:
                click.echo(f"… {case.number}", err=True)
            show(desk.plan(case.number), as_json=as_json, language=language)

    own = {"change", "reason"}
    params: list[click.Parameter] = [
        click.Argument(["lpse"], nargs=-1, help="Nama LPSE menurut inventaris."),
        *(_option(each) for each in operation.inputs if each.name not in own and not each.local),
        click.Option(["--semua"], is_flag=True, help="Semua LPSE."),
        click.Option(["--reason"], default="", metavar="ALASAN", help="Alasan; masuk catatan."),
        click.Option(["--at"], metavar="WAKTU", help="Tidak dimulai sebelum ini, seperti 2026-03-17T22:00+07:00."),
        click.Option(["--plan-only"], is_flag=True, help="Hanya rencananya; tidak dijalankan."),
        click.Option(["--emergency"], default="", metavar="ALASAN", help="Darurat: tanpa menunggu persetujuan."),
        click.Option(["--key"], default="", metavar="KUNCI", help="Permintaan dengan kunci yang sama hanya satu."),
    ]
    made = Command(operation.name, params=params, callback=run, help=f"{operation.title}.", short_help=operation.title)
    return INVENTORY(made)


def _option(asked: Input) -> click.Option:
    kind = Choice(asked.choices) if asked.choices else None
    words = " ".join(filter(None, [f"{asked.title}.", asked.help]))
    name = [f"--{asked.name}", asked.name.replace("-", "_")]
    return click.Option(name, type=kind, metavar=None if kind else "NILAI", required=asked.required, help=words)

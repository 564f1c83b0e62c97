"""`spse-ops`: the command line. It parses and shows; everything else is the desk's."""

import json
import sys
from typing import Any

import click

from chatops import answers, bahasa, byhand, catalogue
from chatops.catalogue import Input, Operation
from chatops.commands import Group
from chatops.errors import SpseOpsError
from chatops.launcher import Outcome
from chatops.settings import Settings, catalogue_folder


def _command(operation: Operation) -> click.Command:
    """The command of one catalogue entry."""

    def run(
        lpse: tuple[str, ...],
        inventory: str | None,
        *,
        as_json: bool,
        semua: bool = False,
        check: bool = False,
        **given: str | None,
    ) -> None:
        settings = Settings.from_environment(inventory=inventory)
        inputs = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        wanted = byhand.Wanted(lpse, semua, inputs, check)
        outcome = byhand.request(settings, operation, wanted, on_task=lambda name: click.echo(f"… {name}", err=True))
        _show(operation, outcome, as_json=as_json, check=check)
        if outcome.failures:
            sys.exit(1)

    unnamed = "tanpa nama, harus dengan --semua" if operation.changes_hosts else "tanpa nama berarti semua"
    parameters: list[click.Parameter] = [
        click.Argument(["lpse"], nargs=-1, help=f"Nama LPSE menurut inventaris; {unnamed}."),
        *map(_option, operation.inputs),
        click.Option(
            ["--inventory"],
            metavar="BERKAS",
            help="Berkas inventaris Ansible (bawaan: SPSE_OPS_INVENTORY, atau server uji).",
        ),
        click.Option(["--json", "as_json"], is_flag=True, help="Keluaran untuk program."),
    ]
    if operation.changes_hosts:
        parameters += [
            click.Option(["--semua"], is_flag=True, help="Semua LPSE dalam inventaris."),
            click.Option(["--check"], is_flag=True, help="Hanya memperlihatkan apa yang akan berubah."),
        ]
    title = operation.title
    return bahasa.Command(operation.name, params=parameters, callback=run, help=f"{title}.", short_help=title)


def _option(asked: Input) -> click.Option:
    """The option of one input."""
    default = f"(bawaan: {asked.default})" if asked.default else ""
    words = " ".join(filter(None, [f"{asked.title}.", asked.help, default]))
    kind = bahasa.Choice(asked.choices) if asked.choices else None
    metavar = None if asked.choices else "NILAI"
    # The default is the catalogue's, so that it is the same from everywhere.
    return click.Option(
        [f"--{asked.name}", asked.name.replace("-", "_")],
        type=kind,
        metavar=metavar,
        required=asked.required,
        help=words,
    )


def _show(operation: Operation, outcome: Outcome, *, as_json: bool, check: bool) -> None:
    if as_json:
        told: dict[str, Any] = {"hosts": outcome.answers, "failures": outcome.failures, "changes": outcome.changes}
        click.echo(json.dumps(told, indent=2, sort_keys=True))
        return
    for host, answer in outcome.answers.items():
        click.echo(answers.describe(operation.name, host, answer))
    if check:
        for host, changes in outcome.changes.items():
            click.echo("\n".join([f"{host}: akan berubah", *changes]))
        # Where the playbook has said it in words of its own, these would contradict them.
        if not outcome.changes and not any("message" in answer for answer in outcome.answers.values()):
            click.echo("Tidak ada yang akan berubah.")
    for host, reason in outcome.failures.items():
        click.secho(f"{host}: GAGAL — {reason}", fg="red")


def main() -> None:
    """Entry point of `spse-ops`."""
    group = Group("spse-ops", help="Operasi SPSE: minta, lihat, dan buktikan.")
    try:
        for operation in catalogue.load(catalogue_folder()).values():
            group.add_command(_command(operation))
        sys.exit(group.main(standalone_mode=False))
    except SpseOpsError as error:
        _fail(str(error), 1)
    except click.exceptions.NoArgsIsHelpError as error:
        # Nothing was asked: that is a request for help, not a mistake with a message.
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        _fail(bahasa.explain(error), error.exit_code)
    except click.Abort:
        _fail("Dibatalkan.", 130)


def _fail(message: str, code: int) -> None:
    click.secho(f"Galat: {message}", fg="red", err=True)
    sys.exit(code)

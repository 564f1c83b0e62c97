"""`spse-ops`: the command line. It parses and shows; everything else is the desk's."""

import json
import sys

import click

from chatops import bahasa, catalogue, desk
from chatops.catalogue import Operation
from chatops.errors import SpseOpsError
from chatops.launcher import Outcome
from chatops.settings import Settings
from chatops.status import describe


def _command(operation: Operation) -> click.Command:
    """The command of one catalogue entry."""

    @click.command(operation.name, cls=bahasa.Command, help=f"{operation.title}.", short_help=operation.title)
    @click.argument("lpse", nargs=-1, help="Nama LPSE menurut inventaris; tanpa nama berarti semua.")
    @click.option(
        "--inventory", metavar="BERKAS", help="Berkas inventaris Ansible (bawaan: SPSE_OPS_INVENTORY, atau server uji)."
    )
    @click.option("--json", "as_json", is_flag=True, help="Keluaran untuk program.")
    def command(lpse: tuple[str, ...], inventory: str | None, *, as_json: bool) -> None:
        settings = Settings.from_environment(inventory=inventory)
        outcome = desk.request(settings, operation, lpse, on_task=lambda name: click.echo(f"… {name}", err=True))
        _show(outcome, as_json=as_json)
        if outcome.failures:
            sys.exit(1)

    return command


def _show(outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"hosts": outcome.answers, "failures": outcome.failures}, indent=2, sort_keys=True))
        return
    for host, answer in outcome.answers.items():
        click.echo(describe(host, answer))
    for host, reason in outcome.failures.items():
        click.secho(f"{host}: GAGAL — {reason}", fg="red")


def main() -> None:
    """Entry point of `spse-ops`."""
    group = bahasa.Group("spse-ops", help="Operasi SPSE: minta, lihat, dan buktikan.")
    try:
        for operation in catalogue.load().values():
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

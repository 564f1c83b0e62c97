"""Command line: python -m tests.spse_app build --out DIR."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click

from tests.hosts.lab import Lab
from tests.operator import variables
from tests.spse_app import vendor
from tests.spse_app.build import Options, build
from tests.spse_app.catalogue import NAMES
from tests.spse_app.errors import StandInError


def _java_size(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    """A size as Java's -Xmx takes it."""
    if not re.fullmatch(r"\d+[kmgKMG]", value):
        raise click.BadParameter("a number with k, m or g")
    return value


@click.group()
def main() -> None:
    """The stand-in application of spse-ops."""


@main.command("build")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Output folder.")
@click.option(
    "--boot-seconds",
    default=Options.boot_seconds,
    show_default=True,
    type=click.IntRange(0, 600),
    help="How long the application waits before it opens its port.",
)
@click.option(
    "--heap", default=Options.heap, show_default=True, callback=_java_size, help="Heap of the application, as -Xmx."
)
def build_command(names: tuple[str, ...], out: Path, boot_seconds: int, heap: str) -> None:
    """Build releases and faulty artefacts: all of them, or those named."""
    try:
        built = build(out, names or NAMES, Options(boot_seconds=boot_seconds, heap=heap))
    except StandInError as error:
        raise click.ClickException(str(error)) from error
    for one in built.values():
        click.echo(f"{one.name:16} {one.build}  {one.file}  ({one.expected})")


@main.command("install")
@click.argument("host")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--lab", default="lab", show_default=True, help="The lab that the host is in.")
@click.option("--instance", default="prod", show_default=True, type=click.Choice(["prod", "latihan"]))
def install_command(host: str, archive: Path, lab: str, instance: str) -> None:
    """Install an archive on a test host, as neglected hosts have it. An SPSE that is there stays as it is."""
    target = Lab(lab).host(host)
    if vendor.is_installed(target, instance):
        click.echo(f"{host} has an SPSE ({instance}) already.", err=True)
        return
    click.echo(f"Installing {archive.name} on {host}, the vendor's way…", err=True)
    vendor.install(target, archive, instance)


@main.command("inventory")
@click.argument("names", nargs=-1, metavar="NAME...", required=True)
@click.option("--builds", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder of the builds.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File of variables.")
@click.option("--boot-seconds", default=Options.boot_seconds, show_default=True, type=click.IntRange(0, 600))
def inventory_command(names: tuple[str, ...], builds: Path, out: Path, boot_seconds: int) -> None:
    """Build releases, and write what an inventory says of them and of one instance; its secrets are made up."""
    built = build(builds.resolve(), names, Options(boot_seconds=boot_seconds))
    out.parent.mkdir(parents=True, exist_ok=True)
    # JSON is YAML, and only programs read this file.
    out.write_text(json.dumps(variables(built, "prod"), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

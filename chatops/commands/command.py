"""What these commands have in common: a language, an output for programs, and errors that people can read."""

import json
from collections.abc import Sequence
from typing import Any, override

import click

from chatops import bahasa
from chatops.errors import SpseOpsError
from chatops.words import LANGUAGES

AS_JSON = click.Option(["--json", "as_json"], is_flag=True, help="Keluaran untuk program.")
LANGUAGE = click.Option(
    ["--lang", "language"], type=bahasa.Choice(LANGUAGES), default="id", help="Bahasa keluaran: id (bawaan) atau en."
)


class Command(bahasa.Command):
    """A command that speaks two languages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - whatever click's own takes
        super().__init__(*args, **kwargs)
        self.params += [AS_JSON, LANGUAGE]

    @override
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SpseOpsError as error:
            language = ctx.params["language"]
            prefix = "Error" if language == "en" else "Galat"
            click.secho(f"{prefix}: {error.told(language)}", fg="red", err=True)
            ctx.exit(1)


class Group(bahasa.Group):
    """A group of such commands."""

    command_class = Command


class Whole(click.ParamType[int]):
    """A whole number."""

    name = "ANGKA"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            return int(value)
        except ValueError:
            self.fail(f"`{value}` bukan bilangan bulat.", param, ctx)


class Wholes(click.ParamType[tuple[int, ...]]):
    """Whole numbers with commas between them."""

    name = "ANGKA,…"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(each) for each in value.split(","))
        except ValueError:
            self.fail(f"`{value}` bukan daftar bilangan; tulis seperti 1,6,7.", param, ctx)


def show_json(told: object) -> None:
    """For programs."""
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))


def show_table(rows: Sequence[Sequence[str]]) -> None:
    """Columns that line up; the first row is their heads."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())

"""Click and Python speak English only; here they speak Indonesian: help pages, mistakes that people make, dates."""

from datetime import date, datetime
from typing import Any, override

import click

MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)


def day(when: date) -> str:
    """As in a letter: 9 November 2026."""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def moment(when: datetime) -> str:
    """As in a letter, of a time in Jakarta's zone: 9 November 2026 pukul 08.15 WIB."""
    return moment_in("id", when, "WIB")


def moment_in(language: str, when: datetime, zone: str) -> str:
    """The same in any zone, for readers of either language."""
    if language == "en":
        return f"{when.day} {when:%B %Y, %H:%M} {zone}"
    return f"{day(when)} pukul {when:%H.%M} {zone}"


def decimal(language: str, value: float, places: int = 2) -> str:
    """A number with the decimal sign that the reader expects."""
    text = f"{value:.{places}f}"
    # Of 1000 no zero is one too many.
    text = text.rstrip("0").rstrip(".") if places else text
    return text if language == "en" else text.replace(".", ",")


class Command(click.Command):
    """A command with an Indonesian help page."""

    @override
    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        for theirs, ours in (("[OPTIONS]", "[OPSI]"), ("COMMAND [ARGS]...", "PERINTAH …")):
            pieces = pieces.replace(theirs, ours)
        formatter.write_usage(ctx.command_path, pieces, prefix="Pemakaian: ")

    @override
    def format_arguments(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self._write_section(ctx, formatter, "Argumen", click.Argument)

    @override
    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self._write_section(ctx, formatter, "Opsi", click.Option)

    def _write_section(
        self, ctx: click.Context, formatter: click.HelpFormatter, title: str, kind: type[click.Parameter]
    ) -> None:
        parameters = [parameter for parameter in self.get_params(ctx) if isinstance(parameter, kind)]
        if records := [record for parameter in parameters if (record := parameter.get_help_record(ctx))]:
            with formatter.section(title):
                formatter.write_dl([(name, text.replace(" [required]", "(wajib)")) for name, text in records])

    @override
    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "Tampilkan penjelasan ini."
        return option


class Group(Command, click.Group):
    """A group of commands with an Indonesian help page."""

    @override
    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        with formatter.section("Perintah"):
            commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
            formatter.write_dl([(name, command.get_short_help_str()) for name, command in commands if command])


class Choice(click.Choice[str]):
    """A choice that is refused in Indonesian."""

    @override
    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:
        return f"`{value}` bukan pilihan; pilih salah satu: {', '.join(self.choices)}."


def explain(error: click.ClickException) -> str:
    """What was wrong with the command line, and the nearest right one."""
    match error:
        case click.NoSuchOption(option_name=name, possibilities=near):
            hint = f" Maksud Anda {near[0]}?" if near else ""
            return f"Opsi {name} tidak dikenal.{hint}"
        case click.exceptions.NoSuchCommand(command_name=name, possibilities=near):
            hint = f" Maksud Anda `{near[0]}`?" if near else " Lihat daftarnya dengan `spse-ops --help`."
            return f"Perintah `{name}` tidak dikenal.{hint}"
        case click.BadOptionUsage(option_name=name):
            return f"Opsi {name} memerlukan nilai."
        case click.BadParameter(param=click.Parameter() as parameter, message=message):
            name = parameter.opts[0] if isinstance(parameter, click.Option) else parameter.human_readable_name
            wrong = " belum diisi." if isinstance(error, click.MissingParameter) else f": {message}"
            return f"{'Opsi ' if isinstance(parameter, click.Option) else ''}{name}{wrong}"
    return error.format_message()

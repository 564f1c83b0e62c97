"""`spse-ops priority`: how urgent something is, and within how many working days it has to be resolved."""

import click

from chatops import bahasa
from chatops.commands.command import Command, Whole, Wholes, show_json
from chatops.sla.priority import STAGES, Priority, assess


@click.command(
    cls=Command,
    short_help="Menghitung prioritas dan kelas perubahan",
    help="Menghitung prioritas p = (f * r) / k dan kelas perubahannya menurut perjanjian.",
)
@click.option(
    "--stages",
    type=Wholes(),
    default=(),
    help="Tahapan tender yang terdampak, menjadi f: "
    + ", ".join(f"{number} {name}" for number, name in enumerate(STAGES, start=1))
    + ".",
)
@click.option("--functional", "f", type=Whole(), help="f yang ditetapkan orang, 1 sampai 10; perlu --by dan --reason.")
@click.option("--reputation", "r", type=Whole(), required=True, help="r, dampak reputasi, 1 sampai 10.")
@click.option("--recoverability", "k", type=Whole(), required=True, help="k, 1 paling sering sampai 10 baru sekali.")
@click.option("--by", default="", metavar="NAMA", help="Siapa yang menetapkan f.")
@click.option("--reason", default="", metavar="ALASAN", help="Mengapa f ditetapkan lain.")
def priority(
    stages: tuple[int, ...], f: int | None, r: int, k: int, by: str, reason: str, *, as_json: bool, language: str
) -> None:
    """Say the priority."""
    judged = assess(stages, r, k, f=f, by=by, reason=reason)
    if as_json:
        show_json(judged.told())
        return
    click.echo("\n".join(describe(judged, language)))


def describe(judged: Priority, language: str) -> list[str]:
    """In words."""
    f, p = (bahasa.decimal(language, float(value)) for value in (judged.f, judged.p))
    days, name = judged.working_days, judged.name.capitalize()
    if language == "en":
        lines = [f"Priority p = (f * r) / k = ({f} * {judged.r}) / {judged.k} = {p}"]
        lines.append(f"{name} Change: resolved within {days} working day{'s' if days > 1 else ''}")
    else:
        lines = [f"Prioritas p = (f * r) / k = ({f} * {judged.r}) / {judged.k} = {p}"]
        lines.append(f"{name} Change: diselesaikan dalam {days} hari kerja")
    if judged.override:
        said = ("f set by {}: {}", "f ditetapkan oleh {}: {}")[language == "id"]
        lines.append(said.format(judged.override.by, judged.override.reason))
    return lines

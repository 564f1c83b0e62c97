"""`spse-ops report`: what a month came to, as documents to sign and to reckon with, and proof of their numbers."""

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from chatops import bahasa
from chatops.commands.book import book
from chatops.commands.command import Command, Group, show_json
from chatops.errors import FolderError, ReportError
from chatops.ledger import facts as happened
from chatops.ledger.facts import Month
from chatops.ledger.store import Ledger
from chatops.reports import page, recount
from chatops.reports.agreement import Agreement, State
from chatops.reports.monthly import Report
from chatops.reports.reconcile import BEFORE, Difference, differences
from chatops.settings import Records
from chatops.sla import moments
from chatops.web.files import NATIONAL
from chatops.web.settings import WebSettings
from chatops.words import Said

FILE = click.Path(path_type=Path)
KINDS = ("xlsx", "pdf", "html")
PAPER = ("pdf", "html")
ENDED = ("lalu", "last")
"""In place of a month: the one that ended last."""
MONTH = click.argument("which", metavar="TAHUN-BULAN|lalu")
LPSES = click.argument("lpse", nargs=-1)
PAGES = click.option("--pages", is_flag=True, help="Ke tempat halaman pantauan (`spse-ops web`) memperlihatkannya.")
EVERY = click.option("--semua", is_flag=True, help="Setiap LPSE dalam buku catatan, masing-masing sendiri.")


@click.group(cls=Group, short_help="Laporan bulanan dan pembuktiannya")
def report() -> None:
    """Laporan bulanan menurut perjanjian (Monitoring, Trend, Analisis), dan pembuktian angkanya."""


@report.command("month", cls=Command, short_help="Laporan satu bulan: XLSX, PDF, HTML")
@MONTH
@LPSES
@click.option("--national", is_flag=True, help="Seluruh LPSE dalam satu laporan.")
@EVERY
@click.option("--out", type=FILE, metavar="FOLDER", help="Folder untuk berkasnya (bawaan: ringkasan ke layar).")
@PAGES
@click.option("--only", type=bahasa.Choice(KINDS), multiple=True, help="Hanya jenis ini; boleh berulang.")
def month(
    which: str,
    lpse: tuple[str, ...],
    out: Path | None,
    only: tuple[str, ...],
    *,
    pages: bool,
    national: bool,
    semua: bool,
    as_json: bool,
    language: str,
) -> None:
    """Membuat laporan satu bulan, dengan bulan sebelumnya di sampingnya dan dasar setiap angka."""
    wanted = _month(which)
    kinds = only or KINDS
    paper = _kept(out, pages=pages) and "pdf" in kinds
    made = _made(wanted, lpse, language, national=national, every=semua, paper=paper)
    written = _written(made, out, kinds, pages=pages)
    if as_json:
        told = [{"lpse": each.lpse or None, "month": str(wanted), "numbers": each.numbers()} for each in made]
        show_json({"reports": told, "files": written})
        return
    click.echo("\n".join(written) or "\n\n".join(map(_summary, made)))


@report.command("compliance", cls=Command, short_help="Kepatuhan atas perjanjian, layanan demi layanan")
@MONTH
@LPSES
@click.option("--national", is_flag=True, help="Seluruh LPSE dalam satu laporan.")
@EVERY
@click.option("--out", type=FILE, metavar="FOLDER", help="Folder untuk PDF dan HTML (bawaan: ringkasan ke layar).")
@PAGES
def compliance(
    which: str,
    lpse: tuple[str, ...],
    out: Path | None,
    *,
    pages: bool,
    national: bool,
    semua: bool,
    as_json: bool,
    language: str,
) -> None:
    """Laporan kepatuhan atas perjanjian satu bulan: setiap layanan, janjinya, dan apakah terpenuhi (S0 6.2.16)."""
    paper = _kept(out, pages=pages)
    reports = _made(_month(which), lpse, language, national=national, every=semua, paper=paper)
    made = [Agreement(each) for each in reports]
    written = _written(made, out, PAPER, pages=pages)
    if as_json:
        show_json({"reports": [_told(each) for each in made], "files": written})
        return
    click.echo("\n".join(written) or "\n\n".join(map(_standing, made)))


def _month(which: str) -> Month:
    """The month that is meant."""
    if which not in ENDED:
        return Month.parse(which)
    now = datetime.now(moments.zone("WIB"))
    return Month(now.year, now.month).after(-1)


def _told(made: Agreement) -> dict[str, object]:
    """For programs."""
    rows = [
        {
            "service": row.service.id,
            "received": row.received.value,
            "met": row.met.value,
            "late": row.late.value,
            "state": row.state.name.lower(),
        }
        for row in made.rows
    ]
    return {"lpse": made.report.lpse or None, "month": str(made.report.month), "services": rows}


def _standing(made: Agreement) -> str:
    """What was not kept, for the screen."""
    say = made.say
    lines = [f"{say.words(made.report.office)}, {made.report.period}"]
    lines += [f"  {made.count(state):3}  {say.words(state.value)}" for state in State]
    broken = [row for row in made.rows if row.state is State.BROKEN]
    lines += [f"  - {row.service.id} {row.service.title}: {row.late.value} / {row.words or '-'}" for row in broken]
    return "\n".join(lines)


def _made(
    wanted: Month, lpse: tuple[str, ...], language: str, *, national: bool, every: bool, paper: bool
) -> list[Report]:
    """The reports that are wanted, of what has happened up to now."""
    if not (lpse or national or every):
        raise click.UsageError("Sebutkan LPSE, --national untuk semuanya dalam satu laporan, atau --semua.")
    if paper:
        # Before anything is counted: it may be that this machine cannot.
        page.typesetter()
    with book(language) as changes, changes.ledger.reading() as reader:
        facts = happened.read(reader, wanted.after(-BEFORE), datetime.now(UTC))
    scopes = [*([""] if national else []), *lpse, *(sorted(facts.offices) if every else [])]
    return [Report.of(facts, wanted, each, language) for each in dict.fromkeys(scopes)]


def _kept(out: Path | None, *, pages: bool) -> bool:
    """Whether it is kept at all."""
    if out and pages:
        raise click.UsageError("Sebutkan --out atau --pages, bukan keduanya.")
    return bool(out) or pages


def _written(made: Sequence[Report | Agreement], out: Path | None, kinds: Sequence[str], *, pages: bool) -> list[str]:
    """All of their files; where they are."""
    if out:
        return [path for each in made for path in _files(each, out, kinds)]
    if not pages:
        return []
    shown = WebSettings.from_environment(Records.from_environment().state).reports
    return [path for each in made for path in _files(each, shown / _place(each), kinds)]


def _place(made: Report | Agreement) -> Path:
    """Where the pages look for it."""
    told = made.report if isinstance(made, Agreement) else made
    return Path(str(told.month), told.lpse or NATIONAL)


def _files(made: Report | Agreement, out: Path, kinds: Sequence[str]) -> Iterator[str]:
    """Its files; where they are."""
    text = made.as_page()
    for kind in kinds:
        if kind == "html":
            content = text.encode()
        elif kind == "pdf":
            content = page.pdf(text)
        elif isinstance(made, Report):
            # Half a second to load, and only for those who want one.
            from chatops.reports import workbook  # noqa: PLC0415

            content = workbook.workbook(made)
        path = out / f"{made.name}.{kind}"
        try:
            out.mkdir(parents=True, exist_ok=True)
            # Somebody may be reading the one that was there.
            partial = path.with_name(f".{path.name}.partial")
            partial.write_bytes(content)
            partial.replace(path)
        except OSError as error:
            raise FolderError(folder=out, detail=error.strerror) from error
        yield str(path)


def _summary(made: Report) -> str:
    """The main figures, for the screen."""
    lines = [f"{made.speaker.words(made.office)}, {made.period}"]
    lines += [f"  {value:>12}  {label}{f' ({grown})' if grown else ''}" for value, label, grown in made.headlines]
    lines += [f"  - {made.speaker.words(each)}" for each in made.findings]
    return "\n".join(lines)


@report.command("reconcile", cls=Command, short_help="Menghitung ulang laporan dengan cara lain")
@click.argument("which", metavar="TAHUN-BULAN|lalu", required=False)
@LPSES
@EVERY
@click.option("--file", "file", type=FILE, metavar="BERKAS.xlsx", help="Laporan yang disimpan, sebagai ganti bulan.")
def reconcile(
    which: str | None, lpse: tuple[str, ...], file: Path | None, *, semua: bool, as_json: bool, language: str
) -> None:
    """Menghitung ulang semua angka langsung dari catatan, dengan cara lain. Kode keluar 1 bila ada yang berbeda."""
    if (which is None) == (file is None):
        raise click.UsageError("Sebutkan bulannya, seperti 2026-10, atau laporan yang disimpan dengan --file.")
    # Who proves changes nothing: what waits in the spool is left there.
    kept = Ledger.existing(Records.from_environment().url)
    try:
        whole = kept.verify()
        if file:
            counted, found = _of_file(kept, file)
        else:
            counted, found = _of_ledger(kept, _month(which or ""), lpse, language, every=semua)
    finally:
        kept.close()
    if as_json:
        told = {name: [each.told() for each in own] for name, own in found.items()}
        show_json({"agrees": not any(told.values()), "numbers": counted, "events": whole.events, "differences": told})
    else:
        for name, own in found.items():
            for each in own:
                click.secho(f"{name}: {_said(each).to(language)}", fg="red")
        if not any(found.values()):
            said = Said(
                f"Sesuai: {counted} angka dihitung ulang dari {whole.events} catatan.",
                f"They agree: {counted} numbers counted again from {whole.events} events.",
            )
            click.echo(said.to(language))
    if any(found.values()):
        sys.exit(1)


def _of_ledger(
    kept: Ledger, month: Month, lpse: tuple[str, ...], language: str, *, every: bool
) -> tuple[int, dict[str, list[Difference]]]:
    """The reports as they would be made now, against a recount."""
    now = datetime.now(UTC)
    with kept.reading() as reader:
        facts = happened.read(reader, month.after(-BEFORE), now)
        pages = recount.pages(reader.connection, facts.head[0])
    scopes = dict.fromkeys([*lpse, *(["", *sorted(facts.offices)] if every else [])]) or {"": None}
    made = [Report.of(facts, month, each, language) for each in scopes]
    counted = sum(len(numbers) for each in made for numbers in each.months.values())
    return counted, {each.name: differences(each.months, pages, each.lpse, now) for each in made}


def _of_file(kept: Ledger, file: Path) -> tuple[int, dict[str, list[Difference]]]:
    """A report that somebody has kept, against a recount of the events that there were when it was made."""
    from chatops.reports import saved as kept_ones  # noqa: PLC0415 - half a second, only for those who have one

    saved = kept_ones.read(file)
    seq, digest = saved.head
    with kept.reading() as reader:
        there = next((event.hash for event in reader.events(seq - 1)), "")
        pages = recount.pages(reader.connection, seq)
    if there != digest:
        raise ReportError(
            detail=Said(
                f"{file} dibuat dari buku catatan lain: nomor urut {seq} di sini berjumlah {there or '-'}",
                f"{file} was made of another ledger: sequence {seq} has the sum {there or '-'} here",
            )
        )
    counted = sum(map(len, saved.months.values()))
    found = [*saved.misprints(), *differences(saved.months, pages, saved.lpse, saved.at)]
    return counted, {file.name: found}


def _said(each: Difference) -> Said:
    events = ", ".join(f"#{seq}" for seq in each.events[:20]) + (" …" if len(each.events) > 20 else "") or "-"  # noqa: PLR2004 - a line
    return Said(
        f"{each.month} `{each.name}`: dilaporkan {each.reported}, dihitung ulang {each.recounted}; catatan {events}",
        f"{each.month} `{each.name}`: reported {each.reported}, counted again {each.recounted}; events {events}",
    )

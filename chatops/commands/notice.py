"""`spse-ops access notice`: the letter by which an LPSE tells LKPP of its access, without a secret."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict, Unpack

import click

from chatops import bahasa
from chatops.access import keys, rules
from chatops.access.records import told_of_notice
from chatops.commands.access_book import known_lpse, office
from chatops.commands.book import due_words
from chatops.commands.command import Command, Whole, show_json
from chatops.reports.notice import MODES, Notice
from chatops.sla import moments
from chatops.words import Said

FILE = click.Path(path_type=Path)


class Facts(TypedDict):
    """What stands in the letter."""

    mode: str
    when: str
    address: str
    port: int
    user: str
    fingerprints: tuple[str, ...]
    sources: tuple[str, ...]
    lpse_zone: str
    note: str


@click.command("notice", cls=Command, short_help="Surat pemberitahuan akses (S0-21)")
@click.argument("lpse")
@click.option(
    "--mode",
    type=bahasa.Choice(MODES),
    default="install",
    help="Sebelum instalasi (bawaan), atau sesudah akses berubah.",
)
@click.option("--when", required=True, metavar="WAKTU", help="Kapan instalasi dimulai, atau akses berubah.")
@click.option("--address", required=True, metavar="ALAMAT", help="Alamat IP publik atau nama domain.")
@click.option("--port", type=Whole(), required=True, help="Port SSH.")
@click.option("--user", required=True, metavar="AKUN", help="Akunnya, seperti lkpp-operator.")
@click.option("--fingerprint", "fingerprints", multiple=True, metavar="SHA256:…", help="Sidik jari kunci server.")
@click.option("--host-key", type=FILE, metavar="BERKAS.pub", help="Kunci publik server, sebagai ganti sidik jarinya.")
@click.option("--from", "sources", multiple=True, metavar="ALAMAT", help="Alamat LKPP yang diizinkan; boleh berulang.")
@click.option("--lpse-zone", type=bahasa.Choice(tuple(moments.ZONES)), default="WIB", help="Zona LPSE (bawaan: WIB).")
@click.option("--note", default="", metavar="CATATAN", help="Catatan, tanpa rahasia.")
@click.option("--out", type=FILE, metavar="FOLDER", help="Folder untuk .txt, .html, dan .pdf (bawaan: teks ke layar).")
def notice(
    lpse: str, host_key: Path | None, out: Path | None, *, as_json: bool, language: str, **said: Unpack[Facts]
) -> None:
    """Membuat surat pemberitahuan akses beserta tenggatnya, dan mencatatnya. Tidak pernah memuat rahasia."""
    lpse_zone = said["lpse_zone"]
    own_keys = (keys.read(host_key).fingerprint,) if host_key else ()
    given = Notice(
        lpse,
        lpse_zone,
        said["mode"],
        moments.parse(said["when"]),
        said["address"],
        said["port"],
        said["user"],
        (*said["fingerprints"], *own_keys),
        rules.sources(said["sources"]) if said["sources"] else (),
        said["note"],
    ).checked()
    known_lpse(lpse)
    now = datetime.now(UTC)
    with office(language) as own:
        with own.ledger.reading() as reader:
            calendar = reader.calendar()
        due, letter = given.due(calendar), given.letter(calendar, now)
        written = letter.write(out, "pemberitahuan-akses") if out else []
        told_of_notice(own.ledger, own.actor, given.told | {"due": due.at.isoformat(), "late": now > due.at})
    if as_json:
        show_json(
            given.told
            | {"due": due.at.isoformat(), "provisional": due.provisional, "late": now > due.at, "files": written}
        )
        return
    click.echo("\n".join(written) if out else letter.as_text())
    words = due_words(due, lpse_zone, language)
    late = Said(f"TERLAMBAT: tenggatnya {words}", f"LATE: it was due {words}")
    in_time = Said(f"Paling lambat: {words}", f"Due: {words}")
    click.secho((late if now > due.at else in_time).to(language), fg="red" if now > due.at else None, err=True)

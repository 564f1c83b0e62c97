"""`spse-ops access seal`, `open` and `review`: the way in for when all else is down, and the look into it."""

from datetime import UTC, datetime
from pathlib import Path

import click

from chatops import permissions
from chatops.access import rights
from chatops.access import seal as seals
from chatops.access.passphrases import typed
from chatops.access.rules import ACCOUNTS, SEALED
from chatops.commands.access_book import TO_HOSTS, moment, office, say, told, window
from chatops.commands.command import Command, show_json
from chatops.commands.door import INVENTORY, me
from chatops.errors import RulesError, SettingsError, SpseOpsError
from chatops.settings import Settings
from chatops.words import Said

FILE = click.Path(path_type=Path)


@click.command("seal", cls=Command, short_help="Membuat akses darurat tersegel")
@click.argument("lpse")
@click.option(
    "--from", "sources", multiple=True, required=True, metavar="ALAMAT", help="Dari alamat mana; boleh berulang."
)
@click.option("--out", type=FILE, required=True, metavar="FOLDER", help="Folder kosong untuk kunci dan kedua surat.")
@INVENTORY
def seal(
    lpse: str, sources: tuple[str, ...], out: Path, inventory: str | None, *, as_json: bool, language: str
) -> None:
    """Membuat kunci darurat yang hanya dibuka oleh dua orang bersama; segel sebelumnya dicabut."""
    with window(inventory, language) as own:
        done = own.seal(me(), lpse, sources, out)
        if as_json:
            shown = told(done.grant, datetime.now(UTC), own.place.limits)
            show_json(shown | {"replaced": list(done.replaced), "files": list(map(str, done.files))})
            return
    letters = ", ".join(str(each) for each in done.files if each.suffix == ".pdf")
    said = Said(
        f"{done.grant.number}: berlaku sampai {moment(done.grant.before, 'id')}.\n"
        f"Cetak {letters}, segel terpisah, lalu hapus kedua surat (.pdf dan .txt) dari {out}.",
        f"{done.grant.number}: valid until {moment(done.grant.before, 'en')}.\n"
        f"Print {letters}, seal them apart, then delete both letters (.pdf and .txt) from {out}.",
    )
    say(said, language)
    if done.replaced:
        say(Said(f"Dicabut: {', '.join(done.replaced)}", f"Revoked: {', '.join(done.replaced)}"), language)
        say(TO_HOSTS, language)


@click.command("open", cls=Command, short_help="Membuka akses darurat dengan kedua bagian")
@click.argument("folder", type=FILE, metavar="FOLDER")
@click.option("--out", type=FILE, required=True, metavar="BERKAS", help="Kunci yang dapat dipakai, ditulis ke sini.")
@INVENTORY
def open_(folder: Path, out: Path, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Menanyakan kedua bagian dan menulis kunci darurat. Tidak memerlukan LKPP, Slack, atau buku catatan."""
    who = _opener(inventory, seals.lpse_of(folder))
    # As they come: nobody may have to read another one's letter.
    first, second = (typed(f"Bagian {each} / share {each}") for each in ("A", "B"))
    about = seals.open_(folder, first, second, out)
    number, recorded = about["number"], True
    try:
        with office(language) as own:
            seals.opened(own.ledger, who or own.actor, number)
    except SpseOpsError:
        # The ledger may be what is down; a host that is entered tells of it, too.
        recorded = False
    if as_json:
        show_json({"number": number, "key": str(out), "recorded": recorded, "person": who})
        return
    account = ACCOUNTS[SEALED]
    said = Said(
        f"Masuk dengan\n  ssh -i {out} -o CertificateFile={out}-cert.pub {account}@SERVER\n"
        f"Sesudahnya hapus {out}, dan buat segel baru: `spse-ops access seal {about['lpse']}`.",
        f"Log in by\n  ssh -i {out} -o CertificateFile={out}-cert.pub {account}@HOST\n"
        f"Delete {out} afterwards, and make a new seal: `spse-ops access seal {about['lpse']}`.",
    )
    say(said, language)
    if who is None:
        unknown = Said(
            "Di komputer ini tidak ada berkas hak akses yang dapat dibaca: yang mengizinkan hanya kedua bagian itu.",
            "There is no readable file of permissions on this machine: both shares were the only permission.",
        )
        say(unknown, language, alarm=True)
    if not recorded:
        missing = Said(
            f"TIDAK TERCATAT: {number} tidak dapat dicatat di sini. Tulis siapa, kapan, dan mengapa; laporkan ke LKPP.",
            f"NOT RECORDED: {number} could not be recorded here. Write down who, when and why, and tell LKPP.",
        )
        say(missing, language, alarm=True)


@click.command("review", cls=Command, short_help="Menutup tinjauan akses darurat")
@click.argument("number", metavar="AKS-…")
@click.option("--note", required=True, metavar="CATATAN", help="Siapa yang masuk, mengapa, dan apa yang diubah.")
@INVENTORY
def review(number: str, note: str, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Menutup tinjauan yang dibuka oleh pemakaian akses darurat."""
    with window(inventory, language) as own:
        done = own.review(me(), number, note)
        if as_json:
            show_json(told(done, datetime.now(UTC), own.place.limits))
            return
    say(Said(f"{number}: tinjauan ditutup.", f"{number}: the review is closed."), language)


def _opener(inventory: str | None, lpse: str) -> str | None:
    """Who opens it, if he may; nobody can say where there is no file that says who is who.

    The office's own machine has none, and it is there for when nothing else is. Who holds both shares can open the key
    without us, too.
    """
    try:
        known = permissions.load(Settings.from_environment(inventory=inventory).rules)
    except (RulesError, SettingsError):
        return None
    person = known.person(me())
    rights.open_(person, lpse)
    return person.slug

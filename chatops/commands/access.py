"""`spse-ops access`: who may go where, for how long, why; and how that is taken back."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from chatops import bahasa
from chatops.access import keys, rules
from chatops.access.grant import STATES, Grant
from chatops.access.publication import Statement
from chatops.access.records import UNKNOWN, grants, lines_of
from chatops.access.register import Request
from chatops.access.rules import ACCOUNTS, ROLES
from chatops.commands.access_book import TO_HOSTS, moment, office, row, say, told, window
from chatops.commands.authority import authority
from chatops.commands.command import Command, Group, Whole, show_json, show_table
from chatops.commands.door import INVENTORY, me
from chatops.commands.emergency import open_, review, seal
from chatops.commands.notice import notice
from chatops.errors import AccessError
from chatops.ledger import projection
from chatops.reports.access import AccessReport
from chatops.sla import moments
from chatops.words import Said

FILE = click.Path(path_type=Path)
NUMBER = click.argument("number", metavar="AKS-…")
REASON = click.option("--reason", required=True, metavar="ALASAN", help="Alasannya.")


@click.group(cls=Group, short_help="Memberi dan mencabut akses ke server")
def access() -> None:
    """Akses bernama ke server: diminta, disetujui orang lain, berlaku beberapa jam, dicatat, dan dapat dicabut."""


@access.command("grant", cls=Command, short_help="Meminta akses untuk satu orang")
@click.argument("lpse")
@click.option(
    "--role", type=bahasa.Choice(ROLES), required=True, help="Perannya: operator, atau auditor yang hanya membaca."
)
@click.option("--for", "lasts", required=True, metavar="LAMA", help="Berapa lama, seperti 30m atau 4h.")
@click.option("--person", default="", metavar="ORANG", help="Siapa yang masuk, menurut rules.yml (bawaan: Anda).")
@click.option("--key", type=FILE, required=True, metavar="BERKAS", help="Kunci publiknya, berkas .pub.")
@click.option(
    "--from", "sources", multiple=True, required=True, metavar="ALAMAT", help="Dari alamat mana; boleh berulang."
)
@REASON
@INVENTORY
def grant_(
    lpse: str,
    role: str,
    lasts: str,
    person: str,
    key: Path,
    sources: tuple[str, ...],
    reason: str,
    *,
    inventory: str | None,
    as_json: bool,
    language: str,
) -> None:
    """Meminta akses ke server satu LPSE. Orang lain harus menyetujuinya."""
    request = Request(lpse, role, person, keys.read(key), rules.span(lasts), sources, reason)
    with window(inventory, language) as own:
        asked = own.ask(me(), request)
        if as_json:
            show_json(told(asked, datetime.now(UTC), own.place.limits))
            return
    click.echo(asked.number)
    waiting = Said(
        f"Menunggu persetujuan orang lain: `spse-ops access approve {asked.number} --out FOLDER`",
        f"Waiting for somebody else to approve it: `spse-ops access approve {asked.number} --out FOLDER`",
    )
    say(waiting, language)


@access.command("approve", cls=Command, short_help="Menyetujui, dan menerbitkan sertifikatnya")
@NUMBER
@click.option("--out", type=FILE, required=True, metavar="FOLDER", help="Folder tempat sertifikat ditulis.")
@INVENTORY
def approve(number: str, out: Path, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Menyetujui permintaan orang lain. Sertifikatnya bukan rahasia: tanpa kunci pribadi pemiliknya tidak berguna."""
    _folder(out)
    with window(inventory, language) as own:
        granted, certificate = own.approve(me(), number)
        file = out / f"{number}-cert.pub"
        _write(file, certificate.encode() + b"\n")
        if as_json:
            show_json(told(granted, datetime.now(UTC), own.place.limits) | {"certificate": str(file)})
            return
    account = ACCOUNTS[granted.role]
    said = Said(
        f"{file}: berlaku sampai {moment(granted.before, 'id')}. Masuk dengan\n"
        f"  ssh -i KUNCI -o CertificateFile={file.name} {account}@SERVER",
        f"{file}: valid until {moment(granted.before, 'en')}. Log in by\n"
        f"  ssh -i KEY -o CertificateFile={file.name} {account}@HOST",
    )
    say(said, language)


@access.command("refuse", cls=Command, short_help="Menolak permintaan")
@NUMBER
@REASON
@INVENTORY
def refuse(number: str, reason: str, inventory: str | None, *, as_json: bool, language: str) -> None:
    """Menolak permintaan akses."""
    with window(inventory, language) as own:
        _done([own.refuse(me(), number, reason)], own.place.limits, as_json=as_json, language=language)


@access.command("revoke", cls=Command, short_help="Mencabut akses")
@click.argument("number", metavar="[AKS-…]", required=False, default="")
@click.option("--person", default="", metavar="ORANG", help="Semua akses orang ini.")
@click.option("--lpse", default="", metavar="LPSE", help="Semua akses ke LPSE ini.")
@REASON
@INVENTORY
def revoke(
    number: str, person: str, lpse: str, reason: str, inventory: str | None, *, as_json: bool, language: str
) -> None:
    """Mencabut yang berlaku, menolak yang baru diminta, dan langsung membuat daftar cabut yang baru."""
    with window(inventory, language) as own:
        ended, statement = own.revoke(me(), reason, number=number, person=person, lpse=lpse)
        if as_json:
            now = datetime.now(UTC)
            listed = [told(each, now, own.place.limits) for each in ended]
            show_json({"ended": listed, "krl": statement.told})
            return
        _done(ended, own.place.limits, as_json=False, language=language)
    say(TO_HOSTS, language)


@access.command("krl", cls=Command, short_help="Memperbarui daftar cabut dan masa berlakunya")
def krl(*, as_json: bool, language: str) -> None:
    """Menulis apa yang diberikan kepada server, dan memperpanjang masa percayanya. Jalankan setiap beberapa jam."""
    with office(language) as own:
        statement = own.publish()
    _published(statement, own.place.published, as_json=as_json, language=language)


@access.command("list", cls=Command, short_help="Daftar akses")
@click.option("--state", type=bahasa.Choice(tuple(STATES)), help="Hanya yang berkeadaan ini.")
@click.option("--lpse", help="Hanya ke LPSE ini.")
@click.option("--person", help="Hanya orang ini.")
@click.option("--flagged", is_flag=True, help="Hanya yang perlu dilihat: tidak dipakai, terlalu lama, harus ditinjau.")
@click.option("--limit", type=Whole(), default=500, help="Paling banyak sekian yang terbaru (bawaan 500); 0 semuanya.")
def list_(
    state: str | None,
    lpse: str | None,
    person: str | None,
    limit: int,
    *,
    flagged: bool,
    as_json: bool,
    language: str,
) -> None:
    """Siapa, ke mana, sebagai apa, sampai kapan, mengapa, dan kapan terakhir dipakai."""
    now = datetime.now(UTC)
    with office(language) as own, own.ledger.reading() as reader:
        limits = own.place.limits
        found = [
            each
            for each in grants(reader)
            if (state is None or each.state(now, limits) == state)
            and (lpse is None or each.lpse == lpse)
            and (person is None or each.person == person)
            and (not flagged or each.flags(now, limits))
        ]
        unknown = [event.told for event in projection.events_of(reader.connection, UNKNOWN)]
    shown = found[-limit:] if limit > 0 else found
    if as_json:
        show_json({"grants": [told(each, now, limits) for each in shown], "unknown_logins": unknown})
        return
    heads = {
        "id": ("NOMOR", "ORANG", "LPSE", "PERAN", "KEADAAN", "SAMPAI", "TERAKHIR DIPAKAI", "ALASAN", "PERHATIAN"),
        "en": ("NUMBER", "PERSON", "LPSE", "ROLE", "STATE", "UNTIL", "LAST USED", "REASON", "ATTENTION"),
    }
    if shown:
        show_table([heads[language], *(row(each, now, limits, language) for each in shown)])
    else:
        say(Said("Tidak ada.", "There is none."), language)
    if len(found) > len(shown):
        more = Said("yang lebih lama; --limit 0 untuk semuanya", "older ones; --limit 0 for all").to(language)
        click.echo(f"… {len(found) - len(shown)} {more}", err=True)
    _alarm(len(unknown), language)


@access.command("report", cls=Command, short_help="Daftar akses sebagai dokumen")
@click.option("--lpse", default="", help="Hanya ke LPSE ini.")
@click.option(
    "--since", metavar="WAKTU", help="Hanya yang diminta sejak saat ini, atau masih berlaku (bawaan: semuanya)."
)
@click.option("--out", type=FILE, required=True, metavar="FOLDER", help="Folder untuk akses.html dan akses.pdf.")
def report(lpse: str, since: str | None, out: Path, *, as_json: bool, language: str) -> None:
    """Daftar akses untuk dicetak dan diperiksa: yang perlu perhatian lebih dahulu, lalu semuanya."""
    start = moments.parse(since) if since else None
    now = datetime.now(UTC)
    _folder(out)
    with office(language) as own, own.ledger.reading() as reader:
        limits = own.place.limits
        found = [
            each
            for each in grants(reader)
            if (not lpse or each.lpse == lpse)
            and (start is None or each.asked_at >= start or each.state(now, limits) == "active")
        ]
        unknown = len(projection.events_of(reader.connection, UNKNOWN))
    files = AccessReport(found, now, limits, lpse, start, unknown).files()
    for name, content in files.items():
        _write(out / name, content)
    if as_json:
        show_json([str(out / name) for name in files])
        return
    click.echo("\n".join(str(out / name) for name in files))


@access.command("used", cls=Command, short_help="Mencatat pemakaian yang dilaporkan server")
@click.argument("file", type=FILE, metavar="BERKAS")
def used(file: Path, *, as_json: bool, language: str) -> None:
    """Mencatat jawaban `access-uses --json`, atau JSON Lines, masing-masing sekali; `-` membaca masukan."""
    try:
        lines = lines_of(sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        detail = Said(f"{file} tidak dapat dibaca: {error}", f"cannot read {file}: {error}")
        raise AccessError(detail=detail) from error
    with office(language) as own:
        result = own.register.use(lines)
    if as_json:
        show_json(
            {"new": result.new, "known": result.known, "unknown": list(result.unknown), "reviews": list(result.reviews)}
        )
    else:
        say(
            Said(
                f"{result.new} pemakaian dicatat, {result.known} sudah tercatat",
                f"{result.new} uses recorded, {result.known} known before",
            ),
            language,
        )
        for number in result.reviews:
            opened = Said(
                f"ALARM: akses darurat {number} dipakai. Tinjau, lalu `spse-ops access review {number} --note …`",
                f"ALARM: emergency access {number} was used. See why, then `spse-ops access review {number} --note …`",
            )
            say(opened, language, alarm=True)
        _alarm(len(result.unknown), language)
    if result.unknown:
        sys.exit(1)


@access.command("host", cls=Command, short_help="Menandatangani kunci server")
@click.argument("file", type=FILE, metavar="BERKAS.pub")
@click.option(
    "--name", "names", multiple=True, required=True, metavar="NAMA", help="Nama atau alamatnya; boleh berulang."
)
@click.option("--out", type=FILE, required=True, metavar="FOLDER", help="Folder tempat sertifikat ditulis.")
def host(file: Path, names: tuple[str, ...], out: Path, *, as_json: bool, language: str) -> None:
    """Menandatangani kunci publik server untuk 52 minggu, dan memperlihatkan baris `@cert-authority`."""
    _folder(out)
    key = keys.read(file)
    with office(language) as own:
        certificate = own.register.certify_host(key, names)
        keys_of_hosts = [each.public for each in own.house.all() if each.purpose == "host" and not each.retired]
    target = out / f"{file.name.removesuffix('.pub')}-cert.pub"
    _write(target, certificate.encode() + b"\n")
    lines = [f"@cert-authority {','.join(names)} {each}" for each in keys_of_hosts]
    if as_json:
        show_json({"certificate": str(target), "known_hosts": lines})
        return
    said = Said(f"{target}; untuk known_hosts:", f"{target}; for known_hosts:")
    say(said, language)
    click.echo("\n".join(lines))


def _done(found: list[Grant], limits: rules.Limits, *, as_json: bool, language: str) -> None:
    now = datetime.now(UTC)
    if as_json:
        show_json([told(each, now, limits) for each in found])
        return
    for each in found:
        click.echo(f"{each.number}: {STATES[each.state(now, limits)].to(language)}")


def _published(statement: Statement, folder: Path, *, as_json: bool, language: str) -> None:
    if as_json:
        show_json(statement.told)
        return
    said = Said(
        f"{folder}: daftar ke-{statement.sequence}, {statement.revoked} dicabut, dipercaya sampai "
        f"{moment(statement.valid_until, 'id')}.",
        f"{folder}: list {statement.sequence}, {statement.revoked} revoked, believed until "
        f"{moment(statement.valid_until, 'en')}.",
    )
    say(said, language)
    say(TO_HOSTS, language)


def _alarm(unknown: int, language: str) -> None:
    if unknown:
        said = Said(
            f"ALARM: {unknown} kali masuk dengan sertifikat yang tidak ada dalam buku catatan ini. Periksa.",
            f"ALARM: {unknown} logins with certificates that are not in this ledger. Look into the authority.",
        )
        say(said, language, alarm=True)


def _folder(out: Path) -> None:
    """Before anything is signed that could then not be written."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(out, error) from error


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise _unwritable(file, error) from error


def _unwritable(path: Path, error: OSError) -> AccessError:
    return AccessError(
        detail=Said(
            f"{path} tidak dapat ditulis: {error.strerror}; sebutkan tempat lain dan ulangi perintah yang sama",
            f"cannot write {path}: {error.strerror}; say another place and run the same command again",
        )
    )


for command in (authority, notice, open_, review, seal):
    access.add_command(command)

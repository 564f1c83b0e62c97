"""`spse-ops access authority`: make the keys that sign, change them, and let old ones go."""

import click

from chatops import bahasa
from chatops.access.authority import Authority
from chatops.access.rules import PURPOSES
from chatops.commands.access_book import TO_HOSTS, office, say
from chatops.commands.command import Command, Group, show_json, show_table
from chatops.words import Said

STATES = {
    "signing": Said("menandatangani", "signing"),
    "trusted": Said("dipercaya", "trusted"),
    "retired": Said("pensiun", "retired"),
    "revoked": Said("dicabut", "revoked"),
}
TOKEN = click.option(
    "--token", default="", metavar="MODUL", help="Modul PKCS#11 tempat kuncinya, sebagai ganti berkas."
)


@click.group(cls=Group, short_help="Kunci yang menandatangani")
def authority() -> None:
    """Kunci yang menandatangani sertifikat orang (user), server (host), dan daftar cabut (krl)."""


@authority.command("init", cls=Command, short_help="Membuat otoritas, sekali saja")
@TOKEN
def init(token: str, *, as_json: bool, language: str) -> None:
    """Membuat ketiga kunci, terenkripsi; dengan --token yang sudah ada di sana, berlabel spse-user-1 dan seterusnya."""
    with office(language) as own:
        made = own.house.init(token)
        own.publish_after(Said("otoritas dibuat", "the authority was made"))
    _show(made, as_json=as_json, language=language)


@authority.command("rotate", cls=Command, short_help="Mengganti kunci, dalam dua langkah")
@click.argument("purpose", type=bahasa.Choice(PURPOSES), metavar="user|host|krl")
@click.option("--sign", is_flag=True, help="Langkah kedua: kunci yang baru mulai menandatangani.")
@click.option("--reached", is_flag=True, help="Kunci yang baru terbukti sudah sampai di semua server.")
@TOKEN
def rotate(purpose: str, token: str, *, sign: bool, reached: bool, as_json: bool, language: str) -> None:
    """Membuat kunci berikutnya, yang dipercaya di samping yang lama; lalu, dengan --sign, memakainya."""
    with office(language) as own:
        changed = own.house.switch(purpose, reached=reached) if sign else own.house.rotate(purpose, token)
        own.publish_after(Said(f"{changed.name} dicatat", f"{changed.name} was recorded"))
    _show([changed], as_json=as_json, language=language)
    if not as_json:
        say(TO_HOSTS, language)


@authority.command("retire", cls=Command, short_help="Tidak lagi mempercayai kunci lama")
@click.argument("name", metavar="NAMA")
@click.option("--revoke", is_flag=True, help="Walaupun masih ada sertifikat yang berlaku: semuanya dicabut.")
def retire(name: str, *, revoke: bool, as_json: bool, language: str) -> None:
    """Tidak lagi mempercayai kunci lama, seperti user-1; ditolak selama sertifikatnya masih berlaku."""
    with office(language) as own:
        ended = own.register.retire(name, revoke=revoke)
        own.publish_after(Said(f"{name} dipensiunkan", f"{name} was retired"))
    if as_json:
        show_json({"name": name, "ended": ended})
        return
    say(
        Said(f"{name}: pensiun; {ended} sertifikat berakhir.", f"{name}: retired; {ended} certificates ended."),
        language,
    )
    say(TO_HOSTS, language)


@authority.command("show", cls=Command, short_help="Kunci yang ada, dan keadaannya")
def show(*, as_json: bool, language: str) -> None:
    """Semua kunci otoritas, dan keadaannya."""
    with office(language) as own:
        found = own.house.all()
    _show(found, as_json=as_json, language=language)


def _show(found: list[Authority], *, as_json: bool, language: str) -> None:
    if as_json:
        show_json(
            [
                {
                    "name": each.name,
                    "purpose": each.purpose,
                    "state": each.state,
                    "fingerprint": each.fingerprint,
                    "public": each.public,
                    "token": each.token or None,
                    "made": each.made.at,
                }
                for each in found
            ]
        )
        return
    heads = {
        "id": ("NAMA", "KEADAAN", "SIDIK JARI", "DIBUAT", "TEMPAT"),
        "en": ("NAME", "STATE", "FINGERPRINT", "MADE", "WHERE"),
    }
    file = Said("berkas", "file").to(language)
    rows = [
        (each.name, STATES[each.state].to(language), each.fingerprint, each.made.at, each.token or file)
        for each in found
    ]
    show_table([heads[language], *rows])

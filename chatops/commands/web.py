"""`spse-ops web`: the pages, and the link by which somebody at this machine comes to them."""

import signal
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING

import click

from chatops import logbook, permissions
from chatops.commands.command import Command, Group, show_json
from chatops.commands.door import INVENTORY, me
from chatops.errors import SettingsError
from chatops.ledger.store import Ledger
from chatops.settings import Records, Settings
from chatops.watchdog import Watchdog
from chatops.web import links
from chatops.web.settings import WebSettings
from chatops.words import Said

if TYPE_CHECKING:
    from chatops.web.site import Groups


@click.group(cls=Group, short_help="Halaman pantauan di peramban")
def web() -> None:
    """Halaman yang hanya dapat dibaca: yang jatuh tempo, peta LPSE, perubahan beserta buktinya, gangguan, laporan."""


@web.command("serve", cls=Command, short_help="Melayani halaman sampai dihentikan")
@INVENTORY
def serve(inventory: str | None, *, as_json: bool, language: str) -> None:
    """Melayani halaman, hanya dari mesin ini kecuali SPSE_OPS_WEB_LISTEN berkata lain; TLS ditaruh di depannya."""
    # A web server that no other command needs.
    from chatops.web.server import Server  # noqa: PLC0415
    from chatops.web.site import Site  # noqa: PLC0415

    del as_json
    watchdog = Watchdog.taken()
    settings, records = Settings.from_environment(inventory=inventory), Records.from_environment()
    pages = WebSettings.from_environment(records.state)
    ledger = Ledger.open(records.url)
    try:
        one = Server(Site(settings, records, pages, ledger, groups=_groups()), watchdog)

        def stop(_number: int, _frame: FrameType | None) -> None:
            one.stopping.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        logbook.begin("web", records.secrets)
        click.echo(Said(f"Halaman: {pages.url}/", f"Pages: {pages.url}/").to(language))
        one.serve()
    finally:
        ledger.close()


@web.command("login", cls=Command, short_help="Tautan masuk sekali pakai untuk Anda")
@INVENTORY
def login(inventory: str | None, *, as_json: bool, language: str) -> None:
    """Menampilkan tautan untuk Anda sendiri: berlaku 10 menit, sekali pakai. Siapa Anda, dari akun di mesin ini."""
    settings, records = Settings.from_environment(inventory=inventory), Records.from_environment()
    person = permissions.load(settings.rules).person(me())
    ledger = Ledger.open(records.url)
    try:
        token = links.give(ledger, me(), datetime.now(UTC))
    finally:
        ledger.close()
    address = links.address(WebSettings.from_environment(records.state).url, token)
    minutes = int(links.LASTS.total_seconds() // 60)
    if as_json:
        show_json({"person": person.slug, "url": address, "minutes": minutes})
        return
    click.echo(
        Said(
            f"Untuk {person.name}, sekali pakai, {minutes} menit:\n{address}",
            f"For {person.name}, once, for {minutes} minutes:\n{address}",
        ).to(language)
    )


def _groups() -> "Groups":
    """Who is in which user group of Slack, if there is a Slack to ask; else nobody, which only takes rights away."""
    from slack_sdk import WebClient  # noqa: PLC0415

    from chatops.slack.directory import Directory  # noqa: PLC0415
    from chatops.slack.settings import SlackSettings  # noqa: PLC0415
    from chatops.web.site import nobodys  # noqa: PLC0415

    try:
        slack = SlackSettings.from_environment()
    except SettingsError:
        return nobodys
    client = WebClient(slack.bot_token, base_url=slack.api, timeout=5)
    return Directory(client).groups

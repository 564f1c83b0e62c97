"""`spse-ops bot`: the desk in Slack, until it is told to stop."""

import logging
import os
import signal
from types import FrameType
from typing import TYPE_CHECKING

import click

from chatops import logbook
from chatops.commands.command import Command
from chatops.commands.door import INVENTORY, door
from chatops.watchdog import Watchdog

if TYPE_CHECKING:
    from chatops.slack.bot import Bot


@click.command(cls=Command, short_help="Melayani meja lewat Slack")
@INVENTORY
def bot(inventory: str | None, *, as_json: bool, language: str) -> None:
    """Menghubungkan meja dengan Slack sampai dihentikan. Yang terjadi selama Slack mati disampaikan sesudahnya."""
    # The libraries of Slack take a while that no other command needs.
    from chatops.slack.bot import Bot  # noqa: PLC0415
    from chatops.slack.settings import SlackSettings  # noqa: PLC0415

    del as_json, language
    watchdog = Watchdog.taken()
    settings = SlackSettings.from_environment()
    with door(inventory) as desk:
        logbook.begin("bot", (*settings.secrets, *desk.records.secrets))
        try:
            one = Bot(desk, settings, watchdog)
            _serve(one)
        except Exception:
            # Threads of the SDK would keep a bot alive that does nothing any more; whoever supervises it has to see.
            logging.getLogger(__name__).exception("the bot cannot go on")
            logging.shutdown()
            os._exit(1)


def _serve(one: "Bot") -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        one.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    click.echo(f"bot @ {one.settings.listen}")
    one.serve()

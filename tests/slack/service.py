"""The bot in an office of the tests' own, with the offline Slack at its other end."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

from chatops.commands.twin import MANIFEST
from chatops.slack.bot import Bot
from chatops.slack.settings import SlackSettings
from chatops.twin.manifest import Manifest
from chatops.twin.server import listen
from chatops.twin.workspace import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from tests.desk.office import Office
from tests.slack.room import Json, Room, ask, room, until

CHANGES = "C0UBAH"
ALARMS = "C0SIAGA"
RULES = """
people:
  siti: {name: Siti Rahmawati, slack: U0SITI, accounts: [siti], grants: [{role: operator}]}
  budi: {name: Budi Hartono, slack: U0BUDI, grants: []}
  rina: {name: Rina Lestari, slack: U0RINA, grants: [{role: approver}, {role: operator}]}
  agus: {name: Agus Salim, slack: U0AGUS, grants: [{role: auditor}]}
  dewi: {name: Dewi Anggraini, slack: U0DEWI, grants: [{role: admin, lpses: [mamuju]}]}
groups:
  S0OPS: [{role: operator}]
  S0SETUJU: [{role: approver}]
"""


@dataclass(frozen=True)
class Service:
    """An office, a Slack, and how to put a bot between them."""

    place: Office
    slack: Room
    settings: SlackSettings

    @contextmanager
    def bot(self, **other: object) -> Iterator[Bot]:
        """A bot that is connected."""
        listener = listen("127.0.0.1", 0)
        address = "{}:{}".format(*listener.getsockname())
        made = Bot(self.place.desk, replace(self.settings, listen=address, **other))  # type: ignore[arg-type]
        hellos = self.slack.seen()["hellos"]
        thread = Thread(target=made.serve, args=(listener,))
        thread.start()
        try:
            if made.socket:
                until(lambda: self.slack.seen()["hellos"] > hellos, "the bot's connection")
            self.place.desk.offices()
            yield made
        finally:
            made.stopping.set()
            thread.join()

    def message(self, number: str) -> Json:
        """The message of a change, once there is one."""

        def look() -> list[Json]:
            return [each for each in self.slack.view(channel=CHANGES)["messages"] if number in str(each.get("blocks"))]

        return until(look, f"the message of {number}")[0]

    def thread(self, number: str) -> list[str]:
        """What was said below it."""
        return self.slack.texts(channel=CHANGES, thread=self.message(number)["ts"])[1:]

    def press(self, number: str, action: str, user: str, value: str | None = None) -> Json:
        """Press a button of the message of a change; it need not be there any more to somebody who forges."""
        message = self.message(number)
        pressed = {"block_id": "answer", "action_id": action, "value": value}
        return self.slack.post("/client/press", user=user, channel=CHANGES, message=message["ts"], **pressed)

    def wait_for(self, number: str, words: str) -> None:
        """Wait until something is said of a change."""
        until(lambda: words in str(self.thread(number)) + str(self.message(number)), words, 60)


@contextmanager
def service(place: Office) -> Iterator[Service]:
    """A Slack for an office."""
    place.desk.settings.rules.write_text(RULES)
    with room(Manifest.read(MANIFEST)) as slack:
        settings = SlackSettings(BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, f"{slack.base}/api/")
        yield Service(place, slack, settings)


def health(bot: Bot) -> Json:
    """What a supervisor is told."""
    return ask(f"http://{bot.settings.listen}", "GET", "/healthz")


__all__ = ["ALARMS", "CHANGES", "Path", "Service", "health", "service"]

"""A host, the one that keeps its restore points, an offline Slack, and the bot with its worker as processes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chatops.settings import PROGRAMS
from chatops.twin.workspace import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from tests.backup.ground import KEEPER, SETTINGS
from tests.hosts.lab import Lab, Wanted
from tests.hosts.paths import REPOSITORY
from tests.slack.room import Room, until
from tests.slack.service import CHANGES, RULES
from tests.spse_app.build import Options, build
from tests.spse_app.catalogue import BUILDS
from tests.upgrade.site import make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Builds
    from tests.upgrade.site import Site

HOST = "mamuju"
PATIENCE = 900
"""Seconds that a change may take, on a machine that has other things to do."""
ENDED = (":white_check_mark: Selesai", ":x: GAGAL", "Tidak dapat direncanakan", "tidak berlaku lagi", "TERPUTUS")


@dataclass(frozen=True)
class Stage:
    """What the tour is played on."""

    folder: Path
    slack: Room
    site: Site
    builds: Builds

    def ask(self, user: str, line: str) -> str:
        """Type a line, as somebody; the number of the change that it opens."""
        before = {message["ts"] for message in self.messages()}
        self.slack.say(line, user=user, channel=CHANGES)

        def opened() -> list[dict[str, Any]]:
            return [each for each in self.messages() if each["ts"] not in before and "CHG-" in str(each.get("blocks"))]

        message = until(opened, f"the message of {line}", PATIENCE)[0]
        return str(message["text"]).split()[0]

    def messages(self) -> list[dict[str, Any]]:
        """What stands in the channel of changes."""
        listed: list[dict[str, Any]] = self.slack.view(channel=CHANGES)["messages"]
        return listed

    def message(self, number: str) -> dict[str, Any]:
        """The one message of a change."""
        return next(each for each in self.messages() if number in str(each.get("blocks")))

    def approve(self, user: str, number: str) -> None:
        """Say yes, once there is a plan to say yes to."""

        def asked() -> str:
            blocks = self.message(number)["blocks"]
            buttons = [each for block in blocks if block["type"] == "actions" for each in block["elements"]]
            values = {each["action_id"]: str(each["value"]) for each in buttons}
            assert not any(words in str(blocks) for words in ENDED), blocks
            return values.get("approve", "")

        value = until(asked, f"the plan of {number}", PATIENCE)
        pressed = {"block_id": "answer", "action_id": "approve", "value": value}
        self.slack.post("/client/press", user=user, channel=CHANGES, message=self.message(number)["ts"], **pressed)

    def ending(self, number: str) -> str:
        """Wait for the end of a change; how it ended, in the words of its message."""

        def ended() -> str:
            said = str(self.message(number)["blocks"])
            return next((words for words in ENDED if words in said), "")

        return until(ended, f"the end of {number}", PATIENCE)

    def thread(self, number: str) -> list[str]:
        """What was said below its message."""
        return self.slack.texts(channel=CHANGES, thread=self.message(number)["ts"])[1:]


def surroundings(folder: Path, slack: str) -> dict[str, str]:
    """What the bot and the worker are told."""
    own = {
        "SPSE_OPS_STATE": str(folder / "state"),
        "SPSE_OPS_RULES": str(folder / "rules.yml"),
        "SPSE_OPS_SLACK_API": f"{slack}/api/",
        "SPSE_OPS_SLACK_BOT_TOKEN": BOT_TOKEN,
        "SPSE_OPS_SLACK_APP_TOKEN": APP_TOKEN,
        "SPSE_OPS_SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SPSE_OPS_LISTEN": "127.0.0.1:0",
        "PYTHONUNBUFFERED": "1",
    }
    return os.environ | own


def hosts_up(lab: Lab, folder: Path) -> tuple[Site, Builds]:
    """The two hosts, empty, and an inventory of both."""
    builds = build(folder / "builds", tuple(BUILDS), Options(boot_seconds=2))
    keeper = lab.up([KEEPER], Wanted("backup12", "1g"))[0]
    host = lab.up([HOST], Wanted("spse12", "3g"))[0]
    site = make(folder, lab, host, builds, spse_app_start_seconds=60, **SETTINGS)
    inventory = site.operator.read()
    inventory["backup_servers"] = {"hosts": {keeper.name: {"ansible_host": keeper.address}}}
    site.operator.write(inventory)
    return site, builds


@contextmanager
def staged(lab: Lab, folder: Path) -> Iterator[Stage]:
    """All of it, until the tour is over."""
    folder.mkdir(parents=True, exist_ok=True)
    site, builds = hosts_up(lab, folder)
    (folder / "rules.yml").write_text(RULES)
    with _process(folder, "twin", ["--port", "0"], dict(os.environ)) as said:
        address = until(lambda: _address(said), "the offline Slack", 60)
        own = surroundings(folder, address)
        slack = Room(address)
        with _process(folder, "serve", ["--inventory", str(site.operator.inventory)], own):
            until(lambda: slack.seen()["hellos"], "the bot", 120)
            yield Stage(folder, slack, site, builds)


@contextmanager
def _process(folder: Path, command: str, words: list[str], environment: dict[str, str]) -> Iterator[Path]:
    """One command of ours, until it is no longer needed; where it writes what it says."""
    said = folder / f"{command}.log"
    with said.open("w") as log:
        process = subprocess.Popen(
            [PROGRAMS / "spse-ops", command, *words],
            cwd=REPOSITORY,
            env=environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield said
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _address(said: Path) -> str:
    """Where the chat page is, once it has been said."""
    for line in said.read_text().splitlines():
        if line.startswith("Halaman obrolan: "):
            return line.removeprefix("Halaman obrolan: ").rstrip("/")
    time.sleep(0.1)
    return ""

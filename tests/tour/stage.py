"""Two hosts, an offline Slack in a Chromium, and the bot with its workers as processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chatops.settings import PROGRAMS
from chatops.twin.workspace import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from tests.backup.ground import KEEPER, SETTINGS
from tests.hosts.lab import Lab, Wanted
from tests.hosts.paths import REPOSITORY
from tests.postgres import cluster
from tests.slack.room import Room, until
from tests.slack.service import CHANGES, RULES
from tests.spse_app.build import Options, build
from tests.spse_app.catalogue import BUILDS
from tests.tour.screen import screen
from tests.upgrade.site import make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Builds
    from tests.tour.screen import Screen
    from tests.upgrade.site import Site

HOST = "mamuju"
PATIENCE = 900
"""Seconds that a change may take, on a machine that has other things to do."""
BEGIN_SECONDS = 120
ENDED = (":white_check_mark: Selesai", ":x: GAGAL", "Tidak dapat direncanakan", "tidak berlaku lagi", "TERPUTUS")


@dataclass(frozen=True)
class Stage:
    """What the tour is played on."""

    folder: Path
    ledger: str
    """Its database, unless it is a file in the state of the bot."""
    screen: Screen
    slack: Room
    site: Site
    builds: Builds

    def ask(self, user: str, line: str) -> str:
        """Type a line, as somebody; the number of the change that it opens."""
        before = {message["ts"] for message in self.messages()}
        self.screen.enter(self.slack.base, user, CHANGES)
        self.screen.type(line)

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
        until(lambda: self._answerable(number), f"the plan of {number}", PATIENCE)
        self.screen.enter(self.slack.base, user, CHANGES)
        self.screen.press(number, "Setujui", "Ya, setujui")

    def _answerable(self, number: str) -> bool:
        said = str(self.message(number)["blocks"])
        assert not any(words in said for words in ENDED), said
        return "'approve'" in said

    def ending(self, number: str) -> str:
        """Wait for the end of a change; how it ended, in the words of its message."""

        def ended() -> str:
            said = str(self.message(number)["blocks"])
            return next((words for words in ENDED if words in said), "")

        return until(ended, f"the end of {number}", PATIENCE)

    def thread(self, number: str) -> list[str]:
        """What was said below its message."""
        return self.slack.texts(channel=CHANGES, thread=self.message(number)["ts"])[1:]


def surroundings(folder: Path, slack: str, ledger: str = "") -> dict[str, str]:
    """What the bot and the worker are told."""
    own = {
        "SPSE_OPS_STATE": str(folder / "state"),
        "SPSE_OPS_RULES": str(folder / "rules.yml"),
        "SPSE_OPS_SLACK_API": f"{slack}/api/",
        "SPSE_OPS_SLACK_BOT_TOKEN": BOT_TOKEN,
        "SPSE_OPS_SLACK_APP_TOKEN": APP_TOKEN,
        "SPSE_OPS_SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SPSE_OPS_LISTEN": "127.0.0.1:0",
        "SPSE_OPS_WEB_LISTEN": "127.0.0.1:0",
        "PYTHONUNBUFFERED": "1",
    }
    return os.environ | own | ({"SPSE_OPS_LEDGER": ledger} if ledger else {})


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
    """All of it, until the tour is over: the bot and its worker in one process, with SQLite."""
    folder.mkdir(parents=True, exist_ok=True)
    site, builds = hosts_up(lab, folder)
    with screen() as window, _slack(folder) as slack:
        words = ["--inventory", str(site.operator.inventory)]
        with _process(folder, "serve", words, surroundings(folder, slack.base)):
            until(lambda: slack.seen()["hellos"], "the bot", BEGIN_SECONDS)
            yield Stage(folder, "", window, slack, site, builds)


@contextmanager
def spread(stage: Stage) -> Iterator[Stage]:
    """The same hosts, with a Slack, a bot and two workers as on machines of their own, and PostgreSQL between them."""
    folder = stage.folder / "spread"
    words = ["--inventory", str(stage.site.operator.inventory)]
    with ExitStack() as running:
        ledger = running.enter_context(cluster()).database()
        slack = running.enter_context(_slack(folder))
        own = surroundings(folder, slack.base, ledger)
        running.enter_context(_process(folder, "bot", words, own))
        for name in ("first", "second"):
            machine = own | {"SPSE_OPS_STATE": str(folder / name)}
            running.enter_context(_process(folder / name, "worker", words, machine))
        until(lambda: slack.seen()["hellos"], "the bot", BEGIN_SECONDS)
        yield replace(stage, folder=folder, ledger=ledger, slack=slack)


@contextmanager
def _slack(folder: Path) -> Iterator[Room]:
    """An empty workspace, and who may do what there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.yml").write_text(RULES)
    with _process(folder, "twin", ["--port", "0"], dict(os.environ)) as said:
        yield Room(until(lambda: address_in(said), "the offline Slack", BEGIN_SECONDS))


@contextmanager
def _process(folder: Path, command: str, words: list[str], environment: dict[str, str]) -> Iterator[Path]:
    """One command of ours, until it is no longer needed; where it writes what it says."""
    folder.mkdir(parents=True, exist_ok=True)
    process, said = begin(folder, command, words, environment)
    try:
        yield said
        assert process.poll() is None, said.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def begin(
    folder: Path, command: str, words: list[str], environment: dict[str, str]
) -> tuple[subprocess.Popen[bytes], Path]:
    """Start one command of ours; where it writes what it says."""
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
    return process, said


def address_in(said: Path) -> str:
    """Where the chat page is, once it has been said."""
    for line in said.read_text().splitlines():
        if line.startswith("Halaman obrolan: "):
            return line.removeprefix("Halaman obrolan: ").rstrip("/")
    time.sleep(0.1)
    return ""

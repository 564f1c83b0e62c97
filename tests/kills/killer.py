"""Kills whatever takes part in changes, at any moment, while people go on asking.

What dies is started again, as systemd does it. People say yes to every plan, and release what was cut.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from chatops.cases import Request
from chatops.errors import LedgerError
from chatops.ledger.course import Course, Stage
from chatops.notifier import READER
from tests.desk.office import RINI, SARI, Office
from tests.kills.people import Speaker
from tests.kills.verdict import SETTLED, messages, processes, shows
from tests.postgres import Cluster
from tests.slack.service import Service

IN_FLIGHT = 3
SPARED = 0.4
WEIGHTS = {"worker": 2, "bot": 2, "database": 2, "check": 1, "launcher": 4, "ansible": 4}
"""What is there for a moment only is what is to be hit."""
AWAY = 2
"""Seconds for which a database is away at most."""
PATIENCE = 900
"""Seconds after the last kill in which everything has to come to its end."""


@dataclass
class Part:
    """A process that is started again when it dies."""

    kind: str
    start: Callable[[], subprocess.Popen[str]]
    process: subprocess.Popen[str]

    @classmethod
    def begin(cls, kind: str, start: Callable[[], subprocess.Popen[str]]) -> "Part":
        """Start it for the first time, and wait until it has come up."""
        made = cls(kind, start, start())
        assert made.process.stdout
        assert made.process.stdout.readline()
        return made

    def keep(self) -> None:
        """Start it again, if it is dead."""
        if self.process.poll() is not None:
            self.process.communicate()
            self.process = self.start()

    def end(self) -> None:
        """Let it go."""
        self.process.kill()
        self.process.communicate()


@dataclass
class Killer:
    """One who kills, and what he has seen."""

    served: Service
    offices: Sequence[str]
    generator: random.Random
    machines: Sequence[Mapping[str, str]]
    """The environment of each worker: which of them share a folder of runs are on one machine."""
    database: Cluster | None = None
    killed: Counter[str] = field(default_factory=Counter)
    asked: list[str] = field(default_factory=list)
    _left: list[str] = field(default_factory=list)
    _parts: list[Part] = field(default_factory=list)
    _read: int = 0
    _away_until: float = 0.0
    _asking: int = 0
    _turns: list[str] = field(default_factory=list)

    @property
    def place(self) -> Office:
        """Where it happens."""
        return self.served.place

    @property
    def states(self) -> set[str]:
        """The folders of the machines."""
        own = self.place.environment
        return {(own | dict(machine))["SPSE_OPS_STATE"] for machine in self.machines}

    def attack(self, kills: int) -> Speaker:
        """Kill so many, then let everything come to its end."""
        speaker = Speaker(self.served.slack, self._reasons, self._line, self._has_room)
        try:
            for machine in self.machines:
                self._parts.append(Part.begin("worker", lambda own=machine: self.place.begin(2, **own)))  # type: ignore[misc]
            begun = time.monotonic()
            self._parts.append(Part.begin("bot", lambda: self.place.start("bot", **self._slack())))
            # So that some get far, and some are killed while they come up, on whatever machine this is. Not a worker's
            # time: the first one makes its tables.
            pause = time.monotonic() - begun
            speaker.begin()
            while self.killed.total() < kills:
                self._go_on(asking=True)
                time.sleep(self.generator.random() * pause / 2)
                self._kill()
            self._settle(speaker)
        finally:
            speaker.stop()
            for part in self._parts:
                part.end()
        return speaker

    def _settle(self, speaker: Speaker) -> None:
        """Whoever waits is answered, every change comes to its end, and Slack is told of everything."""
        end = time.monotonic() + PATIENCE
        while self._go_on(asking=False) or speaker.waits or not self._told():
            assert time.monotonic() < end, self._report()
            if speaker.heard:
                speaker.stop()
            time.sleep(0.2)

    def _go_on(self, *, asking: bool) -> bool:
        """What systemd and people do meanwhile; whether something has still to come to its end."""
        if self.database and time.monotonic() > self._away_until and not self.database.backends:
            self.database.start()
        for part in self._parts:
            part.keep()
        try:
            self._notice()
            # One place is for those who ask in Slack.
            if asking and len(self._left) < IN_FLIGHT - 1:
                self._ask()
            self._left = [number for number in self._left if self._is_open(self._answer(number))]
        except LedgerError:
            # The database is away, and whoever has a keyboard before him tries it again.
            return True
        return bool(self._left)

    def _has_room(self) -> bool:
        return len(self._left) < IN_FLIGHT

    def _ask(self) -> None:
        lpses = self.generator.sample(self.offices, self.generator.choice([1, 1, 2]))
        inputs = {"seconds": str(round(self.generator.random(), 2))}
        # Under the same key again, if nobody knows whether it was recorded.
        self.place.desk.request(RINI, Request("pupuk", lpses, inputs=inputs, key=f"tombol-{self._asking}"))
        self._asking += 1

    def _notice(self) -> None:
        """Take note of what was asked for, by whomever."""
        for event in self.place.desk.events(self._read):
            self._read = event.seq
            if event.kind == "change.opened":
                self.asked.append(event.subject)
                self._left.append(event.subject)

    def _answer(self, number: str) -> Course:
        desk, course = self.place.desk, self.place.course(number)
        if course.stage is Stage.WAITING:
            desk.approve(SARI, number, course.hash)
        if course.stage is Stage.INTERRUPTED and course.held:
            desk.release(SARI, number, "sudah diperiksa")
        return course

    @staticmethod
    def _is_open(course: Course) -> bool:
        return course.stage not in SETTLED or course.held

    def _told(self) -> bool:
        """Whether Slack knows everything, and every message shows how its change stands."""
        desk = self.place.desk
        with desk.ledger.reading() as reader:
            head = reader.head()[0]
        if desk.cursor(READER) != head:
            return False
        shown = messages(self.served.slack.client())
        return all(number in shown and shows(shown[number], self.place.course(number).stage) for number in self.asked)

    def _report(self) -> str:
        desk = self.place.desk
        shown = messages(self.served.slack.client())
        courses = [self.place.course(number) for number in self.asked]
        old = [each.change for each in courses if each.change not in shown or not shows(shown[each.change], each.stage)]
        left = [str(self.place.course(number)) for number in self._left]
        return f"not at its end: {left}; not shown as it is: {old}; told up to {desk.cursor(READER)}"

    def _reasons(self) -> set[str]:
        events = self.place.desk.events(0, 100_000)
        opened = (event.told["request"] for event in events if event.kind == "change.opened")
        return {str(request["reason"]) for request in opened}

    def _line(self) -> str:
        return f"/spse pupuk {self.generator.choice(self.offices)} --seconds 0.1"

    def _slack(self) -> dict[str, str]:
        settings = self.served.settings
        return {
            "SPSE_OPS_SLACK_API": settings.api,
            "SPSE_OPS_SLACK_BOT_TOKEN": settings.bot_token,
            "SPSE_OPS_SLACK_APP_TOKEN": settings.app_token,
            "SPSE_OPS_LISTEN": "127.0.0.1:0",
        }

    def _kill(self) -> None:
        """One of the kind whose turn it is, if there is one; with a launcher now and then all workers at once."""
        found = self._found()
        if not self._turns:
            # Each in its turn, and those that are there for a moment only more often.
            once = [kind for kind in WEIGHTS if self.database or kind != "database"]
            self._turns = (
                once if not self.killed else self.generator.choices(once, [WEIGHTS[each] for each in once], k=20)
            )
            self.generator.shuffle(self._turns)
        kind = self._turns[-1]
        # Not always the first moment at which it is there.
        if not found.get(kind) or self.generator.random() < SPARED:
            return
        self._turns.pop()
        victims = [self.generator.choice(found[kind])]
        if kind == "launcher" and self.generator.random() < 0.3:
            kind, victims = "worker and launcher", [*victims, *found["worker"]]
        if kind == "database" and self.database and self.database.server and self.generator.random() < 0.5:
            # The server itself, and not only one of those that it has begun, after which it begins anew by itself.
            victims = [self.database.server.pid]
            self._away_until = time.monotonic() + self.generator.random() * AWAY
        self.killed[kind] += 1
        for victim in victims:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)

    def _found(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {"worker": [], "bot": []}
        for part in self._parts:
            if part.process.poll() is None:
                found[part.kind].append(part.process.pid)
        if self.database:
            found["database"] = self.database.backends
        for state in self.states:
            for process, told in processes(state):
                words = told.split("\0")
                if "chatops.once" in words:
                    found.setdefault("launcher", []).append(process)
                elif any(word.endswith("ansible-playbook") for word in words):
                    found.setdefault("check" if "--check" in words else "ansible", []).append(process)
        return found

"""Kills whatever takes part in changes, at any moment, while people go on asking; and looks afterwards how it stands.

Workers are started again when they die, as systemd does it. People say yes to every plan, and release what was cut.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from chatops.cases import Request
from chatops.ledger.course import Stage
from tests.desk.office import RINI, SARI, Office
from tests.whole import WHOLE

WORKERS = 2
IN_FLIGHT = 5 if WHOLE else 3
SETTLED = {Stage.DONE, Stage.FAILED, Stage.CANCELLED, Stage.INTERRUPTED, Stage.OUTDATED, Stage.UNPLANNED}
SPARED = 0.95
WEIGHTS = {"worker": 2, "check": 1, "launcher": 4, "ansible": 4}
"""What is there for a moment only is what is to be hit."""
PATIENCE = 300
"""Seconds after the last kill in which everything has to come to its end."""


@dataclass
class Killer:
    """One who kills, and what he has seen."""

    place: Office
    offices: Sequence[str]
    generator: random.Random
    workers: list[subprocess.Popen[str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)

    def attack(self, kills: int) -> None:
        """Kill so many, then let everything come to its end."""
        begun = time.monotonic()
        self.workers = [self.place.begin(2) for _ in range(WORKERS)]
        try:
            for worker in self.workers:
                assert worker.stdout
                assert worker.stdout.readline()
            # So that some get far, and some are killed while they come up, on whatever machine this is.
            pause = time.monotonic() - begun
            while self.killed.total() < kills:
                self._go_on(asking=True)
                time.sleep(self.generator.random() * pause / 3)
                self._kill()
            end = time.monotonic() + PATIENCE
            while not self._go_on(asking=False):
                assert time.monotonic() < end, [str(self.place.course(number)) for number in self._open()]
                time.sleep(0.2)
        finally:
            for worker in self.workers:
                worker.kill()
                worker.communicate()

    def _go_on(self, *, asking: bool) -> bool:
        """What systemd and people do meanwhile; whether all has settled."""
        for place, worker in enumerate(self.workers):
            if worker.poll() is not None:
                worker.communicate()
                self.workers[place] = self.place.begin(2)
        desk, left = self.place.desk, self._open()
        if asking and len(left) < IN_FLIGHT:
            lpses = self.generator.sample(self.offices, self.generator.choice([1, 1, 2]))
            inputs = {"seconds": str(round(self.generator.random(), 2))}
            self.asked.append(desk.request(RINI, Request("pupuk", lpses, inputs=inputs)).number)
        for number in left:
            course = self.place.course(number)
            if course.stage is Stage.WAITING:
                desk.approve(SARI, number, course.hash)
            if course.stage is Stage.INTERRUPTED and course.held:
                desk.release(RINI, number, "sudah diperiksa")
        return not left

    def _open(self) -> list[str]:
        courses = [self.place.course(number) for number in self.asked]
        return [each.change for each in courses if each.stage not in SETTLED or each.held]

    def _kill(self) -> None:
        """One of a kind that is there, or all of a run at once, or a worker with all that it has begun."""
        found: dict[str, list[int]] = {"worker": [worker.pid for worker in self.workers if worker.poll() is None]}
        for process, words in processes(self.place.environment["SPSE_OPS_STATE"]):
            if "chatops.once" in words:
                found.setdefault("launcher", []).append(process)
            elif "ansible-playbook" in words:
                found.setdefault("check" if "--check" in words else "ansible", []).append(process)
        kinds = sorted(kind for kind in found if found[kind])
        # Workers are always there, and the others only when these have come up: leave them time for that.
        if not kinds or ({"launcher", "ansible"}.isdisjoint(kinds) and self.generator.random() < SPARED):
            return
        kind = self.generator.choices(kinds, [WEIGHTS[kind] for kind in kinds])[0]
        victims = [self.generator.choice(found[kind])]
        if kind == "launcher" and self.generator.random() < 0.3:
            kind, victims = "worker and launcher", [*victims, *found["worker"]]
        for victim in victims:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
                self.killed[kind] += 1


@dataclass(frozen=True)
class Verdict:
    """What was found afterwards."""

    stages: Counter[str]
    lost: list[str]
    twice: list[str]
    at_once: list[str]
    untrue: list[str]
    """Changes that say something else than their hosts."""
    left: list[int]
    """Processes that nobody needs any more."""


def judge(place: Office, asked: Sequence[str], hosts: Sequence[str]) -> Verdict:
    """Hold what the ledger says against what the hosts have noted."""
    begun: Counter[tuple[str, str]] = Counter()
    ended: Counter[tuple[str, str]] = Counter()
    at_once = []
    for host in hosts:
        for line in place.journal(host):
            what, *about = line.split()
            if what == "TWO":
                at_once.append(host)
            else:
                (begun if what == "begin" else ended)[about[0], host] += 1
    courses = [place.course(number) for number in asked]
    untrue = []
    for course in courses:
        done = [begun[course.change, host] == ended[course.change, host] == 1 for host in course.hosts]
        some = [begun[course.change, host] for host in course.hosts]
        if course.stage is Stage.DONE and not all(done):
            untrue.append(f"{course.change} is done, and its hosts do not know of it")
        if course.stage in {Stage.OUTDATED, Stage.UNPLANNED} and any(some):
            untrue.append(f"{course.change} did not begin, and its hosts know of it")
        if any(some) and not all(done) and course.stage is not Stage.INTERRUPTED:
            untrue.append(f"{course.change} was interrupted, and says {course.stage}: {course.reason}")
    state = place.environment["SPSE_OPS_STATE"]
    return Verdict(
        stages=Counter(course.stage.value for course in courses),
        lost=[course.change for course in courses if course.stage not in SETTLED],
        twice=[f"{number} {host}" for (number, host), count in begun.items() if count > 1],
        at_once=at_once,
        untrue=untrue,
        left=[process for process, words in processes(state) if "--check" not in words],
    )


def processes(state: str) -> list[tuple[int, str]]:
    """The processes that belong to this office, with their command lines."""
    mark = f"SPSE_OPS_STATE={state}".encode()
    found = []
    for path in Path("/proc").iterdir():
        with suppress(FileNotFoundError, PermissionError, ProcessLookupError, NotADirectoryError):
            environment = (path / "environ").read_bytes()
            if mark in environment.split(b"\0"):
                words = (path / "cmdline").read_bytes().decode(errors="replace")
                if "worker" not in words.split("\0"):
                    found.append((int(path.name), words.replace("\0", " ")))
    return found

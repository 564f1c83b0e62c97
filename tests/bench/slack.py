"""What the desk in Slack costs: acks beside a bare Bolt app, the way from a yes to Ansible beside Ansible itself."""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert

from chatops import once
from chatops.cases import Case, Request
from chatops.launcher import Task
from chatops.ledger.course import Stage
from chatops.ledger.schema import CURSORS
from chatops.once import Standing
from chatops.settings import PROGRAMS
from chatops.twin.workspace import APP_TOKEN, BOT_TOKEN
from tests.bench.row import Measured, Row, seconds
from tests.desk.office import RINI, SARI, Office, course, office, until
from tests.desk.office import RULES as DESK_RULES
from tests.hosts.paths import REPOSITORY
from tests.postgres import cluster
from tests.slack.room import GENERAL, SITI, Room
from tests.slack.service import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PATIENCE = 300
TICK = os.sysconf("SC_CLK_TCK")
SESSIONS = Path("/proc/sys/kernel/sched_autogroup_enabled")


@dataclass(frozen=True)
class Size:
    """How much of each."""

    playbooks: int = 20
    commands: int = 1000
    burst: int = 3000
    rounds: int = 3
    queued: int = 600
    changes: int = 6
    idle: float = 15


def measure(size: Size | None = None) -> Iterator[Measured]:
    """Everything, with no host but this machine."""
    size = size or Size()
    with tempfile.TemporaryDirectory(prefix="spse-bench-") as name:
        folder = Path(name)
        offices = {f"kab-{number}-": 1 for number in range(size.playbooks)}
        with office(folder / "office", f"sqlite:///{folder / 'ledger.db'}", offices) as place:
            yield from _socket(place, size)
            yield _begun(place, size.rounds)
            yield _queued(place, size)
        yield from _workers(folder, size.changes)


@contextmanager
def _process(words: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A process of ours, for a while."""
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=REPOSITORY,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def _unit() -> Iterator[None]:
    """Processes share the processors as they do in our units, which have a weight: by nice, and not by session."""
    if not SESSIONS.exists():
        yield
        return
    before = SESSIONS.read_text()
    SESSIONS.write_text("0")
    try:
        yield
    finally:
        SESSIONS.write_text(before)


@contextmanager
def _slack() -> Iterator[Room]:
    """An offline Slack with a processor of its own, so that it does not wait for those whom it times."""
    with _process(["-m", "chatops", "twin", "--port", "0"], {}) as process:
        assert process.stdout
        found = re.search(r"http://[\d.:]+", process.stdout.readline())
        assert found
        room = Room(found[0])
        room.control("faults", rates=False)
        yield room


def _socket(place: Office, size: Size) -> Iterator[Measured]:
    """The bot and a bare app, each at an offline Slack, both under the same load."""
    place.desk.settings.rules.write_text(RULES)
    with ExitStack() as stack:
        stack.enter_context(_unit())
        ours, theirs = (stack.enter_context(_slack()) for _ in range(2))
        environment = place.environment | {
            "SPSE_OPS_SLACK_API": f"{ours.base}/api/",
            "SPSE_OPS_SLACK_BOT_TOKEN": BOT_TOKEN,
            "SPSE_OPS_SLACK_APP_TOKEN": APP_TOKEN,
            "SPSE_OPS_LISTEN": "127.0.0.1:0",
        }
        serve = stack.enter_context(_process(["-m", "chatops", "serve", "--no-watch", "--no-web"], environment))
        bare = stack.enter_context(_process(["-m", "tests.bench.bare", f"{theirs.base}/api/"], {}))
        for room in (ours, theirs):
            until(lambda one=room: bool(one.seen()["connections"]), PATIENCE)  # type: ignore[misc]
        until(lambda: len(_family(serve.pid)) > 2, PATIENCE)
        yield from _idle(serve.pid, bare.pid, size.idle)
        with _load(place, size.playbooks):
            # In turns: what else this machine does then both have of it.
            told = [[_acks(room, size.commands, 100) for room in (ours, theirs)] for _ in range(size.rounds)]
            for name, share in (("p50", 0.5), ("p99", 0.99)):
                one, other = (
                    1000 * statistics.median(took[int(share * (len(took) - 1))] for took in side)
                    for side in zip(*told, strict=True)
                )
                what = f"ack {name}, 100/s, {size.playbooks} playbooks"
                yield Measured(Row(what, one, "bare Bolt app", other, "ms"))
        (ours_last, ours_in_time), (last, in_time) = (_burst(room, size.burst) for room in (ours, theirs))
        yield Measured(Row(f"burst of {size.burst}, none lost: the last", ours_last, "bare Bolt app", last))
        yield Measured(Row(f"burst of {size.burst}: in Slack's 3 s", ours_in_time, "bare Bolt app", in_time, ""))


def _acks(room: Room, count: int, rate: float) -> list[float]:
    """After how many seconds each command was acknowledged, the quickest first; every one was."""
    before = _acknowledged(room)
    took = _ask(room, count, rate)
    until(lambda: _acknowledged(room) - before >= count, PATIENCE)
    # Whoever was answered after three seconds is told that he was not.
    return sorted(each if each >= 0 else 3.0 for each in took)


def _burst(room: Room, count: int) -> tuple[float, int]:
    """When the last of them was acknowledged that come all at once, and how many were in time; every one was."""
    before, began = _acknowledged(room), time.monotonic()
    took = _ask(room, count, 0)
    until(lambda: _acknowledged(room) - before >= count, PATIENCE)
    in_time = [each for each in took if each >= 0]
    return time.monotonic() - began if len(in_time) < count else max(in_time), len(in_time)


def _ask(room: Room, count: int, rate: float) -> list[float]:
    asked = room.control("burst", user=SITI, channel=GENERAL, text="/spse help {n}", count=count, rate=rate)
    took: list[float] = asked["seconds"]
    return took


def _acknowledged(room: Room) -> int:
    """In time, or later."""
    seen = room.seen()
    return int(seen["acked"] + seen["late"])


@contextmanager
def _load(place: Office, count: int) -> Iterator[None]:
    """So many playbooks that have come up and do a little every few seconds, each on a host of its own."""
    path = place.folder / "playbooks/pupuk.yml"
    kept = path.read_text()
    work = "    - ansible.builtin.command: sleep 3\n      loop: '{{{{ range({}) | list }}}}'\n"
    path.write_text(kept.partition("    - name: Begin")[0] + work.format(4) + work.format(1000))
    folders = [place.folder / "state/runs" / f"beban-{number}-1" for number in range(count)]
    for number, folder in enumerate(folders):
        once.prepare(folder, folder.name, folder.name[:-2], "bench", Task("pupuk.yml", [f"kab-{number}-1"]))
        once.start(folder, place.desk.settings, place.desk.records.state)
    try:
        until(lambda: all(once.progress(folder)["tasks"] > 1 for folder in folders), PATIENCE)
        yield
        assert all(once.look(folder) is Standing.RUNNING for folder in folders)
    finally:
        for folder in folders:
            once.stop(folder)
        until(lambda: all(once.look(folder) is Standing.ENDED for folder in folders), PATIENCE)
        path.write_text(kept)


def _family(process: int) -> list[int]:
    """A process and those below it."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(each for child in children for each in _family(int(child)))]


def _idle(ours: int, theirs: int, length: float) -> Iterator[Measured]:
    """Processor and memory of both while nobody asks for anything."""
    families = _family(ours), _family(theirs)
    before = [sum(map(_spent, each)) for each in families]
    time.sleep(length)
    shares = [100 * (sum(map(_spent, each)) - was) / length for each, was in zip(families, before, strict=True)]
    yield Measured(Row("idle: processor of serve", shares[0], "bare Bolt app", max(shares[1], 0.01), "%"))
    one, other = (sum(map(_memory, each)) for each in families)
    yield Measured(Row("idle: memory of serve", one, "bare Bolt app", other, "MB"))


def _spent(process: int) -> float:
    """Seconds of a processor."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _memory(process: int) -> float:
    """Megabytes; what is shared is shared out."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
    assert found
    return int(found[1]) / 1000


def _begun(place: Office, rounds: int) -> Measured:
    """From the last yes to Ansible's first word, beside Ansible called by hand."""
    place.desk.settings.rules.write_text(DESK_RULES)
    ours, theirs = [], []
    with place.worker():
        for _ in range(rounds):
            case = place.ask("pupuk", "kab-0-")
            folder = place.folder / "state/runs" / f"{case.number}-1"
            place.desk.approve(SARI, case.number, course(case).hash)
            ours.append(seconds(lambda one=folder: until(lambda: bool(once.progress(one)["tasks"]), PATIENCE)))  # type: ignore[misc]
            place.wait(case.number, Stage.DONE, patience=PATIENCE)
            theirs.append(_first_word(place))
    return Measured(Row("yes to first event", statistics.median(ours), "ansible-playbook", statistics.median(theirs)))


def _first_word(place: Office) -> float:
    playbook = place.folder / "playbooks/pupuk.yml"
    words = [str(PROGRAMS / "ansible-playbook"), "-i", str(place.desk.settings.inventory), str(playbook)]
    more = ["--limit", "kab-0-1", "--extra-vars", json.dumps({"spse_app_seconds": "0", "spse_app_change": "x"})]
    began = time.monotonic()
    with subprocess.Popen(
        [*words, *more],
        env=os.environ | place.desk.settings.ansible_environment,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    ) as process:
        assert process.stdout
        next(line for line in process.stdout if line.startswith("TASK ["))
        took = time.monotonic() - began
        process.communicate()
    return took


def _queued(place: Office, size: Size) -> Measured:
    """So many changes asked for and put into the queue, beside as many bare INSERTs with a commit each."""

    def ask(number: int) -> None:
        request = Request("tengok", [f"kab-{number % size.playbooks}-"], key=f"bench-{number}", waits=True)
        place.desk.plan(place.desk.request(RINI, request).number)

    def bare(number: int) -> None:
        with place.desk.ledger.engine.begin() as connection:
            connection.execute(insert(CURSORS), {"reader": f"bench-{number}", "seq": number})

    count = size.queued
    with ThreadPoolExecutor(4) as pool:
        ours = seconds(lambda: list(pool.map(ask, range(count))))
        theirs = seconds(lambda: list(pool.map(bare, range(count))))
    return Measured(Row(f"{count} changes asked, planned, queued", ours, "bare INSERT", theirs))


def _workers(folder: Path, count: int) -> Iterator[Measured]:
    """The same changes by one, two and four workers of different machines that share a PostgreSQL."""
    alone = 0.0
    with cluster() as server:
        for workers in (1, 2, 4):
            offices = {f"kab-{number}-": 1 for number in range(count)}
            with office(folder / f"shared-{workers}", server.database(), offices) as place, ExitStack() as stack:
                cases = [place.ask("pupuk", name) for name in offices]
                for number in range(workers):
                    own = {"SPSE_OPS_STATE": str(folder / f"machine-{workers}-{number}")}
                    stack.enter_context(place.worker(2, **own))
                took = seconds(partial(_done, place, cases))
            alone = alone or took
            what = f"{workers} workers: {60 * count / took:.0f} changes a minute"
            yield Measured(Row(what, took, f"{count} changes by one worker", alone))


def _done(place: Office, cases: Sequence[Case]) -> None:
    """Say yes to all, and wait until all are done."""
    for case in cases:
        place.desk.approve(SARI, case.number, course(case).hash)
    for case in cases:
        place.wait(case.number, Stage.DONE, patience=PATIENCE)
